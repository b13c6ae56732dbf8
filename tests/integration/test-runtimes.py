#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers in Node.js and Python through Farthing's bootstraps: results, contexts, logs, errors and
failed inits as on Lambda; and what stands by before it is given a function's code."""

import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import BUILD, FARTHINGCTL, Platform, Signed, Tap, wait_for  # noqa: E402

HERE = Path(__file__).parent / "runtimes"


def version_of(*command):
    try:
        text = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(n) for n in re.findall(r"\d+", text)[:2])
    except (OSError, subprocess.CalledProcessError):
        return (0, 0)


NODE = version_of(shutil.which("node") or "node")
RUNTIME = "nodejs20.x" if NODE >= (20, 0) else "nodejs18.x"
PYTHON = version_of("/usr/bin/python3")


def invoke(platform, name, event=None):
    answer = platform.control("POST", f"/v1/functions/{name}/invocations", event or {})
    assert answer.status == 200, answer
    value = answer.json()
    value["payload"] = json.loads(value["payload"])
    return value


def payload(platform, name, event=None):
    answer = invoke(platform, name, event)
    assert answer["function_error"] is None, answer
    return answer["payload"]


def check_node_context(platform):
    answer = invoke(platform, "NodeEcho", {"value": [1, "zwei"]})
    value, context = answer["payload"], answer["payload"]["context"]
    assert value["event"] == {"value": [1, "zwei"]}, value
    assert value["greeting"] == "hello from the template" and value["handler"] == "index.echo"
    assert value["env"] == f"AWS_Lambda_{RUNTIME}" and value["cwd"] == os.path.normpath(value["cwd"])
    assert context["name"] == "NodeEcho" and context["version"] == "$LATEST"
    assert context["arn"].endswith(":function:NodeEcho") and context["memory"] == "256"
    assert context["id"] == answer["request_id"] and 0 < context["left"] <= 10000
    assert value["trace"].startswith("Root=1-") and value["traces"] == [value["trace"]] * 2, value
    assert payload(platform, "NodeEcho", {"value": 2})["trace"] != value["trace"]
    used = re.search(r"Max Memory Used: (\d+) MB", answer["log"])
    assert used and 10 <= int(used.group(1)) <= 256, answer["log"]
    assert f"\t{answer['request_id']}\tINFO\tone\rtwo\n" in answer["log"], answer["log"]


def check_node_shapes(platform):
    assert payload(platform, "NodeCallback", {"value": 7}) == {"late": 7}
    value = payload(platform, "NodeModule", {"a": 1})
    assert value["event"] == {"a": 1} and value["module"].endswith("lib/module.mjs"), value
    large = {"a": "ä" * 100000}  # comes in many parts
    assert payload(platform, "NodeModule", large)["event"] == large


def check_node_errors(platform):
    failed = invoke(platform, "NodeFails")
    assert failed["function_error"] == "Unhandled", failed
    assert failed["payload"]["errorType"] == "RangeError", failed
    assert failed["payload"]["errorMessage"] == "too far"
    assert "index.js" in failed["payload"]["stackTrace"][0] and failed["payload"]["trace"]
    assert invoke(platform, "NodeFails", {"how": "throw"})["payload"]["errorType"] == "TypeError"
    never = invoke(platform, "NodeFails", {"how": "never"})["payload"]
    assert never["errorType"] == "Runtime.NodeJsExit", never
    gone = invoke(platform, "NodeFails", {"how": "exit"})["payload"]
    assert gone["errorType"] == "Runtime.ExitError" and "exit status 3" in gone["errorMessage"], gone
    missing = invoke(platform, "NodeMissing")["payload"]
    assert missing["errorType"] == "Runtime.HandlerNotFound", missing


def check_stream(platform):
    answer = platform.http("GET", "/stream")
    assert answer.status == 201 and answer.body == b"part 0\npart 1\npart 2\nend\n", answer
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-type"] == "text/plain" and len(headers["x-id"]) == 36, headers
    assert headers["transfer-encoding"] == "chunked", headers
    plain = platform.http("GET", "/stream?how=plain")
    assert plain.status == 200 and plain.body == b"as it is", plain
    assert plain.headers["Content-Type"] == "text/x-plain", plain.headers
    large = platform.http("GET", "/stream?how=large")
    assert large.status == 200 and large.body == b"x" * 65536 * 128, (large.status, len(large.body))
    assert platform.http("GET", "/stream?how=early").status == 502
    try:
        platform.http("GET", "/stream?how=late")
        raise AssertionError("a failure behind the first byte looked whole")
    except http.client.IncompleteRead as error:
        assert error.partial.startswith(b"part 0\n"), error.partial
    assert platform.http("GET", "/stream").status == 201


def check_python(platform):
    answer = invoke(platform, "PythonEcho", {"value": "ä"})
    value = answer["payload"]
    assert value["event"] == {"value": "ä"} and value["greeting"] == "hello from the template"
    assert value["name"] == "PythonEcho" and value["id"] == answer["request_id"]
    assert value["env"].startswith("AWS_Lambda_python3.") and 0 < value["left"] <= 10000
    assert "[WARNING]\t" in answer["log"] and "\tone\rtwo\n" in answer["log"], answer["log"]
    failed = invoke(platform, "PythonFails")["payload"]
    assert failed["errorType"] == "KeyError" and "app.py" in failed["stackTrace"][0], failed
    assert len(failed["stackTrace"]) == 1, failed
    marshal = invoke(platform, "PythonFails", {"how": "marshal"})["payload"]
    assert marshal["errorType"] == "Runtime.MarshalError", marshal
    gone = invoke(platform, "PythonFails", {"how": "exit"})["payload"]
    assert gone["errorType"] == "Runtime.ExitError" and "exit status 3" in gone["errorMessage"], gone
    missing = invoke(platform, "PythonMissing")["payload"]
    assert missing["errorType"] == "Runtime.ImportModuleError", missing


def check_standby(platform):
    """Given to one function, it has that function's files and no other's, and no way back."""
    wait_for("something that stands by", lambda: standing_by(platform) > 0)
    value = payload(platform, "NodeOnce")
    assert value["code"] == ["edited.js", "index.js", "lib"] and value["env"] == f"AWS_Lambda_{RUNTIME}", value
    for path, wanted in {"/proc/1/environ": {"EACCES", "ENOENT", "EPERM"}, "/proc/1/root": {"EACCES", "ENOENT", "EPERM"},
                         str(HERE): {"ENOENT"}, "/root": {"ENOENT"}, "/home": {"ENOENT"}}.items():
        seen = payload(platform, "NodeOnce", {"look": path})["seen"]
        assert isinstance(seen, str) and seen in wanted, (path, seen)
    processes = [p for p in payload(platform, "NodeOnce", {"look": "/proc"})["seen"] if p.isdigit()]
    assert processes == [str(value["pid"])], (processes, value["pid"])


def check_freeze(platform):
    """Between calls an instance that is frozen does nothing, and goes on with the next."""
    payload(platform, "NodeFrozen")
    payload(platform, "NodeFrozen")
    time.sleep(2)  # 200 of its ticks; a busy machine may take a while to stop and to start it
    ticks = payload(platform, "NodeFrozen")
    assert ticks <= 100, f"{ticks} ticks of 10 ms passed in an instance that stood still"


def check_edits(platform, template):
    """Code that is saved: at the next cold start, and at once under farthingctl watch."""
    source = template.parent / "node" / "edited.js"
    assert payload(platform, "NodeEdited") == 1
    with subprocess.Popen([str(FARTHINGCTL), "watch", "--data-dir", str(platform.data_dir)],
                          stdout=subprocess.PIPE, text=True, env=platform.env) as watch:
        try:
            assert "Watching" in watch.stdout.readline()
            source.write_text(source.read_text().replace("=> 1", "=> 2"))
            lines = [watch.stdout.readline()]
            while not lines[-1].startswith("NodeEdited:"):
                lines.append(watch.stdout.readline())
            assert "edited.js" in lines[-1], lines
            assert payload(platform, "NodeEdited") == 2
        finally:
            watch.terminate()


def standing_by(platform):
    return platform.control("GET", "/v1/status").json()["standing_by"]


def spawner_of(platform):
    listing = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(platform.ready["pid"])],
                             capture_output=True, text=True, check=False).stdout
    return next((int(line.split()[0]) for line in listing.splitlines()
                 if "farthing-spawne" in line), None)


def check_spawner_killed(platform):
    """With it goes what stood by; both are back, and handlers run."""
    wait_for("something that stands by", lambda: standing_by(platform) > 0)
    pid = spawner_of(platform)
    os.kill(pid, signal.SIGKILL)
    wait_for("another spawner", lambda: spawner_of(platform) not in (pid, None))
    wait_for("something that stands by again", lambda: standing_by(platform) > 0)
    assert payload(platform, "NodeCallback", {"value": 8}) == {"late": 8}


def check_handover_fails(platform):
    """What stood by dies as it is handed over: the call gets another instance, and no error."""
    wait_for("something that stands by", lambda: standing_by(platform) > 0)
    listing = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(spawner_of(platform))],
                             capture_output=True, text=True, check=False).stdout
    keepers = [int(line.split()[0]) for line in listing.splitlines() if "farthing-keep" in line]
    said = []
    call = threading.Thread(target=lambda: said.append(invoke(platform, "NodeLate")))
    for pid in keepers:
        os.kill(pid, signal.SIGSTOP)
    call.start()
    try:
        wait_for("a handover", lambda: any(
            f["name"] == "NodeLate" and f["instances"] > 0
            for f in platform.control("GET", "/v1/functions").json()["functions"]))
    finally:
        for pid in keepers:
            os.kill(pid, signal.SIGKILL)
        call.join()
    assert said and said[0]["function_error"] is None, said
    assert said[0]["payload"]["greeting"] == "late", said


def check_garbage(folder):
    """A function that keeps no rule hurts its own caller, and nobody else."""
    code = folder / "garbage"
    code.mkdir()
    shutil.copy(HERE / "garbage.py", code / "bootstrap")
    (code / "bootstrap").chmod(0o755)
    (folder / "ends").mkdir()
    (folder / "ends" / "bootstrap").write_text("#!/bin/sh\nexit 7\n")
    (folder / "ends" / "bootstrap").chmod(0o755)
    template = folder / "garbage.yaml"
    template.write_text(f"""AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Garbage:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: garbage, Handler: x, Runtime: provided.al2023, Timeout: 5}}
  NoProgram:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: app/node, Handler: x, Runtime: provided.al2023}}
  Ends:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: ends, Handler: x, Runtime: provided.al2023}}
  Well:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/python
      Handler: app.echo
      Runtime: python{PYTHON[0]}.{PYTHON[1]}
      Environment: {{Variables: {{GREETING: well}}}}
""")
    with Platform(template=template) as platform:
        payload(platform, "Well")
        for name, kind in (("NoProgram", "Runtime.InvalidEntrypoint"), ("Ends", "Runtime.ExitError")):
            value = invoke(platform, name)
            assert value["function_error"] == "Unhandled", value
            assert value["payload"]["errorType"] == kind, (name, value["payload"])
        for how in ("no-json", "two-lengths", "bad-chunks", "huge-head", "others", "flood", "half"):
            answer = platform.control("POST", "/v1/functions/Garbage/invocations", {"how": how})
            assert answer.status == 200, (how, answer)
            value = answer.json()
            if how == "half":
                assert value["function_error"] and "Sandbox.Timedout" in value["payload"], value
            elif how == "flood":  # it is cut off, and ends by that or waits until its time is up
                assert value["function_error"] and re.search(
                    "Runtime.ExitError|Sandbox.Timedout", value["payload"]), value
            elif how == "no-json":
                assert value["function_error"] is None, value
            else:
                assert value["payload"] == "true", (how, value)
            assert payload(platform, "Well", {"after": how})["event"] == {"after": how}
        check_bytes(platform)
        assert platform.control("GET", "/v1/status").json()["state"] == "running"


def check_bytes(platform):
    """An error of 6 MB that is no text, told to a client that takes streams: whole frames all the
    same, by another's reader of them."""
    from botocore.eventstream import EventStreamBuffer  # pylint: disable=import-outside-toplevel
    answer = Signed(platform)(
        "POST", "/2021-11-15/functions/Garbage/response-streaming-invocations", {"how": "bytes"})
    frames = EventStreamBuffer()
    frames.add_data(answer.body)
    last = list(frames)[-1].to_response_dict()
    assert last["headers"][":event-type"] == "InvokeComplete", last["headers"]
    complete = json.loads(last["body"])
    assert complete["ErrorCode"] == "Unhandled" and "\x01" in complete["ErrorDetails"]


def check_programs(folder):
    """Of programs: one that is replaced is run from the next cold start on, by nobody's order; and
    faults of the template are in force from the start."""
    template = folder / "programs.yaml"
    template.write_text("""AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: bootstrap, Runtime: provided.al2023, Timeout: 20}}
Resources:
""" + "".join(f"""  {name}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: {name.lower()}
      Events: {{Any: {{Type: HttpApi, Properties: {{Path: '/{name}/{{what}}', Method: GET}}}}}}
    Metadata: {{Farthing: {{ForkServer: {fork}{more}}}}}
""" for name, fork, more in (
        ("Forks", "true", ""), ("Executes", "false", ""),
        ("Broken", "true", ", Faults: [{Kind: error}, {Kind: outage, "
                           "Target: 'route:GET /Forks/{what}', Seconds: 3600}]"))))
    for name in ("forks", "executes", "broken"):
        (folder / name).mkdir()
        shutil.copy(BUILD / "tests" / "integration" / "functions" / "bootstrap", folder / name)
    with Platform(template=template) as platform:
        value = invoke(platform, "Broken")
        assert value["payload"]["errorType"] == "Farthing.InjectedError", value
        assert platform.http("GET", "/Forks/x").status == 503
        faults = platform.control("GET", "/v1/faults").json()["faults"]
        assert [(f["kind"], f["target"]) for f in faults] == [
            ("error", "function:Broken"), ("outage", "route:GET /Forks/{what}")], faults
        assert platform.control("DELETE", f"/v1/faults?id={faults[1]['id']}").status == 200
        for name in ("Forks", "Executes"):
            asked = {"do": "nothing"}  # the one gives it back, the other cannot
            assert payload(platform, name, asked) == asked
            new = folder / "new"
            shutil.copy(BUILD / "tests" / "sandbox" / "guest" / "bootstrap", new)
            new.replace(folder / name.lower() / "bootstrap")
            assert payload(platform, name, asked) == asked, "a warm instance goes on as it is"
            assert platform.http("GET", f"/{name}/exit").status == 502
            value = invoke(platform, name, asked)
            assert value["function_error"] and "cannot nothing" in value["payload"]["errorMessage"], \
                (name, value)


def check_folder(folder):
    """Of a fork server: whatever it has read of its folder, or of the one that a link stands for, is
    read anew for the next cold start once it was edited, and the warm instance keeps what it has."""
    template, program = folder / "folder.yaml", BUILD / "tests" / "integration" / "functions" / "bootstrap"
    template.write_text("""AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Reads:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: current
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 20
      Events: {Any: {Type: HttpApi, Properties: {Path: '/{what}', Method: GET}}}
    Metadata: {Farthing: {ForkServer: true}}
""")
    for name in ("first", "second"):
        (folder / name).mkdir()
        shutil.copy(program, folder / name)
    (folder / "current").symlink_to("first")
    word = folder / "current" / "lib" / "word"

    def adds():
        word.parent.mkdir()
        word.write_text("added")

    def replaces():
        new = folder / "word"
        new.write_text("taken")  # as long as the other
        shutil.copystat(word, new)
        new.replace(word)

    def points():
        (folder / "second" / "lib").mkdir()
        (folder / "second" / "lib" / "word").write_text("elsewhere")
        (folder / "next").symlink_to("second")
        (folder / "next").replace(folder / "current")

    with Platform(template=template) as platform:
        def read():
            return platform.http("GET", "/read").json().get("word")
        before = None
        assert read() is None
        for edit, after in ((adds, "added"), (lambda: word.write_text("changed in place"), "changed in place"),
                            (lambda: word.write_text("early"), "early"), (replaces, "taken"),
                            (points, "elsewhere"), (word.unlink, None)):
            edit()
            assert read() == before, "a warm instance goes on as it is"
            assert platform.http("GET", "/exit").status == 502
            assert read() == after, after
            before = after
        with subprocess.Popen([str(FARTHINGCTL), "watch", "--data-dir", str(platform.data_dir)],
                              stdout=subprocess.PIPE, text=True, env=platform.env) as watch:
            try:
                assert "Watching" in watch.stdout.readline()
                word.write_text("watched")
                assert watch.stdout.readline().startswith("Reads:"), "behind the link nothing was seen"
                assert read() == "watched"
            finally:
                watch.terminate()


class Landmark(http.server.BaseHTTPRequestHandler):
    """A server of this machine that a function is granted, or is not."""

    def do_GET(self):
        body = f"{self.headers['Host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check_egress(folder):
    """What was granted is reached through the platform's proxy, and nothing else is."""
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Landmark) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    granted, other = (server.server_address[1] for server in servers)
    template = folder / "egress.yaml"
    template.write_text("AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\n"
                        "Globals: {Function: {CodeUri: app/python, Timeout: 20, Handler: app.fetch,\n"
                        f"  Runtime: python{PYTHON[0]}.{PYTHON[1]}}}}}\nResources:\n")
    with template.open("a") as out:
        for name, egress in {"Granted": f"['127.0.0.1:{granted}', platform]", "Internet": "[internet]",
                             "Nothing": None}.items():
            out.write(f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n"
                      f"      Events: {{Get: {{Type: HttpApi, Properties: {{Path: /{name}, Method: GET}}}}}}\n")
            if egress:
                out.write(f"    Metadata: {{Farthing: {{Egress: {egress}}}}}\n")
    with Platform(template=template) as platform:
        def fetch(name, url):
            return payload(platform, name, {"url": url})
        full = platform.ready["isolation"] == "full"
        local = f"http://127.0.0.1:{granted}/x?y=1"
        assert fetch("Granted", local) == [200, f"127.0.0.1:{granted} /x?y=1"]
        assert fetch("Granted", "http://gateway.farthing/nowhere")[0] == 404
        for name, url in (("Granted", f"http://127.0.0.1:{other}/"), ("Granted", "http://example.org/"),
                          ("Internet", "http://gateway.farthing/"), ("Internet", local),
                          ("Nothing", local)):
            status = fetch(name, url)[0]
            assert status in (0, 403, 502) or not full, (name, url, status)
    for server in servers:
        server.shutdown()
        server.server_close()


def check_missing(template):
    """An interpreter that is not here: the platform runs, the call says what to install."""
    text = template.read_text().replace(RUNTIME, "nodejs24.x")
    template.write_text(text)
    with Platform(template=template, environment={"PATH": "/nowhere", "FARTHING_INTERPRETERS": ""}) as platform:
        answer = invoke(platform, "NodeEcho")
        assert answer["function_error"] == "Unhandled", answer
        assert "Install" in answer["payload"]["errorMessage"], answer
        assert "nodejs24.x" in answer["payload"]["errorMessage"], answer


def stage(folder):
    os.chmod(folder, 0o755)
    shutil.copytree(HERE, folder / "app")
    template = folder / "app" / "template.yaml"
    text = template.read_text().replace("python3.11", "python%d.%d" % PYTHON)
    text = text.replace("nodejs20.x", RUNTIME)
    # A function that nothing else calls, so that its first call is a cold start.
    text += ("  NodeOnce:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: node/\n"
             f"      Handler: index.echo\n      Runtime: {RUNTIME}\n      Environment:\n"
             "        Variables:\n          GREETING: once\n"
             "  NodeLate:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: node/\n"
             f"      Handler: index.echo\n      Runtime: {RUNTIME}\n      Environment:\n"
             "        Variables:\n          GREETING: late\n"
             "  NodeFrozen:\n    Type: AWS::Serverless::Function\n    Properties:\n"
             f"      CodeUri: node/\n      Handler: index.ticks\n      Runtime: {RUNTIME}\n"
             "    Metadata:\n      Farthing:\n        Freeze: true\n"
             "  NodeEdited:\n    Type: AWS::Serverless::Function\n    Properties:\n"
             f"      CodeUri: node/\n      Handler: edited.handler\n      Runtime: {RUNTIME}\n")
    (template.parent / "node" / "edited.js").write_text("exports.handler = async () => 1;\n")
    template.write_text(text)
    return template


# An ordinary user, to whom the kernel grants no inotify instance.
WATCHLESS = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps", "sh", "-c",
             "echo 0 > /proc/sys/user/max_inotify_instances && "
             'exec setpriv --inh-caps -all --ambient-caps -all "$@"', "sh"]


def check_watchless(folder):
    """Where the kernel's watches are used up: functions run, and whoever watches is told why not."""
    if subprocess.run([*WATCHLESS, "true"], capture_output=True, check=False).returncode != 0:
        print("# No user namespace is to be had here: watches cannot be used up")
        return
    with Platform(template=folder / "folder.yaml", prefix=WATCHLESS) as platform:
        for _ in range(8):  # more than the stock of /tmp
            assert platform.http("GET", "/read").status == 200
            assert platform.http("GET", "/exit").status == 502
        answer = platform.control("GET", "/v1/watch")
        assert answer.status == 503 and answer.error_code == "cannot_watch", answer
        assert "fs.inotify.max_user_instances" in answer.json()["error"]["message"], answer
        said = subprocess.run([str(FARTHINGCTL), "watch", "--data-dir", str(platform.data_dir)],
                              capture_output=True, text=True, env=platform.env, timeout=60, check=False)
        assert said.returncode != 0 and "max_user_instances" in said.stderr, said


def main():
    if PYTHON < (3, 9):
        print("1..0 # SKIP there is no Python 3.9 or later in /usr/bin")
        return 0
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="farthing-runtimes-") as folder:
        template = stage(Path(folder))
        with Platform(template=template) as platform:
            full = platform.ready["isolation"] == "full"
            if NODE >= (18, 0):
                tap.run("node context", check_node_context, platform)
                tap.run("node handlers", check_node_shapes, platform)
                tap.run("node streaming", check_stream, platform)
                tap.run("node errors", check_node_errors, platform)
                tap.run("freeze", check_freeze, platform)
                tap.run("edited code", check_edits, platform, template)
                if full:
                    tap.run("standby", check_standby, platform)
                    tap.run("handover fails", check_handover_fails, platform)
                    tap.run("spawner killed", check_spawner_killed, platform)
            else:
                print("# Node.js 18 or later is not here: its handlers were not run")
            tap.run("python", check_python, platform)
        tap.run("garbage", check_garbage, Path(folder))
        tap.run("egress", check_egress, Path(folder))
        tap.run("programs that are replaced, faults of the template", check_programs, Path(folder))
        tap.run("what fork servers read is edited", check_folder, Path(folder))
        tap.run("no watches left", check_watchless, Path(folder))
        if NODE < (24, 0):
            tap.run("missing interpreter", check_missing, template)
    return tap.done()


sys.exit(main())
