#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stripe's own client (npm, pinned by package-lock.json) against the test provider of a real
farthingd. The package is installed below the build directory for this test alone; where there is no
npm, or it cannot be reached, the test is skipped and says so."""

import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))
import npm_packages  # noqa: E402
from farthing_testing import BUILD, Platform  # noqa: E402


def main():
    folder = BUILD / "tests" / "stripe" / "npm"
    missing = npm_packages.check_node(0) or npm_packages.install(HERE, folder)
    if missing:
        return npm_packages.skip(missing)
    with Platform() as p:
        port = urllib.parse.urlsplit(p.ready["gateway"]).port
        return subprocess.run(["node", str(HERE / "client.mjs"), str(port), str(folder)],
                              env=os.environ, timeout=170, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
