#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds farthingd to the descriptions it serves. Every operation of control.yaml and market.yaml is
called: with a request made from its own schema, and with one that breaks it. Each answer has to
have a status, a content type and a shape that the description names, and what the description does
not name does not exist: it has the routes of the program's table and of the template, no more, no
fewer."""

import json
import os
import re
import socket
import sys
import time
from pathlib import Path

import jsonschema
import yaml

from farthing_testing import BUILD, Answer, Platform, Reader, Tap, wait_for

SOURCE = Path(os.environ["FARTHING_SOURCE_ROOT"])
METHODS = ("get", "put", "post", "delete", "patch", "head")
# The test provider's routes are Stripe's, which are not ours to describe.
NOT_OURS = re.compile(r"^/(provider|v1)/")
# What only an unusual state of the platform answers with success.
NO_SUCCESS = {("post", "/v1/money/{name}"), ("delete", "/v1/tokens/{name}"),
              # It has to be signed by the provider.
              ("post", "/webhooks/provider"),
              # They need a live system: test-deployments.py, test-remote.py.
              ("post", "/v1/deployments"), ("post", "/v1/deployments/test"),
              ("post", "/v1/deployments/{name}/test"), ("delete", "/v1/deployments/{name}"),
              ("get", "/v1/deployments/{name}/earnings"),
              ("get", "/v1/deployments/{name}/payouts"),
              ("get", "/v1/deployments/{name}/trace"),
              ("get", "/v1/deployments/{name}/statement"),
              ("get", "/v1/deployments/{name}/journal"),
              # They need an alarm of their own: test-telemetry.py.
              ("put", "/v1/alarms/{name}"), ("delete", "/v1/alarms/{name}"),
              ("post", "/v1/alarms/{name}/test"), ("get", "/v1/alarms/{name}/history"),
              # They need a queue, which the publication has not: test-queues.py.
              ("get", "/v1/queues/{name}/messages"), ("post", "/v1/queues/{name}/messages"),
              ("delete", "/v1/queues/{name}/messages"), ("post", "/v1/queues/{name}/redrive")}
# Functions take what they know of a query and leave the rest, as on Lambda.
NOT_STRICT = re.compile(r"^/(?!v1/)")
# Refused as things stand: nothing owed, nothing to give back, not proved yet. The description has
# it, or the answer would not pass.
NOT_NOW = 409
# Streams go on for as long as they are read; nothing happens on these unless code is saved.
QUIET = {"/v1/watch"}
# Last, because nothing can be asked after it.
LAST = "/v1/shutdown"


class Description:
    """One OpenAPI document with its references followed."""

    def __init__(self, text):
        self.document = yaml.safe_load(text)

    def follow(self, node, depth=0):
        assert depth < 64, "a schema holds itself"
        if isinstance(node, dict):
            if "$ref" in node:
                target = self.document
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
                return self.follow(target, depth + 1)
            return {key: self.follow(value, depth + 1) for key, value in node.items()}
        if isinstance(node, list):
            return [self.follow(value, depth + 1) for value in node]
        return node

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method, path, self.follow(item[method])


def example(name, schema, known):
    """A value that fits a schema; what the world has to give comes from `known`."""
    if name in known:
        value = known[name]
        return value() if callable(value) else value
    if schema is True:
        return {}
    for choice in ("const", "default"):
        if choice in schema:
            return schema[choice]
    for choices in ("enum", "examples"):
        if schema.get(choices):
            return schema[choices][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {key: example(key, properties[key], known) for key in schema.get("required", [])}
    if kind == "array":
        return [example(name, schema["items"], known)] if schema.get("minItems") else []
    return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True,
            "string": "x" * max(1, schema.get("minLength", 1))}[kind]


def check_answer(operation, method, path, answer):
    """Status, content type and shape."""
    described = operation["responses"].get(str(answer.status))
    assert described is not None, f"{method} {path}: {answer} is not described"
    contents = described.get("content", {})
    headers = {name.lower(): value for name, value in answer.headers.items()}
    kind = headers.get("content-type", "").partition(";")[0]
    if not contents:
        return
    assert kind in contents, f"{method} {path}: {kind} is not one of {list(contents)}"
    schema = contents[kind].get("schema")
    if schema is None or kind not in ("application/json", "application/x-ndjson"):
        return
    lines = [answer.body] if kind == "application/json" else answer.body.splitlines()
    for line in filter(None, lines):
        jsonschema.Draft202012Validator(schema).validate(json.loads(line))


class Walk:
    """`known` has values for names that only the world can give; `bodies` whole requests whose
    rules their schema does not tell."""

    def __init__(self, tap, description, send, known, bodies=None):
        self.tap, self.description, self.send = tap, description, send
        self.known, self.bodies = known, bodies or {}

    def target(self, path, operation, broken=False):
        query = []
        for parameter in operation.get("parameters", []):
            name, schema = parameter["name"], parameter.get("schema", {})
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", str(example(name, schema, self.known)))
            elif parameter.get("required"):
                query.append(f"{name}={example(name, schema, self.known)}")
        if broken:
            query.append("no_such_parameter=1")
        return path + ("?" + "&".join(query) if query else "")

    def body(self, operation, path):
        if path in self.bodies and "requestBody" in operation:
            return dict(self.bodies[path])
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return example("", content["application/json"].get("schema", {}), self.known)

    def whole(self, method, path, operation):
        answer = self.send(method.upper(), self.target(path, operation),
                           self.body(operation, path), operation, path)
        check_answer(operation, method, path, answer)
        assert answer.status < 400 or answer.status == NOT_NOW or (method, path) in NO_SUCCESS, \
            answer

    def broken(self, method, path, operation):
        """A parameter, or a member, that does not exist."""
        body = self.body(operation, path)
        if not body:  # none, or any JSON there is
            answer = self.send(method.upper(), self.target(path, operation, broken=True), None,
                               operation, path)
        else:
            answer = self.send(method.upper(), self.target(path, operation), [body],
                               operation, path)
        check_answer(operation, method, path, answer)
        assert answer.status >= 400 or NOT_STRICT.match(path), answer

    def run(self, only=None):
        for method, path, operation in self.description.operations():
            if NOT_OURS.match(path) and only is None or (only == LAST) != (path == LAST):
                continue
            self.tap.run(f"{method} {path}", self.whole, method, path, operation)
            if path != LAST and "400" in operation["responses"]:
                self.tap.run(f"{method} {path}, wrongly", self.broken, method, path, operation)


def first_line(platform, target):
    """The head, and the first line if there is one, of an answer that need not end."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(platform.ready["control"])
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                     .encode())
        text = b""
        while not re.search(rb"\r\n\r\n.*\{.*\}\s*\n", text, re.S):
            part = sock.recv(65536)
            if not part or target in QUIET and b"\r\n\r\n" in text:
                break
            text += part
    head, _, rest = text.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    line = next((line for line in rest.splitlines() if line.startswith(b"{")), b"")
    return Answer(int(lines[0].split(" ")[1]), dict(one.split(": ", 1) for one in lines[1:]), line)


def control_routes():
    """(method, path) of the program's own table, parameters as {}."""
    text = (SOURCE / "src/platform/far-control-routes.c").read_text()
    found = set()
    for method, path in re.findall(r'\{ "([A-Z]+)",\s*((?:"[^"]*"|PLACEHOLDER|\s)+),', text):
        found.add((method.lower(),
                   "".join(part.strip('"') if part != "PLACEHOLDER" else "{}"
                           for part in re.findall(r'"[^"]*"|PLACEHOLDER', path))))
    return found


def template_routes():
    text = (BUILD / "publication/template.yaml").read_text()
    return {(method.lower(), re.sub(r"\{[^}]*\}", "{}", path.strip('"')))
            for method, path in re.findall(r'Method: (\w+), Path: ("[^"]*"|[^}\s]*)\}', text)
            if not NOT_OURS.match(path.strip('"'))}


def described(description, ours=True):
    return {(method, re.sub(r"\{[^}]*\}", "{}", path))
            for method, path, _ in description.operations()
            if not (ours and NOT_OURS.match(path))}


def same(found, wanted):
    assert found, "no route was found; the test has to learn the new layout"
    assert found == wanted, f"only in the program: {found - wanted}; only described: " \
        f"{wanted - found}"


def control(tap, platform):
    text = platform.control("GET", "/v1/openapi.yaml").body.decode()
    assert text == (SOURCE / "data/api/control.yaml").read_text(), "another text is served"
    description = Description(text)
    tap.run("control.yaml has the program's routes",
            lambda: same(control_routes(), described(description, ours=False)))
    functions = platform.control("GET", "/v1/functions").json()["functions"]
    platform.http("GET", "/articles")

    def a_trace():
        traces = platform.control("GET", "/v1/traces").json()["traces"]
        return next((t.get("trace_id") or t.get("name") for t in traces), None)

    trace = wait_for("a trace to be kept", a_trace)
    content = next(f["name"] for f in functions if f["name"].lower() == "content")

    names = {"traces": trace, "functions": content, "deployments": "walked"}
    streams = {path for method, path, operation in description.operations()
               if any("application/x-ndjson" in answer.get("content", {})
                      for answer in operation["responses"].values())}

    def send(method, target, body, operation, path):
        if path in streams and "no_such" not in target:
            return first_line(platform, target)
        kind = path.split("/")[2] if path.startswith("/v1/") else ""
        target = target.replace("/NAME", "/" + names.get(kind, "unknown"))
        return platform.control(method, target, body)

    known = {"name": "NAME", "readers_per_second": 1, "text": "Something happened",
             "target": "provider", "kind": "error"}
    # Nobody has to be there to be watched.
    deployment = {"id": "walked", "kind": "prometheus",
                  "settings": {"url": "http://127.0.0.1:9/", "profile": "openfaas"}}
    return Walk(tap, description, send, known,
                {"/v1/deployments": deployment, "/v1/deployments/test": deployment})


def market(tap, platform):
    text = platform.control("GET", "/v1/market.yaml").body.decode()
    assert text == (SOURCE / "data/api/market.yaml").read_text(), "another text is served"
    description = Description(text)
    tap.run("market.yaml has the template's routes",
            lambda: same(template_routes(), described(description)))
    reader = Reader(platform)
    articles = platform.http("GET", "/articles").json()["articles"]
    pledged, watched = articles[0], articles[1]
    keys = iter(range(1000))
    state = {"view": "0" * 32, "checkout": "none"}

    def send(method, target, body, operation, path):
        if {"publisher": []} in operation.get("security", []):
            return platform.http(method, target,
                                 headers={"Authorization": f"Bearer {platform.publisher_token}"})
        if path == "/ads/decisions" and isinstance(body, dict):
            body["article"] = watched["id"]
        answer = reader.http(method, target, body)
        if path == "/ads/decisions" and answer.status == 200:
            state["view"] = answer.json()["view"]
        if path == "/wallet/topups" and answer.status == 200:
            state["checkout"] = answer.json()["checkout"]
        return answer

    known = {"id": pledged["id"], "article": pledged["id"],
             "file": pledged["picture"].rsplit("/", 1)[1],
             "price_micros": pledged["price_micros"], "method": "pm_card_visa",
             "key": lambda: f"walk-{next(keys)}", "view": lambda: state["view"],
             "checkout": lambda: state["checkout"], "amount_micros": "2000000",
             "month": time.strftime("%Y-%m", time.gmtime())}
    Walk(tap, description, send, known).run()


def main():
    tap = Tap()
    with Platform("--test-clock") as platform:
        market(tap, platform)
        walk = control(tap, platform)
        walk.run(only="")
        walk.run(only=LAST)
        platform.process.wait(60)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
