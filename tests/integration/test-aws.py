#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda and CloudWatch, watched. The other side is a stand-in with answers written here after the
public API references; each request's signature is made again by botocore, which is not ours, and
has to be the same. It does not show that AWS behaves as it documents."""

import json
import os
import re
import shutil
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import Platform, Tap, wait_for  # noqa: E402
from live_testing import Server  # noqa: E402

REGION = "eu-central-1"
KEYS = {"AKIDENV": ("env secret", None), "AKIDFILE": ("file/secret+", None),
        "AKIDPROC": ("process secret", "session/token==")}
PICODOLLARS = 10_000_000  # one metric of GetMetricData
FUNCTIONS = [("checkout", "python3.12", 512, 10), ("résumé", None, 1024, 30),
             ("search", "nodejs22.x", 128, 3)]


class Aws:
    """What is called: `checkout` 6 times a minute, of which 1 fails; `search` never."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests, self.metrics, self.wrong, self.keys = [], 0, [], set()
        self.provisional = 0   # added to what is not settled yet
        self.deny = False

    def check_signature(self, handler):
        found = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, "
                         r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$",
                         handler.headers["Authorization"])
        if not found:
            return f"no signature: {handler.headers['Authorization']}"
        key, _, region, service, names, signature = found.groups()
        self.keys.add(key)
        secret, token = KEYS[key]
        headers = {name: handler.headers[name] for name in names.split(";")}
        request = AWSRequest(method=handler.command, url=f"http://{handler.headers['Host']}"
                             f"{handler.path}", data=handler.body or b"", headers=headers)
        request.context["timestamp"] = handler.headers["X-Amz-Date"]
        auth = SigV4Auth(Credentials(key, secret, token), service, region)
        wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)),
                                request)
        if wanted != signature or region != REGION:
            return f"{handler.path}: {signature} instead of {wanted}"
        if handler.headers.get("X-Amz-Security-Token") != token:
            return "a session token that is not the key's"
        return None

    def answer(self, handler):
        with self.lock:
            problem = self.check_signature(handler)
            if problem:
                self.wrong.append(problem)
            target = handler.headers.get("X-Amz-Target") or ""
            self.requests.append((target or handler.path, handler.body))
            if self.deny:
                handler.reply(403, json.dumps(
                    {"__type": "com.amazon.coral.service#AccessDeniedException",
                     "message": "User is not authorized to perform: cloudwatch:GetMetricData"}),
                    "application/x-amz-json-1.0")
            elif handler.path.startswith("/2015-03-31/functions/"):
                self.functions(handler)
            elif target == "GraniteServiceVersion20100801.GetMetricData":
                self.metric_data(handler)
            elif target == "Logs_20140328.FilterLogEvents":
                self.log_events(handler)
            else:
                handler.reply(404, "{}")

    @staticmethod
    def functions(handler):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
        page = int(query.get("Marker", ["p 0"])[0].split(" ")[1])
        name, runtime, memory, timeout = FUNCTIONS[page]
        body = {"Functions": [{
            "FunctionName": name, "Runtime": runtime,
            "Architectures": ["arm64" if name == "checkout" else "x86_64"], "MemorySize": memory, "Timeout": timeout,
            "FunctionArn": f"arn:aws:lambda:{REGION}:123456789012:function:{name}",
            "Environment": {"Variables": {"DB_PASSWORD": "environment-secret"}}}]}
        if page + 1 < len(FUNCTIONS):
            body["NextMarker"] = f"p {page + 1}"
        handler.reply(200, json.dumps(body))

    def value(self, metric, name, stat, minutes, settled):
        if name == "search":
            return None
        per_minute = {"Invocations": 6, "Errors": 1, "Throttles": 2}.get(metric)
        if per_minute:
            return per_minute * minutes + (0 if settled else self.provisional)
        if metric == "ConcurrentExecutions":
            return 3
        return {"p50": 12.5, "p90": 80.0, "p99": 250.25, "Sum": 600.0 * minutes}[stat]

    def metric_data(self, handler):
        body = json.loads(handler.body)
        assert len(body["MetricDataQueries"]) <= 500
        self.metrics += len(body["MetricDataQueries"])
        results = []
        for query in body["MetricDataQueries"]:
            stat = query["MetricStat"]
            assert stat["Metric"]["Namespace"] == "AWS/Lambda" and stat["Period"] % 60 == 0
            name = next((d["Value"] for d in stat["Metric"]["Dimensions"]), None)
            times, values = [], []
            for at in range(body["StartTime"], body["EndTime"], stat["Period"]):
                # Every tenth minute nobody calls: then there is no point.
                if stat["Period"] == 60 and at // 60 % 10 == 0:
                    continue
                value = self.value(stat["Metric"]["MetricName"], name, stat["Stat"],
                                   stat["Period"] // 60, at < body["EndTime"] - 240)
                if value is not None:
                    times.append(float(at))
                    values.append(value)
            results.append({"Id": query["Id"], "Label": name or "all", "Timestamps": times,
                            "Values": values, "StatusCode": "Complete"})
        half = len(results) // 2
        if half and "NextToken" not in body:
            handler.reply(200, json.dumps({"MetricDataResults": results[:half],
                                           "NextToken": "second half"}))
        else:
            handler.reply(200, json.dumps({"MetricDataResults": results[half:]}))

    @staticmethod
    def log_events(handler):
        body = json.loads(handler.body)
        assert body["logGroupName"] == "/aws/lambda/checkout", body
        start = body["startTime"] // 60000 * 60000 + 120000
        report = ("REPORT RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\tDuration: 12.34 ms\t"
                  "Billed Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 88 MB\t")

        def event(number, message):
            return {"logStreamName": "s", "timestamp": start + number, "message": message,
                    "ingestionTime": start + 900, "eventId": f"e{number}"}
        if body.get("filterPattern") == '"Init Duration"':
            pages = [[event(1, report + "Init Duration: 201.5 ms\t\n"),
                      event(2, report + "Init Duration: 180.01 ms\t\n")],
                     [event(2, report + "Init Duration: 180.01 ms\t\n"),
                      event(3, "no report, although it says Init Duration: 5 ms")]]
        else:
            pages = [[event(1, "START RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\n"),
                      event(2, "[ERROR] out of \x1b[31mred\x1b[0m ink\n")],
                     [event(2, "[ERROR] out of \x1b[31mred\x1b[0m ink\n"), event(3, report + "\n")]]
        page = int(body.get("nextToken", "0"))
        answer = {"events": pages[page], "searchedLogStreams": []}
        if page + 1 < len(pages):
            answer["nextToken"] = str(page + 1)
        handler.reply(200, json.dumps(answer), "application/x-amz-json-1.1")


class World:
    def __init__(self, platform, aws, server):
        self.platform, self.aws, self.server = platform, aws, server

    def add(self, name="live", **settings):
        answer = self.platform.control("POST", "/v1/deployments", {
            "id": name, "kind": "aws",
            "settings": {"region": REGION, "endpoint": self.server.url, **settings}})
        assert answer.status == 201, answer
        return wait_for(f"{name} to be asked", lambda: (
            lambda d: d if d["state"] != "new" else None)(self.listed(name)))

    def listed(self, name="live"):
        return next(d for d in self.platform.control("GET", "/v1/deployments").json()
                    ["deployments"] if d["id"] == name)

    def remove(self, name="live"):
        assert self.platform.control("DELETE", f"/v1/deployments/{name}").status == 200

    def now_us(self):
        return self.platform.control("GET", "/v1/status").json()["now_us"]

    def advance(self, seconds):
        answer = self.platform.control("POST", "/v1/clock", {"advance_us": seconds * 1000000})
        assert answer.status == 200, answer

    def series(self, metrics, start, function="checkout", step=60, name="live"):
        return self.platform.control(
            "GET", f"/v1/series?deployment={name}&function={function}&metrics={metrics}"
            f"&from_us={start}&step_us={step * 1000000}")


def check_found(world):
    found = world.add()
    assert found["state"] == "ok" and found["functions"] == 3, found
    assert found["quantiles"] == "provider" and 0 <= found["age_us"] < 200e6, found
    assert found["cost_picodollars"] == world.aws.metrics * PICODOLLARS > 0, found
    assert found["budget_picodollars"] == 5 * 10 ** 12, found
    assert {"invocations", "instances", "earnings"} <= {m["what"] for m in found["missing"]}


def check_functions(world):
    answer = world.platform.control("GET", "/v1/functions?deployment=live&window_s=3600").json()
    found = {f["name"]: f for f in answer["functions"]}
    assert sorted(found) == sorted(f[0] for f in FUNCTIONS), found
    checkout = found["checkout"]
    assert (checkout["invocations"], checkout["errors"], checkout["throttles"]) == (360, 60, 120)
    assert (checkout["p50_us"], checkout["p99_us"]) == (12500, 250250), checkout
    assert checkout["memory_mb"] == 512 and checkout["runtime"] == "python3.12"
    assert checkout["mb_ms"] == 36000 * 512 and checkout["cost_picodollars"] > 0
    assert checkout["cold_starts"] is None and checkout["instances"] is None
    # Asked and answered without a point: not called. How long nothing took is not known.
    assert found["search"]["invocations"] == 0 and found["search"]["p50_us"] is None
    paid = world.aws.metrics
    world.platform.control("GET", "/v1/functions?deployment=live&window_s=3600")
    assert world.aws.metrics == paid, "what is five minutes old at most was paid for again"
    # The environment of functions is nobody's business.
    holders = [p for p in world.platform.data_dir.rglob("*")
               if p.is_file() and b"environment-secret" in p.read_bytes()]
    assert not holders, holders


def check_summary(world):
    body = world.platform.control("GET", "/v1/summary?deployment=live&group=function").json()
    found = {g["key"]: g for g in body["groups"]}
    assert found["checkout"]["invocations"] == 360 and found["checkout"]["errors"] == 60, found
    # On arm64: 36,000 ms at 512 MB, and 360 requests, by the table of its own processors.
    assert found["checkout"]["cost_picodollars"] == 36000 * 512 * 13333400 // 1024000 + \
        360 * 200000, found
    # What the provider computed for one function cannot be put together with another's.
    assert body["total"]["invocations"] >= 360 and body["total"]["p99_us"] is None, body["total"]
    heat = world.platform.control("GET", "/v1/heatmap?deployment=live")
    assert heat.status == 501 and heat.error_code == "not_reported", heat
    assert heat.json()["error"]["message"].startswith("live"), heat


def check_series(world):
    world.aws.provisional = 100
    now = world.now_us()
    start = (now // 60000000 - 40) * 60000000
    body = world.series("invocations,errors,p99_us,cold_starts,concurrency", start).json()
    series = {s["metric"]: s["points"] for s in body["series"]}
    assert body["step_us"] == 60000000 and body["exactness"] == "provider", body
    assert now - 300e6 < body["provisional_from_us"] <= now - 180e6, body
    for i, n in enumerate(series["invocations"][:34]):
        quiet = (start // 60000000 + i) % 10 == 0
        assert n == (0 if quiet else 6), (i, series["invocations"])
        assert series["p99_us"][i] == (None if quiet else 250250)
    assert series["invocations"][-2] in (106, 0), series["invocations"]
    # Two cold starts in the second minute, one of them told twice, one line that only looks so.
    assert series["cold_starts"][2] == 2 and sum(filter(None, series["cold_starts"])) == 2, series
    paid, asked = world.aws.metrics, len(world.aws.requests)
    world.series("invocations,errors,p99_us,concurrency", start)
    assert world.aws.metrics == paid and len(world.aws.requests) == asked, "paid for twice"
    # A minute later only what was provisional is asked for again, and it has changed.
    world.aws.provisional = 0
    world.advance(61)
    again = world.series("invocations", start).json()["series"][0]["points"]
    assert 106 not in again, again
    _, last = world.aws.requests[-1]
    assert json.loads(last)["StartTime"] * 1000000 >= now - 300000000, last
    assert world.aws.metrics == paid + 1
    assert world.listed()["cost_picodollars"] == world.aws.metrics * PICODOLLARS
    # Long ago there are no minutes any more: the step is what is kept.
    month = world.series("invocations", now - 30 * 86400 * 1000000, step=3600).json()
    assert month["step_us"] == 3600000000 and month["series"][0]["points"][5] == 360, month
    narrow = world.series("invocations", now - 20 * 86400 * 1000000, step=600).json()
    assert narrow["step_us"] == 600000000
    both = world.series("invocations,mb_ms", start, function="").json()
    assert all(p is None for p in both["series"][1]["points"]), "memory of all together"


def check_logs(world):
    answer = world.platform.control("GET", "/v1/logs?deployment=live&function=checkout")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["level"] for line in lines] == ["platform", "error", "platform"], lines
    assert lines[2]["request_id"] == "3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a", lines
    world.platform.control("GET", "/v1/logs?deployment=live&function=checkout&contains=a%22b")
    assert json.loads(world.aws.requests[-1][1])["filterPattern"] == '"a\\"b"'


def check_denied(world):
    world.aws.deny = True
    test = world.platform.control("POST", "/v1/deployments/test", {
        "id": "no", "kind": "aws", "settings": {"region": REGION, "endpoint": world.server.url}})
    world.aws.deny = False
    body = test.json()
    assert not body["ok"] and body["message"].startswith("no: AWS refuses (AccessDeniedException"), \
        body


def check_budget(world):
    world.remove()
    # Enough for the probe and one series of one metric, not for the next.
    world.add(budget_micros_per_month="20")
    start = (world.now_us() // 60000000 - 40) * 60000000
    assert world.series("invocations", start).status == 200
    asked = world.aws.metrics
    refused = world.series("errors", start)
    assert refused.status == 503 and refused.error_code == "budget", refused
    assert "budget" in refused.json()["error"]["message"] and world.aws.metrics == asked
    # What was paid for is still there.
    assert world.series("invocations", start).status == 200
    assert world.listed()["cost_picodollars"] == 20 * 10 ** 6
    world.remove()


def check_credentials(world, folder):
    def used(**settings):
        before = len(world.aws.requests)
        body = world.platform.control("POST", "/v1/deployments/test", {
            "id": "keys", "kind": "aws", "settings": {
                "region": REGION, "endpoint": world.server.url, **settings}}).json()
        assert body["ok"] == (len(world.aws.requests) > before), body
        return body
    assert used(credentials="environment")["ok"]
    assert used(credentials="profile", profile="file")["ok"]
    assert used(credentials="process", profile="program")["ok"]
    assert used(credentials="profile", profile="program")["ok"]
    for settings, reason in ((dict(credentials="profile", profile="nobody"), "nobody"),
                             (dict(credentials="process", profile="broken"), "did not print"),
                             (dict(credentials="process", profile="failing"), "ended with an error")):
        body = used(**settings)
        assert not body["ok"] and reason in body["message"], body
        assert "leaked" not in json.dumps(body)
    for settings, reason in ((dict(region="EU"), "region"), (dict(credentials="magic"), "any"),
                             (dict(endpoint="http://monitoring.example"), "https")):
        answer = world.platform.control("POST", "/v1/deployments", {
            "id": "keys", "kind": "aws", "settings": {
                "region": REGION, "endpoint": world.server.url, **settings}})
        assert answer.status == 400 and reason in answer.json()["error"]["message"], answer
    assert world.aws.keys == set(KEYS), world.aws.keys


def write_profiles(folder):
    program = Path(folder) / "program"
    program.write_text("#!/bin/sh\n" + "echo '" + json.dumps({
        "Version": 1, "AccessKeyId": "AKIDPROC", "SecretAccessKey": KEYS["AKIDPROC"][0],
        "SessionToken": KEYS["AKIDPROC"][1], "Expiration": "2099-01-01T00:00:00Z"}) + "'\n")
    broken = Path(folder) / "broken"
    broken.write_text("#!/bin/sh\necho 'leaked secret, and no JSON'\n")
    for script in program, broken:
        script.chmod(0o700)
    (Path(folder) / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDFILE\n\n; a comment\n[file]\n"
        f"aws_access_key_id = AKIDFILE\naws_secret_access_key={KEYS['AKIDFILE'][0]}\n")
    (Path(folder) / "config").write_text(
        f"[profile program]\ncredential_process = {program} --for 'a b'\n"
        f"[profile broken]\ncredential_process = {broken}\n"
        "[profile failing]\ncredential_process = /bin/false\n")
    return {"AWS_SHARED_CREDENTIALS_FILE": f"{folder}/credentials",
            "AWS_CONFIG_FILE": f"{folder}/config", "AWS_ACCESS_KEY_ID": "AKIDENV",
            "AWS_SECRET_ACCESS_KEY": KEYS["AKIDENV"][0], "FARTHING_SECRETS": "file"}


def check_restart(folder, environment, aws, server):
    """What was spent this month is not forgotten."""
    data = tempfile.mkdtemp(dir=folder)
    with Platform(data_dir=data, environment=environment) as platform:
        spent = World(platform, aws, server).add()["cost_picodollars"]
        assert spent == PICODOLLARS, spent
    with Platform(data_dir=data, environment=environment) as platform:
        found = wait_for("live to be asked", lambda: (
            lambda d: d if d["state"] != "new" else None)(
            World(platform, aws, server).listed()))
        assert found["cost_picodollars"] == 2 * PICODOLLARS, found


def main():
    tap = Tap()
    aws = Aws()
    folder = tempfile.mkdtemp(prefix="farthing-aws-")
    try:
        environment = write_profiles(folder)
        os.environ.pop("AWS_PROFILE", None)
        with Platform("--test-clock", environment=environment) as platform, \
                Server(aws.answer) as server:
            world = World(platform, aws, server)
            tap.run("found", check_found, world)
            tap.run("functions", check_functions, world)
            tap.run("summaries", check_summary, world)
            tap.run("series", check_series, world)
            tap.run("logs", check_logs, world)
            tap.run("denied", check_denied, world)
            tap.run("budget", check_budget, world)
            tap.run("credentials", check_credentials, world, folder)
            tap.run("restart", check_restart, folder, environment, aws, server)

            def signatures():
                assert not aws.wrong and len(aws.requests) > 20, aws.wrong[:3]
            tap.run("botocore signs the same", signatures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
