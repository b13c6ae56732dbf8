#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window through AT-SPI, with the real platform behind it: pledges, watches an ad,
buys once more from the terminal, and compares what Earnings shows with `farthingctl earnings`.
Screenshots of every page go to the folder named by the second argument. Prints TAP.

    drive.py BUILD_ROOT SCREENSHOTS
"""

import ctypes
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

DEADLINE_S = 60
WIDTH, HEIGHT = 1400, 1000


class Screen:
    """The X server's root window: its pixels, and the keyboard focus."""

    class Image(ctypes.Structure):
        _fields_ = [(n, ctypes.c_int) for n in ("width", "height", "xoffset", "format")] + [
            ("data", ctypes.c_void_p)] + [(n, ctypes.c_int) for n in (
                "byte_order", "unit", "bit_order", "pad", "depth", "bytes_per_line", "bpp")]

    def __init__(self):
        self.x = ctypes.CDLL("libX11.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XDefaultRootWindow.restype = ctypes.c_ulong
        self.x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self.x.XGetImage.restype = ctypes.POINTER(Screen.Image)
        self.x.XGetImage.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_int] * 2 + [
            ctypes.c_uint] * 2 + [ctypes.c_ulong, ctypes.c_int]
        self.x.XSetInputFocus.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int,
                                          ctypes.c_ulong]
        self.x.XQueryTree.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_void_p] * 4
        self.x.XGetGeometry.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_void_p] * 7
        self.x.XResizeWindow.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_uint] * 2
        self.x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self.display = self.x.XOpenDisplay(None)
        self.root = self.x.XDefaultRootWindow(self.display)

    def biggest(self):
        """(window, width, height) of the largest child of the root."""
        a, b = ctypes.c_ulong(), ctypes.c_ulong()
        children, n = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self.x.XQueryTree(self.display, self.root, ctypes.byref(a), ctypes.byref(b),
                          ctypes.byref(children), ctypes.byref(n))
        best = (0, 0, 0)
        for i in range(n.value):
            r, px, py, w, h, bw, d = (ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int(),
                                      ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(),
                                      ctypes.c_uint())
            self.x.XGetGeometry(self.display, children[i], *map(ctypes.byref,
                                                                 (r, px, py, w, h, bw, d)))
            if w.value * h.value > best[1] * best[2]:
                best = (children[i], w.value, h.value)
        return best

    def focus(self):
        self.x.XSetInputFocus(self.display, self.biggest()[0], 1, 0)
        self.x.XSync(self.display, 0)

    def resize(self, width, height):
        self.x.XResizeWindow(self.display, self.biggest()[0], width, height)
        self.x.XSync(self.display, 0)

    def grab(self, path):
        _, w, h = self.biggest()
        w, h = min(w, WIDTH), min(h, HEIGHT)
        image = self.x.XGetImage(self.display, self.root, 0, 0, w, h, 0xFFFFFFFF, 2).contents
        raw = ctypes.string_at(image.data, image.bytes_per_line * h)
        rows = bytearray()
        for y in range(h):
            row = raw[y * image.bytes_per_line:y * image.bytes_per_line + 4 * w]
            pixels = bytearray(3 * w)
            pixels[0::3], pixels[1::3], pixels[2::3] = row[2::4], row[1::4], row[0::4]
            rows += b"\0" + pixels

        def chunk(kind, body):
            return (struct.pack(">I", len(body)) + kind + body +
                    struct.pack(">I", zlib.crc32(kind + body)))

        with open(path, "wb") as out:
            out.write(b"\x89PNG\r\n\x1a\n" +
                      chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) +
                      chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + chunk(b"IEND", b""))


def poll(what, condition, deadline_s=DEADLINE_S):
    """Asks until there is an answer; the pause only spares the processor."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        try:
            answer = condition()
        except Exception:  # a node that has just gone
            answer = None
        if answer:
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"waited {deadline_s} s for {what}")


def is_visible(node):
    """GTK 4.8 calls only windows "showing"; what has never been on screen has no size."""
    if not node.get_state_set().contains(Atspi.StateType.VISIBLE):
        return False
    try:
        area = node.get_extents(Atspi.CoordType.WINDOW)
    except GLib.GError:  # the application itself has no place
        return False
    return area.width > 0 and area.height > 0


def nodes(node):
    """What is hidden hides its children."""
    if not node.get_state_set().contains(Atspi.StateType.VISIBLE) and node.get_parent() is not None \
            and node.get_role() != Atspi.Role.APPLICATION:
        return
    yield node
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield from nodes(child)


class Programs:
    """How the programs are started and ended: here, as they lie on PATH."""

    def __init__(self, data_dir, env):
        self.data_dir = data_dir
        self.env = env

    def farthing(self, *args):
        return ["farthing", "--data-dir", self.data_dir, *args]

    def farthingctl(self, *args):
        return ["farthingctl", *args, "--data-dir", self.data_dir]

    def end(self, process):
        process.terminate()

    def ctl(self, *args):
        out = subprocess.run(self.farthingctl(*args, "--json"), env=self.env,
                             capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert out.returncode == 0, f"farthingctl {args}: {out.returncode} {out.stderr}"
        return json.loads(out.stdout)


class App:
    def __init__(self, programs, *args):
        self.screen = Screen()
        self.programs = programs
        self.process = subprocess.Popen(programs.farthing(*args), env=programs.env)
        self.root = poll("the window", self.find_root)
        self.screen.focus()

    @staticmethod
    def find_root():
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and "arthing" in child.get_name() and child.get_child_count():
                return child
        return None

    def showing(self, name, role=None):
        for node in nodes(self.root):
            if node.get_name() != name or (role and node.get_role_name() != role):
                continue
            if is_visible(node):
                return node
        return None

    def wait(self, name, role=None):
        return poll(f"“{name}”", lambda: self.showing(name, role))

    def names(self):
        return [n.get_name() for n in nodes(self.root) if n.get_name() and is_visible(n)]

    def press(self, name):
        """Presses a button by its action."""
        def act():
            node = self.showing(name)
            while node is not None and node.get_role_name() != "push button":
                node = node.get_parent()
            if node is None or not node.get_state_set().contains(Atspi.StateType.SENSITIVE):
                return False
            return node.get_n_actions() > 0 and node.do_action(0)
        poll(f"the button “{name}”", act)

    def click(self, name, role):
        """Clicks in the middle of what has no action of its own."""
        area = self.wait(name, role).get_extents(Atspi.CoordType.WINDOW)
        Atspi.generate_mouse_event(area.x + area.width // 2 + 4, area.y + area.height // 2 + 4,
                                   "b1c")

    def close(self):
        self.programs.end(self.process)
        return self.process.wait(timeout=DEADLINE_S)


def micros_text(text):
    """As far_micros_to_display() writes dollars."""
    micros = int(text)
    cents = micros // 10000
    if micros % 10000 == 0 and 0 < cents < 100:
        return f"{cents} ¢"
    digits = f"{micros % 1000000:06d}".rstrip("0").ljust(2, "0")
    return f"${micros // 1000000}.{digits}"


class Story:
    """One TAP line a step; the first that fails ends it."""

    def __init__(self, programs, shots):
        self.shots = shots
        os.makedirs(shots, exist_ok=True)
        self.programs = programs
        self.app = None

    def shoot(self, name):
        self.app.screen.grab(os.path.join(self.shots, name + ".png"))

    def start(self):
        self.app = App(self.programs)
        self.app.wait("Recent events")
        self.app.wait("Test money")
        self.shoot("overview")

    def page(self, name, landmark):
        self.app.click(name, "list item")
        self.app.wait(landmark)

    def pages(self):
        self.page("Functions", "Pledge")
        self.shoot("functions")
        self.page("Earnings", "Earned in all")
        self.shoot("earnings")
        self.page("Reader", "Three strands and a stubborn idea")
        self.shoot("reader")

    def read_by_pledge(self):
        self.app.click("Three strands and a stubborn idea", "label")
        poll("the gate", lambda: self.app.showing("Pledge 5 ¢"))
        self.shoot("gate")
        self.app.press("Pledge 5 ¢")
        self.app.wait("Two wrongs")
        poll("the receipt", lambda: any(n.startswith("Paid 5 ¢") for n in self.app.names()))
        self.shoot("article")
        self.app.press("Back")

    def read_by_ad(self):
        self.app.click("How a lighthouse says its name", "label")
        poll("the gate", lambda: self.app.showing("Watch an Ad"))
        self.app.screen.focus()
        self.app.press("Watch an Ad")
        poll("the ad", lambda: any(n.startswith("Ad by ") for n in self.app.names()))
        self.shoot("ad")
        self.app.wait("Opened with an ad")
        self.app.press("Back")

    def read_from_terminal(self):
        answer = self.programs.ctl("read", "two-per-cent", "--pay", "--reader", "somebody")
        assert int(answer["moved_micros"]) > 0, answer

    def compare_earnings(self):
        self.page("Earnings", "Earned in all")
        figures = self.programs.ctl("earnings")
        for key in ("publisher_micros", "pay_micros", "ad_micros", "estimated_micros"):
            self.app.wait(micros_text(figures[key]))
        self.shoot("earnings-after")

    def narrow(self):
        self.app.screen.resize(360, 720)
        poll("the window to fold", lambda: self.app.screen.biggest()[1] <= 400)
        self.app.wait("Earned in all")
        self.shoot("earnings-narrow")

    def stop(self):
        status = self.app.close()
        assert status == 0, f"the app ended with {status}"
        out = subprocess.run(self.programs.farthingctl("status"), env=self.programs.env,
                             capture_output=True, timeout=DEADLINE_S, check=False)
        assert out.returncode != 0, "closing the window left the platform running"

    def dark(self):
        self.programs.env["ADW_DEBUG_COLOR_SCHEME"] = "prefer-dark"
        self.app = App(self.programs)
        self.app.wait("Recent events")
        self.shoot("overview-dark")
        self.page("Earnings", "Earned in all")
        self.shoot("earnings-dark")
        self.page("Reader", "Three strands and a stubborn idea")
        self.shoot("reader-dark")
        assert self.app.close() == 0

    def steps(self):
        return (self.start, self.pages, self.read_by_pledge, self.read_by_ad,
                self.read_from_terminal, self.compare_earnings, self.narrow, self.stop, self.dark)

    def run(self):
        steps = self.steps()
        print(f"1..{len(steps)}", flush=True)
        try:
            for number, step in enumerate(steps, 1):
                try:
                    step()
                except Exception as error:
                    print(f"not ok {number} {step.__name__}")
                    print(f"# {type(error).__name__}: {error}")
                    if self.app is not None:
                        print("# showing:", [n for n in self.app.names() if n][:80])
                        self.shoot("failed")
                    return 1
                print(f"ok {number} {step.__name__}", flush=True)
            return 0
        finally:
            if self.app is not None and self.app.process.poll() is None:
                self.app.close()


def main(build_root, shots):
    with tempfile.TemporaryDirectory(prefix="farthing-ui-", ignore_cleanup_errors=True) as home:
        env = dict(os.environ, GTK_A11Y="atspi", GSETTINGS_SCHEMA_DIR=build_root + "/data")
        return Story(Programs(os.path.join(home, "data"), env), shots).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
