#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records a data directory of a stopped platform as text, for test-upgrade.py. To be run once for
each schema, with the last version that wrote it:

    farthingctl up --port 0 --data-dir D
    farthingctl read the-smallest-coin --pay --data-dir D
    farthingctl read two-per-cent --watch --reader ann --data-dir D
    farthingctl earnings --json --data-dir D > earnings.json
    farthingctl ledger verify --json --data-dir D > ledger.json
    farthingctl down --data-dir D
    record.py D earnings.json ledger.json TARGET [card.json]

card.json, if there is one, is {"seed": HEX} of the Ed25519 key of a third reader, who has pledged and
has a payment method at the test provider.

Databases become SQL, everything else is copied. Its keys and tokens sign and open nothing else."""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

LEFT_OUT = {"farthingd.lock", "bookkeeper.lock", "farthingd.log", "credentials"}


def dump(database, target):
    connection = sqlite3.connect(f"file:{database}?mode=rw", uri=True)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(target, "w", encoding="utf-8") as out:
        for pragma in ("application_id", "user_version"):
            value, = connection.execute(f"PRAGMA {pragma}").fetchone()
            out.write(f"PRAGMA {pragma}={value};\n")
        for line in connection.iterdump():
            out.write(line + "\n")
    connection.close()


def main(data_dir, earnings, ledger, target, card=None):
    data_dir, target = Path(data_dir), Path(target)
    for path in sorted(data_dir.rglob("*")):
        if not path.is_file() or path.name in LEFT_OUT or path.name.endswith(("-wal", "-shm")):
            continue
        copy = target / path.relative_to(data_dir)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".db":
            dump(path, copy.with_suffix(".sql"))
        else:
            shutil.copyfile(path, copy)
    expected = {"earnings": json.loads(Path(earnings).read_text()),
                "ledger": json.loads(Path(ledger).read_text())}
    if card is not None:
        expected["card"] = json.loads(Path(card).read_text())
    (target / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
