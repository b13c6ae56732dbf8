#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that are watched through the Prometheus HTTP API: Debian's Prometheus and
VictoriaMetrics with replayed OpenFaaS and Knative metrics (made here after the public metric
names), Prometheus scraping a farthingd, and servers that answer nonsense."""

import csv
import html.parser
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import FARTHINGCTL, FARTHINGD, Platform, Tap, wait_for  # noqa: E402
from live_testing import (Prometheus, Server, VictoriaMetrics, get, make_certificate,  # noqa: E402
                          minute, pin_of)

MINUTES, EVERY_S = 60, 15
RESET_AT, GAP_FROM, GAP_TO = 20, 30, 36  # minutes of the history


def history(end):
    """An hour until `end`: 12 calls a minute of which 1 fails, under 5 ms; 4 a minute of another
    function between 0.5 and 1 s; a restart that takes the counters back to 0, and a gap."""
    lines = {}

    def add(family, kind, series, value, at):
        lines.setdefault((family, kind), []).append(f"{series} {value:g} {at}")

    counts = {"ok": 0, "bad": 0, "slow": 0}
    for i in range(MINUTES * 60 // EVERY_S + 1):
        at, now = end - MINUTES * 60 + i * EVERY_S, i * EVERY_S / 60
        if now == RESET_AT:
            counts = dict.fromkeys(counts, 0)
        counts["ok"] += 3 if i % 4 else 2
        counts["bad"] += 0 if i % 4 else 1
        counts["slow"] += 1
        if GAP_FROM < now < GAP_TO:
            continue
        fast = counts["ok"] + counts["bad"]
        for code, n in ("200", counts["ok"]), ("500", counts["bad"]):
            add("gateway_function_invocation", "counter",
                f'gateway_function_invocation_total{{function_name="figlet.fn",code="{code}"}}', n,
                at)
        add("gateway_function_invocation", "counter",
            'gateway_function_invocation_total{function_name="slow.fn",code="200"}',
            counts["slow"], at)
        add("gateway_service_count", "gauge",
            'gateway_service_count{function_name="figlet.fn"}', 2, at)
        for name, n, limit in ("figlet.fn", fast, 0.005), ("slow.fn", counts["slow"], 1):
            for le in "0.005", "0.01", "0.5", "1", "10", "+Inf":
                add("gateway_functions_seconds", "histogram",
                    f'gateway_functions_seconds_bucket{{function_name="{name}",le="{le}"}}',
                    n if float(le.replace("+", "")) >= limit else 0, at)
            add("gateway_functions_seconds", "histogram",
                f'gateway_functions_seconds_count{{function_name="{name}"}}', n, at)
            add("gateway_functions_seconds", "histogram",
                f'gateway_functions_seconds_sum{{function_name="{name}"}}', n * limit, at)
        labels = 'configuration_name="hello",revision_name="hello-00001"'
        for code, n in ("200", counts["ok"]), ("503", counts["bad"]):
            add("revision_app_request_count", "gauge", "revision_app_request_count"
                f'{{{labels},response_code="{code}",response_code_class="{code[0]}xx"}}', n, at)
        for le in "5", "10", "+Inf":
            add("revision_app_request_latencies_bucket", "gauge",
                f'revision_app_request_latencies_bucket{{{labels},le="{le}"}}',
                0 if le == "5" else fast, at)
        otel = 'kn_configuration_name="fresh"'
        add("kn_serving_invocation_duration_seconds_count", "gauge",
            "kn_serving_invocation_duration_seconds_count"
            f'{{{otel},http_response_status_code="200"}}', fast, at)
        for le in "0.005", "0.01", "+Inf":
            add("kn_serving_invocation_duration_seconds_bucket", "gauge",
                "kn_serving_invocation_duration_seconds_bucket"
                f'{{{otel},http_response_status_code="200",le="{le}"}}',
                0 if le == "0.005" else fast, at)
    text = []
    for (family, kind), rows in lines.items():
        text.append(f"# TYPE {family} {kind}")
        # OpenMetrics wants the samples of one series together.
        text += sorted(rows, key=lambda row: (row.split("} ")[0], float(row.rsplit(" ", 1)[1])))
    return "\n".join(text + ["# EOF", ""])


class Watch:
    """A farthingd that watches, and what is asked of it."""

    def __init__(self, platform):
        self.platform = platform

    def add(self, name, kind="prometheus", secrets=None, **settings):
        answer = self.platform.control("POST", "/v1/deployments",
                                       {"id": name, "kind": kind, "settings": settings,
                                        "secrets": secrets or {}})
        assert answer.status == 201, answer
        return answer.json()

    def listed(self, name):
        for one in self.platform.control("GET", "/v1/deployments").json()["deployments"]:
            if one["id"] == name:
                return one
        return None

    def settled(self, name):
        return wait_for(f"{name} to be asked",
                        lambda: (lambda d: d if d["state"] != "new" else None)(self.listed(name)))

    def series(self, name, function, metrics, start, end, step=60):
        answer = self.platform.control(
            "GET", f"/v1/series?deployment={name}&function={function}&metrics={','.join(metrics)}"
            f"&from_us={start * 1000000}&to_us={end * 1000000}&step_us={step * 1000000}")
        assert answer.status == 200, answer
        body = answer.json()
        return {s["metric"]: s for s in body["series"]}, body

    def remove(self, name):
        answer = self.platform.control("DELETE", f"/v1/deployments/{name}")
        assert answer.status == 200, answer


def close(value, expected, share=0.1):
    assert value is not None and abs(value - expected) <= expected * share, (value, expected)


def check_openfaas(watch, name, url, end):
    """Counts through a reset, the gap, quantiles and their bands, on either engine."""
    watch.add(name, url=url, profile="openfaas", interval_s=str(EVERY_S))
    found = watch.settled(name)
    assert found["state"] == "ok" and found["functions"] == 2, found
    assert 0 <= found["age_us"] < 120e6, found
    assert found["quantiles"] == "bucket", found
    assert {"cold_starts", "concurrency", "cost", "earnings", "logs"} <= \
        {m["what"] for m in found["missing"]}, found
    start = end - MINUTES * 60
    series, body = watch.series(name, "figlet.fn", ["invocations", "errors", "throttles", "p50_us",
                                                    "p99_us", "cold_starts"], start, end)
    assert body["exactness"] == "bucket" and body["source"]["deployment"] == name, body
    assert body["provisional_from_us"] <= end * 1000000
    calls = series["invocations"]["points"]
    assert len(calls) == MINUTES, calls
    for i, n in enumerate(calls):
        # A point of whole minutes; those at the edges of the gap are halves of something.
        if GAP_FROM + 1 < i < GAP_TO - 1:
            assert n is None and body["n"][i] is None, (i, n)
            assert series["errors"]["points"][i] is None
        elif 1 < i < GAP_FROM - 1 or i > GAP_TO + 1:
            # At a restart what came before it within the step is extrapolated.
            close(n, 12, 0.35 if i in (RESET_AT - 1, RESET_AT) else 0.1)
            assert series["throttles"]["points"][i] == 0
            assert series["cold_starts"]["points"][i] is None
    whole = [e for i, e in enumerate(series["errors"]["points"]) if i > GAP_TO + 2]
    close(sum(whole) / len(whole), 1, 0.4)
    # Everything is under the first bucket: "< 5 ms", not some number.
    assert series["p50_us"]["low"][10] is None and series["p50_us"]["high"][10] == 5000
    assert series["p50_us"]["points"][10] <= 5000
    slow, _ = watch.series(name, "slow.fn", ["p50_us", "p99_us"], start, end)
    assert slow["p99_us"]["low"][10] == 500000 and slow["p99_us"]["high"][10] == 1000000, slow
    close(slow["p50_us"]["points"][10], 750000, 0.01)
    both, _ = watch.series(name, "", ["invocations"], start, end)
    close(both["invocations"]["points"][10], 16)


def check_functions(watch, name):
    body = watch.platform.control("GET", f"/v1/functions?deployment={name}&window_s=600").json()
    functions = {f["name"]: f for f in body["functions"]}
    assert sorted(functions) == ["figlet.fn", "slow.fn"], functions
    assert body["window_us"] == 600000000 and body["source"]["state"] == "ok"
    close(functions["figlet.fn"]["invocations"], 120)
    assert functions["figlet.fn"]["instances"] == 2
    assert functions["figlet.fn"]["cold_starts"] is None
    assert functions["figlet.fn"]["memory_mb"] is None
    assert functions["figlet.fn"]["cost_picodollars"] is None
    assert functions["figlet.fn"]["bands"]["p50_us"] == {"low": None, "high": 5000}
    assert functions["slow.fn"]["errors"] == 0


def check_summary(watch, name, end):
    """What can be added up is; what cannot, and what is not reported, is null and not zero."""
    def get(query):
        return watch.platform.control("GET", f"/v1/summary?deployment={name}&"
                                             f"to_us={end * 1000000}&{query}")
    body = get(f"from_us={(end - 600) * 1000000}&group=function&sort=invocations&limit=1&"
               f"compare_from_us={(end - 1200) * 1000000}&compare_to_us={(end - 600) * 1000000}"
               ).json()
    assert body["n_groups"] == 2 and [g["key"] for g in body["groups"]] == ["figlet.fn"], body
    close(body["groups"][0]["invocations"], 120)
    close(body["total"]["invocations"], 160)
    assert body["groups"][0]["p50_us"]["low"] is None, body
    assert body["groups"][0]["p50_us"]["high"] == 5000, body
    assert body["total"]["p50_us"] is None and body["total"]["cold_starts"] is None, body
    assert body["total"]["cost_picodollars"] is None and body["known_us"] is None, body
    assert body["groups"][0]["baseline"]["invocations"] is not None, body
    assert body["source"]["deployment"] == name, body
    one = get(f"from_us={(end - 600) * 1000000}&function=slow.fn").json()
    assert one["groups"] == [] and one["total"]["p99_us"]["high"] == 1000000, one
    refused = get("group=version")
    assert refused.status == 501 and refused.error_code == "not_reported", refused
    assert refused.json()["error"]["message"].startswith(name), refused
    assert get("group=reader").status == 400 and get("from_us=9999999999999999").status == 400
    shown = watch.platform.ctl("query", "--deployment", name, "--from", "10m")
    assert len(shown["groups"]) == 2, shown


def check_ranges(watch, name, end):
    """Functions of the range that was asked for, and of two beside each other."""
    def functions(window_s, to):
        answer = watch.platform.control("GET", f"/v1/functions?deployment={name}&"
                                               f"window_s={window_s}&to_us={to * 1000000}").json()
        assert (answer["window_us"], answer["to_us"]) == (window_s * 1000000, to * 1000000), answer
        return {f["name"]: f["invocations"] for f in answer["functions"]}
    for window_s in 300, 600, 1200:
        close(functions(window_s, end)["figlet.fn"], window_s / 5)
    close(functions(300, end - 45 * 60)["slow.fn"], 20)
    assert all(n is None for n in functions(300, end - 86400).values())
    local = watch.platform.control("GET", f"/v1/functions?to_us={end * 1000000}")
    assert local.status == 400, local
    listed = watch.platform.ctl("functions", "--deployment", name, "--from", "20m")
    assert [f["name"] for f in listed] == ["figlet.fn", "slow.fn"], listed
    assert listed[0]["cold_starts"] is None and listed[0]["cost_picodollars"] is None, listed
    shown = run_ctl(watch.platform, "functions", "--deployment", name, "--from", "20m")
    assert shown.returncode == 0 and "< 5.00 ms" in shown.stdout and "–" in shown.stdout, shown
    assert run_ctl(watch.platform, "functions", "--from", "20m").returncode != 0

    def compare(function, before):
        return watch.platform.control(
            "GET", f"/v1/summary?deployment={name}&function={function}&group=none&"
            f"from_us={(end - 300) * 1000000}&to_us={end * 1000000}&"
            f"compare_from_us={(before - 300) * 1000000}&compare_to_us={before * 1000000}").json()
    found = compare("slow.fn", end - 300)
    close(found["total"]["invocations"], 20)
    close(found["baseline"]["total"]["invocations"], 20)
    assert found["baseline"]["total"]["p99_us"]["high"] == 1000000, found
    # Before anything was told there is nothing to compare with, which is not zero.
    found = compare("slow.fn", end - 86400)
    assert found["baseline"]["total"]["invocations"] is None, found
    rows = watch.platform.ctl("query", "slow.fn", "--deployment", name, "--from", "5m",
                              "--compare", "5m")
    assert [g["key"] for g in rows["groups"]] == ["slow.fn"], rows
    close(rows["groups"][0]["baseline"]["invocations"], 20, 0.3)


class Report(html.parser.HTMLParser):
    """The cells of a report's tables, and whatever it would fetch or run."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.foreign, self.text, self.cell = [], [], "", False
        self.rects, self.figure, self.labels, self.label = {}, None, {}, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.foreign += [tag] if tag in ("script", "link", "img", "iframe") else []
        self.foreign += [a for a in attrs if a[0] in ("src", "href") or a[0].startswith("on")]
        self.cell = tag in ("td", "th")
        # Pictures, by their title: rectangles, and what stands beside them.
        named = dict(attrs)
        self.label = tag == "text"
        if tag == "svg":
            self.figure = named["aria-labelledby"].split("-")[0]
            self.rects[self.figure], self.labels[self.figure] = [], []
        elif tag == "rect":
            self.rects[self.figure].append(
                {k: v if k in ("fill", "opacity") else int(v) for k, v in attrs})
        if tag == "tr":
            self.rows.append([])
        elif self.cell:
            self.rows[-1].append("")

    def handle_data(self, data):
        self.text += data
        if self.label:
            self.labels[self.figure].append(data)
        if self.cell:
            self.rows[-1][-1] += data


def check_pictures(report, name):
    """The bars, the areas in which percentiles lie, and the rows of buckets leave the gap grey."""
    grey = "var(--line)"
    for figure in "inv", "lat", "heat":
        gaps = [r for r in report.rects[figure] if r["fill"] == grey]
        assert len(gaps) == 1 and gaps[0]["height"] == 180, (name, figure, gaps)
        # Of 896 for an hour.
        assert 60 < gaps[0]["width"] < 130 and 470 < gaps[0]["x"] < 540, gaps
        inside = [r for r in report.rects[figure] if r["fill"] != grey and
                  gaps[0]["x"] + 2 <= r["x"] < gaps[0]["x"] + gaps[0]["width"] - 2]
        assert not inside, inside
    # Half of the height is between half a second and a second.
    area = [r for r in report.rects["lat"] if r["fill"] == "var(--p99)"]
    assert area and all(80 < r["height"] < 90 for r in area), area
    assert {"5\xa0ms", "500\xa0ms", "1\xa0s"} <= set(report.labels["heat"]), report.labels
    rows = {}
    for cell in report.rects["heat"]:
        if cell["fill"] != grey:
            rows.setdefault(cell["y"], []).append(float(cell["opacity"]))
    assert len(rows) == 2, rows
    # What came in the gap may be counted behind it.
    fast, slow = (statistics.median(rows[y]) for y in sorted(rows, reverse=True))
    assert fast > slow > 0.15, rows


def check_export(watch, name, end):
    """What a system reports, as files: empty, null or "not reported" is what it does not."""
    start = end - MINUTES * 60

    def export(words):
        answer = watch.platform.control(
            "GET", f"/v1/export?deployment={name}&zone=Europe/Berlin&from_us={start * 1000000}&"
            f"to_us={end * 1000000}&{words}")
        assert answer.status == 200, answer
        return answer.body.decode()

    def table(words):
        head, *rest = export(words).splitlines()
        assert head.startswith("# /v1/export?") and f"deployment {name};" in head, head
        assert "zone Europe/Berlin" in head and time.strftime("%Y-", time.gmtime(end)) in head
        return list(csv.DictReader(rest))
    rows = {row["function"]: row for row in table("view=functions")}
    assert sorted(rows) == ["figlet.fn", "slow.fn"], rows
    row = rows["figlet.fn"]
    assert (row["p50_us_low"], row["p50_us_high"]) == ("", "5000"), row
    assert row["cold_starts"] == row["cost_picodollars"] == row["memory_max_kb"] == "", row
    assert row["throttles"] == "0" and int(row["errors"]) > 0, row
    points = table("view=series&function=slow.fn&pixels=100")
    # The gap has no rows; the rest are four calls a minute.
    assert MINUTES - 10 < len(points) < MINUTES - 2, len(points)
    close(int(points[10]["invocations"]), 4)
    assert points[10]["p50_us_high"] == "1000000" and points[10]["concurrency"] == "", points[10]
    body = json.loads(export("format=json&function=slow.fn"))
    assert (body["from_us"], body["to_us"]) == (start * 1000000, end * 1000000), body
    assert body["zone"] == "Europe/Berlin" and body["source"]["deployment"] == name
    assert [f["function"] for f in body["functions"]] == ["slow.fn"], body["functions"]
    assert body["functions"][0]["p99_us"]["high"] == 1000000 and body["exactness"] == "bucket"
    assert body["functions"][0]["cost_picodollars"] is None, body["functions"]
    assert body["series"][10]["cold_starts"] is None, body["series"][10]
    report = Report(export("view=overview"))
    assert not report.foreign, report.foreign
    cells = {row[0]: row for row in report.rows if row}
    assert cells["figlet.fn"][4] == "not reported" and cells["figlet.fn"][9] == "not reported"
    assert cells["figlet.fn"][5] == "< 5\xa0ms", cells
    assert cells["slow.fn"][7] == "500\xa0ms to 1\xa0s", cells
    assert cells["All together"][7] == "–", cells
    assert "Europe/Berlin" in report.text and "/v1/export?deployment=" in report.text, report.text
    check_pictures(report, name)
    for words in ("view=invocations", "view=invocations&format=json"):
        answer = watch.platform.control("GET", f"/v1/export?deployment={name}&{words}")
        assert answer.status == 501 and answer.error_code == "not_reported", answer
        assert answer.json()["error"]["message"].startswith(name), answer
    answer = watch.platform.control("GET", f"/v1/export?deployment={name}&view=series&format=html")
    assert answer.status == 400, answer
    words = run_ctl(watch.platform, "export", "functions", "--deployment", name, "--from", "20m")
    assert words.returncode == 0 and '"figlet.fn",' in words.stdout, words


def check_heat(watch, name, end):
    """Rows are the histogram's buckets; counts add up to the calls; a gap is null."""
    start = end - MINUTES * 60
    def get(query):
        return watch.platform.control(
            "GET", f"/v1/heatmap?deployment={name}&from_us={start * 1000000}&"
            f"to_us={end * 1000000}&step_us=60000000{query}")
    body = get("&function=slow.fn").json()
    assert body["n_columns"] == MINUTES and body["open_top"] is True, body
    edges = body["row_us"]
    assert edges[0] == 0 and edges == sorted(edges) and 500000 in edges, edges
    column = body["columns"][10]
    row = column["first"]
    assert len(column["counts"]) == 1 and (edges[row], edges[row + 1]) == (500000, 1000000), column
    close(column["counts"][0], 4, 0.3)
    assert body["columns"][(GAP_FROM + GAP_TO) // 2] is None, body["columns"]
    both = get("").json()
    close(sum(both["columns"][10]["counts"]), 16, 0.2)
    assert both["n"] == sum(sum(c["counts"]) for c in both["columns"] if c), both["n"]
    cold = get("&metric=cold")
    assert cold.status == 501 and cold.error_code == "not_reported", cold


def check_knative(watch, url, end):
    watch.add("knative", url=url, profile="knative", interval_s=str(EVERY_S))
    assert watch.settled("knative")["state"] == "ok"
    series, _ = watch.series("knative", "hello", ["invocations", "p90_us"], end - 1800, end)
    close(series["invocations"]["points"][20], 12)
    assert (series["p90_us"]["low"][20], series["p90_us"]["high"][20]) == (5000, 10000)
    watch.add("knative-new", url=url, profile="knative-otel", interval_s=str(EVERY_S))
    watch.settled("knative-new")
    series, _ = watch.series("knative-new", "fresh", ["invocations", "p90_us"], end - 1800, end)
    close(series["invocations"]["points"][20], 12)
    assert (series["p90_us"]["low"][20], series["p90_us"]["high"][20]) == (5000, 10000)


def check_own(watch, url, end):
    """A selector for one thing, whole PromQL for another."""
    watch.add("own", url=url, profile="custom", function_label="fn", interval_s=str(EVERY_S),
              invocations='label_replace(increase(gateway_function_invocation_total'
                          '{function_name="slow.fn"}[$w]), "fn", "mine", "", "")')
    found = watch.settled("own")
    assert found["reports"] == ["invocations"], found
    series, _ = watch.series("own", "mine", ["invocations", "p50_us"], end - 1800, end)
    close(series["invocations"]["points"][20], 4)
    assert all(p is None for p in series["p50_us"]["points"])
    answer = watch.platform.control("POST", "/v1/deployments", {
        "id": "broken", "kind": "prometheus",
        "settings": {"url": url, "profile": "custom", "function_label": "fn",
                     "invocations": "sum(((x[$w])"}})
    assert answer.status == 201, answer
    broken = watch.settled("broken")
    assert broken["state"] == "failing" and broken["message"].startswith("broken: the query is "), \
        broken
    watch.remove("broken")


def check_shown(watch, name):
    """No more is shown than is known: "< 5 ms" under the first bucket, a range in any other."""
    def shown(*words):
        result = run_ctl(watch.platform, "query", "--deployment", name, "--from", "20m", *words)
        assert result.returncode == 0, result
        return result.stdout.splitlines()
    rows = {line.split()[0]: line for line in shown() if line.strip()}
    assert "< 5.00 ms" in rows["figlet.fn"] and "2.5" not in rows["figlet.fn"], rows
    assert "500.0 ms to 1.00 s" in rows["slow.fn"], rows
    points = shown("figlet.fn", "--series", "p99_us")
    assert any("\t<5000\t" in line for line in points), points
    points = shown("slow.fn", "--series", "p50_us")
    assert any("\t500000..1000000\t" in line for line in points), points


def check_words(watch, name):
    """A deployment that has nothing to report is no function that failed."""
    for words in ("export", "invocations", "--deployment", name), ("logs", "--deployment", name):
        refused = run_ctl(watch.platform, *words)
        assert refused.returncode == 69 and name in refused.stderr, refused
        assert "function failed" not in refused.stderr and "connect show" in refused.stderr, refused


def check_limits(watch, name, end):
    """More points than are allowed, and what this kind has nothing of."""
    answer = watch.platform.control(
        "GET", f"/v1/series?deployment={name}&from_us=1000000&to_us={end * 1000000}"
        "&step_us=1000000")
    assert answer.status == 400 and answer.json()["error"]["message"].startswith(name), answer
    for path in "invocations", "logs", "traces", "annotations":
        answer = watch.platform.control("GET", f"/v1/{path}?deployment={name}")
        assert answer.status == 501 and answer.error_code == "not_reported", answer
        assert name in answer.json()["error"]["message"]
    assert watch.platform.control("GET", "/v1/status?deployment=nobody").status == 404


def check_scraped(platform):
    """Prometheus scrapes this very platform; what it says agrees with what the platform says."""
    watch = Watch(platform)
    target = platform.ready["metrics"].split("//")[1].split("/")[0]
    with Prometheus(targets=[target]) as prometheus:
        def scraped(least):
            body = get(prometheus.url + "/api/v1/query?query=max(count_over_time("
                       "farthing_invocations_total%5B5m%5D))")
            result = json.loads(body)["data"]["result"] if body else []
            return result and float(result[0]["value"][1]) >= least
        wait_for("scrapes", lambda: scraped(3))
        for _ in range(20):
            assert platform.http("GET", "/articles").status == 200
        watch.add("self", url=prometheus.url, profile="farthing")
        assert watch.settled("self")["state"] == "ok"
        local = {f["name"]: f["invocations"]
                 for f in platform.control("GET", "/v1/functions").json()["functions"]}

        def seen():
            body = platform.control("GET", "/v1/functions?deployment=self&window_s=300").json()
            mine = {f["name"]: f for f in body["functions"]}
            found = mine.get("Content", {}).get("invocations")
            return mine if found is not None and found >= 19 else None
        mine = wait_for("20 calls in Prometheus", seen)
        assert sorted(mine) == sorted(local), mine
        # increase() makes up for half an interval at either end.
        assert 19 <= mine["Content"]["invocations"] <= 21 * 1.5, mine["Content"]
        assert mine["Content"]["cost_picodollars"] > 0 and mine["Content"]["instances"] >= 1
        assert mine["Content"]["bands"]["p50_us"]["high"] is not None
        watch.remove("self")


# ---- Expositions of other systems, scraped ----

class Exposition:
    """What a system shows at /metrics, replayed: each scrape sees nine more calls that went well
    and one that did not, 0.2 s each; at the sixth it has been started again. The
    families, their labels and buckets are those of the system, and so are its other families."""

    def __init__(self):
        self.n = 0

    def text(self, add):
        scrape = self.n - 5 if self.n >= 5 else self.n
        self.n += 1
        lines = ["# HELP go_goroutines Number of goroutines that currently exist.",
                 "# TYPE go_goroutines gauge", "go_goroutines 31",
                 "# HELP process_start_time_seconds Start time of the process since unix epoch in "
                 "seconds.", "# TYPE process_start_time_seconds gauge",
                 "process_start_time_seconds 1.76722560123e+09"]
        add(lines, 9 * (scrape + 1), scrape + 1)
        return "\n".join(lines) + "\n"


def add_histogram(lines, name, labels, n, buckets, unit):
    """n calls of 0.2 s."""
    for le in buckets:
        lines.append(f'{name}_bucket{{{labels},le="{le:g}"}} {n if le >= 0.25 * unit else 0}')
    lines += [f'{name}_bucket{{{labels},le="+Inf"}} {n}', f"{name}_sum{{{labels}}} {n * unit / 5:g}",
              f"{name}_count{{{labels}}} {n}"]


SECONDS = (.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
MILLISECONDS = (5, 10, 20, 40, 60, 80, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800,
                900, 1000, 2000, 5000, 10000, 20000, 50000, 100000)


def openfaas_gateway(lines, well, ill):
    name = 'function_name="figlet.openfaas-fn"'
    lines += ["# HELP gateway_function_invocation_started The total number of function HTTP "
              "requests started.", "# TYPE gateway_function_invocation_started counter",
              f"gateway_function_invocation_started{{{name}}} {well + ill}",
              "# HELP gateway_function_invocation_total Function metrics",
              "# TYPE gateway_function_invocation_total counter",
              f'gateway_function_invocation_total{{code="200",{name}}} {well}',
              f'gateway_function_invocation_total{{code="500",{name}}} {ill}',
              "# HELP gateway_functions_seconds Function time taken",
              "# TYPE gateway_functions_seconds histogram"]
    for code, n in ("200", well), ("500", ill):
        add_histogram(lines, "gateway_functions_seconds", f'code="{code}",{name}', n, SECONDS, 1)
    lines += ["# HELP gateway_service_count Current count of replicas for function",
              "# TYPE gateway_service_count gauge", f"gateway_service_count{{{name}}} 2"]


def knative_proxy(lines, well, ill):
    """Before 1.20."""
    def labels(code):
        return (f'configuration_name="hello",container_name="queue-proxy",namespace_name="default",'
                f'pod_name="hello-00001-deployment-6c9f-x2x7k",response_code="{code}",'
                f'response_code_class="{code[0]}xx",revision_name="hello-00001",'
                'service_name="hello",tag=""')
    lines += ["# HELP revision_app_request_count The number of requests that are routed to "
              "user-container", "# TYPE revision_app_request_count counter"]
    lines += [f"revision_app_request_count{{{labels(code)}}} {n}"
              for code, n in (("200", well), ("503", ill))]
    lines += ["# HELP revision_app_request_latencies The response time in millisecond",
              "# TYPE revision_app_request_latencies histogram"]
    for code, n in ("200", well), ("503", ill):
        add_histogram(lines, "revision_app_request_latencies", labels(code), n, MILLISECONDS, 1000)


def knative_otel(lines, well, ill):
    """From 1.20 on."""
    lines += ["# HELP kn_serving_invocation_duration_seconds The duration of task execution.",
              "# TYPE kn_serving_invocation_duration_seconds histogram"]
    for code, n in ("200", well), ("503", ill):
        add_histogram(
            lines, "kn_serving_invocation_duration_seconds",
            f'http_request_method="GET",http_response_status_code="{code}",'
            'k8s_namespace_name="default",kn_configuration_name="hello",'
            'kn_revision_name="hello-00001",kn_service_name="hello",'
            'otel_scope_name="knative.dev/serving/pkg/queue",otel_scope_version="",'
            'url_scheme="http"', n, SECONDS, 1)


def check_replayed(watch):
    """Prometheus scrapes them, each once a second; what is shown is what they say."""
    systems = (("openfaas", openfaas_gateway, "figlet.openfaas-fn", 0.1),
               ("knative", knative_proxy, "hello", 0.2), ("knative-otel", knative_otel, "hello", 0.1))
    replayed = {profile: Exposition() for profile, *_ in systems}
    adds = {profile: add for profile, add, *_ in systems}

    def answer(handler):
        profile = handler.path.strip("/")
        handler.reply(200, replayed[profile].text(adds[profile]), "text/plain; version=0.0.4")
    with Server(answer) as server, Prometheus(jobs=[
            {"job_name": profile, "metrics_path": f"/{profile}",
             "static_configs": [{"targets": [f"127.0.0.1:{server.port}"]}]}
            for profile in replayed]) as prometheus:
        wait_for("a restart of each", lambda: all(e.n >= 9 for e in replayed.values()))
        for profile, _, function, low in systems:
            watch.add(f"of-{profile}", url=prometheus.url, profile=profile, interval_s="1")
            assert watch.settled(f"of-{profile}")["state"] == "ok"

            def seen(name=f"of-{profile}"):
                body = watch.platform.control(
                    "GET", f"/v1/functions?deployment={name}&window_s=300").json()
                found = body["functions"]
                return found if found and (found[0]["invocations"] or 0) >= 60 else None
            found = wait_for("the calls", seen)
            assert [f["name"] for f in found] == [function], found
            # Nothing is lost by the restart, and nothing is negative: ten a scrape.
            asked = replayed[profile].n
            assert found[0]["invocations"] <= asked * 10 * 1.2, (found[0], asked)
            close(found[0]["errors"], found[0]["invocations"] / 10, 0.15)
            assert found[0]["throttles"] == 0 and found[0]["cold_starts"] is None, found[0]
            band = found[0]["bands"]["p50_us"]
            assert (band["low"], band["high"]) == (low * 1e6, 250000), (profile, band)
            if profile == "openfaas":
                assert found[0]["instances"] == 2, found[0]
            watch.remove(f"of-{profile}")


# ---- Servers that answer nonsense ----

def bad_html(handler):
    handler.reply(200, "<!DOCTYPE html><title>Sign in</title>", "text/html; charset=utf-8")


def bad_hang(handler):
    handler.server.ended.wait(60)


def bad_redirect(handler):
    handler.reply(302, "", headers=[("Location", "http://169.254.169.254/latest/")])


def bad_gigabyte(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(1 << 30))
    handler.end_headers()
    block = b'{"status":"success","data":' + b" " * (1 << 20)
    for _ in range(1024):
        if handler.server.ended.is_set():
            return
        handler.wfile.write(block)


def bad_status(handler):
    handler.reply(500, "the database\nis \x1b[31mon fire", "text/plain")


def bad_refused(handler):
    handler.reply(401, "{}")


def bad_json(handler):
    handler.reply(200, "[" * 100000)


def odd_values(handler):
    """NaN, infinities, duplicates, disorder, a sample from the future."""
    now = time.time()
    if "query_range" in handler.path:
        start = int(handler.path.split("start=")[1].split("&")[0])
        points = [[start + 120, "7"], [start, "NaN"], [start + 60, "5"], [start + 60, "6"],
                  [start + 180, "+Inf"], [start + 240, "-3"], [start + 31, "99"],
                  [start + 10 ** 8, "1"]]
        result = {"resultType": "matrix", "result": [{"metric": {"fn": "f"}, "values": points}]}
    else:
        result = {"resultType": "vector",
                  "result": [{"metric": {"fn": "f"}, "value": [now, str(now - 5)]}]}
    handler.reply(200, json.dumps({"status": "success", "data": result}),
                  headers=[("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT",
                                                  time.gmtime(now + 3600)))])


def settings_of(kind, url):
    """And secrets: enough of each for a deployment of this kind at that address."""
    return {"prometheus": ({"url": url, "profile": "openfaas"}, {}),
            "openfaas": ({"url": url}, {"password": "hush"}),
            "farthingd": ({"url": url}, {"token": "hush"}),
            "aws": ({"endpoint": url, "region": "eu-central-1"}, {})}[kind]


def check_bad(watch, answer, reason, kind="prometheus"):
    """Only one that says nothing is waited for in vain; the others have time to be understood."""
    with Server(answer) as server:
        settings, secrets = settings_of(kind, server.url)
        watch.add("bad", kind, secrets, timeout_s="2" if answer is bad_hang else "30", **settings)
        found = watch.settled("bad")
        assert found["state"] == "failing", found
        assert found["message"].startswith("bad: ") and reason in found["message"], found
        status = watch.platform.control("GET", "/v1/status?deployment=bad").json()
        assert status["source"]["message"] == found["message"]
        test = watch.platform.control("POST", "/v1/deployments/bad/test").json()
        assert not test["ok"] and reason in test["message"], test
        watch.remove("bad")


def check_otlp(watch):
    """Spans that were received, as a deployment: what they do not say is not zero."""
    platform = watch.platform
    watch.add("sent", "otlp", service_name="shop")
    assert "nothing was received yet" in watch.settled("sent")["message"]
    # Until then nothing is known: not even that nothing was called.
    found = platform.control("GET", "/v1/summary?deployment=sent").json()["total"]
    assert found["invocations"] is None and found["errors"] is None, found
    body = platform.control("GET", "/v1/series?deployment=sent&metrics=invocations").json()
    assert all(p is None for p in body["series"][0]["points"]), body
    words = run_ctl(platform, "query", "--deployment", "sent")
    assert words.returncode == 0 and "nothing was received yet" in words.stderr, words
    now = time.time_ns() - 3 * 10 ** 6
    span = {"traceId": "5b" * 16, "spanId": "6c" * 8, "name": "GET /", "kind": 2,
            "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 2 * 10 ** 6),
            "attributes": [{"key": "faas.coldstart", "value": {"boolValue": True}}]}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
    for _ in range(2):
        assert platform.control("POST", "/v1/traces", body).status == 200

    def total():
        answer = platform.control("GET", "/v1/summary?deployment=sent&group=function").json()
        return answer if answer["total"]["invocations"] else None
    found = wait_for("the span", total)
    known, unknown = ("invocations", "errors", "cold_starts", "p50_us", "mean_us", "cold_ppm"), (
        "throttles", "throttle_ppm", "cost_picodollars", "concurrency", "memory_max_kb", "mb_ms",
        "cold_p50_us")
    for figures in found["total"], found["groups"][0]:
        assert figures["invocations"] == 1 and figures["cold_starts"] == 1, figures
        assert all(figures[name] is not None for name in known), figures
        assert all(figures[name] is None for name in unknown), figures
    series = platform.control("GET", "/v1/series?deployment=sent&metrics=invocations,throttles,"
                              "cost_picodollars&step_us=60000000").json()["series"]
    assert sum(p or 0 for p in series[0]["points"]) == 1, series
    assert all(p is None for s in series[1:] for p in s["points"]), series
    listed = watch.listed("sent")
    assert {"throttles", "cost", "concurrency", "history"} <= {m["what"] for m in listed["missing"]}
    html = platform.control("GET", "/v1/export?deployment=sent").body.decode()
    assert "<h1>sent</h1>" in html and "Not reported" in html, html[-1500:]
    watch.remove("sent")


def rss_kb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def check_gigabyte(watch):
    before = rss_kb(watch.platform.process.pid)
    check_bad(watch, bad_gigabyte, "more than")
    # A sanitized build keeps what was freed for a while.
    share = 4 if b"__asan_init" in FARTHINGD.read_bytes() else 1
    assert rss_kb(watch.platform.process.pid) - before < share * 128 * 1024, "a gigabyte was kept"


def check_odd(watch):
    with Server(odd_values) as server:
        watch.add("odd", url=server.url, profile="custom", function_label="fn", invocations="x",
                  interval_s="1")
        found = watch.settled("odd")
        assert "ahead of" in found["message"], found
        end = minute()
        series, _ = watch.series("odd", "f", ["invocations"], end - 600, end)
        assert series["invocations"]["points"][:6] == [None, 6, 7, None, 0, None], series
        watch.remove("odd")


def check_nobody(watch):
    with Server(bad_html) as server:
        url = server.url
    watch.add("gone", url=url, profile="openfaas", timeout_s="5")
    found = watch.settled("gone")
    assert found["state"] == "failing" and found["message"].startswith("gone: Nobody answers"), \
        found
    watch.remove("gone")


def check_certificates(watch, folder):
    good = make_certificate(folder)
    other = make_certificate(folder, "elsewhere.example", addresses=())

    def answer(handler):
        handler.server.seen.append(handler.headers.get("Authorization"))
        odd_values(handler)

    def attempt(settings, certificate=good):
        with Server(answer, certificate) as server:
            server.server.seen = []
            reply = watch.platform.control("POST", "/v1/deployments/test", {
                "id": "tls", "kind": "prometheus", "secrets": {"token": "hush"},
                "settings": dict(settings, url=server.url, profile="openfaas")})
            assert reply.status == 200, reply
            return reply.json(), server.server.seen

    for settings, reason in (
            ({}, "no trusted authority"),
            ({"pin": "0" * 64}, "not the one that is pinned"),
            ({"ca_file": other[0]}, "no trusted authority"),
            ({"ca_file": good[0], "pin": pin_of(other[0])}, "not the one that is pinned")):
        found, seen = attempt(settings)
        assert not found["ok"] and found["message"].startswith("tls: The certificate"), found
        assert reason in found["message"], found
        assert not seen, "a secret went to a stranger"
    found, seen = attempt({"ca_file": other[0]}, other)
    assert "another name" in found["message"] and not seen, found
    for settings in ({"ca_file": good[0]}, {"pin": pin_of(good[0])},
                     {"ca_file": good[0], "pin": pin_of(good[0])}):
        found, seen = attempt(settings)
        assert found["message"] is None and seen and seen[0] == "Bearer hush", found


def check_settings(watch):
    """What cannot be is refused before anything is asked, and nothing is kept of it."""
    for wanted, reason in (
            ({"id": "Local!", "kind": "prometheus"}, "cannot be a deployment's id"),
            ({"id": "local", "kind": "prometheus"}, "cannot be a deployment's id"),
            ({"id": "x", "kind": "magic"}, "no kind"),
            ({"id": "x", "kind": "prometheus"}, "profile"),
            ({"id": "x", "kind": "prometheus", "settings": {"profile": "openfaas"}}, "url"),
            ({"id": "x", "kind": "prometheus", "settings": {"profile": "openfaas", "zap": "1"}},
             "no setting"),
            ({"id": "x", "kind": "prometheus", "secrets": {"key": "1"},
              "settings": {"profile": "openfaas", "url": "http://127.0.0.1:1"}}, "no secret"),
            ({"id": "x", "kind": "prometheus", "secrets": {"token": "t"},
              "settings": {"profile": "openfaas", "url": "http://prometheus.example"}},
             "without encryption"),
            ({"id": "x", "kind": "prometheus",
              "settings": {"profile": "openfaas", "url": "http://u:p@127.0.0.1"}}, "secret"),
            ({"id": "x", "kind": "prometheus",
              "settings": {"profile": "openfaas", "url": "https://a", "pin": "abc"}}, "pin")):
        answer = watch.platform.control("POST", "/v1/deployments", wanted)
        assert answer.status == 400, answer
        assert reason in answer.json()["error"]["message"], (wanted, answer)
    assert len(watch.platform.control("GET", "/v1/deployments").json()["deployments"]) == 1


def check_kept(data_dir, url):
    """Secrets: in a file of their own, 0600, nowhere else; and the list outlives the daemon."""
    with Platform(data_dir=data_dir, environment={"FARTHING_SECRETS": "file"}) as platform:
        watch = Watch(platform)
        watch.add("kept", url=url, profile="openfaas", secrets={"token": "s3cr3t-token"})
        answer = platform.control("GET", "/v1/deployments")
        assert b"s3cr3t" not in answer.body and watch.listed("kept")["secrets"] == ["token"]
        again = platform.control("POST", "/v1/deployments", {
            "id": "kept", "kind": "prometheus", "settings": {"url": url, "profile": "openfaas"}})
        assert again.status == 409, again
    holders = [p for p in Path(data_dir).rglob("*")
               if p.is_file() and b"s3cr3t" in p.read_bytes()]
    assert holders == [Path(data_dir) / "secrets" / "kept"], holders
    assert holders[0].stat().st_mode & 0o777 == 0o600
    with Platform(data_dir=data_dir, environment={"FARTHING_SECRETS": "file"}) as platform:
        watch = Watch(platform)
        assert watch.settled("kept")["state"] in ("ok", "stale")
        watch.remove("kept")
    assert not holders[0].exists()


def run_ctl(platform, *words, stdin=""):
    return subprocess.run([str(FARTHINGCTL), *words, "--data-dir", str(platform.data_dir)],
                          capture_output=True, text=True, input=stdin, env=platform.env,
                          timeout=60, check=False)


def check_help(platform):
    """Each command explains itself, leads with examples, and takes --json."""
    for name in "connect", "query", "traces", "logs", "alarms", "export":
        shown = run_ctl(platform, name, "--help")
        assert shown.returncode == 0 and f"farthingctl {name}" in shown.stdout, shown
        assert "--json" in shown.stdout and "\x1b" not in shown.stdout, shown


def check_command(platform, url):
    """farthingctl connect, and what it refuses."""
    def ctl(*words, stdin=""):
        return run_ctl(platform, "connect", *words, stdin=stdin)
    added = ctl("add", "shop", "prometheus", f"url={url}", "profile=openfaas", "--secret",
                "token=-", "--money", "live", "--json", stdin="hush\n")
    assert added.returncode == 0, added
    assert json.loads(added.stdout)["money"] == "live" and "hush" not in added.stdout
    Watch(platform).settled("shop")
    listed = json.loads(ctl("list", "--json").stdout)["deployments"]
    assert listed[0]["id"] == "local" and listed[-1]["id"] == "shop", listed
    assert ctl("list").stdout.splitlines()[-1].split()[:2] == ["shop", "prometheus"]
    shown = ctl("show", "shop")
    for words in ("state        ok", "as fine as the buckets", "increase() of counters",
                  "not reported cold_starts: this profile has no metric of it",
                  "logs: metrics have no lines", "leaves a gap"):
        assert words in shown.stdout, (words, shown)
    assert json.loads(ctl("show", "shop", "--json").stdout)["quantiles"] == "bucket"
    assert ctl("show", "nobody").returncode == 66
    tested = ctl("test", "shop", "--json")
    assert tested.returncode == 0 and json.loads(tested.stdout)["ok"], tested
    assert ctl("add", "x", "prometheus", "token=oops").returncode == 64
    assert ctl("remove", "shop", "--json").returncode == 0
    assert ctl("remove", "shop").returncode != 0


def main():
    tap = Tap()
    missing = [p for p in ("prometheus", "promtool", "victoria-metrics", "openssl")
               if not shutil.which(p)]
    if missing:
        print(f"1..0 # SKIP not installed: {', '.join(missing)}")
        return 0
    end = minute()
    past = history(end)
    folder = tempfile.mkdtemp(prefix="farthing-live-")
    try:
        with Platform(environment={"FARTHING_SECRETS": "file", "AWS_ACCESS_KEY_ID": "AKIDTEST",
                                   "AWS_SECRET_ACCESS_KEY": "of a test"}) as platform, \
                Prometheus(past) as prometheus, VictoriaMetrics(past) as victoria:
            watch = Watch(platform)
            tap.run("settings that cannot be are refused", check_settings, watch)
            tap.run("OpenFaaS through Prometheus", check_openfaas, watch, "faas", prometheus.url,
                    end)
            tap.run("OpenFaaS through VictoriaMetrics", check_openfaas, watch, "faas-vm",
                    victoria.url, end)
            tap.run("functions", check_functions, watch, "faas")
            tap.run("no more than is known", check_shown, watch, "faas")
            for name in "faas", "faas-vm":
                tap.run(f"summaries of {name}", check_summary, watch, name, end)
                tap.run(f"ranges of {name}", check_ranges, watch, name, end)
                tap.run(f"exports of {name}", check_export, watch, name, end)
                tap.run(f"heat maps of {name}", check_heat, watch, name, end)
            tap.run("Knative, before and after 1.20", check_knative, watch, prometheus.url, end)
            tap.run("PromQL of one's own", check_own, watch, prometheus.url, end)
            tap.run("limits, and what is not reported", check_limits, watch, "faas", end)
            tap.run("what is said of it", check_words, watch, "faas")
            for name in "faas", "faas-vm", "knative", "knative-new", "own":
                watch.remove(name)
            tap.run("Prometheus scrapes farthingd", check_scraped, platform)
            tap.run("Prometheus scrapes OpenFaaS and Knative, replayed", check_replayed, watch)
            for answer, reason in ((bad_html, "web page"), (bad_hang, "No answer in time"),
                                   (bad_redirect, "another place"), (bad_status, "status 500"),
                                   (bad_refused, "credentials"), (bad_json, "not that of")):
                tap.run(answer.__name__, check_bad, watch, answer, reason)
            for kind, answer, reason in (
                    ("farthingd", bad_html, "web page"), ("farthingd", bad_redirect, "another"),
                    ("farthingd", bad_json, "not that of a farthingd"),
                    ("openfaas", bad_html, "web page"), ("openfaas", bad_redirect, "another"),
                    ("openfaas", bad_json, "not that of"), ("openfaas", bad_hang, "No answer"),
                    ("aws", bad_html, "web page"), ("aws", bad_redirect, "another"),
                    ("aws", bad_json, "not that of AWS"), ("aws", bad_status, "status 500"),
                    ("aws", bad_gigabyte, "more than")):
                tap.run(f"{kind}: {answer.__name__}", check_bad, watch, answer, reason, kind)
            tap.run("a gigabyte", check_gigabyte, watch)
            tap.run("spans that were sent", check_otlp, watch)
            tap.run("help", check_help, platform)
            tap.run("odd values", check_odd, watch)
            tap.run("nobody there", check_nobody, watch)
            tap.run("certificates", check_certificates, watch, folder)
            tap.run("farthingctl connect", check_command, platform, prometheus.url)
            tap.run("secrets are kept apart", check_kept, tempfile.mkdtemp(dir=folder),
                    prometheus.url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
