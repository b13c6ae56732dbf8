# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Python handlers: Lambda's Runtime API (2018-06-01) on one kept connection, the handler found
by _HANDLER, its result or error posted. Started with FARTHING_STANDBY=1 it first waits to be told
which function it is; it holds nothing random and nothing of any function before that."""
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

RUNTIME = "/2018-06-01/runtime"
STANDBY = "/farthing/standby"
EXIT_INIT = 1


class Connection:
    """One request at a time on one connection; answers have a Content-Length."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.host = address
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            os._exit(EXIT_INIT)
        self.buffer += data

    def request(self, method, target, headers=(), body=None):
        lines = ["%s %s HTTP/1.1" % (method, target), "Host: " + self.host]
        lines += ["%s: %s" % header for header in headers]
        if body is not None:
            lines.append("Content-Length: %d" % len(body))
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode("latin-1", "replace") + (body or b""))
        return self.answer()

    def answer(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        while len(self.buffer) < length:
            self.more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return int(lines[0].split(" ")[1]), headers, body


class Fault(Exception):
    """An error of the runtime's own, with the type Lambda gives it."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class Plain:
    """A bag of attributes, None where there is none."""

    def __init__(self, **members):
        self.__dict__.update(members)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % item for item in self.__dict__.items()))


class LambdaContext(Plain):
    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def make_context(headers):
    identity = json.loads(headers.get("lambda-runtime-cognito-identity", "null")) or {}
    client = headers.get("lambda-runtime-client-context")
    client_context = None
    if client:
        values = json.loads(client)
        client_context = Plain(custom=values.get("custom"), env=values.get("env"),
                               client=Plain(**values.get("client") or {}))
    return LambdaContext(
        _deadline_ms=int(headers["lambda-runtime-deadline-ms"]),
        aws_request_id=headers["lambda-runtime-aws-request-id"],
        invoked_function_arn=headers["lambda-runtime-invoked-function-arn"],
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        identity=Plain(cognito_identity_id=identity.get("cognitoIdentityId"),
                       cognito_identity_pool_id=identity.get("cognitoIdentityPoolId")),
        client_context=client_context)


class Handler(logging.Handler):
    request_id = ""

    def emit(self, record):
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info))
        sys.stdout.write("[%s]\t%s.%03dZ\t%s\t%s\n" % (
            record.levelname, moment, record.msecs, Handler.request_id,
            text.rstrip("\n").replace("\n", "\r")))


def describe(error, own_frames):
    """own_frames: how many of the innermost calls' outer frames are this file's."""
    if isinstance(error, Fault):
        return {"errorMessage": str(error), "errorType": error.kind, "stackTrace": error.trace}
    frames = traceback.extract_tb(error.__traceback__)[own_frames:]
    return {"errorMessage": str(error), "errorType": type(error).__name__,
            "stackTrace": traceback.format_list(frames)}


def show(failure, request_id=None):
    if request_id is not None:
        failure = dict(failure, requestId=request_id)
    lines = ["[ERROR] %s: %s" % (failure["errorType"], failure["errorMessage"])]
    if failure["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [line.rstrip("\n") for line in failure["stackTrace"]]
    sys.stdout.write("\r".join("\r".join(lines).split("\n")) + "\n")
    return json.dumps(failure).encode()


def load_handler(text):
    module_name, dot, function_name = text.rpartition(".")
    if not dot or not module_name:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': write module.function" % text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error),
                    ['  File "%s", line %s\n    %s' % (error.filename, error.lineno, error.text)])
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    if not callable(getattr(module, function_name, None)):
        raise Fault("Runtime.HandlerNotFound",
                    "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return getattr(module, function_name)


def error_headers(failure):
    kind = "".join(c if " " < c < "\x7f" else "_" for c in failure["errorType"])
    return (("Content-Type", "application/json"), ("Lambda-Runtime-Function-Error-Type", kind))


def stand_by(connection):
    """Until the platform says which function this is."""
    status, _, body = connection.request("GET", STANDBY)
    if status != 200:
        os._exit(EXIT_INIT)
    del os.environ["FARTHING_STANDBY"]
    os.environ.update(json.loads(body)["environment"])


def find_code():
    root = os.environ["LAMBDA_TASK_ROOT"]
    os.chdir(root)
    sys.path[0] = root
    # -E keeps Python itself from reading it, so that what stands by and what does not agree.
    sys.path[1:1] = [folder for folder in os.environ.get("PYTHONPATH", "").split(":") if folder]
    os.environ["PYTHONPATH"] = ":".join(filter(None, [os.environ.get("LAMBDA_RUNTIME_DIR"),
                                                      os.environ.get("PYTHONPATH")]))
    time.tzset()


def encode(result):
    try:
        return json.dumps(result, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def invoke(connection, handler, headers, body):
    """Returns the next event where the answer has brought it along, else None."""
    request_id = headers["lambda-runtime-aws-request-id"]
    target = "%s/invocation/%s" % (RUNTIME, request_id)
    Handler.request_id = request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
    try:
        result = encode(handler(json.loads(body), make_context(headers)))
    except Exception as error:
        failure = describe(error, 1)
        text = show(failure, request_id)
        connection.request("POST", target + "/error", error_headers(failure), text)
        return None
    answer = connection.request("POST", target + "/response", (
        ("Content-Type", "application/json"), ("Farthing-Then", "next")), result)
    return answer if answer[0] == 200 else None


def main():
    connection = Connection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    logging.getLogger().addHandler(Handler())
    if os.environ.get("FARTHING_STANDBY") == "1":
        stand_by(connection)
    try:
        find_code()
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        failure = describe(error, 1)
        connection.request("POST", RUNTIME + "/init/error", error_headers(failure), show(failure))
        os._exit(EXIT_INIT)
    message = None
    while True:
        status, headers, body = message or connection.request("GET", RUNTIME + "/invocation/next")
        if status != 200:
            os._exit(EXIT_INIT)
        message = invoke(connection, handler, headers, body)


main()
