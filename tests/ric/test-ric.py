#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's own runtime client for Node.js (npm's aws-lambda-ric, pinned by package-lock.json, which is
C++ underneath) against the Runtime API: results, errors, failed inits, streamed responses with
trailers.

npm builds it with a copy of libcurl that takes most of a minute to configure and compile. Here its
own sources, untouched, are built with the libcurl of the machine instead; with --whole (suite
`all`) npm builds all of it as it does for everybody. Either is done below the build folder, once.
Where a tool, a header or npm's registry is missing, the test is skipped and says so; a build that
fails with all of them there is a failure."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))
import npm_packages  # noqa: E402
from farthing_testing import BUILD, Platform, Tap  # noqa: E402

WHOLE = "--whole" in sys.argv[1:]
FOLDER = BUILD / "tests" / "ric" / ("whole" if WHOLE else "npm")
NODE_MAJOR_MIN = 18
TOOLS = ["cmake", "g++", "make"]
TOOLS += ["autoreconf", "automake", "libtoolize"] if WHOLE else ["curl-config"]
PYTHON_TOO_NEW = (3, 12)
BUILD_S = 900

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


def node_prefix():
    """The folder that Node.js is installed in; its headers are below."""
    return Path(os.path.realpath(shutil.which("node"))).parent.parent


def what_is_missing():
    tools = [tool for tool in TOOLS if shutil.which(tool) is None]
    if tools:
        return "to build aws-lambda-ric, install what brings " + ", ".join(tools)
    why = npm_packages.check_node(NODE_MAJOR_MIN)
    if why:
        return why
    if not str(node_prefix()).startswith("/usr"):
        return "Node.js is not below /usr, where a sandbox sees it"
    if not (node_prefix() / "include" / "node" / "common.gypi").exists():
        return "the headers of Node.js are not installed beside it"
    if WHOLE and sys.version_info >= PYTHON_TOO_NEW:
        return "the node-gyp that aws-lambda-ric asks for takes no Python as new as this one"
    return npm_packages.install(HERE, FOLDER)


def run(*command, cwd):
    """stdout is TAP's."""
    subprocess.run(command, cwd=cwd, stdout=sys.stderr, timeout=BUILD_S, check=True,
                   env=dict(os.environ, npm_config_python=sys.executable))


def build_with_curl_of_the_machine(package):
    """What the package's scripts compile, but for their copy of libcurl."""
    deps = package / "deps"
    artifacts = deps / "artifacts"
    archive, = deps.glob("aws-lambda-cpp-*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(deps)
    source = deps / archive.name.removesuffix(".tar.gz")
    run("cmake", "-S", source, "-B", source / "build", "-DCMAKE_CXX_FLAGS=-fPIC",
        "-DCMAKE_INSTALL_LIBDIR=lib", f"-DCMAKE_INSTALL_PREFIX={artifacts}", cwd=deps)
    run("cmake", "--build", source / "build", "--target", "install", "--parallel", "2", cwd=deps)
    curl = subprocess.run(["curl-config", "--libs"], capture_output=True, text=True, check=True)
    run("g++", "-shared", "-fPIC", "-std=c++20", "-DNODE_GYP_MODULE_NAME=rapid_client",
        "-DBUILDING_NODE_EXTENSION", f"-I{node_prefix()}/include/node",
        f"-I{package.parent / 'node-addon-api'}", f"-I{artifacts}/include", "src/rapid-client.cc",
        "-o", "dist/rapid-client.node", f"-L{artifacts}/lib", "-laws-lambda-runtime",
        *curl.stdout.split(), cwd=package)


def build_client():
    """The package's folder, with what it is compiled to."""
    package = FOLDER / "node_modules" / "aws-lambda-ric"
    if not (package / "dist" / "rapid-client.node").exists():
        if WHOLE:
            run("npm", "rebuild", "aws-lambda-ric", f"--nodedir={node_prefix()}", cwd=FOLDER)
        else:
            build_with_curl_of_the_machine(package)
    return package


def stage(folder, package):
    app = folder / "app"
    os.chmod(folder, 0o755)
    client = app / "node_modules" / "aws-lambda-ric"
    client.mkdir(parents=True)
    shutil.copy(package / "package.json", client)
    for part in ("bin", "dist"):
        shutil.copytree(package / part, client / part)
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
    missing = what_is_missing()
    if missing:
        return npm_packages.skip(missing)
    package = build_client()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="farthing-ric-") as folder:
        with Platform(template=stage(Path(folder), package)) as platform:
            tap.run("results", check_echo, platform)
            tap.run("errors and a failed init", check_errors, platform)
            tap.run("streaming", check_stream, platform)
    return tap.done()


sys.exit(main())
