#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The publication under simulated readers, as a person starts it with neither display nor terminal:
`farthingctl trial`. 50 readers a second; the soak runs 30 minutes (FARTHING_SOAK_S=1800) and then
also bounds the growth of the memory of farthingd and its programs."""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import DEADLINE_S, FARTHINGCTL, Platform, Tap  # noqa: E402

SECONDS = int(os.environ.get("FARTHING_SOAK_S", "30"))
RATE = 50
GROWTH_MAX = 1.1
SETTLED_S = 300
BEFORE_END_S = 5


def rss_kb(pid):
    """Of farthingd, and by name of the programs it keeps running; not of instances, which come and
    go with the load."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            continue  # it ended meanwhile
        name = fields["Name"].strip()
        if int(fields["Pid"]) == pid or int(fields["PPid"]) == pid and name.startswith("farthing"):
            found[name] = int(fields["VmRSS"].split()[0])
    assert "farthingd" in found and any(n.startswith("farthing-book") for n in found), found
    return found


def test_trial(p, result):
    memory = {}
    pid = p.process.pid

    # At the end while readers still come: the verification after it reads the whole ledger.
    timers = [threading.Timer(at_s, lambda at=at_s: memory.update({at: rss_kb(pid)}))
              for at_s in (SETTLED_S, SECONDS - BEFORE_END_S) if at_s >= SETTLED_S]
    for timer in timers:
        timer.daemon = True
        timer.start()
    started = time.monotonic()
    result.update(p.ctl("trial", "--duration", str(SECONDS), "--readers-per-second", str(RATE),
                        "--seed", "7", check=False, timeout=SECONDS + 120))
    for timer in timers:
        timer.cancel()
    assert result["ok"] is True, (result, p.control("GET", "/v1/traffic").body)
    readers = result["readers"]
    # Open loop: about as many came as were asked for (5 standard deviations of a Poisson count).
    expected = RATE * SECONDS
    assert abs(readers["arrivals"] - expected) < 5 * expected ** 0.5, readers
    assert readers["errors"] == 0, readers
    assert min(readers["pledges"], readers["ads"], readers["left"]) > 0, readers
    assert time.monotonic() - started < SECONDS + 60
    if len(memory) == 2:
        settled, last = memory[SETTLED_S], memory[SECONDS - BEFORE_END_S]
        print(f"# resident kB after {SETTLED_S} s: {settled}, at the end: {last}")
        for name, then in settled.items():
            assert last[name] <= GROWTH_MAX * then, (name, memory)


def test_nothing_lost(p, result):
    """Earnings are the journal's, and every acknowledged pledge is among them."""
    earnings = p.earnings()
    assert earnings["pledges"] >= result["readers"]["acknowledged"]
    verdict = p.control("POST", "/v1/ledger/verify").json()
    assert verdict["ok"] is True, verdict
    net = sum(int(earnings[k]) * sign for k, sign in
              (("pay_micros", 1), ("ad_micros", 1), ("refund_micros", -1), ("write_off_micros", -1)))
    assert net == int(earnings["publisher_micros"]), earnings
    assert int(earnings["estimated_micros"]) + int(earnings["final_micros"]) == net, earnings


def test_nothing_dropped(p):
    status = p.control("GET", "/v1/status").json()
    assert status["dropped"] == 0, status
    for function in p.control("GET", "/v1/functions").json()["functions"]:
        assert function["errors"] == 0, function


def trial(data_dir, environment):
    return subprocess.run([str(FARTHINGCTL), "trial", "--duration", "2", "--readers-per-second",
                           "5", "--data-dir", str(data_dir)], capture_output=True, text=True,
                          env=environment, timeout=2 * DEADLINE_S, check=False)


def test_summary(p):
    """As people read it, on a platform that the trial starts itself and takes with it."""
    with tempfile.TemporaryDirectory(prefix="farthing-trial-") as folder:
        result = trial(folder, p.env)
        assert result.returncode == 0, result
        said = result.stdout
        assert re.search(r"^FUNCTION +INVOCATIONS +ERRORS +COLD +P50 +P99 +COST$", said, re.M), said
        for function in p.control("GET", "/v1/functions").json()["functions"]:
            row = re.search(rf"^{function['name']} +(\d+) +0 +(\d+) +(\S.*?)  +(\S.*?)  +"
                            r"\$[\d.]+$", said, re.M)
            assert row, (function["name"], said)
            if function["route_count"]:
                assert int(row.group(1)) > 0 and "s" in row.group(3) + row.group(4), row.group(0)
        for words in (r"^Readers +\d+ came; \d+ pledged \(\d+ acknowledged\), \d+ watched an ad, "
                      r"\d+ left, \d+ took a refund$", r"^ +0 errors, \d+ throttled; ",
                      r"^Earnings +[\d.]+ USD: [\d.]+ from payments, [\d.]+ from ads; fees [\d.]+$",
                      r"^Ledger +verifies: \d+ transfers, \d+ checkpoints$",
                      r"^Verdict +all is well$"):
            assert re.search(words, said, re.M), (words, said)
        left = subprocess.run([str(FARTHINGCTL), "status", "--data-dir", folder],
                              capture_output=True, env=p.env, check=False)
        assert left.returncode == 69, left


def test_bad_verdict(p):
    """One function that fails where nobody waits for it, and the verdict is no."""
    p.ctl("faults", "add", "function:Courier", "error")
    result = trial(p.data_dir, p.env)
    p.ctl("faults", "clear")
    assert result.returncode == 1, result
    assert re.search(r"^Verdict +NOT WELL: (.*\n)* *Courier failed [1-9]", result.stdout, re.M), result


def main():
    tap = Tap()
    with Platform() as p:
        result = {}
        tap.run("50 readers a second", test_trial, p, result)
        tap.run("nothing is lost", test_nothing_lost, p, result)
        tap.run("nothing is dropped, no function failed", test_nothing_dropped, p)
        if SECONDS < SETTLED_S:  # not once more for the soak
            tap.run("what people read of it", test_summary, p)
            tap.run("a function that fails is told", test_bad_verdict, p)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
