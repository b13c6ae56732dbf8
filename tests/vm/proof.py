#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside the machine that machine.py boots, as root, started by systemd. Uses both shipped
units as people do, looks into the control groups that systemd delegated to them, attacks this
kernel's sandboxes, and prints TAP. Lines that begin with "# figure" are what was measured."""

import http.client
import json
import os
import subprocess
import sys
import threading
import traceback
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from house import GROUPS, House, call, wait_for  # noqa: E402

ACCOUNT = "reader"
CONTROLLERS = {"cpu", "memory", "pids"}
BUILD = json.loads((HERE / "build.json").read_text())
ONLY = BUILD["only"]  # all of it but while one part is worked on
LIBEXEC = Path(BUILD["prefix"]) / BUILD["libexecdir"]
SMALL_MB, LARGE_MB = 512, 2048
BOMB_MB = 4096  # each child is counted with the pages that all of them share
SPIN_S, SETTLE_S, MEASURE_S = 30, 6, 12
count = failed = 0


def check(name, function, *args):
    global count, failed
    count += 1
    try:
        function(*args)
        print(f"ok {count} {name}", flush=True)
    except Exception:  # pylint: disable=broad-except
        failed += 1
        print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        print(f"not ok {count} {name}", flush=True)


def figure(name, value):
    print(f"# figure: {name}: {value}", flush=True)


def kernel():
    assert os.uname().release.startswith("6.1."), os.uname()
    figure("kernel", os.uname().version)
    held = set((GROUPS / "cgroup.controllers").read_text().split())
    assert CONTROLLERS <= held, held


def starts(house):
    house.systemctl("enable", "--now", "farthingd")
    assert house.show("ActiveState") == "active"
    main = Path("/proc") / house.show("MainPID")
    assert "farthingd" in (main / "cmdline").read_text(), main
    owner = main.stat().st_uid
    assert owner == house.uid if house.account else 61184 <= owner <= 65519, owner  # DynamicUser=


class Socket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        import socket  # pylint: disable=import-outside-toplevel
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def is_healthy(house):
    connection = Socket(house.ctl("status")["control"])
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    assert json.loads(answer.read())["state"] == "alive"


def is_full(house):
    """The tier, and no note of anything that is missing: all three controllers are there."""
    status = house.ctl("status")
    assert status["isolation"] == "full" and status["isolation_detail"] == "", status
    group = house.group
    for name in ("cgroup.controllers", "cgroup.subtree_control"):
        assert CONTROLLERS <= set(group.read(name).split()), (name, group.read(name))
    assert group.read("cgroup.procs") == ""
    held = [Path("/proc", pid, "comm").read_text().strip()
            for pid in (group.path / "farthing-platform/cgroup.procs").read_text().split()]
    assert {"farthingd", "farthing-spawne"} <= set(held), held


def publishes(house):
    """The publication's own functions, each in a group of its own."""
    status = house.ctl("status")
    with urllib.request.urlopen(status["gateway"] + "/articles", timeout=300) as answer:
        assert answer.status == 200
    house.ctl("ledger", "verify")
    wrong = [f["name"] for f in house.ctl("functions") if f["errors"]]
    assert not wrong, wrong
    busy = [group for group in house.sandboxes() if group.read("cgroup.procs")]
    assert len(busy) >= 2, busy
    for group in busy:
        assert group.read("pids.max").isdigit() and group.number("pids.current") > 0
        assert 1 <= group.number("cpu.weight") <= 10000
    names = {Path("/proc", pid, "comm").read_text().strip()
             for group in busy for pid in group.read("cgroup.procs").split()}
    figure("groups of the publication", len(busy))
    assert "farthingd" not in names, names


def has_limits(house):
    house.deploy("Limits", 320)
    house.invoke("Limits", {"do": "rest", "s": 0})
    group = wait_for("its group", lambda: house.sandbox_of(320))
    assert group.read("memory.swap.max") == "0"
    assert group.read("pids.max") == "320"  # 256 and 64 to spare
    assert group.read("cpu.weight") == str(320 * 100 // 1769)
    assert len(group.read("cgroup.procs").split()) >= 2  # the keeper and what it keeps
    house.remove("Limits")


def eats(house):
    """Pages that no limit of a process counts; what stops them is the group's."""
    house.deploy("Eats", 128)
    house.invoke("Eats", {"do": "rest", "s": 0})
    before = house.group.fields("memory.events")
    began = time.monotonic()
    out = house.invoke("Eats", {"do": "eat", "mb": 1536}, check=False)
    after = house.group.fields("memory.events")
    assert out.returncode != 0, (out.stdout, out.stderr)
    assert after["oom_kill"] > before["oom_kill"], (before, after)
    figure("a function that eats memory ends within", f"{time.monotonic() - began:.1f} s")
    print(f"# it is told: {(out.stdout + out.stderr).strip()}")
    assert "emory" in out.stdout + out.stderr, (out.stdout, out.stderr)
    assert house.show("ActiveState") == "active"
    house.invoke("Eats", {"do": "rest", "s": 0})
    house.remove("Eats")


def bombs(house):
    """As many as a user may have are fewer than the group's limit, which holds as well."""
    house.deploy("Bombs", BOMB_MB)
    answer = payload(house.invoke("Bombs", {"do": "bomb", "most": 5000}))
    group = wait_for("its group", lambda: house.sandbox_of(BOMB_MB))
    most = group.number("pids.max")
    assert answer["refused"] is not None and 0 < answer["children"] < most, (answer, most)
    figure("processes of a bomb", f"{answer['children']}, of a group for {most}")
    (group.path / "pids.max").write_text("24")
    answer = payload(house.invoke("Bombs", {"do": "bomb", "most": 5000}))
    assert answer["refused"] == 11 and 0 < answer["children"] < 24, answer
    assert group.fields("pids.events")["max"] > 0
    house.remove("Bombs")


def payload(answer):
    value = answer["payload"]
    return json.loads(value) if isinstance(value, str) else value


def shares(house):
    """Two functions that both want every processor have them by their memory."""
    groups, used, sizes = {}, {}, {"Small": SMALL_MB, "Large": LARGE_MB}
    for name, memory_mb in sizes.items():
        house.deploy(name, memory_mb)
        house.invoke(name, {"do": "rest", "s": 0})
        groups[name] = wait_for("its group", lambda mb=memory_mb: house.sandbox_of(mb))
        assert groups[name].number("cpu.weight") == memory_mb * 100 // 1769
    event = {"do": "spin", "s": SPIN_S, "processes": 4}
    spinning = [threading.Thread(target=house.invoke, args=(name, event)) for name in sizes]
    for thread in spinning:
        thread.start()
    wait_for("all of them", lambda: all(g.number("pids.current") >= 6 for g in groups.values()))
    time.sleep(SETTLE_S)
    first = {name: group.fields("cpu.stat")["usage_usec"] for name, group in groups.items()}
    time.sleep(MEASURE_S)
    for name, group in groups.items():
        used[name] = group.fields("cpu.stat")["usage_usec"] - first[name]
    for thread in spinning:
        thread.join()
    ratio = used["Large"] / max(used["Small"], 1)
    figure(f"processors of {LARGE_MB} MB to those of {SMALL_MB} MB", f"{ratio:.2f}")
    assert 2 < ratio < 8, used
    for name in sizes:
        house.remove(name)


def cleans(house):
    """What has ended leaves no group: those of the functions that were removed."""
    def is_left(group):
        try:
            return not group.read("cgroup.procs")
        except OSError:
            return False  # removed meanwhile
    wait_for("empty groups to be removed", lambda: not any(map(is_left, house.sandboxes())), 120)


def drains(house):
    """A call in flight is answered, then everything is gone."""
    house.deploy("Rests", 256)
    house.invoke("Rests", {"do": "rest", "s": 0})
    path, group = house.group.path, wait_for("its group", lambda: house.sandbox_of(256))
    idle = group.number("pids.current")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(
        house.invoke("Rests", {"do": "rest", "s": 4}, check=False)))
    thread.start()
    wait_for("the call to begin", lambda: group.number("pids.current") > idle)
    house.systemctl("stop", "farthingd")
    thread.join()
    assert house.show("ActiveState") == "inactive" and house.show("Result") == "success"
    assert house.show("ExecMainStatus") == "0"
    assert not path.exists(), list(path.iterdir())
    left = [comm for comm in map(Path.read_text, Path("/proc").glob("[0-9]*/comm"))
            if "farthing" in comm or "bootstrap" in comm]
    assert not left, left
    assert answers[0].returncode == 0 and "rested" in answers[0].stdout, answers


def returns(house):
    """Killed by force, it is back with its books, and in its group."""
    house.systemctl("start", "farthingd")
    old = house.show("MainPID")
    os.kill(int(old), 9)
    wait_for("another one", lambda: house.show("ActiveState") == "active" and
             house.show("MainPID") not in ("0", old))
    is_full(house)
    house.ctl("ledger", "verify")
    house.systemctl("disable", "--now", "farthingd")


def use(house, what):
    check(f"{what}: starts", starts, house)
    check(f"{what}: is healthy", is_healthy, house)
    check(f"{what}: tier full, all controllers", is_full, house)
    check(f"{what}: the publication's functions", publishes, house)
    check(f"{what}: limits of a function's group", has_limits, house)
    check(f"{what}: memory", eats, house)
    check(f"{what}: processes", bombs, house)
    check(f"{what}: processors by memory", shares, house)
    check(f"{what}: no group is left", cleans, house)
    check(f"{what}: drains", drains, house)
    check(f"{what}: is brought back", returns, house)
    if failed:
        log = call("journalctl", "--no-pager", "-n", "30", "_COMM=farthingd", check=False)
        print("".join(f"# {line}\n" for line in log.stdout.splitlines()), end="")
        house.systemctl("stop", "farthingd", check=False)


def attacks(account):
    """The suite shares its group with its sandboxes: what groups hold is proved by the units."""
    environment = [f"FARTHING_BUILD_ROOT={HERE}", f"FARTHING_LIBEXECDIR={LIBEXEC}"]
    command = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", "-p", "Delegate=yes",
               *(f"--setenv={variable}" for variable in environment)]
    if account is not None:
        command += ["--uid", account]
    lines = []
    with subprocess.Popen([*command, HERE / "tests/sandbox/test-attacks"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in map(str.rstrip, process.stdout):
            lines.append(line)
            if line.startswith(("ok", "not ok")) or "notes:" in line:
                print(f"#   {line}", flush=True)
    assert process.returncode == 0, (process.returncode, "\n".join(lines[-20:]))
    passed = [line for line in lines if line.startswith("ok ")]
    assert passed and any("tier full" in line for line in lines), lines[:5]
    figure(f"attack tests passed as {account or 'root'}", len(passed))


def trial(house):
    """What a person runs who only wants to know whether it works."""
    out = house.as_owner("farthingctl", "trial", "--duration", "10", "--readers-per-second", "1",
                         "--data-dir", "/tmp/trial-" + (house.account or "root"), check=False)
    for line in out.stdout.splitlines()[-8:]:
        print(f"# {line}")
    assert out.returncode == 0, (out.returncode, out.stdout[-2000:], out.stderr[-2000:])


def main():
    began = time.monotonic()
    check("Debian 12's kernel, with control groups of version 2", kernel)
    machine = House()
    if "system" in ONLY:
        use(machine, "system unit")
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", ACCOUNT], check=True)
    subprocess.run(["loginctl", "enable-linger", ACCOUNT], check=True)
    user = House(ACCOUNT)
    wait_for("the account's manager",
             lambda: user.systemctl("is-system-running", check=False).stdout.strip() in
             ("running", "degraded"))
    if "user" in ONLY:
        use(user, "user unit")
    if "trial" in ONLY:
        check("trial as root", trial, machine)
        check("trial as an ordinary user", trial, user)
    if "attacks" in ONLY:
        check("attacks as root", attacks, None)
        check("attacks as an ordinary user", attacks, ACCOUNT)
    figure("the proof itself", f"{time.monotonic() - began:.0f} s")
    print(f"1..{count}", flush=True)


if __name__ == "__main__":
    main()
