#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A publication goes from test money to live money as its operator takes it there by the help page:
its own certificate authority, a TLS front before the gateway, a payment provider elsewhere
(live_provider.py, over HTTPS), its key in no flag and no template, and "farthingctl golive" asked at
every step. Then one purchase is paid, and given back."""

import hashlib
import http.client
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import (BUILD, DEADLINE_S, FARTHINGCTL, Answer, Platform, Reader, Tap,  # noqa: E402
                              wait_for)

HERE = Path(__file__).parent
KEY, OTHER_KEY = "sk_live_of_a_shop_in_this_test", "sk_test_of_a_shop_in_this_test"
SECRET, TEST_SECRET = "whsec_ofAnEndpointInThisTest", "whsec_test_ropewalk"
PRICE = 600_000
CHECKS = ("live", "secrets", "provider", "cashier", "webhooks", "tls", "tokens", "payer", "backup",
          "refund")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=DEADLINE_S)


def make_certificates(folder):
    """An authority, and a certificate that it signed for this machine."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *curve, "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem",
            "-days", "2", "-subj", "/CN=An authority of a test",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *curve, "-keyout", f"{folder}/here.key", "-out", f"{folder}/here.csr",
            "-subj", "/CN=localhost")
    (folder / "here.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n"
                                     "extendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", f"{folder}/here.csr", "-CA", f"{folder}/ca.pem", "-CAkey",
            f"{folder}/ca.key", "-CAcreateserial", "-days", "2", "-extfile",
            f"{folder}/here.ext", "-out", f"{folder}/here.pem")
    return folder / "ca.pem", folder / "here.pem", folder / "here.key"


class Provider:
    """The provider elsewhere, a program of its own."""

    def __init__(self, authority, certificate, key):
        self.trust = ssl.create_default_context(cafile=authority)
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "live_provider.py"), certificate, key, authority],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(f"{KEY}\n{SECRET}\n")
        self.process.stdin.flush()
        self.port = json.loads(self.process.stdout.readline())["port"]

    def say(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def pay(self, url):
        """The reader pays on its page; where it leads back to."""
        url = urllib.parse.urlsplit(url)
        assert (url.scheme, url.port) == ("https", self.port), url
        connection = http.client.HTTPSConnection("127.0.0.1", url.port, timeout=DEADLINE_S,
                                                 context=self.trust)
        connection.request("POST", url.path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status == 303, answer.status
        return answer.headers["Location"]

    def end(self):
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


class Front:
    """What an operator puts before the gateway: TLS, and who the reader asked for."""

    def __init__(self, authority, certificate, key):
        front = self
        self.trust = ssl.create_default_context(cafile=authority)
        self.platform = None

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {k: v for k, v in self.headers.items()
                           if k.lower() not in ("host", "connection", "content-length")}
                headers["X-Forwarded-Proto"] = "https"
                answer = front.platform.http(self.command, self.path, body or None, headers)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("connection", "content-length", "transfer-encoding",
                                            "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = forward

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def http(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection("localhost", self.server.server_port,
                                                 timeout=DEADLINE_S, context=self.trust)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def publish(folder, authority, port):
    """The operator's copy of the publication, and its template for live money: the provider stands
    at another address here, and its certificate is of a private authority."""
    shutil.copytree(BUILD / "publication", folder, symlinks=True,
                    ignore=shutil.ignore_patterns("stores"))
    for path in folder.glob("articles/*.md"):
        path.write_text("\n".join("price: 0.60" if line.startswith("price:") else line
                                  for line in path.read_text().split("\n")))
    path = folder / "publication.yaml"
    path.write_text("\n".join("price: 0.60" if line.startswith("price:") else line
                              for line in path.read_text().split("\n")
                              if not line.startswith(("price_rules:", "  - {name"))))
    shutil.copy(authority, folder / "provider-ca.pem")
    template = folder / "live.yaml"
    text = template.read_text()
    assert "sk_" not in text and "whsec_" not in text and "ProviderKey" not in text
    assert text.count("PROVIDER_URL: https://api.stripe.com\n") == 3 == \
        text.count("Egress: [api.stripe.com]\n")
    template.write_text(
        text.replace("PROVIDER_URL: https://api.stripe.com\n",
                     f"PROVIDER_URL: https://127.0.0.1:{port}\n"
                     "          PROVIDER_CA_FILE: provider-ca.pem\n")
        .replace("Egress: [api.stripe.com]", f"Egress: ['127.0.0.1:{port}']"))
    return template


def golive(p, *words):
    """What the checklist says, as programs and as people read it: the same."""
    def asked(*more):
        return subprocess.run([str(FARTHINGCTL), "golive", *words, *more, "--data-dir",
                               str(p.data_dir)], capture_output=True, text=True, env=p.env,
                              timeout=180, check=False)
    result = asked("--json")
    answer = json.loads(result.stdout)
    checks = {c["check"]: c for c in answer["checks"]}
    assert tuple(checks) == CHECKS, tuple(checks)
    assert result.returncode == (0 if answer["ready"] else 1), result
    assert answer["ready"] == all(c["ok"] for c in checks.values()), answer
    return checks, answer["ready"], asked


def holds(checks, **wanted):
    """Each named check: True, or a part of the text that says what to do."""
    for name, want in wanted.items():
        one = checks[name]
        assert one["ok"] is (want is True), (name, one)
        assert want is True or want in one["text"], (name, want, one["text"])


def digest(folder):
    """Every byte below a folder."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def refuse_other_money(data_dir, kind, template):
    """Books of one kind are not opened as the other, and stay as they were."""
    before = digest(data_dir / "money")
    try:
        with Platform("--money", kind, data_dir=data_dir, template=template):
            raise RuntimeError("they were opened")
    except AssertionError as ended:
        told = str(ended)
    other = "test" if kind == "live" else "live"
    assert f"{other} money" in told, told
    assert digest(data_dir / "money") == before


def read(path):
    """A process may have ended meanwhile."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


class Story:
    """One operator's way; each step stands on the one before."""

    def __init__(self, folder):
        self.folder = folder
        self.authority, certificate, key = make_certificates(folder)
        self.front = Front(self.authority, certificate, key)
        self.provider = Provider(self.authority, certificate, key)
        self.template = publish(folder / "publication", self.authority, self.provider.port)
        self.data = folder / "live"
        self.data.mkdir()
        self.listen = ("--listen", "127.0.0.1:0", "--tls-cert", str(certificate), "--tls-key",
                       str(key))
        self.p = None

    def start(self, *extra, **environment):
        self.p = self.front.platform = Platform(
            "--money", "live", *extra, template=self.template, data_dir=self.data,
            environment={"FARTHING_SECRETS": "file", **environment}).start()
        self.provider.say(f"hook {self.front.url}/webhooks/provider")

    def stop(self):
        if self.p is not None and self.p.process is not None:
            assert self.p.stop() == 0
            shutil.rmtree(self.p.runtime, ignore_errors=True)

    def end(self):
        if self.p is not None and self.p.process is not None:
            print("farthingd said:\n" + self.p.stderr()[-8000:], file=sys.stderr)
        self.stop()
        self.provider.end()
        self.front.end()

    def keep(self, name, text):
        """As the operator does, from standard input; the functions have it from their next call."""
        result = subprocess.run([str(FARTHINGCTL), "secret", "set", name, "--data-dir",
                                 str(self.data)], input=text + "\n", capture_output=True,
                                text=True, env=self.p.env, timeout=DEADLINE_S, check=False)
        assert text not in result.stdout + result.stderr, "it is shown"
        return result

    def until(self, check, text):
        """A function that could not be made is made again after a few seconds."""
        def asked():
            one = golive(self.p)[0][check]
            return text in one["text"] and one
        return wait_for(f"{check}: {text}", asked, 120)

    # ---- the steps ----

    def somebody_elses_client(self):
        """The provider elsewhere is asked by Stripe's own client first, where test-stripe has
        installed it: what follows is proven against a format, not against ourselves."""
        modules = BUILD / "tests" / "stripe" / "npm"
        if not (modules / "installed").exists() or not shutil.which("node"):
            print("# npm's stripe is not installed here: left out", flush=True)
            return
        result = subprocess.run(
            ["node", str(HERE.parent / "stripe" / "live.mjs"), str(self.provider.port),
             str(modules), KEY, SECRET], input=json.dumps(self.provider.say("card")), text=True,
            env=dict(os.environ, NODE_EXTRA_CA_CERTS=str(self.authority)), capture_output=True,
            timeout=120, check=False)
        assert result.returncode == 0, result.stderr
        self.provider.say("reset")

    def test_money(self):
        """On test money: what is missing is said, and the books stay test money."""
        data = self.folder / "test"
        data.mkdir()
        with Platform(data_dir=data) as p:
            assert p.ctl("status")["money"] == "test"
            checks, ready, asked = golive(p)
            holds(checks, live="farthingctl up --money live", tls="--url https://",
                  secrets="has its key in the template", provider="key for test money",
                  cashier="Cashier has a key for test money",
                  webhooks="Webhook has a key for test money",
                  tokens="farthingctl token create", payer="farthingctl payout account",
                  backup="farthingctl backup", refund="buy an article yourself")
            assert not ready
            told = asked().stdout
            assert told.endswith("Not ready.\n") and told.count("[    ]") == len(CHECKS), told
        refuse_other_money(data, "live", self.template)

    def no_secrets(self):
        """The live template has no key: each function says which secret is missing, and the command
        that puts it there; a file that others may read is not used."""
        self.start()
        print(f"# isolation: {self.p.ready['isolation']}", flush=True)
        assert self.p.ctl("status")["money"] == "live"
        checks, ready, _ = golive(self.p)
        missing = "“provider-key”, which is not here: farthingctl secret set provider-key"
        holds(checks, live=True, provider=missing, cashier=missing, webhooks="secret",
              secrets="farthingctl secret set provider-key; farthingctl secret set webhook-secret")
        assert not ready and "RequestId" not in str(checks), checks
        # A reader is told that, and nothing of secrets; the operator's log says what to do.
        refused = self.reader().http("POST", "/wallet/setups", {"key": os.urandom(16).hex()})
        assert (refused.status, refused.error_code) == (503, "payments_not_set_up"), refused
        assert json.loads(refused.body) == {"error": {
            "code": "payments_not_set_up",
            "message": "This publication cannot take payments yet"}}, refused
        self.logged("Cashier", "farthingctl secret set provider-key")
        assert {s["name"]: (s["place"], s["functions"]) for s in self.p.ctl("secret")["secrets"]} \
            == {"provider-key": (None, ["Cashier", "Settle", "Webhook"]),
                "webhook-secret": (None, ["Webhook"])}
        path = self.data / "secrets" / "local"
        path.parent.mkdir(mode=0o700)
        path.write_text(json.dumps({"provider-key": OTHER_KEY}))
        path.chmod(0o644)
        self.until("provider", "may be read by others")
        assert "may be read by others" in golive(self.p)[0]["secrets"]["text"]
        refused = self.keep("provider-key", OTHER_KEY)
        assert refused.returncode != 0 and "make it 0600" in refused.stderr, refused
        path.unlink()

    def test_key(self):
        """A key for test money beside live books moves nothing; the provider is not even asked."""
        kept = self.keep("provider-key", OTHER_KEY)
        assert kept.returncode == 0 and \
            kept.stdout == "“provider-key” is kept in secrets/local, for Cashier, Settle and " \
            "Webhook.\n", kept
        assert self.keep("webhook-secret", TEST_SECRET).returncode == 0
        checks, _, _ = golive(self.p)
        holds(checks, secrets=True, provider="key for test money", cashier="key for test money")
        self.provider.say("asked")
        me = self.reader()
        refused = me.http("POST", "/wallet/setups", {"key": os.urandom(16).hex()})
        assert refused.status == 503 and refused.error_code == "payments_not_set_up", refused
        # (Each minute the scheduled function asks for disputes, and is sent away.)
        assert [a for a in self.provider.say("asked")["asked"] if a["path"] != "disputes"] == []
        self.logged("Cashier", "is a key for test money: nothing is moved")

    def known_secret(self):
        """The live key, while the platform runs on, and the secret of webhooks that stands in
        everybody's template."""
        assert self.keep("provider-key", KEY).returncode == 0
        checks, _, _ = golive(self.p)
        holds(checks, provider=True, webhooks="the secret of the live endpoint",
              cashier="write PUBLIC_URL")
        # Nobody has said where readers come from, and this one came without TLS.
        refused = Reader(self.p).http("POST", "/wallet/setups", {"key": "a"})
        assert refused.status == 503 and refused.error_code == "payments_not_set_up", refused
        self.logged("Cashier", "Set PUBLIC_URL of Cashier")
        text = self.template.read_text()
        assert text.count('PUBLIC_URL: ""') == 1
        self.template.write_text(text.replace('PUBLIC_URL: ""', f'PUBLIC_URL: "{self.front.url}"'))
        self.stop()

    def secrets_in_place(self):
        """The live key in a file, the other one among systemd's credentials; neither is shown."""
        credentials = self.folder / "credentials"
        credentials.mkdir()
        (credentials / "farthing.local.webhook-secret").write_text(SECRET + "\n")
        self.start(*self.listen, CREDENTIALS_DIRECTORY=str(credentials))
        checks, ready, _ = golive(self.p)
        # Nobody said where readers come from: where Cashier leads them back to.
        holds(checks, live=True, secrets=True, provider=True, cashier=True, webhooks=True,
              tls=f"Readers do not get through at {self.front.url}")
        assert not ready
        places = {s["name"]: s["place"] for s in self.p.ctl("secret", "list")["secrets"]}
        assert places == {"provider-key": "file", "webhook-secret": "credential"}, places
        refused = self.keep("webhook-secret", SECRET)
        assert refused.returncode == 1 and "farthing.local.webhook-secret" in refused.stderr, refused
        shown = self.p.control("GET", "/v1/functions").body + \
            self.p.control("GET", "/v1/functions/Settle").body
        assert KEY.encode() not in shown and SECRET.encode() not in shown
        kept = [path for path in self.data.rglob("*") if path.is_file() and
                (KEY.encode() in path.read_bytes() or SECRET.encode() in path.read_bytes())]
        assert kept == [self.data / "secrets" / "local"], kept
        assert kept[0].stat().st_mode & 0o777 == 0o600
        assert KEY not in self.p.stderr() and SECRET not in self.p.stderr()
        # Functions have it in their variables; nobody has it in an argument, nor farthingd anywhere.
        seen = list(Path("/proc").glob("[0-9]*/cmdline")) + \
            [Path("/proc") / str(self.p.ready["pid"]) / "environ"]
        assert not [p for p in seen if KEY.encode() in read(p) or SECRET.encode() in read(p)]

    def tls(self):
        """A certificate that nobody vouches for is no way for readers."""
        checks, _, _ = golive(self.p, "--url", self.front.url)
        holds(checks, tls="Readers do not get through")
        checks, _, _ = golive(self.p, "--url", self.front.url, "--ca-file",
                              str(self.folder / "none.pem"))
        holds(checks, tls="none.pem")
        checks, _, _ = golive(self.p, *self.urls())
        holds(checks, tls=True)

    def urls(self):
        return "--url", self.front.url, "--ca-file", str(self.authority)

    def listening(self):
        """From elsewhere: over TLS, with a token that may only look, and it says live money."""
        url = urllib.parse.urlsplit(self.p.ready["listen"])
        token = self.p.ctl("token", "add", "office")["token"]

        def status(headers):
            connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=DEADLINE_S,
                                                     context=self.front.trust)
            try:
                connection.request("GET", "/v1/status", headers=headers)
                answer = connection.getresponse()
                return answer.status, answer.read()
            finally:
                connection.close()
        assert status({})[0] == 401
        code, body = status({"Authorization": f"Bearer {token}"})
        assert code == 200 and json.loads(body)["money"] == "live", (code, body)

    def papers(self):
        """Tokens, who pays out, a backup that verifies."""
        p = self.p
        p.ctl("token", "create", "ann", "--role", "publisher", "--scope", "ropewalk")
        checks, _, _ = golive(p)
        holds(checks, tokens=True, payer="farthingctl payout account")
        p.ctl("payout", "account", "--legal-name", "Rope Walk", "--iban",
              "DE89370400440532013000")
        backup = self.folder / "backup"
        p.ctl("backup", str(backup))
        assert p.ctl("ledger", "verify", "--data-dir", str(backup))["ok"] is True
        books = next(path for path in backup.rglob("ledger.db"))
        whole = books.read_bytes()
        books.write_bytes(whole[:5000] + bytes(len(whole) - 5000))
        checks, _, _ = golive(p, "--backup", str(backup))
        holds(checks, payer=True, backup="No backup of the last 7 days that verifies")
        books.write_bytes(whole)
        checks, ready, _ = golive(p, *self.urls(), "--backup", str(backup))
        holds(checks, backup=True, refund="take the article back")
        assert not ready and [n for n in CHECKS if not checks[n]["ok"]] == ["refund"], checks

    def reader(self):
        return Reader(self.front)

    def logged(self, function, text):
        """A line of a log may be read a moment after the answer."""
        wait_for(f"“{text}” in the log of {function}", lambda: text in self.p.control(
            "GET", f"/v1/logs?function={function}&limit=1000").body.decode())

    def purchase(self):
        """The operator buys an article in a terminal, pays at the provider's page and gives it back:
        the help page's steps. Messages claim it, in vain without the signature."""
        p, provider = self.p, self.provider
        article = p.ctl("articles")[0]["id"]
        p.ctl("read", article, "--pay")
        begun = p.ctl("wallet", "method")
        assert begun["state"] == "open" and begun["kind"] == "setup", begun
        back = provider.pay(begun["url"])
        assert back == f"{self.front.url}/wallet/return", back
        page = self.front.http("GET", urllib.parse.urlsplit(back).path)
        assert page.status == 200 and b"close this page" in page.body, page
        told = provider.say("tell forged")["told"] + provider.say("tell stale")["told"]
        assert [(t[1], json.loads(t[2])["error"]["code"]) for t in told] == \
            [(400, "webhook_forged")], told
        assert provider.say("sums")["charges"] == 0
        done = p.ctl("wallet", "visit", begun["checkout"])
        assert done["state"] == "succeeded" and done["charge"]["state"] == "succeeded", done
        assert done["charge"]["amount_micros"] == str(PRICE), done
        assert provider.say("sums") == {"charged": 60, "charges": 1, "refunded": 0}
        told = provider.say("tell stale")["told"]
        assert [(t[1], json.loads(t[2])["error"]["code"]) for t in told] == \
            [(400, "webhook_stale")], told
        assert not golive(p)[0]["refund"]["ok"]

        p.ctl("read", article, "--refund")
        assert not golive(p)[0]["refund"]["ok"], "it is in the wallet, not on the card"
        assert p.ctl("wallet", "refund")["refunded_micros"] == str(PRICE)
        assert provider.say("sums") == {"charged": 60, "charges": 1, "refunded": 60}
        told = provider.say("tell")["told"]
        assert [t[:2] for t in told] == [["refund.created", 200]], told
        assert p.ctl("wallet")["wallet_micros"] == "0"
        asked = [a for a in provider.say("asked")["asked"] if a["status"] != 401]
        assert all(a["status"] == 200 for a in asked), asked
        assert all(a["key"] for a in asked if a["method"] == "POST"), asked

    def ready(self):
        checks, ready, asked = golive(self.p, *self.urls(), "--backup",
                                      str(self.folder / "backup"))
        assert ready and all(c["ok"] for c in checks.values()), checks
        result = asked()
        assert result.returncode == 0 and result.stdout.endswith("\nReady.\n"), result
        assert result.stdout.count("[ok]") == len(CHECKS) and "[    ]" not in result.stdout, result
        verdict = self.p.ctl("ledger", "verify")
        assert verdict["ok"] is True, verdict
        for line in self.p.ctl("statement")["books"]:
            assert line["account"] != "reader_tab" or line["closing_micros"] == "0", line

    def other_money(self):
        """A provider that suddenly speaks of test money is not believed, whoever says it."""
        me, before = self.reader(), self.p.transfers()
        topup = {"key": os.urandom(16).hex(), "amount_micros": "5000000"}
        begun = me.http("POST", "/wallet/topups", topup).json()
        assert me.http("POST", "/wallet/topups", topup).json()["url"] == begun["url"]
        self.provider.pay(begun["url"])
        self.provider.say("mode test")
        told = self.provider.say("tell")["told"]
        assert told and {(t[1], json.loads(t[2])["error"]["code"]) for t in told} == \
            {(400, "webhook_other_money")}, told
        seen = me.http("GET", f"/wallet/checkouts/{begun['checkout']}")
        assert seen.status == 503 and seen.error_code == "provider_unavailable", seen
        checks, _, _ = golive(self.p, *self.urls())
        holds(checks, provider="answers about test money")
        assert self.p.transfers() == before and self.p.ctl("ledger", "verify")["ok"] is True
        self.provider.say("mode live")
        seen = me.http("GET", f"/wallet/checkouts/{begun['checkout']}").json()
        assert seen["state"] == "succeeded" and seen["wallet_micros"] == "5000000", seen

    def nothing_played(self):
        """What is for tries is refused, each with its own error, and nothing moves."""
        p, before = self.p, self.p.transfers()
        traffic = p.control("PUT", "/v1/traffic", {"readers_per_second": 1, "duration_s": 1,
                                                   "seed": 1})
        assert traffic.status == 409 and traffic.error_code == "live_money", traffic
        fault = p.control("POST", "/v1/faults", {"target": "function:Settle",
                                              "kind": "error"})
        assert fault.status == 409 and fault.error_code == "live_money", fault
        clock = p.control("POST", "/v1/clock", {"advance_us": 1_000_000})
        assert clock.status == 409, clock
        assert p.http("POST", "/provider/v1/customers").status == 404
        named = self.reader().http("POST", "/wallet/methods", {"key": "b", "method":
                                                               "pm_card_visa"})
        assert named.status == 422 and named.error_code == "method_refused", named
        assert p.transfers() == before

    def never_back(self):
        self.stop()
        refuse_other_money(self.data, "test", self.template)
        assert subprocess.run([str(FARTHINGCTL), "ledger", "verify", "--data-dir",
                               str(self.data)], capture_output=True, timeout=DEADLINE_S,
                              check=False).returncode == 0


def main():
    tap = Tap()
    folder = Path(tempfile.mkdtemp(prefix="farthing-golive-"))
    folder.chmod(0o755)  # functions of a platform that root runs are another user
    story = None
    try:
        story = Story(folder)
        for step in (story.somebody_elses_client, story.test_money, story.no_secrets, story.test_key, story.known_secret,
                     story.secrets_in_place, story.tls, story.listening, story.papers,
                     story.purchase, story.ready, story.other_money, story.nothing_played,
                     story.never_back):
            tap.run(step.__name__.replace("_", " "), step)
            if tap.failed:
                break  # what follows stands on it
    finally:
        if story:
            story.end()
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
