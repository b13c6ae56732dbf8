#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of every program of the platform at seeded random moments while readers pay: whatever was
acknowledged is there exactly once afterwards, and the ledger verifies. The last kill takes
farthingd itself, and the same data directory starts again."""

import http.client
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import Platform, Reader, Tap, wait_for  # noqa: E402

SEED = int(os.environ.get("FARTHING_SEED", "20161123"))
READERS = 6
KILLS = int(os.environ.get("FARTHING_KILLS", "12"))
KINDS = ("bookkeeper", "spawner", "function", "keeper")


def children(pid):
    """pid → name of every process below pid."""
    found, names, parents = {}, {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            name, rest = stat[stat.index("(") + 1:stat.rindex(")")], stat[stat.rindex(")") + 2:]
            names[int(entry.name)], parents[int(entry.name)] = name, int(rest.split()[1])
    for one in names:
        up = one
        while up in parents and up != pid:
            up = parents[up]
        if up == pid and one != pid:
            found[one] = names[one]
    return found


class Payer(threading.Thread):
    """A reader who pays for one article after the other and remembers what was acknowledged. An
    answer that never came is unknown: it is asked again with the same key."""

    def __init__(self, platform, articles, stop):
        super().__init__()
        self.platform, self.articles, self.stop_event = platform, articles, stop
        self.acknowledged, self.unexpected = [], []

    def pay(self, me, article):
        key = os.urandom(16).hex()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = me.pledge(article["id"], article["price_micros"], key)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if answer.status in (200, 201):
                self.acknowledged.append((me, article, answer.json()))
                return
            if answer.status in (402, 429) and answer.error_code:
                return
            if answer.status < 500:
                self.unexpected.append(answer)
                return
            time.sleep(0.05)
        if not self.stop_event.is_set():
            self.unexpected.append("no answer in 60 s")

    def run(self):
        while not self.stop_event.is_set():
            me = Reader(self.platform)
            for article in self.articles[:2]:
                if not self.stop_event.is_set():
                    self.pay(me, article)


def asked(me, target):
    """An answer, once what was killed last is back."""
    def answer():
        try:
            got = me.http("GET", target)
        except (OSError, http.client.HTTPException):
            return None
        return got if got.status == 200 else None
    return wait_for(f"an answer to {target}", answer).json()


def check(p, payers):
    """Every acknowledged pledge is an entitlement, and its money moved exactly once."""
    total = 0
    for payer in payers:
        assert not payer.unexpected, payer.unexpected[:3]
    owed = {}
    for payer in payers:
        for me, article, _ in payer.acknowledged:
            total += 1
            owed.setdefault(me, []).append(article)
    assert total > KILLS, f"only {total} pledges were acknowledged"
    for me, articles in owed.items():
        for article in articles:
            entitlement = asked(me, f"/entitlements/{article['id']}")
            assert entitlement["entitled"], f"acknowledged pledge lost: {me.id} {article['id']}"
        tab = int(asked(me, "/wallet")["tab_micros"])
        acknowledged = sum(int(a["price_micros"]) for a in articles)
        # A pledge whose answer never came may have been booked too, but none twice.
        everything = acknowledged if len(articles) == 2 else None
        assert tab >= acknowledged, (tab, acknowledged)
        if everything is not None:
            assert tab == everything, f"doubled: {me.id} owes {tab}, pledged {everything}"
    verdict = wait_for("the bookkeeper", lambda: (lambda v: v if "ok" in v else None)(
        p.control("POST", "/v1/ledger/verify").json()))
    assert verdict["ok"] is True, verdict
    return total


def is_alive(pid, name):
    """Whether the process of that name is still there, and no other one under its number."""
    try:
        return f"({name})" in Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # gone, or going while it was looked at
        return False


def kind_of(name):
    """A process's kind by its name, of which the kernel keeps 15 characters. Fork servers and
    instances carry their function's."""
    for kind in ("bookkeeper", "spawner", "keeper"):
        if name == f"farthing-{kind}"[:15]:
            return kind
    return "function"


def kills(p, rng):
    articles = p.http("GET", "/articles").json()["articles"]
    stop = threading.Event()
    payers = [Payer(p, articles, stop) for _ in range(READERS)]
    for payer in payers:
        payer.start()
    hit = {}
    try:
        for number in range(KILLS):
            done = sum(len(x.acknowledged) for x in payers)
            wait_for("readers to get on", lambda: sum(len(x.acknowledged) for x in payers)
                     > done + rng.randrange(1, 4))
            kind = KINDS[number % len(KINDS)]
            victims = wait_for(f"a {kind}", lambda kind=kind: sorted(
                pid for pid, name in children(p.process.pid).items() if kind_of(name) == kind))
            victim = rng.choice(victims)
            hit[kind] = hit.get(kind, 0) + 1
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
    finally:
        stop.set()
        for payer in payers:
            payer.join()
    assert len(hit) == len(KINDS), hit
    assert p.process.poll() is None, "farthingd did not survive its helpers"
    return payers


def main():
    rng = random.Random(SEED)
    print(f"# seed {SEED}")
    tap = Tap()
    platform = Platform()
    with platform as p:
        state = {}

        def survives():
            state["payers"] = kills(p, rng)
            print(f"# {check(p, state['payers'])} acknowledged pledges")
        tap.run("kill -9 of bookkeeper, spawner, keepers and functions loses and doubles nothing", survives)

        def restarts():
            p.process.kill()
            p.process.wait()
            p.start()
            for payer in state["payers"]:
                for me, _, _ in payer.acknowledged:
                    me.platform = p
            check(p, state["payers"])
        tap.run("kill -9 of farthingd itself loses and doubles nothing", restarts)

        def readers():
            body = {"readers_per_second": 5, "duration_s": 600, "seed": 1}
            assert p.control("PUT", "/v1/traffic", body).status == 200
            victim = wait_for("the readers", lambda: next(
                (pid for pid, name in children(p.process.pid).items()
                 if name == "farthing-readers"[:15]), None))
            os.kill(victim, signal.SIGKILL)
            traffic = wait_for("their end to be told", lambda: (
                lambda t: t if not t["running"] else None)(p.control("GET", "/v1/traffic").json()))
            assert traffic["problem"], traffic
            assert p.control("PUT", "/v1/traffic", dict(body, duration_s=1)).status == 200
            wait_for("others to come", lambda: p.control("GET", "/v1/traffic").json()["running"] or
                     p.control("GET", "/v1/traffic").json()["report"])
            assert p.control("DELETE", "/v1/traffic").status == 200
        tap.run("kill -9 of the simulated readers is told, and others may come", readers)

        def nobody_left():
            pid = p.process.pid
            everyone = children(pid)
            p.process.kill()
            p.process.wait()
            wait_for("all processes to end with farthingd", lambda: not any(
                is_alive(one, name) for one, name in everyone.items()))
            p.start()
        tap.run("nothing outlives farthingd", nobody_left)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
