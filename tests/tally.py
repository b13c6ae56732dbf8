#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up the test logs of one or more build folders and ends with the line
`N passed, N failed` (`, N skipped` where any). A TAP test counts each of its points, any other
test counts as one. A test that ended badly without a failed point counts as one failure."""

import json
import re
import sys
from pathlib import Path

POINT = re.compile(r"^(not ok|ok)\b[^#\n]*(#\s*(SKIP|TODO))?", re.M | re.I)


def points(record):
    passed = failed = skipped = 0
    for m in POINT.finditer(record.get("stdout") or ""):
        if m.group(3) and m.group(3).upper() == "SKIP":
            skipped += 1
        elif m.group(1) == "ok":
            passed += 1
        else:
            failed += 1
    return passed, failed, skipped


def main():
    total = [0, 0, 0]
    for folder in sys.argv[1:]:
        log = Path(folder) / "meson-logs" / "testlog.json"
        if not log.exists():
            print(f"not run: {folder} has no test log")
            total[1] += 1
            continue
        for line in log.read_text().splitlines():
            record = json.loads(line)
            passed, failed, skipped = points(record)
            good = record["result"] in ("OK", "EXPECTEDFAIL")
            if record["result"] == "SKIP":
                skipped = max(skipped, 1)
            elif good and passed + failed + skipped == 0:
                passed = 1
            elif not good and failed == 0:
                failed = 1
            if failed:
                print(f"failed: {folder}: {record['name']} ({record['result']})")
            for m in re.finditer(r"^ok\b.*#\s*SKIP.*$", record.get("stdout") or "", re.M | re.I):
                print(f"skipped: {folder}: {record['name']}: {m.group(0)}")
            total[0] += passed
            total[1] += failed
            total[2] += skipped
    if total[0] == 0:
        total[1] += 1
        print("no test ran")
    line = f"{total[0]} passed, {total[1]} failed"
    print(line + (f", {total[2]} skipped" if total[2] else ""))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
