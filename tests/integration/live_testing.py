# SPDX-License-Identifier: GPL-3.0-or-later
"""Live systems for the tests of deployments: Debian's own Prometheus and VictoriaMetrics with a
history of our making, a server that behaves as badly as it is told to, and certificates."""

import http.server
import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from farthing_testing import wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, timeout=10):
    """The body of a 200, else None."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.read() if answer.status == 200 else None
    except OSError:
        return None


class Program:
    """A server of the test's own, in a folder of its own; ends with the test."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="farthing-live-"))
        self.process = None

    def spawn(self, *command):
        self.log = open(self.dir / "log", "wb")
        self.process = subprocess.Popen([str(c) for c in command], stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL, cwd=self.dir)

    def __exit__(self, kind, value, trace):
        if value is not None and self.process:
            print((self.dir / "log").read_text(errors="replace")[-3000:])
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Prometheus(Program):
    """Prometheus, with a history (OpenMetrics text) in its database and targets that it scrapes."""

    def __init__(self, history=None, targets=(), jobs=()):
        super().__init__()
        self.history = history
        self.jobs = [{"job_name": f"job{i}", "static_configs": [{"targets": [target]}]}
                     for i, target in enumerate(targets)] + list(jobs)

    def __enter__(self):
        # JSON is YAML.
        (self.dir / "config.yml").write_text(json.dumps(
            {"global": {"scrape_interval": "1s"}, "scrape_configs": self.jobs}))
        if self.history:
            (self.dir / "history.om").write_text(self.history)
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                            self.dir / "history.om", self.dir / "data"], check=True,
                           capture_output=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.spawn("prometheus", f"--config.file={self.dir}/config.yml",
                   f"--storage.tsdb.path={self.dir}/data", f"--web.listen-address=127.0.0.1:{port}",
                   "--storage.tsdb.retention.time=10d")
        wait_for("Prometheus", lambda: get(self.url + "/-/ready"))
        return self


class VictoriaMetrics(Program):
    """VictoriaMetrics with the same history; it shows samples at once instead of after 30 s."""

    def __init__(self, history):
        super().__init__()
        self.history = history

    def __enter__(self):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.spawn("victoria-metrics", f"-storageDataPath={self.dir}/data",
                   f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=1s",
                   "-retentionPeriod=1")
        wait_for("VictoriaMetrics", lambda: get(self.url + "/health"))
        lines = []
        for line in self.history.splitlines():
            if line and not line.startswith("#"):
                series, value, at = line.rsplit(" ", 2)
                lines.append(f"{series} {value} {int(float(at) * 1000)}")
        urllib.request.urlopen(urllib.request.Request(
            self.url + "/api/v1/import/prometheus", "\n".join(lines).encode(), method="POST"),
            timeout=30).close()
        # New series are found once the index was written.
        get(self.url + "/internal/force_flush")
        return self


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body, kind="application/json", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else b""
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = handle_one


class Server:
    """A server of the test's own: answer(handler) replies. TLS with certificate=(cert, key)."""

    def __init__(self, answer, certificate=None):
        self.answer, self.certificate = answer, certificate

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.answer = self.answer
        self.server.ended = threading.Event()
        # What a client breaks off is not the test's affair.
        self.server.handle_error = lambda *args: None
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        self.port = self.server.server_address[1]
        scheme = "https" if self.certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *args):
        self.server.ended.set()
        self.server.shutdown()
        self.server.server_close()


def make_certificate(folder, name="localhost", addresses=("127.0.0.1",), days=2):
    """A self-signed certificate: (certificate, key) as paths."""
    cert, key = Path(folder) / f"{name}.crt", Path(folder) / f"{name}.key"
    names = ",".join([f"DNS:{name}"] + [f"IP:{a}" for a in addresses])
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days",
                    str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"],
                   check=True, capture_output=True)
    key.chmod(0o600)
    return str(cert), str(key)


def pin_of(certificate):
    """SHA-256 of its public key, as openssl sees it."""
    public = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"],
                            check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public,
                         check=True, capture_output=True).stdout
    import hashlib
    return hashlib.sha256(der).hexdigest()


def minute(now=None):
    """The last whole minute."""
    return int((now or time.time()) // 60 * 60)
