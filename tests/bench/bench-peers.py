#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Farthing beside workerd and serverless-offline, in one run, in turns, on the same cores; and what a
cold start of an interpreter costs. One JSON object a line.

Every request carries a word of its own that its answer must repeat. Farthing's isolation, gateway and
records are on. The peers come from npm, pinned in peers/package.json, into the build folder."""

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "integration"))
from farthing_testing import BUILD, Platform, wait_for  # noqa: E402

PEERS = Path(__file__).parent / "peers"
LOAD = BUILD / "tests" / "bench" / "bench-load"
ROUNDS = 5
SECONDS = 4
WARM_UP = 500
# serverless-offline answers some 3,000 requests a second when it begins, and ever fewer as it goes
# on, 500 after a minute. So there are three ratios: of the first SECONDS after both were started, of
# so many seconds of the same load after that, and of what comes then. Both sides always get the same
# warm-up.
STEADY_AFTER_S = 30
COLD_STARTS = 100
EXEC_STARTS = 20
INSTALL_S = 600


def say(name, **figures):
    print(json.dumps({"name": name, **figures}), flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def install():
    """The peers' folder, or None with the reason printed."""
    folder = BUILD / "peers"
    folder.mkdir(exist_ok=True)
    wanted = (PEERS / "package.json").read_text()
    stamp = folder / "package.json"
    if shutil.which("npm") is None:
        say("peers", skipped="npm is not here")
        return None
    if not stamp.exists() or stamp.read_text() != wanted or not (folder / "installed").exists():
        stamp.write_text(wanted)
        result = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"],
                                cwd=folder, capture_output=True, text=True, timeout=INSTALL_S,
                                check=False)
        if result.returncode != 0:
            say("peers", skipped="npm cannot install them: " + result.stderr.strip()[-300:])
            return None
        (folder / "installed").write_text("")
    for name in ("echo.js", "worker.js", "serverless.yml"):
        shutil.copy(PEERS / name, folder / name)
    return folder


class Peer:
    """A server of its own process group, until the end of the block."""

    def __init__(self, command, port, folder, environment=None):
        self.port = port
        self.log = open(folder / (Path(command[0]).name + ".log"), "wb")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL, start_new_session=True,
                                        env=dict(os.environ, **(environment or {})))

    def __enter__(self):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: see {self.log.name}")
            try:
                return load(self.port, 1, 0, 1)["failed"] == 0
            except (subprocess.CalledProcessError, ValueError):
                return False
        wait_for("the peer", answers)
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def load(port, connections, seconds, requests=0, target="/echo/x"):
    result = subprocess.run([str(LOAD), str(port), target, str(connections), str(seconds),
                             str(requests)], capture_output=True, text=True, timeout=120,
                            check=False)
    return json.loads(result.stdout)


def median(rounds, figure):
    return statistics.median(r[figure] for r in rounds)


def side(rounds):
    return {"requests_per_second": median(rounds, "requests_per_second"),
            "p50_us": median(rounds, "p50_us"), "p99_us": median(rounds, "p99_us"),
            "failed": sum(r["failed"] for r in rounds)}


def ratio(us, them, figure):
    return round(us[figure] / max(them[figure], 1), 2)


def compare(name, ours, ours_target, peer, rounds=ROUNDS, warm_up_s=0):
    """In turns, so that what else the machine does meets both; behind the same warm-up for both."""
    us, them = [], []
    requests = 0 if warm_up_s else WARM_UP
    warm_us = side([load(ours, 16, warm_up_s, requests, ours_target)])
    warm_them = side([load(peer.port, 16, warm_up_s, requests)])
    for _ in range(rounds):
        us.append(load(ours, 16, SECONDS, 0, ours_target))
        them.append(load(peer.port, 16, SECONDS))
    us, them = side(us), side(them)
    warm_up = {"requests": requests}
    if warm_up_s:  # of a few requests, first starts among them, it would say nothing
        warm_up = {"seconds": warm_up_s, "ratio": ratio(warm_us, warm_them, "requests_per_second")}
    say(name, farthing=us, peer=them, ratio=ratio(us, them, "requests_per_second"),
        p99_ratio=ratio(us, them, "p99_us"), warm_up_of_each=warm_up,
        measured_of_each={"rounds": rounds, "seconds": SECONDS})


def compare_fresh_and_steady(name, template, target, start_peer):
    """Both newly started, as they are then and as they go on."""
    with Platform(template=template) as platform, start_peer() as peer:
        ours = urllib.parse.urlsplit(platform.ready["gateway"]).port
        compare(name + "-fresh", ours, target, peer, rounds=1)
        compare(name + "-steady", ours, target, peer, warm_up_s=STEADY_AFTER_S)


def workerd(folder):
    port = free_port()
    (folder / "worker.capnp").write_text(f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")]);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2024-01-01");
""")
    return Peer([str(folder / "node_modules" / ".bin" / "workerd"), "serve", "worker.capnp"], port,
                folder)


def serverless_offline(folder):
    port = free_port()
    return Peer([str(folder / "node_modules" / ".bin" / "serverless"), "offline", "start",
                 "--httpPort", str(port), "--lambdaPort", str(free_port())], port, folder,
                {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off",
                 "SLS_DEPRECATION_DISABLE": "*"})


TEMPLATE = """AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Metadata: {Farthing: {Account: {RequestsPerConcurrency: 10000}}}
Globals: {Function: {MemorySize: 256, Timeout: 10}}
Resources:
  C:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: c, Handler: bootstrap, Runtime: provided.al2023,
                 Events: {Any: {Type: HttpApi, Properties: {Path: '/echo/{what}', Method: GET}}}}
    Metadata: {Farthing: {ForkServer: true}}
  Exec:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: c, Handler: bootstrap, Runtime: provided.al2023,
                 Events: {Any: {Type: HttpApi, Properties: {Path: '/exec/{what}', Method: GET}}}}
  Node:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: node, Handler: echo.echo, Runtime: RUNTIME,
                 Events: {Any: {Type: HttpApi, Properties: {Path: '/node/{what}', Method: GET}}}}
  Once:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: node, Handler: echo.once, Runtime: RUNTIME,
                 Events: {Any: {Type: HttpApi, Properties: {Path: '/once/{what}', Method: GET}}}}
  OnceExec:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: node, Handler: echo.once, Runtime: RUNTIME,
                 Environment: {Variables: {NODE_OPTIONS: '--no-warnings'}},
                 Events: {Any: {Type: HttpApi, Properties: {Path: '/onceexec/{what}', Method: GET}}}}
"""


def stage(folder):
    os.chmod(folder, 0o755)
    version = 0
    if shutil.which("node"):
        text = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        version = int(text.stdout.lstrip("v").split(".")[0])
    (folder / "c").mkdir()
    (folder / "node").mkdir()
    shutil.copy(BUILD / "tests" / "integration" / "functions" / "bootstrap", folder / "c")
    shutil.copy(PEERS / "echo.js", folder / "node")
    template = folder / "template.yaml"
    template.write_text(TEMPLATE.replace("RUNTIME", "nodejs20.x" if version >= 20 else "nodejs18.x"))
    return template if version >= 18 else None


def instances(platform, name):
    functions = platform.control("GET", "/v1/functions").json()["functions"]
    return next(f["instances"] for f in functions if f["name"] == name)


def percentiles(values):
    values = sorted(values)
    return {"p50_us": values[len(values) // 2], "p99_us": values[min(len(values) * 99 // 100,
                                                                    len(values) - 1)],
            "max_us": values[-1]}


def cold_starts(platform, name, path, function, n, standing_by):
    """From just before the request is sent until the handler is entered."""
    starts = []
    for index in range(n):
        wait_for("the last instance to end", lambda: instances(platform, function) == 0)
        if standing_by:
            wait_for("what stands by", lambda: platform.control(
                "GET", "/v1/status").json()["standing_by"] >= standing_by)
        sent = time.monotonic_ns() // 1000
        answer = platform.http("GET", f"{path}?t={index}")
        value = answer.json()
        assert answer.status == 200 and value["query"] == f"t={index}", answer
        starts.append(value["entered_us"] - sent)
    say(name, isolation=platform.ready["isolation"], starts=n, **percentiles(starts))


def first_start(platform, folder, n=10):
    """Of a fork server, with its sandbox, when its program was replaced; then forks from it."""
    first, later = [], []
    for index in range(n):
        program = folder / "c" / "bootstrap"
        copy = folder / "c" / "bootstrap.new"
        shutil.copy(program, copy)
        copy.rename(program)
        wait_for("the last instance to end", lambda: instances(platform, "C") == 0)
        for starts in (first, later):
            sent = time.monotonic_ns() // 1000
            answer = platform.http("GET", f"/echo/once?t={index}").json()
            starts.append(answer["entered_us"] - sent)
            wait_for("the instance to end", lambda: instances(platform, "C") == 0)
    say("first-start-of-fork-server", starts=n, **percentiles(first),
        next_p50_us=percentiles(later)["p50_us"])


def main():
    with tempfile.TemporaryDirectory(prefix="farthing-bench-") as name:
        folder = Path(name)
        template = stage(folder)
        if template is None:
            say("peers", skipped="Node.js 18 or later is not here")
            return 0
        with Platform(template=template) as platform:
            port = urllib.parse.urlsplit(platform.ready["gateway"]).port
            first_start(platform, folder)
            cold_starts(platform, "start-by-exec-c", "/exec/once", "Exec", EXEC_STARTS, 0)
            cold_starts(platform, "start-by-exec-node", "/onceexec/x", "OnceExec", EXEC_STARTS, 0)
            if platform.ready["isolation"] == "full":
                cold_starts(platform, "cold-start-node", "/once/x", "Once", COLD_STARTS, 2)
            peers = install()
            if peers is None:
                return 0
            with workerd(peers) as peer:
                compare("warm-16-beside-workerd", port, "/echo/lean", peer)
                compare("warm-16-node-beside-workerd", port, "/node/x", peer)
        for name, target in (("warm-16", "/echo/lean"), ("warm-16-node", "/node/x")):
            compare_fresh_and_steady(name + "-beside-serverless-offline", template, target,
                                     lambda: serverless_offline(peers))
    return 0


sys.exit(main())
