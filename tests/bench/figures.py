#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the figures that the benchmarks of a build folder left in Meson's benchmark log: one JSON
object a line, `name` and its figures."""

import json
import sys
from pathlib import Path


def main():
    log = Path(sys.argv[1]) / "meson-logs" / "benchmarklog.json"
    for line in log.read_text().splitlines():
        record = json.loads(line)
        for out in (record.get("stdout") or "").splitlines():
            if out.startswith("{"):
                print(json.dumps(json.loads(out)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
