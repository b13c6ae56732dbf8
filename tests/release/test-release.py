#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release promises: `meson dist` makes an archive that builds and passes its tests, and two
builds of it, in two folders, install the same bytes. Prints TAP.

    test-release.py SOURCE_ROOT"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=False,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout[-4000:]}"
    return done.stdout


class Release:
    def __init__(self, source):
        self.source = Path(source)
        self.work = Path(tempfile.mkdtemp(prefix="farthing-release-"))

    def dist(self):
        """From what is committed, as a release is."""
        run("git", "clone", "-q", "--no-hardlinks", self.source, self.work / "clone")
        run("meson", "setup", self.work / "dist", self.work / "clone")
        run("meson", "dist", "-C", self.work / "dist", "--no-tests", "--formats", "xztar")
        archive, = (self.work / "dist/meson-dist").glob("*.tar.xz")
        for folder in ("one", "other/place"):
            (self.work / folder).mkdir(parents=True)
            run("tar", "-C", self.work / folder, "--strip-components=1", "-xf", archive)

    def build(self, folder, *options):
        source, build = self.work / folder, self.work / folder / "build"
        run("meson", "setup", build, source, "-Dwerror=true", *options)
        run("ninja", "-C", build)
        run("meson", "install", "-C", build, "--no-rebuild", "--strip", "--quiet",
            env=dict(os.environ, DESTDIR=str(self.work / "installed" / folder)))

    def builds(self):
        self.build("one")

    def passes(self):
        run("meson", "test", "-C", self.work / "one/build", "--no-rebuild", "--quiet",
            "--suite", "unit", "--suite", "integration", "--num-processes", "2",
            "--timeout-multiplier", "3", "--print-errorlogs")

    def builds_elsewhere(self):
        self.build("other/place", "-Dtests=false")

    def digests(self, folder):
        root = self.work / "installed" / folder
        return {str(path.relative_to(root)): (path.lstat().st_mode, os.readlink(path)
                                              if path.is_symlink() else
                                              hashlib.sha256(path.read_bytes()).hexdigest())
                for path in root.rglob("*") if not path.is_dir()}

    def same_bytes(self):
        one, other = self.digests("one"), self.digests("other/place")
        different = sorted(set(one.items()) ^ set(other.items()))
        assert one and not different, different

    def all(self):
        if not (self.source / ".git").exists():
            print("1..0 # SKIP a release is made from a checkout, and this is none")
            return 77
        steps = (self.dist, self.builds, self.passes, self.builds_elsewhere, self.same_bytes)
        print(f"1..{len(steps)}")
        for number, step in enumerate(steps, 1):
            try:
                step()
                print(f"ok {number} {step.__name__}", flush=True)
            except AssertionError as error:
                print(f"not ok {number} {step.__name__}")
                print("\n".join("# " + line for line in str(error).splitlines()))
                return 1
        return 0


if __name__ == "__main__":
    release = Release(sys.argv[1])
    try:
        STATUS = release.all()
    finally:
        shutil.rmtree(release.work, ignore_errors=True)
    sys.exit(STATUS)
