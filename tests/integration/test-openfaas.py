#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An OpenFaaS gateway that is watched. The gateway is a stand-in, written here after the public
description of its REST API (docs.openfaas.com): it shows that what we send is what is described and
that we read what is described; it does not show that a real gateway behaves so."""

import base64
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import FARTHINGCTL, Platform, Tap, wait_for  # noqa: E402
from live_testing import Server  # noqa: E402

PASSWORD = "open sesame"


class Gateway:
    def __init__(self):
        self.counts = {"figlet": 100, "nodeinfo": 7}
        self.invoked, self.asked = [], []
        self.lock = threading.Lock()

    def answer(self, handler):
        wanted = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if handler.path.startswith("/system/") and handler.headers["Authorization"] != wanted:
            handler.reply(401, "unauthorized", "text/plain")
        elif handler.path == "/system/functions":
            with self.lock:
                handler.reply(200, json.dumps([
                    {"name": name, "namespace": "openfaas-fn", "image": f"{name}:latest",
                     "invocationCount": n, "replicas": 1, "availableReplicas": 1,
                     "labels": {"faas_function": name}, "annotations": None,
                     "limits": {"memory": "128Mi"} if name == "figlet" else None,
                     "createdAt": "2026-01-01T00:00:00Z"} for name, n in self.counts.items()]))
        elif handler.path.startswith("/system/logs?"):
            self.asked.append(handler.path)
            now = time.time()
            lines = [{"name": "figlet", "namespace": "openfaas-fn", "instance": "figlet-1",
                      "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 9 + i))
                      + ".123456789Z", "text": text}
                     for i, text in enumerate(("Forked function", "ERROR \x1b]0;pwned\x07 no font\nforged\n",
                                               "\ud800"))]
            handler.reply(200, "\n".join(map(json.dumps, lines)) + "\nnonsense\n",
                          "application/x-ndjson")
        elif handler.path == "/function/figlet.openfaas-fn":
            self.invoked.append(handler.body)
            handler.reply(200, b"| hello |", "text/html", headers=[("X-Call-Id", "call-1")])
        elif handler.path == "/async-function/figlet.openfaas-fn":
            handler.reply(202, b"", headers=[("X-Call-Id", "call-2")])
        elif handler.path == "/function/broken":
            handler.reply(500, b"exit status 1", "text/plain")
        else:
            handler.reply(404, b"{}")


def add(platform, server, password=PASSWORD):
    answer = platform.control("POST", "/v1/deployments", {
        "id": "faas", "kind": "openfaas", "settings": {"url": server.url + "/"},
        "secrets": {"password": password}})
    assert answer.status == 201, answer
    return wait_for("the gateway to be asked", lambda: (
        lambda d: d if d["state"] != "new" else None)(listed(platform)))


def listed(platform):
    return [d for d in platform.control("GET", "/v1/deployments").json()["deployments"]
            if d["id"] == "faas"][0]


def look(platform):
    """A look at the counters, now rather than in 15 s."""
    test = platform.control("POST", "/v1/deployments/faas/test").json()
    assert test["ok"] and test["functions"] == 2, test


def check_functions(platform, gateway):
    with gateway.lock:
        gateway.counts["figlet"] += 40
    look(platform)
    answer = platform.control("GET", "/v1/functions?deployment=faas").json()
    found = {f["name"]: f for f in answer["functions"]}
    assert sorted(found) == ["figlet.openfaas-fn", "nodeinfo.openfaas-fn"], found
    figlet = found["figlet.openfaas-fn"]
    assert figlet["invocations"] == 40 and figlet["memory_mb"] == 128, figlet
    assert figlet["errors"] is None and figlet["p99_us"] is None and figlet["instances"] == 1
    assert found["nodeinfo.openfaas-fn"]["invocations"] == 0
    assert found["nodeinfo.openfaas-fn"]["memory_mb"] is None
    # A restart of the gateway: its counters begin again.
    with gateway.lock:
        gateway.counts["figlet"] = 5
    look(platform)
    answer = platform.control("GET", "/v1/functions?deployment=faas").json()
    assert answer["functions"][0]["invocations"] == 45, answer["functions"][0]
    now = time.time()
    series = platform.control(
        "GET", "/v1/series?deployment=faas&function=figlet.openfaas-fn&metrics=invocations,errors"
        f"&step_us=60000000&from_us={int(now - 3600) * 1000000}").json()
    calls = series["series"][0]["points"]
    # Nobody looked before: that is a gap, and errors are not told at all.
    assert all(p is None for p in calls[:-2]), calls
    assert sum(p or 0 for p in calls) in range(44, 47), calls
    assert all(p is None for p in series["series"][1]["points"])
    assert series["exactness"] == "none"
    # An hour before anybody looked is not an hour without calls.
    body = platform.control(
        "GET", "/v1/summary?deployment=faas&function=figlet.openfaas-fn&"
        f"from_us={int(now - 1800) * 1000000}&compare_from_us={int(now - 5400) * 1000000}&"
        f"compare_to_us={int(now - 3600) * 1000000}").json()
    assert body["total"]["invocations"] == 45, body
    assert body["baseline"]["total"]["invocations"] is None, body
    file = platform.control("GET", "/v1/export?deployment=faas&view=functions").body.decode()
    titles, row = [line.split(",") for line in file.splitlines()[1:3]]
    row = dict(zip(titles, row))
    assert row["function"] == '"figlet.openfaas-fn"' and row["invocations"] == "45", row
    assert row["errors"] == row["p99_us"] == row["cost_picodollars"] == "", row
    report = platform.control("GET", "/v1/export?deployment=faas").body.decode()
    assert '<td>45</td><td class="none">not reported</td>' in report, report
    assert "<p>Not reported</p>" in report, report
    # Of a system without a histogram it is said, and not drawn.
    assert '-labelledby="heat' not in report and '-labelledby="inv' in report, report
    assert "<dt>Heat map</dt><dd>faas: " in report and "of which heat maps are made" in report, report


def check_logs(platform, gateway):
    answer = platform.control("GET", "/v1/logs?deployment=faas&function=figlet&limit=50")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["level"] for line in lines[:2]] == ["info", "error"], lines
    assert len(lines) in (2, 3) and lines[0]["function"] == "figlet", lines
    assert "follow=false" in gateway.asked[-1] and "tail=50" in gateway.asked[-1]
    found = platform.control("GET", "/v1/logs?deployment=faas&function=figlet&contains=NO+FONT")
    assert found.body.count(b"\n") == 1, found
    # What a foreign system's function writes drives no terminal, and cannot forge a line.
    for words in ([], ["--plain"]):
        shown = subprocess.run([str(FARTHINGCTL), "logs", "figlet", "--deployment", "faas", *words,
                                "--data-dir", str(platform.data_dir)], capture_output=True,
                               text=True, env=platform.env, timeout=60, check=False)
        assert shown.returncode == 0 and "pwned" in shown.stdout, shown
        assert not any(c in shown.stdout for c in "\x1b\x07\x9b\r"), shown
        assert len(shown.stdout.splitlines()) == len(lines), shown
    everything = platform.control("GET", "/v1/logs?deployment=faas")
    assert everything.status == 501 and everything.json()["error"]["message"].startswith("faas")
    followed = platform.control("GET", "/v1/logs?deployment=faas&function=figlet&follow=1")
    assert followed.status == 501, followed


def check_invoke(platform, gateway):
    answer = platform.control(
        "POST", "/v1/functions/figlet.openfaas-fn/invocations?deployment=faas", {"say": "hello"})
    body = answer.json()
    assert body["status"] == 200 and body["payload"] == "| hello |", body
    assert body["request_id"] == "call-1" and json.loads(gateway.invoked[-1]) == {"say": "hello"}
    body = platform.control("POST", "/v1/functions/figlet.openfaas-fn/invocations"
                            "?deployment=faas&type=Event", {}).json()
    assert body["status"] == 202 and body["request_id"] == "call-2", body
    body = platform.control("POST", "/v1/functions/broken/invocations?deployment=faas", {}).json()
    assert body["status"] == 500 and body["function_error"] == "Unhandled", body


def check_refused(platform, server):
    assert platform.control("DELETE", "/v1/deployments/faas").status == 200
    found = add(platform, server, "wrong")
    assert found["state"] == "failing" and "credentials" in found["message"], found
    assert platform.control("GET", "/v1/functions?deployment=faas").status == 200


def main():
    tap = Tap()
    gateway = Gateway()
    with Platform(environment={"FARTHING_SECRETS": "file"}) as platform, \
            Server(gateway.answer) as server:
        found = add(platform, server)
        tap.run("functions and counters", check_functions, platform, gateway)
        tap.run("logs", check_logs, platform, gateway)
        tap.run("invoke", check_invoke, platform, gateway)
        tap.run("what it cannot", lambda: {"quantiles", "errors", "history", "earnings"} <=
                {m["what"] for m in found["missing"]} or 1 / 0)
        tap.run("a wrong password", check_refused, platform, server)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
