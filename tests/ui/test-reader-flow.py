#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window, driven through AT-SPI as assistive technology drives it: a reader opens an
article, pledges and reads; watches an ad and reads; a third purchase comes from farthingctl; the
Earnings page then says what `farthingctl earnings --json` says, to the micro. Screenshots of every
page go to build/screenshots.

Runs itself again inside a display and a bus of its own. Nodes are polled for, nothing sleeps for
luck."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(os.environ["FARTHING_BUILD_ROOT"])
SHOTS = BUILD / "screenshots"
DEADLINE_S = 30
PLEDGED, WATCHED, BOUGHT = "the-smallest-coin", "two-per-cent", "slow-bread"
SIZE = "1100x760x24"


def wait_for(what, condition, deadline_s=DEADLINE_S):
    end = time.monotonic() + deadline_s
    while True:
        try:
            value = condition()
        except Exception:  # pylint: disable=broad-except
            value = None  # a node that went away while it was looked at
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s for {what}")
        time.sleep(0.05)


def decimal(micros):
    text = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
    while text.endswith("0") and len(text.split(".")[1]) > 2:
        text = text[:-1]
    return "$" + text


class Window:
    def __init__(self, data_dir):
        import gi
        gi.require_version("Atspi", "2.0")
        from gi.repository import Atspi
        self.atspi = Atspi
        Atspi.init()
        self.process = subprocess.Popen([str(BUILD / "src/desktop/farthing"), "--data-dir",
                                         str(data_dir)])
        self.app = wait_for("the app", self.find_app)
        self.scope = None  # the page that is looked at
        self.frame = wait_for("the window", lambda: self.app.get_child_at_index(0))

    def find_app(self):
        assert self.process.poll() is None, "the app ended"
        desktop = self.atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            app = desktop.get_child_at_index(i)
            if app and app.get_name() == "farthing":
                return app
        return None

    def nodes(self, node=None):
        node = node or self.frame
        for i in range(min(node.get_child_count(), 200)):
            child = node.get_child_at_index(i)
            if child:
                yield child
                yield from self.nodes(child)

    def showing(self, node):
        """GTK 4.8 sets no SHOWING; what was never laid out has no size."""
        component = node.get_component_iface()
        if component is None:
            return False
        box = component.get_extents(self.atspi.CoordType.WINDOW)
        return box.width > 0 and box.height > 0

    def find(self, role, pattern, any_state=False):
        for node in self.nodes(self.scope):
            if node.get_role_name() == role and re.search(pattern, node.get_name() or "") \
                    and (any_state or role == "panel" or self.showing(node)):
                return node
        return None

    def wait(self, role, pattern, any_state=False):
        return wait_for(f"{role} “{pattern}”", lambda: self.find(role, pattern, any_state))

    def press(self, pattern):
        """A button's own action, as a screen reader's user would."""
        button = self.wait("push button", pattern)
        wait_for(f"“{pattern}” to be usable", lambda: button.get_state_set().contains(
            self.atspi.StateType.SENSITIVE))
        button.get_action_iface().do_action(0)

    def key(self, *keys):
        subprocess.run(["xdotool", "key", *keys], check=True)

    def click(self, node):
        box = node.get_component_iface().get_extents(self.atspi.CoordType.WINDOW)
        subprocess.run(["xdotool", "mousemove", str(box.x + box.width // 2),
                        str(box.y + min(box.height, 40) // 2), "click", "1"], check=True)

    def page(self, number, title):
        self.scope = None
        self.key(f"alt+{number}")
        self.scope = self.wait("panel", f"^{title}$")

    def open_article(self, title):
        """Searches for it and opens it."""
        self.page(4, "Reader")
        entry = self.wait("entry", "Search articles", any_state=True)
        entry.get_editable_text_iface().set_text_contents(title)
        cell = self.wait("table cell", f"^{re.escape(title)}")
        wait_for("the search to narrow", lambda: len(
            [n for n in self.nodes(self.scope) if n.get_role_name() == "table cell"
             and re.search(r"\w \w", n.get_name() or "")]) == 1)
        self.click(cell)
        self.wait("push button", "^_?(Pledge|Pay)|Watch an Ad")

    def shot(self, name):
        SHOTS.mkdir(exist_ok=True)
        if shutil.which("import"):  # ImageMagick's
            subprocess.run(["import", "-window", "root", str(SHOTS / f"{name}.png")], check=False)

    def has_text(self, text):
        return any(text in (n.get_name() or "") for n in self.nodes(self.scope)
                   if n.get_role_name() == "label")

    def close(self):
        self.key("ctrl+w")
        return self.process.wait(DEADLINE_S)


def ctl(data_dir, *words):
    out = subprocess.run([str(BUILD / "src/terminal/farthingctl"), *words, "--json", "--data-dir",
                          str(data_dir)], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def yarn(article):
    text = (BUILD / "publication/articles" / f"{article}.md").read_text()
    title = re.search(r"^title: *(.+)$", text, re.M).group(1).strip('"')
    return title, re.search(r"Rogue's yarn: (\w+)", text).group(1)


def pledge_and_read(window, data_dir):
    title, marker = yarn(PLEDGED)
    window.shot("overview")
    window.open_article(title)
    assert not window.has_text(marker), "locked text is in the window"
    window.shot("reader-gate")
    window.press("Pledge|Pay")
    wait_for("the article to open", lambda: window.has_text(marker))
    window.shot("reader-open")
    assert int(ctl(data_dir, "earnings")["pay_micros"]) > 0


def watch_and_read(window, data_dir):
    title, marker = yarn(WATCHED)
    window.press("^Back$")
    window.open_article(title)
    assert not window.has_text(marker), "locked text is in the window"
    window.press("Watch an Ad")
    wait_for("the ad to be over and the article to open", lambda: window.has_text(marker))
    assert int(ctl(data_dir, "earnings")["ad_micros"]) > 0


def earnings_agree(window, data_dir):
    bought = ctl(data_dir, "read", BOUGHT, "--pay", "--reader", "somebody")
    assert int(bought["moved_micros"]) > 0
    window.page(3, "Earnings")
    said = ctl(data_dir, "earnings")
    total = decimal(int(said["publisher_micros"]))
    window.wait("label", f"^{re.escape(total)}$")
    for part in ("pay_micros", "ad_micros"):
        window.wait("label", f"^{re.escape(decimal(int(said[part])))}$", any_state=True)
    window.shot("earnings")
    window.page(2, "Functions")
    window.wait("label", "^Pledge$", any_state=True)
    window.shot("functions")


def main():
    folder = Path(os.environ["FARTHING_UI_FOLDER"])
    data_dir = folder / "data"
    failed = 0
    window = Window(data_dir)
    window.scope = window.wait("panel", "^Overview$")
    window.wait("label", "^Earned today$")
    tests = (("a reader pledges and reads", pledge_and_read),
             ("a reader watches an ad and reads", watch_and_read),
             ("Earnings says what farthingctl says", earnings_agree))
    print(f"1..{len(tests) + 1}")
    for number, (name, test) in enumerate(tests, 1):
        try:
            test(window, data_dir)
            print(f"ok {number} {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            window.shot(f"failed-{number}")
            print(f"not ok {number} {name}", flush=True)
            print(f"{name}: {error}", file=sys.stderr)
    status = window.close()
    gone = wait_for("farthingd to end with the window", lambda: not subprocess.run(
        ["pgrep", "-f", f"farthingd --data-dir {data_dir}"], capture_output=True,
        check=False).stdout)
    good = status == 0 and gone
    failed += not good
    print(f"{'ok' if good else 'not ok'} {len(tests) + 1} closing the window stops what it started")
    return 1 if failed else 0


def inside():
    """Starts the display, the bus and the accessibility bus, and this again in them."""
    for tool in ("xvfb-run", "dbus-run-session", "xdotool"):
        if not shutil.which(tool):
            print(f"1..0 # SKIP no {tool} here")
            return 0
    folder = tempfile.mkdtemp(prefix="farthing-ui-")
    run = Path(folder) / "run"
    run.mkdir(mode=0o700)
    env = dict(os.environ, FARTHING_UI_FOLDER=folder, XDG_RUNTIME_DIR=str(run),
               XDG_CONFIG_HOME=folder, XDG_CACHE_HOME=folder, XDG_DATA_HOME=folder,
               GSETTINGS_BACKEND="memory", GSETTINGS_SCHEMA_DIR=str(BUILD / "data"),
               GTK_A11Y="atspi", GDK_BACKEND="x11", GSK_RENDERER="cairo", ADW_DISABLE_PORTAL="1",
               LC_ALL="C.UTF-8", GST_AUDIO_SINK="fakesink", PULSE_SERVER="none")
    env.pop("WAYLAND_DISPLAY", None)
    env.pop("G_DEBUG", None)
    try:
        return subprocess.run(
            ["xvfb-run", "-a", "-s", f"-screen 0 {SIZE}", "dbus-run-session", "--", "sh", "-c",
             '/usr/libexec/at-spi-bus-launcher --launch-immediately & "$0" "$@"',
             sys.executable, __file__], env=env, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main() if "FARTHING_UI_FOLDER" in os.environ else inside())
