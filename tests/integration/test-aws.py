#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda and CloudWatch, watched. The other side is a stand-in: exchanges that are kept as a file
are replayed byte for byte (aws-recorded.json, which says what they were compared with), and where
time passes answers are made here, in the same form: compact, doubles as Java writes them, each
service's own type. Each request's signature is made again by botocore, which is not ours, and has
to be the same; each request and answer, recorded or made, is held to AWS's own description of its
services, which botocore has. It does not show that AWS behaves as it documents."""

import concurrent.futures
import decimal
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
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import Platform, Tap, wait_for  # noqa: E402
from live_testing import Server  # noqa: E402

REGION = "eu-central-1"
KEYS = {"AKIDENV": ("env secret", None), "AKIDFILE": ("file/secret+", None),
        "AKIDPROC": ("process secret", "session/token==")}
PICODOLLARS = 10_000_000  # one metric of GetMetricData
COLD = '?"Init Duration" ?initDurationMs'
FUNCTIONS = [("checkout", "python3.12", 512, 10), ("résumé", None, 1024, 30),
             ("search", "nodejs22.x", 128, 3)]


# Described by AWS after the oldest botocore that this runs with.
NEWER = {"LoggingConfig"}
TYPES = {"string": str, "integer": int, "long": int, "boolean": bool, "double": (int, float),
         "float": (int, float), "timestamp": (int, float)}


def misfits(shape, value, where):
    """Of an answer, what AWS's description of it has not."""
    kind = shape.type_name
    if kind == "structure":
        for name, member in value.items():
            if member is None:
                continue
            if name in shape.members:
                yield from misfits(shape.members[name], member, f"{where}.{name}")
            elif name not in NEWER:
                yield f"{where}.{name} is not in AWS's description"
    elif kind == "list":
        for member in value:
            yield from misfits(shape.member, member, f"{where}[]")
    elif kind == "map":
        for name, member in value.items():
            yield from misfits(shape.value, member, f"{where}.{name}")
    elif not isinstance(value, TYPES[kind]):
        yield f"{where} is {value!r} and no {kind}"


def double(value):
    """As Java writes it, and so AWS: 1204.0, 1.7672256E9, 5.0E-4."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    digits, exponent = f"{decimal.Decimal(repr(float(value))).normalize():E}".split("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def wire(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{wire(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(wire, value)) + "]"
    return double(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


class Models:
    """AWS's own description of what is asked and answered."""

    def __init__(self):
        loader = Loader()
        self.operations = {
            name: ServiceModel(loader.load_service_model(service, "service-2")).operation_model(name)
            for service, name in (("cloudwatch", "GetMetricData"), ("logs", "FilterLogEvents"),
                                  ("lambda", "ListFunctions"))}

    def check_request(self, name, params):
        report = ParamValidator().validate(params, self.operations[name].input_shape)
        known = self.operations[name].input_shape.members
        return ([report.generate_report()] if report.has_errors() else []) + \
            [f"{name}: {p} is no parameter" for p in params if p not in known]

    def check_answer(self, name, answer):
        return list(misfits(self.operations[name].output_shape, answer, name))


MODELS = Models()
RECORDED = json.loads((Path(__file__).parent / "aws-recorded.json").read_text(encoding="utf-8"))
TYPE_OF = {"ListFunctions": "application/json", "GetMetricData": "application/x-amz-json-1.0",
           "FilterLogEvents": "application/x-amz-json-1.1"}


def operation_of(handler):
    """Its name and parameters."""
    target = handler.headers.get("X-Amz-Target")
    if target:
        return target.split(".")[1], json.loads(handler.body)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
    params = {name: values[0] for name, values in query.items()}
    return "ListFunctions", {n: int(v) if n == "MaxItems" else v for n, v in params.items()}


class Aws:
    """What is called: `checkout` 6 times a minute, of which 1 fails; `search` never."""

    def __init__(self):
        self.lock = threading.Lock()
        self.events, self.page = [], 7   # (time in ms, id, message); of one answer
        self.status = {}                 # of a page of metrics: other than Complete
        self.requests, self.metrics, self.wrong, self.keys = [], 0, [], set()
        self.plain = False     # no regular expressions
        self.provisional = 0   # added to what is not settled yet
        self.error = None      # (operation, status, headers, body, times): instead of an answer

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
            self.wrong += MODELS.check_request(*operation_of(handler))
            if self.error and self.error["operation"] in ("", operation_of(handler)[0]) and \
                    self.error.get("times", 1) > 0:
                self.error["times"] = self.error.get("times", 10 ** 6) - 1
                self.send(handler, self.error)
            elif handler.path.startswith("/2015-03-31/functions/"):
                self.functions(handler)
            elif target == "GraniteServiceVersion20100801.GetMetricData":
                self.metric_data(handler)
            elif target == "Logs_20140328.FilterLogEvents":
                self.log_events(handler)
            else:
                handler.reply(404, "{}")

    def functions(self, handler):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
        page = int(query.get("Marker", ["p 0"])[0].split(" ")[1])
        name, runtime, memory, timeout = FUNCTIONS[page]
        body = {"Functions": [{
            "FunctionName": name, **({"Runtime": runtime} if runtime else {}),
            "Architectures": ["arm64" if name == "checkout" else "x86_64"],
            "MemorySize": memory, "Timeout": timeout,
            "FunctionArn": f"arn:aws:lambda:{REGION}:123456789012:function:{name}",
            "Environment": {"Variables": {"DB_PASSWORD": "environment-secret"}}}]}
        body["NextMarker"] = f"p {page + 1}" if page + 1 < len(FUNCTIONS) else None
        if name == "résumé":
            body["Functions"][0]["LoggingConfig"] = {"LogFormat": "JSON", "LogGroup": "/own/group"}
        self.reply(handler, body)

    def reply(self, handler, body, status=200):
        if status == 200:
            self.wrong += MODELS.check_answer(operation_of(handler)[0], body)
        handler.reply(status, wire(body), TYPE_OF[operation_of(handler)[0]])

    @staticmethod
    def send(handler, exchange):
        """Byte for byte."""
        headers = dict(exchange["headers"])
        handler.reply(exchange["status"], exchange["body"], headers.pop("Content-Type"),
                      headers.items())

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
            results.append({"Id": query["Id"], "Label": name or "all", "StatusCode": "Complete",
                            "Timestamps": times, "Values": [float(v) for v in values]})
        half = len(results) // 2
        if self.status:
            # The points of every metric over two pages, as CloudWatch does with many.
            second = "NextToken" in body
            for result in results:
                n = len(result["Values"]) // 2
                cut = slice(n, None) if second else slice(0, n)
                result["Timestamps"] = result["Timestamps"][cut]
                result["Values"] = result["Values"][cut]
                result["StatusCode"] = self.status[second]
            self.reply(handler, {"Messages": [], "MetricDataResults": results,
                                 **({} if second else {"NextToken": "second page"})})
        elif half and "NextToken" not in body:
            self.reply(handler, {"Messages": [], "MetricDataResults": results[:half],
                                 "NextToken": "second half"})
        else:
            self.reply(handler, {"Messages": [], "MetricDataResults": results[half:]})

    @staticmethod
    def matches(pattern, message):
        """As the user guide has it: a regular expression between %, or a quoted phrase."""
        if pattern == COLD:
            return "Init Duration" in message or "initDurationMs" in message
        if pattern and pattern.startswith("%"):
            allowed = r"(?:\[[A-Z][a-z]\]|[0-9A-Za-z:_#=@/;,-]|\\x[0-9A-F]{2})+"
            assert re.fullmatch(f"%{allowed}%", pattern) and len(pattern) <= 1024, pattern
            return re.search(pattern[1:-1], message)
        return not pattern or re.sub(r"\\(.)", r"\1", pattern[1:-1]) in message

    def log_events(self, handler):
        """In order of time, over pages; the last of each comes again on the next."""
        body = json.loads(handler.body)
        if body["logGroupName"] not in ("/aws/lambda/checkout", "/own/group"):
            self.reply(handler, {"__type": "ResourceNotFoundException",
                                 "message": "The specified log group does not exist."}, 400)
            return
        pattern = body.get("filterPattern")
        wanted = [{"logStreamName": "s", "timestamp": at, "message": message,
                   "ingestionTime": at + 900, "eventId": number}
                  for at, number, message in self.events
                  if body["startTime"] <= at <= body["endTime"] and self.matches(pattern, message)]
        if pattern and pattern.startswith("%") and self.plain:
            self.reply(handler, {"__type": "InvalidParameterException",
                                 "message": "Invalid character(s) in term '%'"}, 400)
            return
        at = int(body.get("nextToken", "0"))
        answer = {"events": wanted[max(at - 1, 0):at + self.page], "searchedLogStreams": []}
        if at + self.page < len(wanted):
            answer["nextToken"] = str(at + self.page)
        self.reply(handler, answer)


def report(more=""):
    return ("REPORT RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\tDuration: 12.34 ms\t"
            "Billed Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 88 MB\t" + more)


JSON_REPORT = json.dumps({"time": "2026-01-01T00:00:00.000Z", "type": "platform.report", "record": {
    "requestId": "3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a", "status": "success",
    "metrics": {"durationMs": 12.34, "billedDurationMs": 13, "memorySizeMB": 512,
                "maxMemoryUsedMB": 88, "initDurationMs": 201.5}}}, separators=(",", ":"))


class Recorded(Aws):
    """Answers what was recorded, to the questions it was recorded of, each once."""

    def __init__(self):
        super().__init__()
        self.exchanges = RECORDED["exchanges"]
        self.left = list(self.exchanges)

    def answer(self, handler):
        with self.lock:
            problem = self.check_signature(handler)
            name, params = operation_of(handler)
            self.wrong += [problem] if problem else MODELS.check_request(name, params)
            for exchange in self.left:
                if exchange["operation"] == name and \
                        all(params.get(k) == v for k, v in exchange["request"].items()):
                    self.left.remove(exchange)
                    self.wrong += MODELS.check_answer(name, json.loads(exchange["body"]))
                    self.send(handler, exchange)
                    return
            self.wrong.append(f"nothing was recorded of {name} {params}")
            handler.reply(404, "{}")

    def told(self, name, wanted):
        """Of all answers to questions that are wanted."""
        return [json.loads(e["body"]) for e in self.exchanges
                if e["operation"] == name and wanted(e["request"])]


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
            "GET", f"/v1/series?deployment={name}&metrics={metrics}"
            f"&function={urllib.parse.quote(function)}"
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
    # Five minutes later the list and its figures are asked for again, once.
    asked = len(world.aws.requests)
    world.advance(300)
    for _ in range(2):
        world.platform.control("GET", "/v1/functions?deployment=live&window_s=3600")
    again = [what for what, _ in world.aws.requests[asked:]]
    assert sum("functions" in what for what in again) == len(FUNCTIONS), again
    assert world.aws.metrics - paid in (24, 48), world.aws.metrics - paid  # 8 each, in two pages
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
    # One function beside its time before: two points of its eight metrics, and no one else's.
    now, paid = world.now_us(), world.aws.metrics
    url = (f"/v1/summary?deployment=live&function=search&from_us={now - 7200 * 10 ** 6}&"
           f"to_us={now}&compare_from_us={now - 14400 * 10 ** 6}&"
           f"compare_to_us={now - 7200 * 10 ** 6}")
    for _ in range(2):
        body = world.platform.control("GET", url).json()
        assert body["baseline"]["total"]["invocations"] is not None, body
    assert 0 < world.aws.metrics - paid <= 2 * 2 * 8, world.aws.metrics - paid
    # In a file the same, at the same price.
    file = world.platform.control("GET", "/v1/export?deployment=live&view=functions&from_us="
                                  f"{now - 3600 * 10 ** 6}&to_us={now}").body.decode()
    row = [line.split(",") for line in file.splitlines()[1:] if "checkout" in line][0]
    row = dict(zip(file.splitlines()[1].split(","), row))
    assert row["invocations"] == "360" and row["cold_starts"] == "", row
    assert row["cost_picodollars"] == str(found["checkout"]["cost_picodollars"]), row
    heat = world.platform.control("GET", "/v1/heatmap?deployment=live")
    assert heat.status == 501 and heat.error_code == "not_reported", heat
    assert heat.json()["error"]["message"].startswith("live"), heat


def check_series(world):
    world.aws.provisional = 100
    now = world.now_us()
    start = (now // 60000000 - 40) * 60000000
    second = start // 1000 + 120000
    world.aws.events = [(second + 1, "e1", report("Init Duration: 201.5 ms\t\n")),
                        (second + 2, "e2", JSON_REPORT),
                        (second + 3, "e3", "no report, although it says Init Duration: 5 ms"),
                        (second + 4, "e4", report())]
    world.aws.page = 2
    body = world.series("invocations,errors,p99_us,cold_starts,concurrency", start).json()
    series = {s["metric"]: s["points"] for s in body["series"]}
    assert body["step_us"] == 60000000 and body["exactness"] == "provider", body
    assert now - 300e6 < body["provisional_from_us"] <= now - 180e6, body
    for i, n in enumerate(series["invocations"][:34]):
        quiet = (start // 60000000 + i) % 10 == 0
        assert n == (0 if quiet else 6), (i, series["invocations"])
        assert series["p99_us"][i] == (None if quiet else 250250)
    assert series["invocations"][-2] in (106, 0), series["invocations"]
    # Two cold starts in the second minute, one of them in JSON and told twice, and one line that
    # only looks so.
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


def check_at_once(world):
    """Whoever looks, tests and asks at once is answered, with one list of functions and its keys
    read again meanwhile."""
    world.advance(301)
    start = (world.now_us() // 60000000 - 20) * 60000000
    asked = ["/v1/functions?deployment=live&window_s=3600", "/v1/summary?deployment=live",
             "/v1/logs?deployment=live&function=checkout"] + [
             f"/v1/series?deployment=live&function={function}&metrics={metric}&from_us={start}"
             for function in ("checkout", "search") for metric in ("errors", "p50_us", "p99_us")]

    def ask(path):
        return world.platform.control("GET", path).status

    def test(_):
        return world.platform.control("POST", "/v1/deployments/live/test").status
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        found = list(pool.map(ask, asked)) + list(pool.map(test, range(3)))
    assert set(found) == {200}, found


def check_pages(world):
    """A metric's points over two pages are one answer; what stays incomplete is a gap, and is asked
    for again, but not at each look."""
    def look(function="résumé", metric="errors"):
        before = world.aws.metrics
        answer = world.series(metric, start, function).json()
        return answer["series"][0]["points"], world.aws.metrics - before
    world.advance(61)
    start = (world.now_us() // 60000000 - 60) * 60000000
    world.aws.status = {False: "PartialData", True: "Complete"}
    points, paid = look()
    assert paid == 4 and points[1:50].count(1) >= 40 and None not in points[1:50], points
    assert look() == (points, 0), "paid for twice"
    world.aws.status = {False: "PartialData", True: "PartialData"}
    points, paid = look(metric="throttles")
    assert paid == 2 and 2 in points and None in points and 0 not in points, (paid, points)
    assert look(metric="throttles") == (points, 0)
    world.aws.status = {}
    world.advance(61)
    points, paid = look(metric="throttles")
    assert paid and None not in points[1:50] and 0 in points, points
    world.aws.status = {False: "Forbidden", True: "Forbidden"}
    refused = world.series("p50_us", start, "résumé")
    world.aws.status = {}
    assert refused.status == 502 and refused.json()["error"]["message"].startswith(
        "live: CloudWatch does not show"), refused


def check_cold(world):
    """More than can be read is no number; who may not read logs has the metrics; a function that
    never ran has no log group."""
    def cold(function="checkout"):
        body = world.series("invocations,cold_starts", start, function).json()
        return {s["metric"]: s["points"] for s in body["series"]}
    start = (world.now_us() // 60000000 - 30) * 60000000
    world.aws.events = [(start // 1000 + i, f"c{i}", report("Init Duration: 1 ms"))
                        for i in range(120)]
    world.aws.page = 2
    found = cold()
    assert all(n is None for n in found["cold_starts"]) and 6 in found["invocations"], found
    world.aws.page = 50
    assert sum(filter(None, cold()["cold_starts"])) == 120
    assert sum(filter(None, cold("search")["cold_starts"])) == 0
    cold("résumé")
    assert json.loads(world.aws.requests[-1][1])["logGroupName"] == "/own/group"


def check_logs(world):
    def ask(query="", function="checkout"):
        answer = world.platform.control("GET", f"/v1/logs?deployment=live&function={function}"
                                               + query)
        assert answer.status == 200, answer
        return [json.loads(line) for line in answer.body.splitlines()]
    now = world.now_us() // 1000
    world.aws.page = 2
    world.aws.events = [(now - 9000, "e1", "START RequestId: 3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\n"),
                        (now - 8000, "e2", "[ERROR] out of \x1b[31mred\x1b[0m ink\n"),
                        (now - 7000, "e3", report("\n")), (now - 6000, "e4", JSON_REPORT)]
    lines = ask()
    assert [line["level"] for line in lines] == ["platform", "error", "platform", "platform"], lines
    for line in lines[2:]:
        assert line["request_id"] == "3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a", lines
    # In any case, and in the case given where the other side knows no regular expressions.
    assert [line["message"] for line in ask("&contains=RED%1B%5B0m%20iNK")] == \
        ["[ERROR] out of \x1b[31mred\x1b[0m ink"], ask()
    assert len(ask("&contains=requestid")) == 3 and ask("&contains=no%20ink") == []
    world.aws.plain = True
    assert ask("&contains=requestid") == [] and len(ask("&contains=RequestId:")) == 2
    assert ask("&contains=a%22b") == []
    assert json.loads(world.aws.requests[-1][1])["filterPattern"] == '"a\\"b"'
    world.aws.plain = False
    assert ask(function="search") == [], "a function that never ran has no lines"
    # The newest, whether there are few of them in the hour or more than can be read of a minute.
    for n, every_ms in (400, 8000), (3000, 40):
        world.aws.events = [(now - (n - i) * every_ms, f"n{i}", f"line {i}") for i in range(n)]
        world.aws.page = 20
        lines = ask("&limit=100")
        assert [line["message"] for line in lines] == [f"line {i}" for i in range(n - 100, n)], \
            (n, lines[:2], lines[-2:])


def check_errors(world):
    """Refusals in each service's own form, with the words of each; a function without a log group
    is none."""
    for error in RECORDED["errors"]:
        if error["means"][0] == "ThrottlingException":
            # Whoever is told to come later comes later.
            world.aws.error = dict(error, times=2)
            path = "/v1/logs?deployment=live&function=checkout"
            if error["operation"] == "GetMetricData":
                world.advance(61)
                path = f"/v1/series?deployment=live&metrics=errors&function=checkout" \
                       f"&from_us={(world.now_us() // 60000000 - 20) * 60000000}&step_us=60000000"
            answer = world.platform.control("GET", path)
            assert answer.status == 200 and world.aws.error["times"] == 0, (error, answer)
        world.aws.error = dict(error)
        if error["operation"] == "FilterLogEvents":
            answer = world.platform.control(
                "GET", "/v1/logs?deployment=live&function=checkout")
            # Not the fault of whoever asked us.
            assert answer.status in (200, 502), answer
            message = answer.json()["error"]["message"] if answer.status != 200 else ""
            name = "live"
        else:
            body = world.platform.control("POST", "/v1/deployments/test", {
                "id": "no", "kind": "aws",
                "settings": {"region": REGION, "endpoint": world.server.url}}).json()
            assert not body["ok"], body
            message, name = body["message"], "no"
        world.aws.error = None
        code, said = error["means"]
        if code:
            assert message.startswith(f"{name}: AWS refuses ({code}): {said}"), (error, message)
            assert f"(status {error['status']})" in message, message
        else:
            assert message == "", (error, message)


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


def check_expired(world, used, folder):
    """Keys of a program that have expired before it said so are asked for again, once."""
    def runs():
        return len((Path(folder) / "runs").read_text())
    expired = next(e for e in RECORDED["errors"] if e["means"][0] == "ExpiredTokenException")
    before = runs()
    world.aws.error = dict(expired, operation="", times=1)
    assert used(credentials="process", profile="program")["ok"]
    assert runs() == before + 2, (before, runs())
    world.aws.error = dict(expired, operation="")
    body = used(credentials="process", profile="program", expected=False)
    assert "ExpiredTokenException" in body["message"] and runs() == before + 4, (body, runs())
    world.aws.error = None


def check_credentials(world, folder):
    def used(expected=True, **settings):
        before = len(world.aws.requests)
        body = world.platform.control("POST", "/v1/deployments/test", {
            "id": "keys", "kind": "aws", "settings": {
                "region": REGION, "endpoint": world.server.url, **settings}}).json()
        assert body["ok"] == (expected and len(world.aws.requests) > before), body
        return body
    assert used(credentials="environment")["ok"]
    assert used(credentials="profile", profile="file")["ok"]
    assert used(credentials="process", profile="program")["ok"]
    assert used(credentials="profile", profile="program")["ok"]
    check_expired(world, used, folder)
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
    program.write_text(f"#!/bin/sh\nprintf r >>'{folder}/runs'\n" + "echo '" + json.dumps({
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


def check_recorded(platform):
    """What CloudWatch said is what is shown, added up here from the same answers."""
    def is_cold(asked):
        return "filterPattern" in asked or "nextToken" in asked
    aws = Recorded()
    with Server(aws.answer) as server:
        world = World(platform, aws, server)
        found = world.add("replayed")
        assert found["functions"] == 2 and found["state"] == "stale", found
        start, hours = 1767225600, 4
        body = platform.control(
            "GET", "/v1/series?deployment=replayed&function=thumbnail&metrics=invocations,errors,"
            f"p99_us,cold_starts&step_us=3600000000&from_us={start * 1000000}"
            f"&to_us={(start + hours * 3600) * 1000000}").json()
        series = {s["metric"]: s["points"] for s in body["series"]}
        points = {}
        for answer in aws.told("GetMetricData", lambda asked: "StartTime" in asked):
            for result in answer["MetricDataResults"]:
                points.setdefault(result["Id"], {}).update(
                    zip(result["Timestamps"], result["Values"]))
        cold = {e["eventId"]: (e["timestamp"] // 1000 - start) // 3600
                for answer in aws.told("FilterLogEvents", is_cold) for e in answer["events"]}
        for i in range(hours):
            at = start + i * 3600
            assert series["invocations"][i] == points["m0"].get(at, 0), series
            assert series["errors"][i] == points["m1"].get(at, 0), series
            p99 = points["m2"].get(at)
            assert series["p99_us"][i] == (None if p99 is None else round(p99 * 1000)), series
            assert series["cold_starts"][i] == list(cold.values()).count(i), (series, cold)
        answer = platform.control(
            "GET", f"/v1/logs?deployment=replayed&function=thumbnail&from_us={start * 1000000}"
            f"&to_us={(start + 600) * 1000000}")
        lines = [json.loads(line) for line in answer.body.splitlines()]
        told = [e["message"].rstrip("\n\t ") for answer in
                aws.told("FilterLogEvents", lambda asked: not is_cold(asked))
                for e in answer["events"]]
        assert [line["message"] for line in lines] == told, (lines, told)
        assert [line["level"] for line in lines] == \
            ["platform", "platform", "warn", "error", "platform", "platform"], lines
        assert [bool(line.get("request_id")) for line in lines] == \
            [False, True, True, False, True, True], lines
        world.remove("replayed")
    assert not aws.left and not aws.wrong, (aws.left, aws.wrong)
    holders = [p for p in platform.data_dir.rglob("*")
               if p.is_file() and b"environment-secret" in p.read_bytes()]
    assert not holders, holders


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
            tap.run("all at once", check_at_once, world)
            tap.run("pages", check_pages, world)
            tap.run("cold starts", check_cold, world)
            tap.run("logs", check_logs, world)
            tap.run("errors", check_errors, world)
            tap.run("budget", check_budget, world)
            tap.run("credentials", check_credentials, world, folder)
            tap.run("recorded answers", check_recorded, platform)
            tap.run("restart", check_restart, folder, environment, aws, server)

            def signatures():
                assert not aws.wrong and len(aws.requests) > 20, aws.wrong[:3]
            tap.run("botocore signs the same", signatures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
