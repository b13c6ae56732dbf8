#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real farthingd: one watches the other, whose clock is set back while it runs and while it does
not, by little and by much, and put right again. Every record and every earning is there once."""

import contextlib
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import Platform, Reader, Tap, wait_for  # noqa: E402
from live_testing import free_port, make_certificate  # noqa: E402
from watch_testing import call, connect, listed, records, same  # noqa: E402

HOUR_S = 3600


def free_ports(n):
    """The first of n beside each other, so that all are found again after a restart."""
    while True:
        first = free_port()
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + n):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
                return first
            except (OSError, OverflowError):
                pass


class SetClock(Platform):
    """Its clock can be set as an operator, or a host that was suspended, sets one: also back. The
    offset lies in the file that its processes share."""

    offset_s = 0

    def set_clock(self, offset_s):
        self.offset_s = offset_s
        with open(self.data_dir / "test-clock", "r+b") as clock:
            clock.write(struct.pack("<q", int(offset_s * 1000000)))

    def now_s(self):
        return time.time() + self.offset_s


class World:
    def __init__(self, watcher, remote):
        self.watcher, self.remote = watcher, remote
        articles = remote.http("GET", "/articles").json()["articles"]
        self.priced = [a for a in articles if a.get("price_micros")]
        self.paid = 0

    def pledge(self):
        """A reader whose clock is the other side's."""
        article = self.priced[self.paid % len(self.priced)]
        answer = Reader(self.remote).http(
            "POST", "/pledges", {"article": article["id"], "key": os.urandom(16).hex(),
                                 "price_micros": str(article["price_micros"])},
            created=int(self.remote.now_s()))
        assert answer.status in (200, 201), answer
        self.paid += 1

    def use(self, calls=12, pledges=2):
        call(self.remote, calls)
        for _ in range(pledges):
            self.pledge()

    def check(self):
        """Records, what is summed up of them, money and journal."""
        same(self.watcher, self.remote)
        there = self.remote.earnings()
        here = self.watcher.control("GET", "/v1/deployments/shop/earnings").json()
        # When each was asked.
        assert dict(here, as_of_us=0) == dict(there, as_of_us=0), (here, there)
        assert there["pledges"] == self.paid, (there["pledges"], self.paid)
        # Every pledge is in it once, and so is every row of it in what its checkpoint covers.
        assert there["publisher_micros"] != "0"
        rows = self.remote.transfers()
        verified = wait_for("the journal", lambda: (
            lambda v: v if v and v.get("rows", 0) >= rows else None)(
                self.watcher.ctl("connect", "verify", "shop", check=False)))
        assert verified["ok"], verified

    def totals(self, deployment=None):
        """Of all time, hours and days summed up, by function."""
        where = f"&deployment={deployment}" if deployment else ""
        now_us = int(max(time.time(), self.remote.now_s()) * 1000000)
        answer = (self.watcher if deployment else self.remote).control(
            "GET", f"/v1/summary?group=function&limit=100&from_us={now_us - 8 * 86400 * 1000000}"
                   f"&to_us={now_us + 60000000}{where}")
        assert answer.status == 200, answer
        found = {g["key"]: g["invocations"] for g in answer.json()["groups"]}
        return found, answer.json()["total"]["invocations"]


def check_running(world):
    """While it runs: by more than the records' own jitter, by an hour, by two days."""
    world.use()
    world.check()
    for offset_s in (-3, -HOUR_S, -48 * HOUR_S):
        world.remote.set_clock(offset_s)
        world.use()
        world.check()


def check_killed(world):
    """Both are ended in the middle, and the clock is set back while neither looks."""
    world.remote.set_clock(-49 * HOUR_S)
    world.use(calls=20)
    world.watcher.process.send_signal(signal.SIGKILL)
    world.watcher.process.wait(60)
    world.watcher.process.stdout.close()
    world.watcher.process = None
    world.use()
    world.remote.stop()
    world.remote.set_clock(-50 * HOUR_S)
    world.remote.start()
    world.use()
    world.watcher.start()
    world.use()
    world.check()


def check_put_right(world):
    """Forward again, over what was written before it was set back, and back once more."""
    for offset_s in (0, -HOUR_S / 2, 0):
        world.remote.set_clock(offset_s)
        world.use()
        world.check()
    assert len(records(world.watcher, "shop")) > 150
    assert listed(world.watcher)["cursor"]


def check_totals(world):
    wait_for("the same sums", lambda: world.totals("shop") == world.totals())
    functions, total = world.totals()
    rows = records(world.remote)
    assert {"Content", "Pledge"} <= set(functions), functions
    assert total == len(rows), (functions, total, len(rows))
    for function, n in functions.items():
        assert n == sum(r[1] == function for r in rows), (function, n)


def main():
    tap = Tap()
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl is not installed")
        return 0
    folder = tempfile.mkdtemp(prefix="farthing-set-back-")
    try:
        certificate = make_certificate(folder)
        port = free_ports(4)
        with SetClock("--test-clock", "--port", str(port), "--listen", f"127.0.0.1:{port + 3}",
                      "--tls-cert", certificate[0], "--tls-key", certificate[1],
                      data_dir=tempfile.mkdtemp(dir=folder)) as remote, \
                Platform(data_dir=tempfile.mkdtemp(dir=folder),
                         environment={"FARTHING_SECRETS": "file"}) as watcher:
            world = World(watcher, remote)
            connect(watcher, remote, certificate[0])
            tap.run("set back while it runs", check_running, world)
            tap.run("set back while nobody looks", check_killed, world)
            tap.run("put right, and set back again", check_put_right, world)
            tap.run("summed up alike", check_totals, world)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
