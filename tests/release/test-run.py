#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `./run` starts, by what it finds: the app where there is a display, `top` on a terminal, a
trial with neither; what it says of commands that it does not know; and that it hands on how its
program ended. On a copy of the script, with the tools that it calls replaced by ones that write down
what they were asked. Prints TAP.

    test-run.py SOURCE_ROOT"""

import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DEADLINE_S = 60
# Everything is installed.
DPKG_QUERY = """#!/bin/sh
for package; do :; case $package in -*|'${'*) ;; *) echo "ii  $package" ;; esac; done
"""
# Nothing is to be built.
NINJA = "#!/bin/sh\necho \"ninja $*\" >> \"$ASKED\"\necho 'ninja: no work to do.'\n"
MESON = "#!/bin/sh\necho \"meson $*\" >> \"$ASKED\"\nexit ${MESON_STATUS:-0}\n"


class Run:
    def __init__(self, source):
        self.folder = Path(tempfile.mkdtemp(prefix="farthing-run-"))
        shutil.copy(Path(source) / "run", self.folder)
        (self.folder / "build").mkdir()
        (self.folder / "build/build.ninja").touch()
        tools = self.folder / "tools"
        tools.mkdir()
        for name, text in (("dpkg-query", DPKG_QUERY), ("ninja", NINJA), ("meson", MESON)):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.asked = self.folder / "asked"
        self.environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(self.folder),
                            "ASKED": str(self.asked), "LC_ALL": "C.UTF-8"}

    def run(self, *words, terminal=False, **environment):
        """(status, what it said, the last program it was to start)"""
        self.asked.unlink(missing_ok=True)
        leader, follower = pty.openpty() if terminal else (None, None)
        with subprocess.Popen(
                [self.folder / "run", *words], cwd="/", env=dict(self.environment, **environment),
                stdin=follower if terminal else subprocess.DEVNULL,
                stdout=follower if terminal else subprocess.PIPE,
                stderr=follower if terminal else subprocess.STDOUT,
                start_new_session=True) as process:
            said = self.read(leader, follower) if terminal else process.stdout.read()
            status = process.wait(DEADLINE_S)
        asked = self.asked.read_text().splitlines() if self.asked.exists() else []
        started = [line for line in asked if line.startswith("meson devenv ")]
        return status, said.decode(), (started or [""])[-1]

    @staticmethod
    def read(leader, follower):
        os.close(follower)
        said = b""
        while select.select([leader], [], [], DEADLINE_S)[0]:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the last one has closed it
                part = b""
            if not part:
                break
            said += part
        os.close(leader)
        return said

    def a_display(self):
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            for terminal in (False, True):
                status, said, started = self.run(terminal=terminal, **{name: "somewhere"})
                assert (status, started) == (0, "meson devenv -C build farthing"), (said, started)

    def a_terminal(self):
        status, said, started = self.run(terminal=True)
        assert (status, started) == (0, "meson devenv -C build farthingctl top"), (said, started)

    def neither(self):
        status, said, started = self.run()
        assert (status, started) == \
            (0, "meson devenv -C build farthingctl trial --duration 30"), (said, started)

    def options_are_handed_on(self):
        _, _, started = self.run("--data-dir", "/x", DISPLAY=":0")
        assert started == "meson devenv -C build farthing --data-dir /x", started

    def a_bad_end_is_handed_on(self):
        status, said, _ = self.run(MESON_STATUS="3")
        assert status == 3, (status, said)

    def help_and_misuse(self):
        status, said, started = self.run("--help")
        assert status == 0 and not started, (status, started)
        for word in ("./run tests", "./run flatpak", "./run bench", "./run build"):
            assert word in said, said
        for words in (["no-such-command"], ["tests", "--no-such-option"], ["flatpak", "--none"]):
            status, said, started = self.run(*words)
            assert status == 1 and said.startswith("run: unknown ") and not started, (status, said)

    def all(self):
        steps = (self.a_display, self.a_terminal, self.neither, self.options_are_handed_on,
                 self.a_bad_end_is_handed_on, self.help_and_misuse)
        print(f"1..{len(steps)}")
        failed = 0
        for number, step in enumerate(steps, 1):
            try:
                step()
                print(f"ok {number} {step.__name__}")
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                failed = 1
                print(f"not ok {number} {step.__name__}\n# {type(error).__name__}: {error}")
        return failed


if __name__ == "__main__":
    run = Run(sys.argv[1])
    try:
        STATUS = run.all()
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)
    sys.exit(STATUS)
