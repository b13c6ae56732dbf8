# SPDX-License-Identifier: GPL-3.0-or-later
"""What the end-to-end tests stand on: a platform of their own in a temporary data directory, raw
HTTP, a reader that signs by RFC 9421 with a library that is not ours, and TAP output.

Nothing here sleeps for luck: wait_for() polls with a generous deadline.
"""

import base64
import configparser
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DEADLINE_S = 60
BUILD = Path(os.environ["FARTHING_BUILD_ROOT"])
FARTHINGD = BUILD / "src" / "platform" / "farthingd"
FARTHINGCTL = BUILD / "src" / "terminal" / "farthingctl"


def wait_for(what, condition, deadline_s=DEADLINE_S):
    """Polls until condition() is true and returns its value; raises naming `what` otherwise."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s for {what}")
        time.sleep(0.02)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=DEADLINE_S):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def error_code(self):
        try:
            return self.json()["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Platform:
    """A farthingd of the test's own. Use as a context manager."""

    def __init__(self, *extra, template=None, data_dir=None, environment=None, prefix=()):
        self.extra, self.template, self.prefix = list(extra), template, list(prefix)
        self.keep = data_dir is not None
        self.data_dir = Path(data_dir or tempfile.mkdtemp(prefix="farthing-data-"))
        self.runtime = tempfile.mkdtemp(prefix="farthing-run-")
        # What clients keep for a user goes with the test, too.
        self.env = dict(os.environ, XDG_RUNTIME_DIR=self.runtime, XDG_STATE_HOME=self.runtime,
                        **(environment or {}))
        self.process = self.ready = None

    def start(self):
        command = [*self.prefix, str(FARTHINGD), "--data-dir", str(self.data_dir), "--port", "0", *self.extra]
        if self.template:
            command += ["--template", str(self.template)]
        self.log = open(self.data_dir / "test-farthingd.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log,
                                        stdin=subprocess.DEVNULL, env=self.env)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(DEADLINE_S)
            raise AssertionError(f"farthingd ended with {self.process.returncode}: {self.stderr()}")
        self.ready = json.loads(line)
        return self

    def stderr(self):
        return (self.data_dir / "test-farthingd.log").read_text(errors="replace")

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if value is not None:
            print("farthingd said:\n" + self.stderr()[-8000:], file=sys.stderr)
        status = self.stop()
        shutil.rmtree(self.runtime, ignore_errors=True)
        if not self.keep:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        if value is None and status not in (0, None):
            raise AssertionError(f"farthingd ended with {status} on SIGTERM")

    def http(self, method, path, body=None, headers=None, listener="gateway"):
        url = urllib.parse.urlsplit(self.ready[listener])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=DEADLINE_S)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def control(self, method, path, body=None):
        connection = UnixConnection(self.ready["control"])
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json"} if body is not None else {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def ctl(self, *words, check=True, timeout=DEADLINE_S):
        """Runs farthingctl on this platform with --json; returns the parsed answer."""
        result = subprocess.run([str(FARTHINGCTL), *words, "--json", "--data-dir",
                                 str(self.data_dir)],
                                capture_output=True, text=True, env=self.env, timeout=timeout,
                                check=False)
        if check and result.returncode != 0:
            raise AssertionError(f"farthingctl {' '.join(words)}: exit {result.returncode}: "
                                 f"{result.stderr}{result.stdout}")
        lines = [json.loads(l) for l in result.stdout.splitlines() if l.strip().startswith("{")]
        if not lines:
            try:
                return json.loads(result.stdout)
            except ValueError:
                return None
        return lines[0] if len(lines) == 1 else lines

    @property
    def publisher_token(self):
        return Path(self.ready["publisher_token"]).read_text().strip()

    def earnings(self):
        answer = self.http("GET", "/earnings",
                           headers={"Authorization": f"Bearer {self.publisher_token}"})
        assert answer.status == 200, answer
        return answer.json()

    def transfers(self):
        return int(self.control("POST", "/v1/ledger/verify").json()["transfers"])


class Signed:
    """The Lambda listener, asked with signatures that botocore makes."""

    def __init__(self, platform):
        import botocore.auth  # pylint: disable=import-outside-toplevel
        import botocore.awsrequest  # pylint: disable=import-outside-toplevel
        import botocore.credentials  # pylint: disable=import-outside-toplevel
        profile = configparser.ConfigParser()
        profile.read(platform.ready["credentials"])
        self.platform, self.request = platform, botocore.awsrequest.AWSRequest
        self.signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(
            profile["default"]["aws_access_key_id"],
            profile["default"]["aws_secret_access_key"]), "lambda", "us-east-1")

    def __call__(self, method, path, body=None, headers=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() \
            if body is not None else b""
        request = self.request(method, self.platform.ready["lambda"] + path, headers or {}, raw)
        self.signer.add_auth(request)
        return self.platform.http(method, path, raw or None, dict(request.headers.items()),
                                  listener="lambda")

    def invoke(self, name, event, kind="RequestResponse"):
        return self("POST", f"/2015-03-31/functions/{name}/invocations", event,
                    {"X-Amz-Invocation-Type": kind})


class Reader:
    """A device key and requests signed with it, by an Ed25519 that is not ours."""

    def __init__(self, platform):
        self.platform = platform
        self.key = Ed25519PrivateKey.generate()
        self.id = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def sign(self, method, target, body=b"", created=None, keyid=None):
        path, _, query = target.partition("?")
        created = int(time.time()) if created is None else created
        parts = [("@method", method), ("@path", path), ("@query", "?" + query)]
        headers = {}
        if body:
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            headers["Content-Digest"] = f"sha-256=:{digest}:"
            parts.append(("content-digest", headers["Content-Digest"]))
        params = "(" + " ".join(f'"{n}"' for n, _ in parts) + ")" + \
            f';created={created};keyid="{keyid or self.id}";alg="ed25519"'
        base = "\n".join([f'"{n}": {v}' for n, v in parts] + [f'"@signature-params": {params}'])
        signature = base64.b64encode(self.key.sign(base.encode())).decode()
        headers["Signature-Input"] = f"sig={params}"
        headers["Signature"] = f"sig=:{signature}:"
        return headers

    def http(self, method, target, body=None, headers=None, **how):
        raw = b"" if body is None else (body if isinstance(body, bytes)
                                        else json.dumps(body).encode())
        signed = self.sign(method, target, raw, **how)
        if raw:
            signed["Content-Type"] = "application/json"
        signed.update(headers or {})
        return self.platform.http(method, target, raw or None, signed)

    def article(self, article):
        return self.http("GET", f"/articles/{article}")

    def pledge(self, article, price_micros, key=None):
        return self.http("POST", "/pledges", {"article": article, "price_micros": str(price_micros),
                                              "key": key or os.urandom(16).hex()})


class Tap:
    """Collects and prints TAP points; each test is a function that raises to fail."""

    def __init__(self):
        self.count = self.failed = 0

    def run(self, name, function, *args):
        self.count += 1
        try:
            function(*args)
            print(f"ok {self.count} {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            self.failed += 1
            import traceback
            traceback.print_exc()
            print(f"not ok {self.count} {name}", flush=True)
            print(f"{name}: {error}", file=sys.stderr)

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.failed or not self.count else 0
