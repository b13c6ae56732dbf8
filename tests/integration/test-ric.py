#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's own runtime client for Node.js (npm's aws-lambda-ric, which is C++ underneath) against the
Runtime API: results, errors, failed inits, streamed responses with trailers. It is built into the
build folder once, which takes a minute or two."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import BUILD, Platform, Tap  # noqa: E402

TOOLS = ["node", "npm", "autoreconf", "automake", "libtoolize", "cmake", "g++", "make"]
INSTALL_S = 900
RIC = {22: "aws-lambda-ric@4.0.2", 18: "aws-lambda-ric@3.3.0"}

TEMPLATE = """AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {CodeUri: app, Runtime: provided.al2023, MemorySize: 512, Timeout: 10}}
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.echo}
  Fails:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.fails}
  Missing:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.missing}
  Stream:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.stream
      Events: {Get: {Type: HttpApi, Properties: {Path: /stream, Method: GET}}}
"""

BOOTSTRAP = """#!/bin/sh
exec /usr/bin/node node_modules/aws-lambda-ric/bin/index.mjs "$_HANDLER"
"""

HANDLERS = """
exports.echo = async (event, context) => ({ event, id: context.awsRequestId,
  name: context.functionName, left: context.getRemainingTimeInMillis(),
  client: context.clientContext });
exports.fails = async () => { throw new RangeError('too far'); };
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream,
    { statusCode: 201, headers: { 'content-type': 'text/plain' } });
  out.write('one ');
  await new Promise((resolve) => setTimeout(resolve, 20));
  if ((event.queryStringParameters || {}).how === 'late') throw new Error('behind the first byte');
  out.write('two');
  out.end();
});
"""


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def build_client():
    """The folder whose node_modules has it."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        skip("to build aws-lambda-ric, install what brings " + ", ".join(missing))
    if not os.path.realpath(shutil.which("node")).startswith("/usr/"):
        skip("Node.js is not below /usr, where a sandbox sees it")
    text = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = int(re.match(r"v(\d+)", text).group(1))
    package = next((name for major, name in RIC.items() if version >= major), None)
    if package is None:
        skip(f"Node.js {version} is too old for aws-lambda-ric")
    folder = BUILD / "ric"
    if not (folder / "node_modules" / "aws-lambda-ric" / "bin").is_dir():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        result = subprocess.run(["npm", "install", "--no-audit", "--no-fund", package], cwd=folder,
                                capture_output=True, text=True, timeout=INSTALL_S, check=False)
        if result.returncode != 0:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            skip("npm cannot build aws-lambda-ric: " + result.stderr.strip()[-200:].replace("\n", " "))
    return folder


def stage(folder, client):
    app = folder / "app"
    os.chmod(folder, 0o755)
    app.mkdir()
    shutil.copytree(client / "node_modules", app / "node_modules", symlinks=True)
    (app / "index.js").write_text(HANDLERS)
    (app / "bootstrap").write_text(BOOTSTRAP)
    (app / "bootstrap").chmod(0o755)
    template = folder / "template.yaml"
    template.write_text(TEMPLATE)
    return template


def invoke(platform, name, event):
    answer = platform.control("POST", f"/v1/functions/{name}/invocations", event)
    assert answer.status == 200, answer
    value = answer.json()
    value["payload"] = json.loads(value["payload"])
    return value


def check_echo(platform):
    for number in range(3):
        value = invoke(platform, "Echo", {"n": number, "text": "ä"})
        assert value["function_error"] is None, value
        assert value["payload"]["event"] == {"n": number, "text": "ä"}, value
        assert value["payload"]["id"] == value["request_id"] and value["payload"]["name"] == "Echo"
        assert 0 < value["payload"]["left"] <= 10000


def check_errors(platform):
    failed = invoke(platform, "Fails", {})
    assert failed["function_error"] == "Unhandled", failed
    assert failed["payload"]["errorType"] == "RangeError", failed
    missing = invoke(platform, "Missing", {})["payload"]
    assert missing["errorType"] == "Runtime.HandlerNotFound", missing


def check_stream(platform):
    answer = platform.http("GET", "/stream")
    assert answer.status == 201 and answer.body == b"one two", answer
    try:
        answer = platform.http("GET", "/stream?how=late")
        raise AssertionError(f"a failure behind the first byte looked whole: {answer}")
    except http.client.IncompleteRead as error:
        assert error.partial == b"one ", error.partial
    assert platform.http("GET", "/stream").body == b"one two"


def main():
    client = build_client()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="farthing-ric-") as folder:
        with Platform(template=stage(Path(folder), client)) as platform:
            tap.run("results", check_echo, platform)
            tap.run("errors and a failed init", check_errors, platform)
            tap.run("streaming", check_stream, platform)
    return tap.done()


sys.exit(main())
