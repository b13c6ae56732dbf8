#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs into a folder and uses what lies there: the files a desktop and a distribution expect,
each accepted by the validator that knows it; one version everywhere; and the programs running at
their installed places, with the build folder out of reach. Prints TAP.

    test-install.py BUILD_ROOT SOURCE_ROOT"""

import configparser
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from remarks import REMARKS

APP = "io.github.farthing.Farthing"
# Below the prefix.
EXPECTED = [
    "bin/farthing", "bin/farthingctl", "bin/farthingd",
    "libexec/farthing/farthing-spawner", "libexec/farthing/farthing-bookkeeper",
    "libexec/farthing/farthing-readers",
    f"share/applications/{APP}.desktop", f"share/metainfo/{APP}.metainfo.xml",
    f"share/dbus-1/services/{APP}.service", f"share/glib-2.0/schemas/{APP}.gschema.xml",
    f"share/icons/hicolor/scalable/apps/{APP}.svg",
    f"share/icons/hicolor/symbolic/apps/{APP}-symbolic.svg",
    "share/help/C/farthing/index.page", "share/help/C/farthing/trouble.page",
    "share/locale/de/LC_MESSAGES/farthing.mo",
    "share/man/man1/farthing.1", "share/man/man1/farthingctl.1", "share/man/man1/farthingd.1",
    "share/farthing/bootstraps/nodejs.cjs", "share/farthing/bootstraps/python.py",
    "lib/systemd/user/farthingd.service", "lib/systemd/system/farthingd.service",
]
# What units may not say: with these, no sandbox of the strongest tier can be built within. It has a
# host's name of its own, a cgroup, a /proc, and interpreters that compile as they go.
TOO_TIGHT = {"RestrictNamespaces", "SystemCallFilter", "PrivateUsers", "ProtectHostname",
             "ProtectKernelTunables", "ProtectControlGroups", "ProtectProc", "ProcSubset",
             "MemoryDenyWriteExecute"}
# Run with the installed tree in the place it was configured for.
IN_PLACE = """
set -eu
mount --bind "$1" "$2"
mount -t tmpfs -o mode=0700 tmpfs "$3"
shift 3
exec "$@"
"""


class Install:
    def __init__(self, build, source):
        self.build, self.source = Path(build), Path(source)
        self.destdir = Path(tempfile.mkdtemp(prefix="farthing-install-"))
        options = json.loads(self.run("meson", "introspect", "--buildoptions", build).stdout)
        self.prefix = next(o["value"] for o in options if o["name"] == "prefix")
        self.tree = Path(str(self.destdir) + self.prefix)
        project = json.loads(self.run("meson", "introspect", "--projectinfo", build).stdout)
        self.version = project["version"]

    @staticmethod
    def run(*command, check=True, **options):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                              timeout=120, **options)
        assert not check or done.returncode == 0, \
            f"{command[0]}: {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done

    def installs(self):
        self.run("meson", "install", "-C", self.build, "--no-rebuild", "--strip", "--quiet",
                 env=dict(os.environ, DESTDIR=str(self.destdir)))
        missing = [name for name in EXPECTED if not (self.tree / name).is_file()]
        assert not missing, missing
        functions = list(self.tree.glob("lib/**/publication/functions/*/bootstrap"))
        assert len(functions) >= 13, functions
        assert all(os.access(f, os.X_OK) for f in functions)

    def names_no_build_folder(self):
        """What is installed works anywhere, and two builds of it can be equal."""
        for path in self.destdir.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                for folder in (self.source, self.build):
                    assert str(folder).encode() not in content, f"{path} names {folder}"

    def validators(self):
        desktop = self.tree / EXPECTED[6]
        metainfo = self.tree / EXPECTED[7]
        said = self.run("desktop-file-validate", desktop)
        assert not said.stdout + said.stderr, said
        entry = configparser.RawConfigParser(delimiters="=")
        entry.optionxform = str
        entry.read(desktop)
        pages = entry["Desktop Entry"]["Actions"].rstrip(";").split(";")
        assert len(pages) >= 3, pages
        for page in pages:
            action = entry[f"Desktop Action {page}"]
            assert action["Name"] and action["Exec"] == f"farthing --page={page}", dict(action)
        said = self.run("appstreamcli", "validate", "--pedantic", "--no-net", "--no-color",
                        metainfo)
        remarks = re.findall(r"^([A-Z]): [^:\s]+:\S+ (.*?)\s*$", said.stdout, re.M)
        new = [remark for remark in remarks if not any(known in remark[1] for known in REMARKS)]
        assert not new and not re.search(r"^[EW]:", said.stdout, re.M), said.stdout
        if shutil.which("appstream-util"):
            self.run("appstream-util", "validate-relax", "--nonet", metainfo)
        for page in sorted(self.tree.glob("share/man/man1/*.1")):
            said = self.run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page)
            assert not said.stderr, said.stderr
        self.run("glib-compile-schemas", "--strict", "--dry-run",
                 self.tree / "share/glib-2.0/schemas")

    def screenshots(self):
        """Each address is that of a file of this tree at the release's tag, and of its size."""
        component = ElementTree.parse(self.tree / EXPECTED[7]).getroot()
        base = component.findtext("url[@type='vcs-browser']").replace(
            "https://github.com/", "https://raw.githubusercontent.com/") + f"/v{self.version}/"
        images = component.findall("screenshots/screenshot/image")
        assert len(images) >= 3, images
        for image in images:
            assert image.text.startswith(base), (image.text, base)
            head = (self.source / image.text[len(base):]).read_bytes()[:24]
            size = struct.unpack(">II", head[16:])
            assert head[:8] == b"\x89PNG\r\n\x1a\n" and \
                size == (int(image.get("width")), int(image.get("height"))), (image.text, size)

    def translations(self):
        """Each text is one that msgfmt takes: those of the catalogues, and those of a new one."""
        template, fresh = self.destdir / "farthing.pot", self.destdir / "en.po"
        said = self.run("xgettext", "--from-code=UTF-8", "--package-name=farthing", "-k_", "-kN_",
                        "-kC_:1c,2", "-kngettext:1,2", "-kg_dngettext:2,3",
                        "-f", self.source / "po/POTFILES", "-D", self.source, "-o", template)
        assert not said.stderr, said.stderr
        self.run("msginit", "--no-translator", "--locale=en_GB.UTF-8", "-i", template, "-o", fresh)
        for catalogue in [fresh, *sorted(self.source.glob("po/*.po"))]:
            said = self.run("msgfmt", "--check", "-o", os.devnull, catalogue)
            assert not said.stderr, said.stderr

    def units(self):
        """systemd's own check, where it is; elsewhere what it would have found first."""
        for kind in ("user", "system"):
            unit = self.tree / f"lib/systemd/{kind}/farthingd.service"
            program = re.search(r"^ExecStart=(\S+)", unit.read_text(), re.M).group(1)
            assert (Path(str(self.destdir) + program)).is_file(), program
            said = set(re.findall(r"^(\w+)=", unit.read_text(), re.M))
            assert not said & TOO_TIGHT, said & TOO_TIGHT
            if not shutil.which("systemd-analyze"):
                continue
            copy = self.destdir / kind / "farthingd.service"
            copy.parent.mkdir()
            copy.write_text(unit.read_text().replace(program, "/bin/true"))
            said = self.run("systemd-analyze", "verify", "--man=no", copy, check=False)
            mine = [line for line in said.stderr.splitlines() if "farthingd.service" in line]
            assert not mine, mine

    def one_version(self):
        changelog = (self.source / "CHANGELOG.md").read_text()
        version, date = re.search(r"^## (\S+) \((\S+)\)", changelog, re.M).groups()
        metainfo = (self.tree / EXPECTED[7]).read_text()
        release = re.search(r'<release version="([^"]+)" date="([^"]+)"', metainfo).groups()
        assert (version, date) == release == (self.version, release[1]), (version, date, release)
        for program in ("farthing", "farthingctl", "farthingd"):
            said = self.run(self.tree / "bin" / program, "--version").stdout
            assert said.strip() == f"{program} {self.version}", said

    def runs_in_place(self):
        """At the configured prefix, in a mount namespace where the build folder is empty."""
        outside = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        if self.run(*outside, "true", check=False).returncode != 0:
            return "no mount namespace may be made here"
        home = tempfile.mkdtemp(prefix="farthing-home-")
        environment = {"HOME": home, "XDG_RUNTIME_DIR": home, "PATH": "/usr/bin:/bin",
                       "LC_ALL": "C.UTF-8"}
        ctl = f"{self.prefix}/bin/farthingctl"
        script = (f"{ctl} up --port 0 >/dev/null && {ctl} read the-smallest-coin --watch --json && "
                  f"{ctl} status --json && {ctl} ledger verify --json; end=$?; "
                  f"{ctl} down >/dev/null; find {home} -name '*-wal'; exit $end")
        try:
            said = self.run(*outside, "sh", "-c", IN_PLACE, "sh", self.tree, self.prefix,
                            self.build, "sh", "-c", script, env=environment)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        answers = [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]
        assert answers[0]["entitled_by"] == "ad", answers[0]
        assert answers[1]["state"] == "running", answers[1]
        assert answers[2]["ok"] is True, answers[2]
        # Stopped is stopped: the data can be copied now.
        assert not re.search(r"-wal$", said.stdout, re.M), said.stdout
        return None

    def all(self):
        steps = (self.installs, self.names_no_build_folder, self.validators, self.screenshots,
                 self.translations, self.units, self.one_version, self.runs_in_place)
        print(f"1..{len(steps)}")
        failed = 0
        for number, step in enumerate(steps, 1):
            try:
                skipped = step()
                print(f"ok {number} {step.__name__}{f' # SKIP {skipped}' if skipped else ''}")
            except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
                failed += 1
                print(f"not ok {number} {step.__name__}\n# {type(error).__name__}: {error}")
        return failed


if __name__ == "__main__":
    install = Install(sys.argv[1], sys.argv[2])
    try:
        FAILED = install.all()
    finally:
        shutil.rmtree(install.destdir, ignore_errors=True)
    sys.exit(1 if FAILED else 0)
