#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings data directories of every earlier schema (upgrade/schema-N, as text) up to date by starting
on them: the same earnings, the same journal, articles that stay open, figures that go on. And data
of a newer version is refused in clear words and left as it is."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from farthing_testing import DEADLINE_S, FARTHINGCTL, Platform, Reader, Tap

RECORDED = Path(os.environ["FARTHING_SOURCE_ROOT"]) / "tests/integration/upgrade"
DATABASES = {"money": "money/ledger.db", "telemetry": "telemetry/telemetry.db",
             "platform": "platform/platform.db"}


def restore(recorded, data_dir):
    """A data directory again."""
    os.chmod(data_dir, 0o700)
    for path in sorted(recorded.rglob("*")):
        copy = data_dir / path.relative_to(recorded)
        if path.is_dir():
            copy.mkdir(mode=0o700)
        elif path.suffix == ".sql":
            connection = sqlite3.connect(copy.with_suffix(".db"))
            connection.executescript(path.read_text(encoding="utf-8"))
            connection.close()
            os.chmod(copy.with_suffix(".db"), 0o600)
        elif path.name != "expected.json":
            shutil.copyfile(path, copy)
            os.chmod(copy, 0o600)


def version(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()


def shape(path):
    """Tables with their columns, and what they are found by, whatever steps led to them."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = [name for name, in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        found = {table: sorted((name, kind, needed) for _, name, kind, needed, _, _ in
                               connection.execute(f'PRAGMA table_info("{table}")'))
                 for table in tables}
        found.update({f"index {name}": " ".join(sql.split()) for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL")})
        return found
    finally:
        connection.close()


def modules(path):
    """The tables of the bookkeeper's parts have versions of their own."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return [name for name, in connection.execute("SELECT name FROM ledger_module")]
    finally:
        connection.close()


def new_shapes():
    with tempfile.TemporaryDirectory(prefix="farthing-upgrade-") as data_dir:
        with Platform(data_dir=data_dir):
            pass
        return ({name: shape(Path(data_dir) / path) for name, path in DATABASES.items()},
                modules(Path(data_dir) / DATABASES["money"]))


def pays_by_card(platform, seed):
    """Who had a payment method still has it: at the provider too, which keeps books of its own."""
    me = Reader(platform)
    me.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    me.id = me.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    wallet = me.http("GET", "/wallet").json()
    assert wallet["method"], wallet
    for article in platform.http("GET", "/articles").json()["articles"]:
        answer = me.pledge(article["id"], article["price_micros"])
        assert answer.status == 200, answer
    owed = int(me.http("GET", "/wallet").json()["tab_micros"])
    assert owed > int(wallet["tab_micros"]), (wallet, owed)
    paid = me.http("POST", "/tab/payments", {"key": os.urandom(16).hex()}).json()
    assert paid["charge"]["state"] == "succeeded", paid
    assert int(paid["charge"]["amount_micros"]) == owed, (paid, owed)
    assert int(me.http("GET", "/wallet").json()["tab_micros"]) == 0
    assert version(platform.data_dir / "stores/provider/provider.db") == 2


def upgrade(recorded, wanted, data_dir):
    expected = json.loads((recorded / "expected.json").read_text())
    restore(recorded, data_dir)
    before = {name: version(data_dir / path) for name, path in DATABASES.items()
              if (data_dir / path).exists()}
    with Platform(data_dir=data_dir) as platform:
        earnings = platform.earnings()
        for key in ("currency", "publisher_micros", "pay_micros", "ad_micros", "fee_micros",
                    "refund_micros"):
            assert earnings[key] == expected["earnings"][key], (key, earnings)
        ledger = platform.ctl("ledger", "verify")
        assert ledger["ok"] is True and ledger["first_bad"] is None, ledger
        assert ledger["transfers"] >= expected["ledger"]["transfers"], ledger
        if ledger["transfers"] == expected["ledger"]["transfers"]:
            assert ledger["root"] == expected["ledger"]["root"], ledger
        # What a reader paid for stays open, and is not paid for again.
        again = platform.ctl("read", "the-smallest-coin", "--pay")
        assert again["entitled_by"] == "pledge" and int(again["moved_micros"]) == 0, again
        again = platform.ctl("read", "two-per-cent", "--watch", "--reader", "ann")
        assert again["entitled_by"] == "ad" and int(again["moved_micros"]) == 0, again
        if "card" in expected:
            pays_by_card(platform, expected["card"]["seed"])
        # What was counted is counted on.
        counted = {f["name"]: f["invocations"] for f in platform.ctl("functions")}
        assert counted["AdEvents"] >= 5, counted
    after = {name: version(data_dir / path) for name, path in DATABASES.items()}
    assert all(after[name] >= before[name] for name in before), (before, after)
    for name, path in DATABASES.items():
        found = shape(data_dir / path)
        assert found == wanted[name], {table: (found.get(table), wanted[name].get(table))
                                       for table in set(found) | set(wanted[name])
                                       if found.get(table) != wanted[name].get(table)}
    # A second start finds nothing more to do.
    with Platform(data_dir=data_dir) as platform:
        assert platform.ctl("ledger", "verify")["ok"] is True
    assert after == {name: version(data_dir / path) for name, path in DATABASES.items()}


def refuse_newer(database, make_newer, data_dir):
    """As a downgrade meets it."""
    with Platform(data_dir=data_dir):
        pass
    path = data_dir / DATABASES[database]
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert connection.execute(make_newer).rowcount != 0, make_newer
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    # Whatever is started says it: the platform, and the terminal that starts one.
    try:
        with Platform(data_dir=data_dir):
            pass
    except AssertionError as error:
        said = str(error)
    else:
        raise AssertionError("farthingd started on data of a newer version")
    told = Platform(data_dir=data_dir)  # not started: where its sockets would be
    up = subprocess.run([str(FARTHINGCTL), "up", "--port", "0", "--data-dir", str(data_dir)],
                        capture_output=True, text=True, env=told.env, timeout=DEADLINE_S,
                        check=False)
    assert up.returncode == 69, up
    for text in (said, up.stderr):
        assert "newer" in text and database.replace("money", "ledger") in text, text
    # The books as files: nothing is said of what cannot be read.
    if database == "money":
        offline = subprocess.run([str(FARTHINGCTL), "ledger", "verify", "--data-dir",
                                  str(data_dir)], capture_output=True, text=True, env=told.env,
                                 timeout=DEADLINE_S, check=False)
        assert offline.returncode != 0 and "newer" in offline.stderr, offline
        assert "RIGHT" not in offline.stdout.upper(), offline
    shutil.rmtree(told.runtime)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, "the database was changed"


def with_data_dir(function, *args):
    with tempfile.TemporaryDirectory(prefix="farthing-upgrade-") as data_dir:
        function(*args, Path(data_dir))


def main():
    tap = Tap()
    recorded = sorted(RECORDED.glob("schema-*"))
    assert recorded, "nothing was recorded"
    wanted, parts = new_shapes()
    assert parts, "the ledger names no part"
    for folder in recorded:
        tap.run(f"from {folder.name}", with_data_dir, upgrade, folder, wanted)
    for database in DATABASES:
        tap.run(f"refuses newer {database}", with_data_dir, refuse_newer, database,
                "PRAGMA user_version=1000")
    for module in parts:
        tap.run(f"refuses newer {module}", with_data_dir, refuse_newer, "money",
                f"UPDATE ledger_module SET version = 1000 WHERE name = '{module}'")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
