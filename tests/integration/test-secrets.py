#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the secrets of deployments go: the session's Secret Service where there is one (a real
gnome-keyring on a bus of the test's own), a file where there is none, and a credential of systemd's
before both. What arrives at the other end says which was used."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from gi.repository import Gio, GLib

from farthing_testing import Platform, Tap, wait_for

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

    def items(self):
        """Of the deployment: paths of what the service holds."""
        unlocked, locked = self.call(
            "org.freedesktop.secrets", "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service", "SearchItems",
            GLib.Variant("(a{ss})", ({"deployment": "kept"},)))
        return unlocked + locked

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
        tap.run("systemd's credentials", credential, folder, server)
    finally:
        session.end()
        server.server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
