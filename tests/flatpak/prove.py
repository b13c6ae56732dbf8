#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds flatpak/'s manifest against the stand-in runtime of one Debian suite, makes a bundle,
installs it, and uses it as an ordinary user does: the terminal first, then the window, driven
through AT-SPI by tests/ui/drive.py. Prints TAP.

    prove.py SUITE CACHE OUT

OUT gets the bundle (for tests only: the stand-in's libraries are not GNOME's), screenshots and the
build's log. Lines that begin with "# figure" are what was measured."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ui"), str(HERE.parent / "release"),
                str(HERE.parent / "integration")]

import stand_in  # noqa: E402
import user  # noqa: E402

APP = "io.github.farthing.Farthing"
REMOTE = "stand-in"
TOOLS = ("flatpak", "flatpak-builder", "mmdebstrap", "ostree", "xvfb-run", "dbus-run-session",
         "eu-strip", "gnome-keyring-daemon", "pulseaudio", "parec", "prometheus")
EVERYDAY = "bookworm"  # the suite that ./run tests takes; the other one proves more
BUNDLE_BYTES_MAX = 8 << 20
INSTALLED_BYTES_MAX = 25 << 20
FIRST_ARTICLE_S_MAX = 10
FIRST_ARTICLE_TRIES = 3  # a machine that has other work gets another chance
CACHED_RUN_S_MAX = 180
ENVIRONMENT = {"GSK_RENDERER": "cairo", "GTK_A11Y": "atspi", "ADW_DISABLE_PORTAL": "1",
               "LC_ALL": "C.UTF-8", "TZ": "UTC", "GDK_BACKEND": "x11"}
PERMISSIONS = {"shared": {"ipc", "network"},
               "sockets": {"x11", "wayland", "fallback-x11", "pulseaudio"}, "devices": {"dri"}}


def figure(name, value, limit=""):
    print(f"# figure: {name}: {value}{f' (at most {limit})' if limit else ''}", flush=True)


def flatpak(*args):
    out = subprocess.run(["flatpak", *map(str, args)], capture_output=True, text=True,
                         check=False)
    assert out.returncode == 0, f"flatpak {args}: {out.returncode} {out.stderr[-2000:]}"
    return out.stdout


def stage(tree):
    """A copy of the sources that the ordinary user can read, without what was built."""
    listed = subprocess.run(["git", "-C", stand_in.SOURCE, "ls-files", "-coz",
                             "--exclude-standard"], capture_output=True, check=False)
    shutil.rmtree(tree, ignore_errors=True)
    if listed.returncode != 0:  # a release, not a checkout
        shutil.copytree(stand_in.SOURCE, tree, ignore=shutil.ignore_patterns("build*", ".git"))
        return
    for name in filter(None, listed.stdout.decode().split("\0")):
        origin, target = stand_in.SOURCE / name, tree / name
        if origin.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(origin, target)
            target.chmod(target.stat().st_mode | 0o444)


def outer(suite, cache, out):
    """As whoever called: the stand-in, then everything else under the ordinary account."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"1..0 # SKIP not installed: {' '.join(missing)}; ./run flatpak installs them")
        return 77
    sandbox = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
    if os.geteuid() == 0:
        sandbox = ["setpriv", f"--reuid={user.ACCOUNT}", "--clear-groups", *sandbox]
    tried = subprocess.run(sandbox, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        print("1..0 # SKIP an ordinary user may make no sandbox on this machine: "
              f"{tried.stderr.strip()}")
        return 77
    began = time.monotonic()
    cached = (cache / suite / "recipe").exists()
    made = subprocess.run([sys.executable, HERE / "stand_in.py", suite, cache], check=False,
                          stdout=sys.stderr)
    if made.returncode != 0:
        print("1..1\nnot ok 1 stand-in runtime")
        return 1
    tree = cache / suite / "tree"
    stage(tree)
    # From the copy: the checkout may lie where an ordinary user may not look.
    result = subprocess.run([sys.executable, tree / "tests/flatpak/prove.py", "--inside", suite,
                             cache], check=False, cwd="/",
                            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    figure("all of it" + (" with the runtime from the cache" if cached else ""),
           f"{time.monotonic() - began:.0f} s", f"{CACHED_RUN_S_MAX} s" if cached else "")
    out.mkdir(parents=True, exist_ok=True)
    for made in (cache / suite / "out").glob("*"):
        shutil.copy(made, out)
    return result.returncode


def inside(suite, cache):
    """Under the ordinary account: a display and a session bus, then this file once more."""
    user.become(cache, suite)
    runtime = tempfile.mkdtemp(prefix="farthing-flatpak-")
    # Flatpak asks the system's bus whether it may install; there is none here to ask. What the bus
    # and its services print goes beside this file's own output, which is TAP.
    inner = 'DBUS_SYSTEM_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" exec "$0" "$@" >&3 3>&-'
    outer = 'exec "$0" "$@" 3>&1 >&2'
    environment = dict(os.environ, XDG_RUNTIME_DIR=runtime, **ENVIRONMENT)
    for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER",
                 "PULSE_RUNTIME_PATH", "PULSE_CLIENTCONFIG"):
        environment.pop(name, None)
    environment["FLATPAK_USER_DIR"] = str(cache / suite / "installation")
    try:
        return subprocess.run(
            ["sh", "-c", outer, "xvfb-run", "-a", "-s", "-screen 0 1400x1000x24 -nolisten tcp",
             "dbus-run-session", "--", "sh", "-c", inner, sys.executable, __file__, "--story",
             suite, cache],
            env=environment, check=False).returncode
    finally:
        shutil.rmtree(runtime, ignore_errors=True)


def story(suite, cache):
    # The folder of a build, of which nothing is used here.
    os.environ.setdefault("FARTHING_BUILD_ROOT", str(cache / suite / "tree"))
    from desktop import Desktop
    from drive import Story
    from driver import Programs, poll
    from live_testing import Prometheus
    from remarks import REMARKS

    class Installed(Programs):
        """The programs in their sandbox."""

        @staticmethod
        def sandboxed(program, *args):
            options = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
            return ["flatpak", "run", "--user", *options, f"--command={program}", APP, *args]

        def farthing(self, *args):
            scheme = self.env.get("ADW_DEBUG_COLOR_SCHEME")
            command = self.sandboxed("farthing", *args)
            return command[:3] + ([f"--env=ADW_DEBUG_COLOR_SCHEME={scheme}"] if scheme else []) + \
                command[3:]

        def farthingctl(self, *args):
            return self.sandboxed("farthingctl", *args)

        def end(self, process):
            """SIGTERM for the program itself; the sandbox's first process would not hear it."""
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            for _ in range(4):
                child = int(children.read_text().split()[0])
                if Path(f"/proc/{child}/comm").read_text().strip() == "farthing":
                    os.kill(child, 15)
                    return
                children = Path(f"/proc/{child}/task/{child}/children")
            raise AssertionError(f"no program in the sandbox of {process.pid}")

    class Proof(Desktop, Story):
        def __init__(self):
            self.folder = cache / suite
            self.out = self.folder / "out"
            super().__init__(Installed(None, dict(os.environ)), str(self.out))
            self.bundle = self.out / f"farthing-{suite}-for-tests-only.flatpak"
            self.repo = self.folder / "app-repo"
            self.settings = Path(os.environ["HOME"]) / ".var/app" / APP / \
                "config/glib-2.0/settings/keyfile"
            self.start_desktop()

        def runtime_is_there(self):
            """The stand-in, installed once and kept."""
            flatpak("remote-add", "--user", "--if-not-exists", "--no-gpg-verify", REMOTE,
                    (self.folder / "repo").as_uri())
            branch = stand_in.version(stand_in.MANIFEST.read_text())
            for name in ("org.gnome.Platform", "org.gnome.Sdk"):
                flatpak("install", "--user", "-y", "--noninteractive", "--or-update", REMOTE,
                        f"{name}//{branch}")

        def builds_without_a_warning(self):
            begin = time.monotonic()
            self.build(APP, "build")
            figure("build", f"{time.monotonic() - begin:.0f} s")

        def build(self, app, folder):
            manifest = self.folder / "tree" / "flatpak" / f"{app}.yml"
            shown = subprocess.run(["flatpak-builder", "--show-manifest", manifest],
                                   capture_output=True, text=True, check=True)
            assert "Unknown property" not in shown.stderr, shown.stderr
            state = self.folder / "builder"
            state.mkdir(exist_ok=True)
            if not (state / "downloads").is_symlink():
                (state / "downloads").symlink_to(cache / "downloads")
            with open(self.out / f"{folder}.log", "w") as log:
                built = subprocess.run(
                    ["flatpak-builder", "--user", "--force-clean", "--disable-rofiles-fuse",
                     "--disable-download", "--ccache", f"--state-dir={state}",
                     f"--repo={self.repo}", self.folder / folder, manifest],
                    stdout=log, stderr=subprocess.STDOUT, check=False)
            text = (self.out / f"{folder}.log").read_text(errors="replace")
            assert built.returncode == 0, text[-3000:]
            ours = text[text.rindex("Building module farthing"):]
            # Compilers, msgfmt and resource compilers say it so.
            warnings = re.findall(r"^.*: warning:.*$", ours, re.M | re.I)
            assert not warnings, warnings

        def makes_a_bundle(self):
            flatpak("build-bundle", self.repo, self.bundle, APP, "master")
            size = self.bundle.stat().st_size
            figure("bundle", f"{size} bytes", BUNDLE_BYTES_MAX)
            assert size <= BUNDLE_BYTES_MAX

        def forget(self):
            """As if it had never been installed."""
            subprocess.run(["flatpak", "kill", APP], capture_output=True, check=False)
            poll("the sandboxes to end", lambda: APP not in flatpak("ps", "--columns=application"))
            subprocess.run(["flatpak", "uninstall", "--user", "-y", "--noninteractive",
                            "--delete-data", APP], capture_output=True, check=False)
            shutil.rmtree(Path(os.environ["HOME"]) / ".var", ignore_errors=True)

        def install_and_read(self):
            """From `flatpak install` to an article that is paid for; in seconds."""
            self.forget()
            began = time.monotonic()
            flatpak("install", "--user", "-y", "--noninteractive", "--bundle", self.bundle)
            # The sandbox's first process keeps the descriptors for as long as the platform runs, so
            # this one is not asked through a pipe.
            with open(self.out / "up.log", "w") as log:
                subprocess.run(self.programs.farthingctl("up"), stdout=log, stderr=log, timeout=60,
                               check=True)
            answer = self.programs.ctl("read", "the-smallest-coin", "--pay")
            taken = time.monotonic() - began
            assert answer["entitled_by"] and int(answer["moved_micros"]) > 0, answer
            assert int(answer["text_bytes"]) > 1000, answer
            return taken

        def installs_and_opens_an_article(self):
            taken = [self.install_and_read()]
            while min(taken) > FIRST_ARTICLE_S_MAX and len(taken) < FIRST_ARTICLE_TRIES:
                taken.append(self.install_and_read())
            figure("install to first article", ", ".join(f"{s:.1f} s" for s in taken),
                   f"{FIRST_ARTICLE_S_MAX} s")
            assert min(taken) <= FIRST_ARTICLE_S_MAX, taken

        def is_offered_to_the_desktop(self):
            """What Flatpak exports is what a shell reads."""
            share = Path(os.environ["FLATPAK_USER_DIR"]) / "exports/share"
            entry = (share / f"applications/{APP}.desktop").read_text()
            actions = re.search("^Actions=(.*);$", entry, re.M).group(1).split(";")
            assert actions and all(f"[Desktop Action {name}]" in entry for name in actions), entry
            service = (share / f"dbus-1/services/{APP}.service").read_text()
            for text in (entry, service):
                assert re.search(f"^Exec=.*flatpak run .*{APP}", text, re.M), text
            for name in (f"icons/hicolor/scalable/apps/{APP}.svg",
                         f"icons/hicolor/symbolic/apps/{APP}-symbolic.svg"):
                assert (share / name).is_file(), name

        def pleases_the_validators(self):
            """Those of the SDK, which are newer than the machine's on one of the two."""
            def said(program, *args):
                out = subprocess.run(["flatpak", "run", "--user", "--devel",
                                      f"--command={program}", APP, *args], capture_output=True,
                                     text=True, check=False)
                return out.returncode, out.stdout + out.stderr

            validated = said("desktop-file-validate", f"/app/share/applications/{APP}.desktop")
            assert validated == (0, ""), validated
            # Older builders give it its older name.
            installed = Path(flatpak("info", "--user", "--show-location", APP).strip())
            name = next(n for n in (f"metainfo/{APP}.metainfo.xml", f"appdata/{APP}.appdata.xml")
                        if (installed / "files/share" / n).exists())
            status, text = said("appstreamcli", "validate", "--pedantic", "--no-net", "--no-color",
                                f"/app/share/{name}")
            remarks = re.findall(r"^([A-Z]): [^:\s]+:\S+ (.*?)\s*$", text, re.M)
            new = [one for one in remarks if not any(known in one[1] for known in REMARKS)]
            assert not new and not re.search(r"^[EW]:", text, re.M) and status == 0, text

        def sandboxes_within(self):
            """Another sandbox of the app finds the platform of the first; functions are kept in."""
            status = self.programs.ctl("status")
            assert status["isolation"] == "flatpak", status
            assert status["money"] == "test", status

        def takes_another_publication(self):
            """As the help tells a publisher: copied out of the sandbox, changed, and started."""
            data = Path(os.environ["HOME"]) / ".var/app" / APP / "data"
            copied = subprocess.run(["flatpak", "run", "--user", "--command=cp", APP, "-r",
                                     "/app/lib/farthing/publication", data / "mine"],
                                    capture_output=True, text=True, check=False)
            assert copied.returncode == 0, copied
            article = data / "mine/articles/two-per-cent.md"
            article.write_text(re.sub("^price: .*$", "price: 0.07", article.read_text(), 1, re.M))
            own = ("--data-dir", str(data / "own"))
            with open(self.out / "up.log", "a") as log:
                subprocess.run(self.programs.farthingctl(
                    "up", "--template", str(data / "mine/template.yaml"), *own), stdout=log,
                    stderr=log, timeout=60, check=True)
            price = next(a["price_micros"] for a in self.programs.ctl("articles", *own)
                         if a["id"] == "two-per-cent")
            assert self.programs.run("down", *own).returncode == 0
            assert price == "70000", price

        def every_function_works(self):
            """Readers of all kinds, on a platform of its own that ends with them: every function
            with a route runs, none fails, the books verify."""
            data = Path(os.environ["HOME"]) / ".var/app" / APP / "data/trial"
            judged = self.programs.ctl("trial", "--duration", "5", "--readers-per-second", "10",
                                       "--data-dir", str(data))
            assert judged["ok"] is True and judged["readers"]["pledges"] > 0 and \
                judged["readers"]["ads"] > 0, judged

        def bookkeeper_comes_back(self):
            """Nobody but the sandbox's own spawner could start it again."""
            data = str(Path(os.environ["HOME"]) / ".var/app" / APP / "data/farthing").encode()

            def bookkeeper():
                for path in Path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        words = path.read_bytes().split(b"\0")
                    except OSError:
                        continue
                    if words[0].endswith(b"farthing-bookkeeper") and \
                            data in words:
                        return int(path.parent.name)
                return None

            killed = poll("the bookkeeper", bookkeeper)
            os.kill(killed, 9)
            poll("another bookkeeper", lambda: bookkeeper() not in (None, killed))
            paid = poll("the books to be open", lambda: self.programs.ctl(
                "read", "the-smallest-coin", "--pay", "--reader", "ann"))
            assert paid["entitled_by"], paid

        def ledger(self):
            answer = self.programs.ctl("ledger", "verify")
            assert answer["ok"] is True and int(answer["transfers"]) > 0, answer

        def watches_deployments(self):
            """A platform on the host's loopback, which has a sandbox, data and port of its own, and
            whoever is no sandbox reaches it too; and a Prometheus of the host's that scrapes it."""
            data = Path(os.environ["HOME"]) / ".var/app" / APP / "data"
            theirs = str(data / "theirs")
            command = self.programs.sandboxed("farthingd", "--data-dir", theirs, "--port", "0",
                                              "--listen", "127.0.0.1:0")
            with subprocess.Popen(command, env=self.programs.env, stdout=subprocess.PIPE) as other:
                try:
                    ready = json.loads(other.stdout.readline())
                    self.ask_a_deployment(data, theirs, ready)
                    self.ask_prometheus(ready)
                finally:
                    self.programs.run("down", "--data-dir", theirs)
                    other.wait(timeout=60)

        def seen(self, deployment):
            return next((d for d in self.programs.ctl("connect", "list")["deployments"]
                         if d["id"] == deployment and d["state"] == "ok"), None)

        def ask_a_deployment(self, data, theirs, ready):
            """The token that it is asked with lies in the Secret Service and in no file, and is
            there after a restart."""
            given = self.programs.run("token", "add", "office", "--data-dir", theirs)
            assert given.returncode == 0, given.stderr
            (data / "office.token").write_text(given.stdout)
            added = self.programs.run("connect", "add", "hq", "farthingd", f"url={ready['listen']}",
                                      "--money", "test", "--secret",
                                      f"token={data / 'office.token'}")
            assert added.returncode == 0, added.stdout + added.stderr
            (data / "office.token").unlink()
            assert poll("the deployment", lambda: self.seen("hq"))["functions"] > 0
            token = given.stdout.split()[-1].encode()
            told = [f for f in (data / "farthing").rglob("*") if f.is_file() and
                    token in f.read_bytes()]
            assert not told, told
            assert self.secrets_of("hq") == [token], "the Secret Service has not the token"
            self.up_again()
            poll("the deployment after a restart", lambda: self.seen("hq"))
            assert self.programs.run("connect", "remove", "hq").returncode == 0
            poll("the token to be forgotten", lambda: self.secrets_of("hq") == [])

        def up_again(self):
            assert self.programs.run("down").returncode == 0
            with open(self.out / "up.log", "a") as log:
                subprocess.run(self.programs.farthingctl("up"), stdout=log, stderr=log, timeout=60,
                               check=True)

        def ask_prometheus(self, ready):
            with urllib.request.urlopen(ready["gateway"] + "/articles", timeout=60) as answer:
                assert answer.status == 200
            with Prometheus(targets=[ready["metrics"].split("/")[2]]) as prometheus:
                added = self.programs.run("connect", "add", "metrics", "prometheus",
                                          f"url={prometheus.url}", "profile=farthing",
                                          "--money", "test")
                assert added.returncode == 0, added.stdout + added.stderr
                assert poll("its functions", lambda: self.programs.ctl(
                    "connect", "test", "metrics")["functions"]) > 0
                assert self.programs.run("connect", "remove", "metrics").returncode == 0

        def offline_ledger(self):
            """`down` ends the platform and its sandbox; the books can be checked without it."""
            subprocess.run(self.programs.farthingctl("down"), check=True, timeout=60,
                           capture_output=True)
            poll("the sandboxes to end", lambda: APP not in flatpak("ps", "--columns=application"))
            self.ledger()

        def a_development_build_beside_it(self):
            """Another id, another name, other data; the release stays what it is."""
            devel = APP + ".Devel"
            self.build(devel, "build-devel")
            flatpak("remote-add", "--user", "--if-not-exists", "--no-gpg-verify", "built",
                    self.repo.as_uri())
            flatpak("install", "--user", "-y", "--noninteractive", "--or-update", "built", devel)
            try:
                said = flatpak("run", "--user", "--command=farthingctl", devel, "--version")
                assert said.startswith("farthingctl "), said
                installed = flatpak("list", "--user", "--app", "--columns=application").split()
                assert {APP, devel} <= set(installed), installed
                exported = Path(os.environ["FLATPAK_USER_DIR"]) / "exports/share/applications"
                names = [re.search("^Name=(.*)$", (exported / f"{app}.desktop").read_text(),
                                   re.M).group(1) for app in (APP, devel)]
                assert names == ["Farthing", "Farthing (Development)"], names
            finally:
                flatpak("uninstall", "--user", "-y", "--noninteractive", "--delete-data", devel)

        def only_these_permissions(self):
            text = flatpak("info", "--user", "--show-permissions", APP)
            found = dict(re.findall(r"^(\w+)=(.*);$", text, re.M))
            for key, wanted in PERMISSIONS.items():
                assert set(found.pop(key, "").split(";")) == wanted, text
            assert "filesystems" not in found, text
            talk = re.findall(r"^(.*)=(talk|own)$", text, re.M)
            assert talk == [("org.freedesktop.secrets", "talk")], text

        def is_small(self):
            location = Path(flatpak("info", "--user", "--show-location", APP).strip()) / "files"
            size = sum(f.lstat().st_size for f in location.rglob("*") if not f.is_dir())
            figure("installed", f"{size} bytes", INSTALLED_BYTES_MAX)
            assert size <= INSTALLED_BYTES_MAX

        def widen(self):
            """The sandbox keeps its settings: the next window would be as narrow as this one. The X
            server answers at once; what counts is that the window has been laid out anew."""
            self.app.screen.resize(1200, 800)
            self.app.wait("Test money")

        def remembers_its_size(self):
            """What the next start reads."""
            text = self.settings.read_text()
            assert "window-width=1200" in text and "window-height=800" in text, text

        # What the window does anyway is tested outside; here is what a sandbox could break.
        def steps(self):
            steps = (self.runtime_is_there, self.builds_without_a_warning,
                    self.unlocks_the_keyring, self.opens_the_portals, self.listens,
                    self.makes_a_bundle, self.installs_and_opens_an_article,
                    self.sandboxes_within, self.ledger, self.bookkeeper_comes_back,
                    self.watches_deployments, self.offline_ledger,
                    self.takes_another_publication, self.every_function_works,
                    self.only_these_permissions, self.is_offered_to_the_desktop,
                    self.pleases_the_validators, self.is_small, self.start, self.look_at_pages,
                    self.read_by_pledge, self.read_by_ad, self.gives_an_ad_its_sound,
                    self.compare_earnings, self.ledger, self.notifies, self.narrow, self.widen,
                    self.stop, self.remembers_its_size, self.dark, self.background_is_refused,
                    self.keep_running, self.join)
            return steps if suite == EVERYDAY else (*steps, self.a_development_build_beside_it)

        def run(self):
            try:
                return super().run()
            finally:
                subprocess.run(["flatpak", "kill", APP], capture_output=True, check=False)
                self.end_desktop()

    assert os.geteuid() != 0, "the proof has to run as an ordinary user"
    return Proof().run()


def main(arguments):
    if arguments[0] == "--inside":
        return inside(arguments[1], Path(arguments[2]))
    if arguments[0] == "--story":
        return story(arguments[1], Path(arguments[2]))
    return outer(arguments[0], Path(arguments[1]).absolute(), Path(arguments[2]).absolute())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
