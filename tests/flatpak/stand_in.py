#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a stand-in for org.gnome.Platform and org.gnome.Sdk out of Debian's packages, so that the
manifest in flatpak/ builds, installs and runs unmodified on a machine without Flathub.

    stand_in.py SUITE CACHE        SUITE: bookworm or trixie

Leaves in CACHE/SUITE/repo an OSTree repository with both runtimes, and in CACHE/downloads
the sources that the manifest pins, taken from Debian's source packages and compared with the
manifest's checksums. What is there and belongs to this recipe is kept. As root only Debian's own
tools run (mmdebstrap); everything else is done by the account that user.py names."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import user

SOURCE = Path(__file__).resolve().parents[2]
MANIFEST = SOURCE / "flatpak" / "io.github.farthing.Farthing.yml"

PLATFORM = """
bash coreutils libgtk-4-1 libadwaita-1-0 libsoup-3.0-0 libjson-glib-1.0-0 libsqlite3-0
libglib2.0-bin glib-networking ca-certificates adwaita-icon-theme hicolor-icon-theme
librsvg2-common shared-mime-info fonts-cantarell fonts-dejavu-core dconf-gsettings-backend
flatpak-xdg-utils libsecret-1-0 libxml2 libncursesw6 ncurses-base libseccomp2
libgtk-4-media-gstreamer gstreamer1.0-plugins-base gstreamer1.0-plugins-good
""".split()

# libyaml, libmicrohttpd and libsodium are left out of purpose: the manifest has to bring them.
SDK = """
gcc ccache libc6-dev meson ninja-build pkg-config gettext python3 make patch autoconf automake
libtool libglib2.0-dev libglib2.0-dev-bin libjson-glib-dev libsoup-3.0-dev libsqlite3-dev libseccomp-dev
nettle-dev libgnutls28-dev libarchive-dev libxml2-dev libncurses-dev libgtk-4-dev libadwaita-1-dev
libsecret-1-dev desktop-file-utils appstream appstream-util dbus
""".split()

NOT_KEPT = ("doc", "man", "locale", "gtk-doc", "info", "help", "gir-1.0")

# Debian's source package for each host that the manifest downloads from.
SOURCES = {"yaml/libyaml": "libyaml", "gnu/libmicrohttpd": "libmicrohttpd",
           "jedisct1/libsodium": "libsodium"}
SOURCES_SUITE = "trixie"

# What of /etc is the machine's and not the runtime's.
ETC_DROPPED = ("shadow", "shadow-", "gshadow", "gshadow-", "passwd", "passwd-", "group", "group-",
               "machine-id", "hosts", "hostname", "resolv.conf", "apt", "subuid", "subgid")


def run(*command, **options):
    print("+", " ".join(map(str, command)), flush=True)
    return subprocess.run(list(map(str, command)), check=True, **options)


def version(manifest):
    return re.search(r"^runtime-version: '(\d+)'", manifest, re.M).group(1)


def mirror(suite):
    """The machine's own mirror: for this suite, else for any of Debian's."""
    out = subprocess.run(["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)",
                          "Created-By: Packages", "Label: Debian"],
                         capture_output=True, text=True, check=False).stdout
    found = [line.split(" ", 1) for line in out.splitlines() if " " in line]
    for codename, uri in found:
        if codename == suite:
            return uri
    if not found:
        raise SystemExit("apt knows no mirror of Debian's here: run apt-get update, and try again")
    return found[0][1]


def recipe(suite):
    """Changes whenever the runtime has to be made anew."""
    text = json.dumps([suite, PLATFORM, SDK, NOT_KEPT, Path(__file__).read_text()])
    return hashlib.sha256(text.encode()).hexdigest()


def bootstrap(suite, tar):
    """Debian's own tool, once; one tree with everything."""
    if tar.exists():
        return
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in NOT_KEPT]
    new = tar.with_suffix(".new")
    run("mmdebstrap", "--quiet", "--variant=apt", "--format=tar",
        '--aptopt=APT::Install-Recommends "false"', *excludes, "--skip=cleanup/apt/lists",
        "--include=" + ",".join(PLATFORM + SDK), suite, new, mirror(suite))
    new.rename(tar)


def packages(tree):
    """name → (names it needs, names it provides, essential) of what is installed."""
    table = {}
    for stanza in (tree / "var/lib/dpkg/status").read_text(errors="replace").split("\n\n"):
        fields = dict(m.groups() for m in re.finditer(r"^([A-Za-z-]+): (.*)$", stanza, re.M))
        if "Package" not in fields:
            continue

        def names(field, stanza_fields=fields):
            return [[re.sub(r"[\s(:].*", "", one.strip()) for one in group.split("|")]
                    for group in stanza_fields.get(field, "").split(",") if group.strip()]

        table[fields["Package"]] = (names("Pre-Depends") + names("Depends"),
                                    [group[0] for group in names("Provides")],
                                    fields.get("Essential") == "yes")
    return table


def closure(table, wanted):
    """The packages that the wanted ones pull in."""
    providers = {}
    for name, (_, provides, _) in table.items():
        for provided in [name] + provides:
            providers.setdefault(provided, []).append(name)
    reached, todo = set(), [n for n in wanted] + [n for n, p in table.items() if p[2]]
    while todo:
        name = todo.pop()
        real = name if name in table else providers.get(name, [None])[0]
        if real is None or real in reached:
            continue
        reached.add(real)
        for group in table[real][0]:
            there = [n for n in group if n in providers]
            if there:
                todo.append(there[0])
    return reached


def remove_sdk(sdk, platform):
    """Takes out of the copy what only the SDK's packages brought."""
    table = packages(sdk)
    # The libraries behind what programs are compiled with belong to the runtime.
    behind = [names[0] for package in SDK if package.endswith("-dev")
              for names in table[package][0] if re.match(r"lib(?!.*-dev$)", names[0])]
    kept_packages = closure(table, PLATFORM + behind)
    kept, dropped = set(), set()
    for listing in (sdk / "var/lib/dpkg/info").glob("*.list"):
        name = listing.stem.split(":")[0]
        (kept if name in kept_packages else dropped).update(listing.read_text().splitlines())
    for path in sorted(dropped - kept, reverse=True):
        for prefix in ("", "/usr"):  # Debian lists some as /lib/…
            victim = Path(str(platform) + prefix + path)
            if victim.is_symlink() or victim.is_file():
                victim.unlink()
            elif victim.is_dir() and not any(victim.iterdir()):
                victim.rmdir()


def furnish(tree, name, branch):
    """From a Debian root to what flatpak build-export takes."""
    for drop in ETC_DROPPED:
        victim = tree / "etc" / drop
        shutil.rmtree(victim) if victim.is_dir() and not victim.is_symlink() else \
            victim.unlink(missing_ok=True)
    (tree / "etc").rename(tree / "usr/etc")
    (tree / "files").mkdir()
    spawn = tree / "usr/bin/flatpak-spawn"
    if not spawn.exists():
        spawn.symlink_to("../libexec/flatpak-xdg-utils/flatpak-spawn")
    for entry in tree.iterdir():
        if entry.name not in ("usr", "files"):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    for folder, folders, files in os.walk(tree / "usr"):
        for entry in folders + files:
            path = os.path.join(folder, entry)
            if not os.path.islink(path):
                mode = os.stat(path).st_mode & 0o777
                os.chmod(path, mode | (0o755 if os.path.isdir(path) else 0o444))
    arch = subprocess.run(["flatpak", "--default-arch"], capture_output=True, text=True,
                          check=True).stdout.strip()
    (tree / "metadata").write_text(
        f"[Runtime]\nname={name}\nruntime=org.gnome.Platform/{arch}/{branch}\n"
        f"sdk=org.gnome.Sdk/{arch}/{branch}\n")


def export(tar, folder, branch):
    """The two trees as runtimes in one repository; equal files are stored once."""
    sdk, platform, repo = folder / "sdk", folder / "platform", folder / "repo.new"
    for old in (sdk, platform, repo):
        shutil.rmtree(old, ignore_errors=True)
    sdk.mkdir(parents=True)
    run("tar", "-C", sdk, "-xf", tar, "--no-same-owner", "--exclude=./dev", "--exclude=./proc",
        "--exclude=./sys", "--exclude=./var/cache")
    run("chmod", "-R", "u+rwX,a-s", sdk)
    run("cp", "-a", sdk, platform)
    remove_sdk(sdk, platform)
    run("ostree", "init", "--mode=bare-user-only", f"--repo={repo}")
    for tree, name in ((platform, "org.gnome.Platform"), (sdk, "org.gnome.Sdk")):
        furnish(tree, name, branch)
        run("flatpak", "build-export", "--disable-sandbox", repo, tree, branch)
        shutil.rmtree(tree)
    shutil.rmtree(folder / "repo", ignore_errors=True)
    repo.rename(folder / "repo")


def pinned(manifest):
    """(url, sha256) of each archive."""
    return re.findall(r"url: (\S+)\n\s+sha256: ([0-9a-f]{64})", manifest)


def download(manifest, cache):
    """The pinned archives, from Debian, into flatpak-builder's cache of downloads."""
    downloads = cache / "downloads"
    for url, sha256 in pinned(manifest):
        target = downloads / sha256 / url.rsplit("/", 1)[1]
        if target.exists():
            continue
        package = next(p for part, p in SOURCES.items() if part in url)
        work = cache / "sources"
        (work / "lists/partial").mkdir(parents=True, exist_ok=True)
        (work / "archives/partial").mkdir(parents=True, exist_ok=True)
        (work / "sources.list").write_text(
            "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
            f"{mirror(SOURCES_SUITE)} {SOURCES_SUITE} main\n")
        (work / "apt.conf").write_text(
            f'Dir::Etc::SourceList "{work}/sources.list";\nDir::Etc::SourceParts "/nonexistent";\n'
            f'Dir::State::Lists "{work}/lists";\nDir::Cache "{work}";\n'
            f'Dir::State "{work}";\nDir::State::Status "/var/lib/dpkg/status";\n')
        environment = dict(os.environ, APT_CONFIG=str(work / "apt.conf"))
        run("apt-get", "-q", "update", env=environment)
        run("apt-get", "-q", "source", "--download-only", package, env=environment, cwd=work)
        original = next(work.glob(f"{package}_*.orig.tar.gz"))
        found = hashlib.sha256(original.read_bytes()).hexdigest()
        if found != sha256:
            sys.exit(f"stand_in.py: {original.name} is {found}, the manifest pins {sha256}; "
                     "the manifest's release and Debian's differ")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, target)


def main():
    suite, cache = sys.argv[1], Path(sys.argv[2]).absolute()
    folder, manifest = cache / suite, MANIFEST.read_text()
    stamp, wanted = folder / "recipe", recipe(suite)
    fresh = stamp.exists() and stamp.read_text() == wanted
    if os.geteuid() == 0 and not fresh:
        folder.mkdir(parents=True, exist_ok=True)
        bootstrap(suite, folder / "root.tar")
    user.become(cache)
    folder.mkdir(parents=True, exist_ok=True)
    download(manifest, cache)
    if fresh:
        return
    bootstrap(suite, folder / "root.tar")
    export(folder / "root.tar", folder, version(manifest))
    (folder / "root.tar").unlink()
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
