# SPDX-License-Identifier: GPL-3.0-or-later
"""What a desktop has around a sandbox, each of the test's own, and the steps of the story that need
it: a Secret Service that was unlocked at login, portals that write down what they were asked, and a
loudspeaker that keeps what it heard."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gi.repository import Gio, GLib

from driver import poll
from ears import LOUD, Ears

HERE = Path(__file__).resolve().parent


class Desktop:
    """Mixed into a Story, which has the programs, the window and a folder for what comes out."""

    def start_desktop(self):
        self.helpers = []
        # One connection throughout: what the Secret Service opens for it ends with it.
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.asked = self.out / "portal.log"
        self.no_background = self.out / "portal.no-background"
        self.ears = None

    def end_desktop(self):
        for helper in self.helpers:
            helper.terminate()
            helper.wait(timeout=60)
        if self.ears is not None:
            self.ears.end()

    def call(self, name, path, interface, method, arguments=None):
        return self.bus.call_sync(name, path, interface, method, arguments, None,
                                  Gio.DBusCallFlags.NONE, 60000, None).unpack()

    def wait_for_name(self, name):
        """Asking the service itself might start another one, that nobody has unlocked."""
        poll(name, lambda: self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                     "NameHasOwner", GLib.Variant("(s)", (name,)))[0])

    def portal_calls(self, method):
        return [call["arguments"] for call in map(json.loads, self.asked.read_text().splitlines())
                if call["method"] == method]

    # The steps.

    def unlocks_the_keyring(self):
        """As a desktop does at login; the Secret Service is the one name talked to."""
        shutil.rmtree(Path(os.environ["XDG_DATA_HOME"]) / "keyrings", ignore_errors=True)
        keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.helpers.append(keyring)
        keyring.stdin.write(b"of the test's own")
        keyring.stdin.close()
        self.wait_for_name("org.freedesktop.secrets")

    def secrets_of(self, deployment):
        """What the Secret Service holds for a deployment."""
        name, path = "org.freedesktop.secrets", "/org/freedesktop/secrets"
        service = "org.freedesktop.Secret.Service"
        _, session = self.call(name, path, service, "OpenSession",
                               GLib.Variant("(sv)", ("plain", GLib.Variant("s", ""))))
        unlocked, locked = self.call(name, path, service, "SearchItems", GLib.Variant(
            "(a{ss})", ({"deployment": deployment},)))
        assert not locked, locked
        found, = self.call(name, path, service, "GetSecrets",
                           GLib.Variant("(aoo)", (unlocked, session)))
        return [bytes(secret[2]) for secret in found.values()]

    def opens_the_portals(self):
        """What a desktop offers to a sandbox that has no permission for it."""
        self.helpers.append(subprocess.Popen(
            [sys.executable, HERE / "portal.py", self.asked, self.no_background]))
        self.wait_for_name("org.freedesktop.portal.Desktop")

    def listens(self):
        """From before the first sandbox: it is given the socket that is there when it starts."""
        self.ears = Ears(os.environ["XDG_RUNTIME_DIR"])
        poll("the sound server", self.ears.ready)
        self.ears.listen()
        poll("the loudspeaker", lambda: self.ears.heard()[0] > 0)

    def gives_an_ad_its_sound(self):
        """A film plays on the session's sound server: muted, as ads begin, and aloud once that is
        asked for. It waits for the window to have the focus, which is time to ask."""
        assert self.ears.players() > 0, "the ad that was watched did not play on the sound server"
        _, loudest = self.ears.heard()
        assert loudest == 0, f"an ad made a sound unasked: {loudest}"
        title = "Twelve hours and twenty-five minutes"
        self.show("Reader")
        self.app.scroll_to(self.app.wait(title, "table cell"))
        self.open_article(title, "Watch an Ad")
        self.app.screen.unfocus()
        self.app.press("Watch an Ad")
        self.app.wait("Paused while you are elsewhere")
        self.app.press("Sound")
        self.app.screen.focus()
        self.app.wait("Opened with an ad")
        poll("the loudspeaker to be heard", lambda: self.ears.heard()[1] >= LOUD)
        self.back_to_articles()

    def notifies(self):
        """An alarm is told through the portal of notifications."""
        alarm = self.programs.ctl("alarms", "add", "invocations", "above", "0", "--window",
                                  "3600", "--name", "Readers come")
        poll("the notification", lambda: any(
            call[1]["title"] == "Readers come" for call in self.portal_calls("AddNotification")))
        self.programs.ctl("alarms", "remove", alarm["id"])

    def background_is_refused(self):
        """The desktop says no: then it is off again, and closing the window ends the platform."""
        self.no_background.touch()
        self.app.key("ctrl+comma")
        self.app.wait("Keep running in background", "list item")
        self.app.wait_focus_in_dialog("Keep running in background")
        self.app.key_in_dialog("space")
        poll("the desktop to be asked", lambda: self.portal_calls("RequestBackground"))
        poll("it to be off again", lambda: "run-in-background=false" in self.settings.read_text())
        self.app.close_dialog()
        self.stop()
        self.no_background.unlink()
        self.launch()

    def keep_running(self):
        """Not without the desktop's leave."""
        before = len(self.portal_calls("RequestBackground"))
        super().keep_running()
        asked = self.portal_calls("RequestBackground")[before:]
        assert asked and all(call[1].get("reason") for call in asked), asked
