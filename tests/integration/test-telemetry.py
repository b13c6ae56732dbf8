#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telemetry end to end: trace context in and out of real functions, the commands that ask about it
with their exit codes, exports, and an exposition that Prometheus' own tool has nothing to say
about."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from farthing_testing import FARTHINGCTL, Platform, Reader, Tap, wait_for

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def run(p, *words):
    return subprocess.run([str(FARTHINGCTL), *words, "--data-dir", str(p.data_dir)], text=True,
                          capture_output=True, env=p.env, timeout=60, check=False)


def spans(p, trace):
    return wait_for(f"trace {trace}", lambda: (
        lambda answer: answer.json()["spans"] if answer.status == 200 else None
    )(p.control("GET", f"/v1/traces/{trace}")))


def test_traceparent(p):
    parent = "00f067aa0ba902b7"
    answer = p.http("GET", "/articles", headers={"traceparent": f"00-{TRACE}-{parent}-01"})
    assert answer.status == 200, answer
    found = spans(p, TRACE)
    root = found[0]
    assert root["kind"] == "gateway" and root["parent_id"] == parent, root
    assert root["function"] == "Content" and root["outcome"] == "ok", root
    kinds = [s["kind"] for s in found]
    assert "handler" in kinds and "queue" in kinds and "cold" in kinds, kinds
    children = {s["parent_id"] for s in found[1:]}
    assert root["span_id"] in children
    for s in found:
        assert s["start_us"] >= root["start_us"] - 1, s
        assert s["start_us"] + s["duration_us"] <= root["start_us"] + root["duration_us"] + 1, s


def test_xray(p):
    p.http("GET", "/articles", headers={"X-Amzn-Trace-Id": XRAY})
    found = spans(p, "1-5759e988-bd862e3fe1be46a994272793")
    assert found[0]["parent_id"] == "53995c3f42cd8ad8", found[0]
    # What is no trace context begins a trace of its own.
    for header in ({"traceparent": "00-zz"}, {"X-Amzn-Trace-Id": "Root=2-x"}):
        assert p.http("GET", "/articles", headers=header).status == 200


def test_nested(p):
    p.ctl("traffic", "--readers-per-second", "20", "--duration", "3", "--seed", "1")
    reader = Reader(p)
    answer = reader.http("POST", "/wallet/methods", {"method": "pm_card_visa", "key": "k" * 32})
    assert answer.status == 200, answer

    def called():
        """(call, callee) of a trace; readers reach the provider through the gateway too."""
        for trace in p.ctl("traces", "--function", "Provider")["traces"]:
            found = spans(p, trace["trace_id"])
            call = next((s for s in found if s["kind"] == "call"), None)
            callee = next((s for s in found if s["function"] == "Provider" and
                           s["kind"] == "gateway" and s["parent_id"]), None)
            if call and callee:
                return call, callee
        return None

    call, callee = wait_for("a call of a function by a function", called)
    assert callee["parent_id"] == call["span_id"], (call, callee)
    assert callee["start_us"] >= call["start_us"], (call, callee)

    def pledged():
        """(trace, spans) of a pledge that reached the books; what else readers met is their luck."""
        for trace in p.ctl("traces", "--function", "Pledge")["traces"]:
            found = spans(p, trace["trace_id"])
            if any(s["kind"] == "bookkeeper" and s["status"] == "ok" for s in found):
                return trace["trace_id"], found
        return None

    pledge, found = wait_for("a pledge", pledged)
    told = next(s for s in found if s["kind"] == "bookkeeper")
    assert told["name"] == "pledge", told
    assert found[0]["attributes"]["app.article"], found[0]
    shown = run(p, "traces", pledge)
    assert shown.returncode == 0 and "bookkeeper pledge" in shown.stdout, shown
    assert "\x1b" not in shown.stdout


def test_query(p):
    summary = p.ctl("query", "--from", "10m", "--sort", "p99_us", "--top", "3")
    assert len(summary["groups"]) == 3, summary
    p99 = [g["p99_us"]["value"] for g in summary["groups"]]
    assert p99 == sorted(p99, reverse=True), p99
    for group in summary["groups"]:
        q = group["p99_us"]
        assert q["low"] <= q["value"] <= q["high"] and group["n"] > 0, group
    articles = p.ctl("query", "--by", "article")
    assert articles["groups"] and all(g["function"] for g in articles["groups"]), articles
    series = p.ctl("query", "--series", "invocations,p99_us", "--points", "10")
    assert len(series["series"][0]["points"]) <= 10, series
    plain = run(p, "query", "Content", "--from", "5m", "--series", "invocations")
    assert plain.returncode == 0 and plain.stdout.startswith("time\tinvocations\tn"), plain
    assert run(p, "query", "--from", "tomorrow").returncode == 64
    assert run(p, "query", "Nothing").returncode == 66
    assert run(p, "query", "--zone", "Mars/Olympus").returncode == 64


def test_alarms(p):
    # What this machine itself gives reason for (its disk may be nearly full) is none of the test's.
    for alarm in p.ctl("alarms")["alarms"]:
        p.ctl("alarms", "disable", alarm["id"])
    assert run(p, "alarms").returncode == 0
    added = p.ctl("alarms", "add", "invocations", "above", "0", "--name", "Any", "--window", "300")
    assert added["state"] == "no_data", added
    raised = wait_for("the alarm", lambda: next(
        (a for a in json.loads(run(p, "alarms", "--json").stdout)["alarms"]
         if a["id"] == added["id"] and a["state"] == "alarm"), None))
    assert raised["value"] > 0, raised
    assert run(p, "alarms").returncode == 1
    history = wait_for("its history", lambda: p.ctl("alarms", "history", added["id"])["history"])
    assert history[0]["state"] == "alarm", history
    p.ctl("alarms", "disable", added["id"])
    assert run(p, "alarms").returncode == 0
    p.ctl("alarms", "remove", added["id"])
    assert run(p, "alarms", "remove", "disk").returncode != 0
    assert run(p, "alarms", "add", "invocations", "over", "1").returncode != 0


def test_export(p):
    # What is written into a report is text, whatever it says.
    p.control("POST", "/v1/annotations", {"kind": "note", "text": "\x1b]0;evil\x07<b>" + "ab" * 32})
    target = Path(p.data_dir) / "report.html"
    assert run(p, "export", "-o", str(target), "--zone", "Asia/Tokyo").returncode == 0
    html = target.read_text(encoding="utf-8")
    assert "<svg" in html and "Asia/Tokyo" in html and "+09:00" in html
    assert "<script" not in html and "ab" * 32 not in html and "[reader]" in html
    assert "\x1b" not in html and "&lt;b&gt;" in html
    assert not re.search(r"(src|href|url)\s*[=(]", html), "a report fetches nothing"
    rows = list(csv.reader(io.StringIO(run(p, "export", "functions").stdout)))
    assert rows[1][0] == "function" and any(r[0] == "Content" for r in rows[2:]), rows[:3]
    whole = json.loads(run(p, "export", "--format", "json").stdout)
    assert whole["functions"] and whole["query"].startswith("/v1/export"), whole.keys()
    assert run(p, "export", "everything").returncode != 0
    assert run(p, "export", "-o", "/nonexistent/x.html").returncode == 73


def lines(p, *words):
    result = run(p, "logs", "--json", *words)
    assert result.returncode == 0, result
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_logs(p):
    """By function, request, level, text and time; and nothing that a line says drives a
    terminal."""
    everything = wait_for("lines", lambda: lines(p, "--lines", "1000"))
    reports = [one for one in everything if one["message"].startswith("REPORT")]
    one = next(r for r in reports if r["function"] == "Content")
    found = lines(p, "--request", one["request_id"])
    assert {r["request_id"] for r in found} == {one["request_id"]} and len(found) >= 3, found
    assert {r["function"] for r in lines(p, "Pledge")} == {"Pledge"}
    assert all("max memory" in r["message"].lower() for r in lines(p, "--contains", "MAX MEMORY"))
    assert all(r["level"] != "platform" for r in lines(p, "--no-platform"))
    assert {r["level"] for r in lines(p, "--level", "platform")} == {"platform"}
    assert lines(p, "--from", "2h", "--to", "1h") == []
    assert len(lines(p, "--lines", "2")) == 2
    plain = run(p, "logs", "--plain", "--lines", "3").stdout.splitlines()
    assert len(plain) == 3 and all(len(line.split("\t")) == 5 for line in plain), plain
    for words in (["--level", "loud"], ["--request", "7"], ["--lines", "1001"],
                  ["--follow", "--to", "now"], ["a", "b"]):
        refused = run(p, "logs", *words)
        assert refused.returncode != 0 and refused.stderr and not refused.stdout, (words, refused)


def test_margin(p):
    """Rows and what no row has add up to the total, in money as in cost; and the money is the
    ledger's."""
    for group in ("article", "function"):
        found = p.ctl("query", "--margin", "--by", group, "--from", "1h")
        assert found["currency"] == "USD" and found["money"] == "test", found
        rows, rest, total = found["rows"], found["unattributed"], found["total"]
        assert rows and any(r["reported"] and int(r["earned_micros"]) > 0 for r in rows), rows
        assert sum(int(r["earned_micros"] or 0) for r in rows) + int(rest["earned_micros"]) == \
            int(total["earned_micros"]), found
        assert abs(sum(r["cost_picodollars"] for r in rows) + rest["cost_picodollars"] -
                   total["cost_picodollars"]) <= len(rows) + 1, found
        for row in rows:
            if row["reported"]:
                assert int(row["net_picodollars"]) == \
                    int(row["earned_micros"]) * 10**6 - row["cost_picodollars"], row
            else:
                assert row["net_picodollars"] is None and row["reason"], row
    wait_for("both to say what the ledger says", lambda: int(
        p.ctl("query", "--margin")["total"]["earned_micros"]) ==
        int(p.earnings()["publisher_micros"]))
    shown = run(p, "query", "--margin", "--by", "function")
    assert "not reported" in shown.stdout and "Pledge" in shown.stdout, shown
    assert run(p, "query", "--margin", "Content").returncode == 64
    assert "us-east-1" in run(p, "query", "--prices").stdout


def test_push(p):
    """From one farthingd to another one, which is a collector like any other."""
    with Platform("--listen", "127.0.0.1:0") as collector:
        token = collector.ctl("token", "add", "sender", "--scope", "telemetry:write")["token"]
        refused = run(p, "export", "push", "http://collector.example:4318", "--secret",
                      f"token={p.data_dir}/publisher.token")
        assert refused.returncode != 0 and "https" in refused.stderr, refused
        secret = Path(p.data_dir) / "collector.token"
        secret.write_text(token)
        url = collector.ready["listen"]
        begun = p.ctl("export", "push", url, "--secret", f"token={secret}", "--no-metrics")
        assert begun["active"] and begun["has_token"] and token not in str(begun), begun
        trace = "5bf92f3577b34da6a3ce929d0e0e4737"
        p.http("GET", "/articles", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        wait_for("spans to be sent", lambda: p.ctl("export", "push")["sent_spans"] >= 3)
        there = spans(collector, trace)
        assert len(there) >= 3 and there[0]["kind"] == "remote", there
        state = p.ctl("export", "push")
        assert state["dropped"] == state["refused"] == 0 and state["problem"] is None, state
        assert not p.ctl("export", "push", "off")["active"]


def test_exposition(p):
    text = p.http("GET", "/metrics", listener="metrics")
    assert text.status == 200 and b"farthing_invocations_total" in text.body
    assert b"article" not in text.body, "labels are bounded: no articles among them"
    promtool = shutil.which("promtool")
    if promtool is None:
        print("# promtool is not installed: its check was left out")
        return
    result = subprocess.run([promtool, "check", "metrics"], input=text.body, capture_output=True,
                            timeout=60, check=False)
    assert result.returncode == 0 and not result.stdout and not result.stderr, result


def main():
    tap = Tap()
    with Platform() as p:
        tap.run("a traceparent is gone on with", test_traceparent, p)
        tap.run("so is an X-Amzn-Trace-Id", test_xray, p)
        tap.run("calls between functions and commands are in the trace", test_nested, p)
        tap.run("query", test_query, p)
        tap.run("alarms", test_alarms, p)
        tap.run("export", test_export, p)
        tap.run("logs", test_logs, p)
        tap.run("margins", test_margin, p)
        tap.run("traces are pushed to a collector", test_push, p)
        tap.run("promtool has nothing to say", test_exposition, p)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
