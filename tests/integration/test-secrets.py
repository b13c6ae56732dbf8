#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the secrets of deployments, and of this platform's own functions, go: the session's Secret
Service where there is one (a real gnome-keyring on a bus of the test's own), a file where there is
none, and a credential of systemd's before both. What arrives at the other end says which was used.
farthingctl asks for one on a terminal of its own, and shows it nowhere."""

import http.server
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path

from gi.repository import Gio, GLib

from farthing_testing import BUILD, DEADLINE_S, FARTHINGCTL, Platform, Tap, wait_for

SECRET = "open-sesame-4711"
# Nothing is started because somebody asks for it.
BUS = """<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Server:
    """Answers every query with nothing, and keeps who asked."""

    def __init__(self):
        tokens = self.tokens = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                tokens.append(self.headers.get("Authorization"))
                body = json.dumps({"status": "success",
                                   "data": {"resultType": "vector", "result": []}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Session:
    """A session bus, and a keyring that was unlocked at login."""

    def __init__(self, folder):
        self.folder = folder
        config = Path(folder) / "bus.conf"
        config.write_text(BUS.format(folder=folder))
        self.bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.bus.stdout.readline().strip()
        self.keyring = None

    def unlock(self):
        env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.address, XDG_DATA_HOME=self.folder,
                   XDG_RUNTIME_DIR=self.folder, XDG_CONFIG_HOME=self.folder)
        self.keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        self.keyring.stdin.write(b"of the test's own")
        self.keyring.stdin.close()
        self.connection = Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        wait_for("the Secret Service", lambda: self.call(
            "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
            GLib.Variant("(s)", ("org.freedesktop.secrets",)))[0])

    def call(self, name, path, interface, method, arguments):
        return self.connection.call_sync(name, path, interface, method, arguments, None,
                                         Gio.DBusCallFlags.NONE, 60000, None).unpack()

    def items(self, deployment="kept"):
        """Of a deployment: paths of what the service holds."""
        unlocked, locked = self.call(
            "org.freedesktop.secrets", "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service", "SearchItems",
            GLib.Variant("(a{ss})", ({"deployment": deployment},)))
        return unlocked + locked

    def lock(self, collection):
        locked, _ = self.call("org.freedesktop.secrets", "/org/freedesktop/secrets",
                              "org.freedesktop.Secret.Service", "Lock",
                              GLib.Variant("(ao)", ([collection],)))
        assert locked == [collection], locked

    def end(self):
        for process in (self.keyring, self.bus):
            if process is not None:
                process.terminate()
                process.wait(60)
        self.bus.stdout.close()


def holders(folder):
    return [p for p in Path(folder).rglob("*") if p.is_file() and
            SECRET.encode() in p.read_bytes()]


def add(platform, server):
    answer = platform.control("POST", "/v1/deployments", {
        "id": "kept", "kind": "prometheus", "secrets": {"token": SECRET},
        "settings": {"url": server.url, "profile": "openfaas"}})
    assert answer.status == 201, answer


def used(platform, server, token=SECRET):
    server.tokens.clear()

    def asked():
        platform.control("POST", "/v1/deployments/kept/test")
        return f"Bearer {token}" in server.tokens
    wait_for("the token to be used", asked)


def service(folder, session, server):
    environment = {"DBUS_SESSION_BUS_ADDRESS": session.address}
    data = Path(folder) / "data"
    data.mkdir()
    with Platform(data_dir=data, environment=environment) as platform:
        add(platform, server)
        used(platform, server)
        assert len(session.items()) == 1, session.items()
    assert holders(data) == [], "the service keeps it, and no file does"
    # Read back after a restart, and gone with the deployment.
    with Platform(data_dir=data, environment=environment) as platform:
        used(platform, server)
        assert platform.control("DELETE", "/v1/deployments/kept").status == 200
        wait_for("it to be forgotten", lambda: session.items() == [])


def nobody(folder, session, server):
    """A session without a Secret Service: a file, which only its owner may read."""
    data = Path(folder) / "bare"
    data.mkdir()
    with Platform(data_dir=data,
                  environment={"DBUS_SESSION_BUS_ADDRESS": session.address}) as platform:
        add(platform, server)
        used(platform, server)
        found = holders(data)
        assert found == [data / "secrets" / "kept"], found
        assert found[0].stat().st_mode & 0o777 == 0o600
        assert found[0].parent.stat().st_mode & 0o777 == 0o700
    # A file that others may read is not used, and said.
    found[0].chmod(0o644)
    with Platform(data_dir=data,
                  environment={"DBUS_SESSION_BUS_ADDRESS": session.address}) as platform:
        message = wait_for("it to be said", lambda: next(
            (d["message"] for d in platform.control("GET", "/v1/deployments").json()["deployments"]
             if d["id"] == "kept" and d["message"]), None))
        assert "0600" in message, message


def credential(folder, server):
    """systemd's goes before what is kept, and is not written anywhere."""
    data, credentials = Path(folder) / "system", Path(folder) / "credentials"
    data.mkdir()
    credentials.mkdir()
    (credentials / "farthing.kept.token").write_text("from-systemd\n")
    environment = {"FARTHING_SECRETS": "file"}
    with Platform(data_dir=data, environment=environment) as platform:
        add(platform, server)
        used(platform, server)
    with Platform(data_dir=data, environment=dict(
            environment, CREDENTIALS_DIRECTORY=str(credentials))) as platform:
        used(platform, server, "from-systemd")
    assert not [p for p in data.rglob("*") if p.is_file() and b"from-systemd" in p.read_bytes()]


def ctl(data, env, *words):
    return subprocess.run([str(FARTHINGCTL), *words, "--data-dir", str(data)], env=env, text=True,
                          capture_output=True, timeout=DEADLINE_S, check=False)


def typed(env, words, text):
    """Runs farthingctl on a terminal, types text where it asks, and returns what the terminal showed
    and how it ended, and whether it echoes again."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(FARTHINGCTL, ["farthingctl", *words], dict(env, TERM="dumb"))
    shown = b""

    def read_on():
        nonlocal shown
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            return True  # it has ended
        return b"(not shown): " in shown
    wait_for("the question", read_on)
    assert termios.tcgetattr(terminal)[3] & termios.ECHO == 0
    os.write(terminal, text)
    status = None
    # What it leaves on the terminal is read while it ends, or it would wait for that.
    while status is None:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            status = os.waitpid(child, 0)[1]
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def own(folder, session):
    """What an operator does for live money: a platform that the terminal starts, a key typed into
    it, which the keyring keeps and the functions have, also after a restart; replaced; removed."""
    data, site = Path(folder) / "live", Path(folder) / "site"
    env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=session.address, XDG_RUNTIME_DIR=folder)
    shutil.copytree(BUILD / "publication", site, symlinks=True,
                    ignore=shutil.ignore_patterns("stores"))
    template = site / "live.yaml"
    template.write_text(  # nobody listens there
        template.read_text().replace("https://api.stripe.com", "https://127.0.0.1:1")
        .replace("[api.stripe.com]", "['127.0.0.1:1']"))
    up = ("up", "--port", "0", "--money", "live")
    refused = ctl(data, env, *up)
    assert refused.returncode == 64 and "live.yaml" in refused.stderr, refused
    refused = ctl(data, env, "up", "--money", "real")
    assert refused.returncode == 64 and "test or live" in refused.stderr, refused
    assert not data.exists()
    command = ("secret", "set", "provider-key", "--data-dir", str(data))
    refused = ctl(data, env, "secret", "set", "provider-key")
    assert refused.returncode == 69 and "farthingctl up" in refused.stderr, refused

    def provider():
        answer = json.loads(ctl(data, env, "golive", "--json").stdout)
        return next(c["text"] for c in answer["checks"] if c["check"] == "provider")
    try:
        started = ctl(data, env, *up, "--template", str(template))
        assert started.returncode == 0 and "with live money" in started.stdout, started
        refused = ctl(data, env, "up", "--money", "test")
        assert refused.returncode == 1 and "holds live money" in refused.stderr, refused
        assert "farthingctl secret set provider-key" in provider()
        shown, code = typed(env, command, b"\x03")
        assert code == -signal.SIGINT, (shown, code)
        shown, code = typed(env, command, b"sk_live_" + SECRET.encode() + b"\n")
        assert code == 0 and "kept in the keyring, for Cashier, Settle and Webhook" in shown, shown
        assert SECRET not in shown, shown
        assert len(session.items("local")) == 1 and holders(data) == []
        assert "does not answer Settle" in provider(), provider()
        listed = ctl(data, env, "secret")
        assert "the keyring" in listed.stdout and SECRET not in listed.stdout, listed
        assert "farthingctl secret set webhook-secret" in listed.stderr, listed
        for word in ("Upper", "a/b", "", "x" * 65):
            refused = ctl(data, env, "secret", "remove", word)
            assert refused.returncode != 0, refused
        refused = ctl(data, env, "secret", "set", "provider-key", SECRET)
        assert refused.returncode == 64 and SECRET not in refused.stderr, refused
        assert ctl(data, env, "down").returncode == 0
        refused = ctl(data, env, "up", "--port", "0")
        assert refused.returncode == 69 and "live money" in refused.stderr, refused
        assert ctl(data, env, *up, "--template", str(template)).returncode == 0
        wait_for("the key out of the keyring", lambda: "does not answer Settle" in provider(), 120)
        assert ctl(data, env, "secret", "remove", "provider-key").returncode == 0
        assert session.items("local") == []
        assert "farthingctl secret set provider-key" in provider()
        again = ctl(data, env, "secret", "remove", "provider-key")
        assert again.returncode != 0 and "farthingctl secret lists them" in again.stderr, again
        # A keyring that has been locked keeps what it has, and that is said.
        assert typed(env, command, b"sk_live_" + SECRET.encode() + b"\n")[1] == 0
        item = session.items("local")[0]
        session.lock(item.rpartition("/")[0])
        kept = ctl(data, env, "secret", "remove", "provider-key")
        assert kept.returncode != 0 and "which is locked: unlock it" in kept.stderr, kept
        assert session.items("local") == [item], "it is still there"
        assert "the keyring" in ctl(data, env, "secret").stdout
    finally:
        ctl(data, env, "down")


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="far-sec-")
    os.chmod(folder, 0o700)
    server = Server()
    session = Session(folder)
    try:
        tap.run("without a Secret Service", nobody, folder, session, server)
        if shutil.which("gnome-keyring-daemon") is None:
            print("# gnome-keyring is not installed: the Secret Service was left out")
        else:
            session.unlock()
            tap.run("the Secret Service", service, folder, session, server)
            tap.run("what functions need", own, folder, session)
        tap.run("systemd's credentials", credential, folder, server)
    finally:
        session.end()
        server.server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
