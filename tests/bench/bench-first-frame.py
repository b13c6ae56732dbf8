#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long from the start of the app until its window is on the screen, on a platform that runs
already: ten times, on a virtual display with software rendering. GTK maps the window with its first
frame."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(os.environ["FARTHING_BUILD_ROOT"])
RUNS = 10


# Starts the app, waits until a window of it is visible, says how long that took, and ends it.
MEASURE = """
begin=$(date +%s%N)
"$1" &
app=$!
xdotool search --sync --onlyvisible --pid $app >/dev/null
echo "shown $(( ($(date +%s%N) - begin) / 1000 ))"
kill $app
wait $app
"""


def main():
    for tool in ("xvfb-run", "xdotool", "dbus-run-session"):
        if shutil.which(tool) is None:
            print(f"no {tool} here", file=sys.stderr)
            return 77
    folder = tempfile.mkdtemp(prefix="farthing-bench-")
    env = dict(os.environ, XDG_RUNTIME_DIR=folder, XDG_DATA_HOME=folder, GSK_RENDERER="cairo",
               XDG_CONFIG_HOME=folder, GSETTINGS_BACKEND="memory",
               GSETTINGS_SCHEMA_DIR=str(BUILD / "data"))
    env.pop("WAYLAND_DISPLAY", None)
    ctl = str(BUILD / "src/terminal/farthingctl")
    subprocess.run([ctl, "up", "--port", "0"], env=env, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    try:
        taken = []
        for _ in range(RUNS):
            out = subprocess.run(["xvfb-run", "-a", "dbus-run-session", "--", "sh", "-c", MEASURE,
                                  "sh", str(BUILD / "src/desktop/farthing")],
                                 env=env, capture_output=True, text=True, timeout=60, check=False)
            taken += [int(line.split()[1]) for line in out.stdout.splitlines()
                      if line.startswith("shown ")]
        taken.sort()
        assert len(taken) == RUNS, out.stderr
        print(json.dumps({"name": "first-frame", "runs": RUNS, "median_us": taken[RUNS // 2],
                          "max_us": taken[-1], "renderer": "cairo"}))
    finally:
        subprocess.run([ctl, "down"], env=env, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
