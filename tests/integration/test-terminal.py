#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""farthingctl as a person at a terminal meets it: exit codes and messages of every command, and
`top` on a pseudo-terminal whose bytes are drawn by an emulator that is not ours (pyte): what stands
on the screen, keys, a resize, and a terminal given back on every way out."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import urllib.request
from pathlib import Path

import pyte

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import DEADLINE_S, FARTHINGCTL, Platform, Tap, wait_for  # noqa: E402

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_NO_INPUT, EXIT_UNAVAILABLE = 0, 1, 64, 66, 69
WAYS_OUT = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT]


def run(p, *words, data_dir=None):
    return subprocess.run([str(FARTHINGCTL), *words, "--data-dir", str(data_dir or p.data_dir)],
                          capture_output=True, text=True, env=p.env, timeout=DEADLINE_S,
                          stdin=subprocess.DEVNULL, check=False)


class Screen:
    """A command on a pseudo-terminal of its own, its output drawn by pyte."""

    def __init__(self, p, *words, columns=100, rows=30):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.leader, self.follower = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.follower)
        environment = dict(p.env, TERM="xterm-256color", LC_ALL="C.UTF-8")
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [str(FARTHINGCTL), *words, "--data-dir", str(p.data_dir)], env=environment,
            stdin=self.follower, stdout=self.follower, stderr=self.follower,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        while select.select([self.leader], [], [], 0)[0]:
            try:
                data = os.read(self.leader, 65536)
            except OSError:
                return
            if not data:
                return
            self.raw += data
            self.stream.feed(data)

    def text(self):
        self.read()
        return "\n".join(self.screen.display)

    def shows(self, what):
        try:
            wait_for(f"{what!r}", lambda: what in self.text())
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.text()}") from None

    def type(self, keys):
        os.write(self.leader, keys.encode())

    def end(self):
        """Waits for the process. Returns its status, with the terminal's settings compared."""
        status = wait_for("the command to end",
                          lambda: (self.read(), self.process.poll() is not None)[1])
        self.read()
        status = self.process.returncode
        after = termios.tcgetattr(self.follower)
        assert after == self.before, (self.before, after)
        last = max(self.raw.rfind(b"\x1b[?1049h"), 0)
        assert self.raw.find(b"\x1b[?1049l", last) > last, "the alternate screen was not left"
        shown = self.raw.rfind(b"\x1b[?25h"), self.raw.rfind(b"\x1b[?12l\x1b[?25h")
        assert max(shown) > self.raw.rfind(b"\x1b[?25l"), "the cursor stayed hidden"
        os.close(self.leader)
        os.close(self.follower)
        return status


def test_usage(p):
    for words in ([], ["no-such-command"], ["status", "--no-such-option"], ["read"],
                  ["read", "the-smallest-coin"], ["clock"], ["clock", "advance", "soon"],
                  ["traffic", "--readers-per-second", "-1"], ["ledger"], ["invoke"],
                  ["up", "now"], ["down", "now"], ["watch", "this"], ["functions", "describe"],
                  ["queue", "peek"], ["faults", "add"], ["faults", "clear", "all"]):
        # Without a command there is no place for --data-dir.
        result = run(p, *words) if words else subprocess.run(
            [str(FARTHINGCTL)], capture_output=True, text=True, env=p.env, check=False)
        assert result.returncode == EXIT_USAGE, (words, result)
        assert result.stdout == "" and result.stderr, (words, result)
        if words:
            assert result.stderr.startswith("farthingctl: "), (words, result)


def test_unavailable(p):
    with tempfile.TemporaryDirectory() as nowhere:
        for words in (["status"], ["functions"], ["articles"], ["earnings"], ["logs"],
                      ["invoke", "content", "--event", "/dev/null"]):
            result = run(p, *words, data_dir=nowhere)
            assert result.returncode == EXIT_UNAVAILABLE, (words, result)
            assert "farthingctl up" in result.stderr, (words, result)
        result = run(p, "down", data_dir=nowhere)  # what is wanted is so already
        assert result.returncode == EXIT_OK and "Nothing is running" in result.stderr, result
        assert json.loads(run(p, "down", "--json", data_dir=nowhere).stdout) == {"stopped": False}
        result = run(p, "ledger", "verify", data_dir=nowhere)
        assert result.returncode != EXIT_OK and "ledger.db" in result.stderr, result
        assert not list(Path(nowhere).iterdir()), "a command that only asks made files"


def test_refused(p):
    result = run(p, "read", "no-such-article", "--pay")
    assert result.returncode not in (EXIT_OK, EXIT_USAGE) and \
        "farthingctl articles" in result.stderr, result
    result = run(p, "clock", "advance", "1d")
    assert result.returncode == EXIT_FAILED and "--test-clock" in result.stderr, result
    result = run(p, "invoke", "no-such-function", "--event", "/dev/null")
    assert result.returncode not in (EXIT_OK, EXIT_USAGE), result
    assert "farthingctl functions" in result.stderr, result
    for target in ("function:Nobody", "route:GET /nowhere", "moon"):
        result = run(p, "faults", "add", target, "throttle")
        assert result.returncode not in (EXIT_OK, EXIT_USAGE) and target.split(":")[-1] in \
            result.stderr, result
    assert json.loads(run(p, "faults", "--json").stdout) == {"faults": []}
    result = run(p, "faults", "add", "route:GET /articles", "outage", "--json")
    assert result.returncode == EXIT_OK and p.http("GET", "/articles").status == 503, result
    assert run(p, "faults", "clear").returncode == EXIT_OK
    assert p.http("GET", "/articles").status == 200


# What programs may rely on: the members of each command's JSON.
CONTRACT = {
    ("status",): "state isolation gateway lambda functions instances invocations dropped money",
    ("functions",): "name runtime memory_mb timeout_s invocations errors throttles cold_starts "
                    "p50_us p90_us p99_us concurrency mb_ms cost_picodollars",
    ("articles",): "id title category price_micros currency",
    ("read", "the-smallest-coin", "--pay", "--reader", "contract"):
        "article reader steps entitled_by moved_micros text_bytes",
    ("read", "two-per-cent", "--watch", "--reader", "contract"):
        "article reader steps entitled_by moved_micros text_bytes",
    ("earnings",): "currency publisher_micros pay_micros ad_micros fee_micros refund_micros "
                   "estimated_micros final_micros as_of",
    ("ledger", "verify"): "ok transfers root checkpoints first_bad",
    ("traffic", "--readers-per-second", "5", "--duration", "1", "--seed", "3"):
        "arrivals pledges ads left refunds errors throttles acknowledged p50_us p99_us",
    ("invoke", "Settle", "--event", "/dev/null"):
        "status function_error payload log request_id",
    ("logs", "Content"): "time function request_id level message",
}


def test_contract(p):
    for words, members in CONTRACT.items():
        result = run(p, *words, "--json")
        assert result.returncode == EXIT_OK, (words, result)
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        if isinstance(answers[0], list):
            answers = answers[0]
        assert answers, words
        for answer in answers:
            missing = set(members.split()) - set(answer)
            assert not missing, (words, missing, answer)
            for name, value in answer.items():  # amounts are strings of micros
                assert not name.endswith("_micros") or re.fullmatch(r"-?\d+", value), (words, name)
    steps = json.loads(run(p, "read", "the-smallest-coin", "--pay", "--json").stdout)["steps"]
    assert steps and all(set(step) >= {"step", "status", "us"} for step in steps), steps


def test_plain_and_json(p):
    for words in (["status"], ["functions"], ["articles"], ["earnings"], ["ledger", "verify"]):
        result = run(p, *words, "--json")
        assert result.returncode == EXIT_OK, (words, result)
        json.loads(result.stdout)
        result = run(p, *words)
        assert result.returncode == EXIT_OK and "\x1b" not in result.stdout, (words, result)
    for word in ("up", "down", "invoke", "functions", "queue", "faults", "watch", "status", "logs"):
        result = run(p, word, "--help")
        assert result.returncode == EXIT_OK and result.stdout.startswith("Examples:"), result
        assert f"Usage: farthingctl {word}" in result.stdout and "--json" in result.stdout, result


def test_faults(p):
    """Added, listed, hit, ended; and kept among the annotations."""
    result = run(p, "faults", "add", "provider", "error", "--probability", "25%", "--seed", "7",
                 "--duration", "600", "--json")
    fault, = json.loads(result.stdout)["faults"]
    assert fault["left_s"] > 0 and fault.pop("left_s") <= 600, fault
    assert fault == {"id": fault["id"], "target": "provider", "kind": "error", "delay": None,
                     "probability_ppm": 250000, "seed": 7, "duration_s": 600, "matched": 0,
                     "injected": 0}, fault
    assert run(p, "faults", "add", "function:Content", "latency", "--delay",
               "uniform(1ms,2ms)").returncode == EXIT_OK
    assert p.http("GET", "/articles").status == 200
    listed = run(p, "faults").stdout
    assert "25.00 %" in listed and "uniform(1ms,2ms)" in listed and "1 of 1" in listed, listed
    assert run(p, "faults", "clear", str(fault["id"])).returncode == EXIT_OK
    left, = json.loads(run(p, "faults", "--json").stdout)["faults"]
    assert left["target"] == "function:Content", left
    for words in (["clear", str(fault["id"])], ["clear", "0"], ["add", "platform", "fire"],
                  ["add", "platform", "latency"], ["add", "platform", "error", "--probability", "2"],
                  ["add", "platform", "outage", "--duration", "-1"]):
        result = run(p, "faults", *words)
        assert result.returncode != EXIT_OK and result.stderr.startswith("farthingctl: "), result
    assert run(p, "faults", "clear").stdout == "Nothing is broken on purpose.\n"

    def texts():
        kept = p.control("GET", "/v1/annotations?kind=fault").json()["annotations"]
        return [a["text"] for a in kept]
    wait_for("the annotations", lambda: any(t.endswith("it hit 1 of 1") for t in texts()))
    assert any("began: error on provider, 250000 in 1,000,000, for 600 s, seed 7" in t
               for t in texts()), texts()


def test_invoke_and_queue(p):
    """What commands of functions and queues print, for people."""
    done = run(p, "invoke", "Content", "--dry-run")
    assert done.returncode == EXIT_OK and done.stdout == "It could be invoked.\n", done
    later = run(p, "invoke", "Content", "--async")
    assert later.returncode == EXIT_OK and later.stdout.startswith("Accepted as "), later
    described = run(p, "functions", "describe", "Content").stdout
    assert "memory        128 MB" in described and "/tmp          512 MB" in described, described
    for words in (["describe", "nobody"], ["delete", "nobody"]):
        result = run(p, "functions", *words)
        assert result.returncode == EXIT_NO_INPUT and "nobody" in result.stderr, result
    failed = run(p, "invoke", "Content", "--event", "/nowhere")
    assert failed.returncode == EXIT_NO_INPUT and "/nowhere" in failed.stderr, failed
    wrong = run(p, "invoke", "Content", "--type", "Sometimes")
    assert wrong.returncode not in (EXIT_OK,) and "Event" in wrong.stderr, wrong
    assert run(p, "queue").stdout == "The template has no queues.\n"
    nobody = run(p, "queue", "peek", "Nobody")
    assert nobody.returncode == EXIT_NO_INPUT and "Nobody" in nobody.stderr, nobody


def test_top_shows(p):
    top = Screen(p, "top")
    for what in ("test money", "Content", "Pledge", "Ropewalk"):
        top.shows(what)
    assert run(p, "read", "the-smallest-coin", "--pay", "--reader", "top").returncode == EXIT_OK
    top.shows("paid 0.021")
    top.resize(60, 20)
    top.shows("Content")
    assert all(len(line.rstrip()) <= 60 for line in top.text().splitlines())
    top.resize(140, 40)
    top.shows("Content")
    top.type("v")
    top.shows("The books are right")
    top.type("q")
    assert top.end() == EXIT_OK


def test_top_ways_out(p):
    for number in WAYS_OUT:
        top = Screen(p, "top")
        top.shows("Content")
        top.process.send_signal(number)
        status = top.end()
        expected = -number if number in (signal.SIGSEGV, signal.SIGABRT) else EXIT_OK
        assert status == expected, (number, status)
    assert p.control("GET", "/v1/status").status == 200, "top took the platform with it"


def test_top_wants_terminal(p):
    result = run(p, "top")
    assert result.returncode == EXIT_USAGE and "terminal" in result.stderr, result


def test_killed_is_back(p):
    """What `up` started is there again after kill -9: at the same address, where whoever connects
    meanwhile waits instead of being refused; and `down` ends it for good."""
    with tempfile.TemporaryDirectory(prefix="farthing-up-") as folder:
        def up():
            result = run(p, "up", "--json", "--port", "0", data_dir=folder)
            assert result.returncode == EXIT_OK, result
            return json.loads(result.stdout)
        first = up()
        try:
            assert first["started"] is True
            for _ in range(3):
                before = up()
                os.kill(before["pid"], signal.SIGKILL)
                for _ in range(5):
                    with urllib.request.urlopen(first["gateway"] + "/articles",
                                                timeout=DEADLINE_S) as answer:
                        assert answer.status == 200
                after = wait_for("the platform", lambda: (lambda r: json.loads(r.stdout) if
                                 r.returncode == EXIT_OK else None)(
                                     run(p, "status", "--json", data_dir=folder)))
                assert after["gateway"] == first["gateway"], after
                again = up()
                assert again["started"] is False and again["pid"] != before["pid"], again
            log = (Path(folder) / "farthingd.log").read_text()
            assert log.count("killed by signal 9; starting again") == 3, log
        finally:
            assert run(p, "down", data_dir=folder).returncode == EXIT_OK
        wait_for("its end", lambda: run(p, "status", data_dir=folder).returncode ==
                 EXIT_UNAVAILABLE)


IN_OWN_RUN = """mount -t tmpfs none /run && mkdir -m 700 /run/farthing || exit
export XDG_RUNTIME_DIR=/run/farthing
"$0" up --port 0 --data-dir "$1" >&2 || exit
XDG_RUNTIME_DIR=$2 "$0" status --json --data-dir "$1"
"$0" down --data-dir "$1"
"""


def own_run(p):
    """The beginning of a command that may mount what it likes; None where that is not allowed."""
    words = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    probe = subprocess.run([*words, "mount", "-t", "tmpfs", "none", "/run"], env=p.env,
                           capture_output=True, check=False)
    return words if probe.returncode == 0 else None


def test_machines_own(p):
    """The platform that systemd runs for the machine keeps its socket in /run/farthing, and nobody
    has to be told; in a mount namespace where /run is ours."""
    with tempfile.TemporaryDirectory(prefix="farthing-machine-") as folder:
        result = subprocess.run([*own_run(p), "sh", "-c", IN_OWN_RUN, FARTHINGCTL, folder,
                                 p.runtime], capture_output=True, text=True, env=p.env,
                                timeout=2 * DEADLINE_S, stdin=subprocess.DEVNULL, check=False)
        assert result.returncode == EXIT_OK, result
        status = json.loads(result.stdout)
        assert status["control"].startswith("/run/farthing/farthing/"), status


def main():
    tap = Tap()
    with Platform() as p:
        tap.run("misuse is told and exits 64", test_usage, p)
        tap.run("no platform is told and exits 69", test_unavailable, p)
        tap.run("what is refused says why", test_refused, p)
        tap.run("for people, for programs, for help", test_plain_and_json, p)
        tap.run("faults: added, listed, hit, ended, kept", test_faults, p)
        tap.run("invoke and queue, for people", test_invoke_and_queue, p)
        tap.run("top shows the platform, follows a resize, takes keys", test_top_shows, p)
        tap.run("the members that programs rely on", test_contract, p)
        tap.run("top gives the terminal back on every way out", test_top_ways_out, p)
        tap.run("top says that it wants a terminal", test_top_wants_terminal, p)
        tap.run("a platform that was killed is back where it was", test_killed_is_back, p)
        if own_run(p):
            tap.run("the machine's own platform is found", test_machines_own, p)
        else:
            print("# no mount namespace is to be had here: the machine's own platform is left out")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
