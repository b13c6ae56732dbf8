#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stripe's own client (npm, pinned by package-lock.json) against the test provider of a real
farthingd. The package is installed below the build directory for this test alone; where there is no
npm, or it cannot be reached, the test is skipped and says so."""

import os
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))
from farthing_testing import BUILD, Platform  # noqa: E402


def skip(why):
    print(f"1..0 # SKIP {why}")
    return 0


def install(folder):
    """None, or why the client is not there."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "npm or node is not installed"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    done = folder / "installed"
    if done.exists() and done.read_bytes() == lock:
        return None
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    result = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                            cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if result.returncode != 0:
        return "npm could not install the client: " + result.stderr.strip().splitlines()[-1]
    done.write_bytes(lock)
    return None


def main():
    folder = BUILD / "tests" / "stripe" / "npm"
    missing = install(folder)
    if missing:
        return skip(missing)
    with Platform() as p:
        port = urllib.parse.urlsplit(p.ready["gateway"]).port
        return subprocess.run(["node", str(HERE / "client.mjs"), str(port), str(folder)],
                              env=os.environ, timeout=170, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
