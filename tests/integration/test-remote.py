#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farthingd that listens with TLS, and another that watches it: tokens and scopes, health and
drain; every invocation once, through kills and silence on either side; earnings, and a journal
whose checkpoints are verified."""

import concurrent.futures
import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import (DEADLINE_S, FARTHINGD, Answer,  # noqa: E402
                              Platform, Reader, Tap, wait_for)
from live_testing import Prometheus, free_port, get, make_certificate, pin_of  # noqa: E402
from watch_testing import call, connect, listed, make_token, records, same  # noqa: E402

FILES = {"FARTHING_SECRETS": "file"}


def https(url, certificate, path, token=None, method="GET", headers=None, body=None):
    where = urllib.parse.urlsplit(url)
    context = ssl.create_default_context(cafile=certificate)
    connection = http.client.HTTPSConnection(where.hostname, where.port, timeout=DEADLINE_S,
                                             context=context)
    try:
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def check_door(remote, certificate):
    url = remote.ready["listen"]
    token = make_token(remote, "reader", "telemetry:read")
    logs = make_token(remote, "logs", "logs:read")
    for path in "/healthz", "/readyz", "/v1/openapi.yaml":
        assert https(url, certificate, path).status == 200, path
    assert https(url, certificate, "/v1/status").status == 401
    assert https(url, certificate, "/v1/status", token).status == 200
    assert https(url, certificate, "/v1/logs", token).status == 403
    assert https(url, certificate, "/v1/logs", logs).status == 200
    assert https(url, certificate, "/v1/invocations", logs).status == 403
    for method, path, body in (("POST", "/v1/shutdown", None), ("GET", "/v1/tokens", None),
                               ("POST", "/v1/clock", "{}"), ("GET", "/v1/deployments", None),
                               ("POST", "/v1/functions/Content/invocations", "{}")):
        answer = https(url, certificate, path, token, method, {"Content-Type": "application/json"},
                       body)
        assert answer.status == 403, (path, answer)
    # Only hashes are kept, and a token that was taken back opens nothing.
    kept = (remote.data_dir / "tokens.json")
    assert token not in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600
    assert remote.control("DELETE", "/v1/tokens/reader").status == 200
    assert https(url, certificate, "/v1/status", token).status == 401
    # Plain HTTP is no way in, nor is a certificate of somebody else.
    where = urllib.parse.urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=DEADLINE_S) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert b"alive" not in plain.recv(4096)
        except OSError:
            pass


def check_guesses(remote, certificate):
    """Whoever guesses is slowed down, by the address that a trusted proxy names; a liar who is no
    proxy counts as himself."""
    url = remote.ready["listen"]
    token = make_token(remote, "late", "telemetry:read")

    def ask(address, secret):
        return https(url, certificate, "/v1/status", secret,
                     headers={"X-Forwarded-For": address}).status
    # All within one minute of the platform's clock.
    wait_for("room in this minute", lambda: time.time() % 60 < 45)
    for i in range(11):
        last = ask("203.0.113.7", f"farthing_{i}")
    assert last == 429, last
    assert ask("203.0.113.7", token) == 429
    assert ask("203.0.113.8", token) == 200
    # What a client wrote in front of what the proxy added is not believed.
    assert ask("203.0.113.9, 203.0.113.7", token) == 429
    assert remote.control("DELETE", "/v1/tokens/late").status == 200


def check_scrape(remote, certificate, folder):
    """A Prometheus elsewhere scrapes over TLS, with a token that it has in a file."""
    url = remote.ready["listen"]
    token = make_token(remote, "prometheus", "telemetry:read")
    assert https(url, certificate, "/metrics").status == 401
    answer = https(url, certificate, "/metrics", token)
    assert answer.status == 200 and b"farthing_invocations_total" in answer.body, answer
    if not shutil.which("prometheus"):
        print("# prometheus is not installed: the scrape was left out")
        return
    secret = Path(folder) / "prometheus.token"
    secret.touch(0o600)
    secret.write_text(token + "\n")
    job = {"job_name": "farthing", "scheme": "https", "tls_config": {"ca_file": certificate},
           "authorization": {"credentials_file": str(secret)},
           "static_configs": [{"targets": [urllib.parse.urlsplit(url).netloc]}]}
    with Prometheus(jobs=[job]) as prometheus:
        def value(query):
            body = get(f"{prometheus.url}/api/v1/query?query={query}")
            result = json.loads(body)["data"]["result"] if body else []
            return float(result[0]["value"][1]) if result else None
        wait_for("a scrape", lambda: value("up") == 1)
        wait_for("figures", lambda: value("count(farthing_invocations_total)"))


def check_refusals(folder, certificate):
    for words, reason in (
            (["--listen", "0.0.0.0:0"], "not on loopback"),
            (["--listen", "nonsense"], "an address and a port"),
            (["--listen", "127.0.0.1:0", "--tls-cert", certificate[0]], "go together"),
            (["--listen", "127.0.0.1:0", "--tls-cert", certificate[1], "--tls-key",
              certificate[0]], "cannot be used"),
            (["--listen", "127.0.0.1:0", "--trusted-proxy", "everybody"], "ranges"),
            (["--tls-key", certificate[1]], "go with --listen")):
        with tempfile.TemporaryDirectory(dir=folder) as data:
            result = subprocess.run([FARTHINGD, "--data-dir", data, "--port", "0", *words],
                                    capture_output=True, text=True, timeout=DEADLINE_S, check=False)
            assert result.returncode in (1, 2) and reason in result.stderr, (words, result)


def check_watch(watcher, remote):
    call(remote, 30)
    same(watcher, remote)
    info = listed(watcher)
    assert info["records"] and info["cursor"] and info["quantiles"] == "sketch", info
    # The same figures in the same words.
    there = {f["name"]: f for f in remote.control("GET", "/v1/functions").json()["functions"]}
    answer = watcher.control("GET", "/v1/functions?deployment=shop").json()
    here = {f["name"]: f for f in answer["functions"]}
    assert sorted(here) == sorted(there)
    assert here["Content"]["invocations"] == there["Content"]["invocations"]
    assert here["Content"]["memory_mb"] == there["Content"]["memory_mb"]
    assert answer["source"]["money"] == "test"
    series = watcher.control("GET", "/v1/series?deployment=shop&function=Content&metrics="
                             "invocations,p50_us&step_us=60000000").json()
    assert sum(p or 0 for p in series["series"][0]["points"]) == \
        there["Content"]["invocations"], series
    status = watcher.control("GET", "/v1/status?deployment=shop").json()
    assert status["source"]["kind"] == "farthingd" and status["functions"] == len(there)
    lines = watcher.control("GET", "/v1/logs?deployment=shop&function=Content&limit=5").body
    assert lines.count(b"\n") == 5, lines
    invoked = watcher.control("POST", "/v1/functions/Earnings/invocations?deployment=shop", {})
    assert invoked.status == 200 and invoked.json()["request_id"], invoked


def check_catch_up(watcher, remote):
    """The watcher is killed in the middle and comes back; the other side is silent for a while."""
    call(remote, 40)
    watcher.process.send_signal(signal.SIGKILL)
    watcher.process.wait(DEADLINE_S)
    watcher.process.stdout.close()
    watcher.process = None
    call(remote, 60)
    watcher.start()
    call(remote, 20)
    same(watcher, remote)
    remote.stop()
    wait_for("silence to be noticed", lambda: listed(watcher)["state"] == "failing", 90)
    assert listed(watcher)["message"].startswith("shop: Nobody answers"), listed(watcher)
    # What was seen is still there while nobody answers.
    assert records(watcher, "shop")
    remote.start()
    call(remote, 20)
    same(watcher, remote)
    wait_for("shop to answer again", lambda: listed(watcher)["state"] == "ok", 90)


def check_earnings(watcher, remote):
    articles = remote.http("GET", "/articles").json()["articles"]
    priced = [a for a in articles if a.get("price_micros")]
    for i in range(3):
        reader = Reader(remote)
        answer = reader.pledge(priced[i]["id"], priced[i]["price_micros"])
        assert answer.status in (200, 201), answer
    there = remote.earnings()
    here = watcher.control("GET", "/v1/deployments/shop/earnings").json()
    assert here["publisher_micros"] == there["publisher_micros"] != "0", (here, there)
    assert watcher.ctl("connect", "earnings", "shop")["publisher_micros"] == \
        there["publisher_micros"]
    month = time.strftime("%Y-%m", time.gmtime())
    for path in ("payouts", f"trace?article={priced[0]['id']}&limit=5",
                 f"statement?month={month}"):
        assert watcher.control("GET", f"/v1/deployments/shop/{path}").status == 200, path
    assert watcher.control("GET", "/v1/deployments/shop/statement?month=soon").status == 400
    first = wait_for("a checkpoint", lambda: (lambda v: v if v["rows"] > 0 else None)(
        watcher.ctl("connect", "verify", "shop")))
    assert first["ok"] and first["root"], first
    reader = Reader(remote)
    assert reader.pledge(priced[3]["id"], priced[3]["price_micros"]).status in (200, 201)
    again = wait_for("more rows", lambda: (lambda v: v if v["rows"] > first["rows"] else None)(
        watcher.ctl("connect", "verify", "shop")))
    assert again["ok"] and not again["first"], again
    check_rewritten(watcher, remote, priced[4])


def check_rewritten(watcher, remote, article):
    """An old copy of the books in place of the new ones is told apart."""
    money, saved = remote.data_dir / "money", remote.data_dir / "money-before"
    remote.stop()
    shutil.copytree(money, saved)
    remote.start()
    before = watcher.ctl("connect", "verify", "shop", check=False)
    assert Reader(remote).pledge(article["id"], article["price_micros"]).status in (200, 201)

    def verify(is_so):
        found = watcher.ctl("connect", "verify", "shop", check=False)
        return found if found and is_so(found) else None

    wait_for("more rows", lambda: verify(
        lambda v: v.get("ok") and v["rows"] > (before or {}).get("rows", 0)), 90)
    remote.stop()
    shutil.rmtree(money)
    shutil.copytree(saved, money)
    remote.start()
    found = wait_for("the alarm", lambda: verify(
        lambda v: "REWRITTEN" in (v.get("message") or "")), 90)
    assert not found["ok"], found


def check_removed(watcher):
    folder = watcher.data_dir / "telemetry" / "deployments" / "shop"
    assert folder.exists()
    assert watcher.control("DELETE", "/v1/deployments/shop").status == 200
    wait_for("what was collected to go", lambda: not folder.exists())
    assert not (watcher.data_dir / "secrets" / "shop").exists()


def check_drain(remote, certificate):
    """SIGTERM: whoever is being served is served, readiness says that it drains, nobody new, exit
    status 0."""
    assert https(remote.ready["listen"], certificate, "/readyz").status == 200
    # An instance is there: a call that waits for one is refused. Stopping takes 10 s at most.
    call(remote, 1)
    remote.ctl("faults", "add", "function:Content", "latency", "--delay", "4000ms")
    running = 'farthing_concurrent_invocations{function="Content"} 1'
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(remote.http, "GET", "/articles")
        wait_for("the call to run", lambda: running in remote.http(
            "GET", "/metrics", listener="metrics").body.decode())
        remote.process.send_signal(signal.SIGTERM)
        drains = wait_for("readiness to end", lambda: (
            lambda a: a if a.status != 200 else None)(remote.control("GET", "/readyz")))
        assert drains.status == 503 and drains.json()["state"] == "draining", drains
        assert answer.result(DEADLINE_S).status == 200, answer.result()
    assert remote.stop() == 0
    where = urllib.parse.urlsplit(remote.ready["listen"])
    try:
        socket.create_connection((where.hostname, where.port), timeout=5).close()
        raise AssertionError("somebody still listens")
    except OSError:
        pass


def main():
    tap = Tap()
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl is not installed")
        return 0
    folder = tempfile.mkdtemp(prefix="farthing-remote-")
    try:
        certificate = make_certificate(folder)
        assert len(pin_of(certificate[0])) == 64
        tap.run("what cannot be listened on is refused", check_refusals, folder, certificate)
        remote_dir = tempfile.mkdtemp(dir=folder)
        watcher_dir = tempfile.mkdtemp(dir=folder)
        # Ports of its own, so that it is found again after a restart.
        with Platform("--listen", f"127.0.0.1:{free_port()}", "--tls-cert", certificate[0],
                      "--tls-key", certificate[1], "--trusted-proxy", "127.0.0.0/8",
                      data_dir=remote_dir) as remote, \
                Platform(data_dir=watcher_dir, environment=FILES) as watcher:
            tap.run("tokens and scopes", check_door, remote, certificate[0])
            tap.run("guesses", check_guesses, remote, certificate[0])
            tap.run("Prometheus with a token file", check_scrape, remote, certificate[0], folder)
            connect(watcher, remote, certificate[0])
            tap.run("the same figures", check_watch, watcher, remote)
            tap.run("earnings and journal", check_earnings, watcher, remote)
            tap.run("kills and silence", check_catch_up, watcher, remote)
            tap.run("removed", check_removed, watcher)
            tap.run("drain", check_drain, remote, certificate[0])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
