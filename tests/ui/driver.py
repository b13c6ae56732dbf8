# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drivers of the window share: the X server's screen and keyboard, the window as AT-SPI
shows it, and farthingctl. Nothing here sleeps for a fixed time; everything is asked again until it
is so, or a generous deadline has passed."""

import ctypes
import json
import os
import struct
import subprocess
import threading
import time
import zlib

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

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

    def children(self):
        """(window, width, height) of each child of the root, the lowest first."""
        a, b = ctypes.c_ulong(), ctypes.c_ulong()
        children, n = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self.x.XQueryTree(self.display, self.root, ctypes.byref(a), ctypes.byref(b),
                          ctypes.byref(children), ctypes.byref(n))
        found = []
        for i in range(n.value):
            r, px, py, w, h, bw, d = (ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int(),
                                      ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(),
                                      ctypes.c_uint())
            self.x.XGetGeometry(self.display, children[i], *map(ctypes.byref,
                                                                 (r, px, py, w, h, bw, d)))
            found.append((children[i], w.value, h.value))
        return found

    def biggest(self):
        return max(self.children(), key=lambda child: child[1] * child[2], default=(0, 0, 0))

    def focus(self):
        self.x.XSetInputFocus(self.display, self.biggest()[0], 1, 0)
        self.x.XSync(self.display, 0)

    def unfocus(self):
        """As if the user had gone to another window."""
        self.x.XSetInputFocus(self.display, 0, 0, 0)
        self.x.XSync(self.display, 0)

    def focus_newest(self):
        """The window that came last; anything smaller than a dialog is none."""
        last = [child for child in self.children() if child[1] > 100 and child[2] > 100][-1]
        self.x.XSetInputFocus(self.display, last[0], 1, 0)
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


class Notifications:
    """The session's notification service, as far as an application needs it. It shows nothing, and
    keeps (summary, body) of what it is told."""

    INTERFACE = """<node><interface name="org.freedesktop.Notifications">
      <method name="Notify">
        <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
        <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
        <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
        <arg type="u" direction="out"/>
      </method>
      <method name="CloseNotification"><arg type="u" direction="in"/></method>
      <method name="GetCapabilities"><arg type="as" direction="out"/></method>
    </interface></node>"""

    def __init__(self):
        self.told = []
        self.ready = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()
        self.ready.wait(DEADLINE_S)

    def serve(self):
        context = GLib.MainContext.new()
        context.push_thread_default()
        connection = Gio.DBusConnection.new_for_address_sync(
            os.environ["DBUS_SESSION_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        interface = Gio.DBusNodeInfo.new_for_xml(self.INTERFACE).interfaces[0]
        connection.register_object("/org/freedesktop/Notifications", interface, self.called, None,
                                   None)
        connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                             GLib.Variant("(su)", ("org.freedesktop.Notifications", 0)), None,
                             Gio.DBusCallFlags.NONE, -1, None)
        self.ready.set()
        GLib.MainLoop.new(context, False).run()

    def called(self, connection, sender, path, interface, method, arguments, invocation):
        answer = None
        if method == "Notify":
            told = arguments.unpack()
            self.told.append((told[3], told[4]))
            answer = GLib.Variant("(u)", (len(self.told),))
        elif method == "GetCapabilities":
            answer = GLib.Variant("(as)", (["body"],))
        invocation.return_value(answer)


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
        time.sleep(0.15)
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


# The pages are there all the time, one above the other; only one is on screen.
PAGES = ("Overview", "Functions", "Traces", "Alarms", "Earnings", "Reader")


def nodes(node, page=None):
    """What is hidden hides its children, and so does a page that is not the one named."""
    if not node.get_state_set().contains(Atspi.StateType.VISIBLE) and node.get_parent() is not None \
            and node.get_role() != Atspi.Role.APPLICATION:
        return
    yield node
    if page is not None and node.get_name() in PAGES and node.get_name() != page and \
            node.get_child_count() and node.get_role_name() in ("panel", "grouping"):
        return
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield from nodes(child, page)


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

    def run(self, *args):
        """farthingctl; its answer is a CompletedProcess, whatever came out."""
        return subprocess.run(self.farthingctl(*args), env=self.env, capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False)

    def ctl(self, *args):
        out = self.run(*args, "--json")
        assert out.returncode == 0, f"farthingctl {args}: {out.returncode} {out.stderr}"
        return json.loads(out.stdout)


class App:
    def __init__(self, programs, *args):
        self.screen = Screen()
        self.programs = programs
        self.page = PAGES[0]  # which one is looked at; None: all
        self.process = subprocess.Popen(programs.farthing(*args), env=programs.env)
        started = time.monotonic()
        self.root = poll("the window", self.find_root)
        self.wait("Recent Events")
        self.on_screen_s = time.monotonic() - started
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
        for node in nodes(self.root, self.page):
            if node.get_name() != name or (role and node.get_role_name() != role):
                continue
            if is_visible(node):
                return node
        return None

    def wait(self, name, role=None, deadline_s=DEADLINE_S):
        return poll(f"“{name}”", lambda: self.showing(name, role), deadline_s)

    def is_selected(self, name):
        """Whether the sidebar says so. In a narrow window it is there only before libadwaita 1.4;
        then the title has to say it."""
        rows = [n for n in nodes(self.root, name)
                if n.get_role_name() == "list item" and n.get_name() in PAGES]
        if not rows:
            return any(n.get_name() == name and n.get_role_name() == "label" and is_visible(n)
                       for n in nodes(self.root, name))
        return any(n.get_name() == name and n.get_state_set().contains(Atspi.StateType.SELECTED)
                   for n in rows)

    def names(self):
        return [n.get_name() for n in nodes(self.root, self.page) if n.get_name() and is_visible(n)]

    def press(self, name):
        """Presses a button by its action."""
        def act():
            for node in nodes(self.root, self.page):
                if node.get_name() != name or not is_visible(node):
                    continue
                while node is not None and node.get_role_name() not in ("push button",
                                                                        "toggle button"):
                    node = node.get_parent()
                if node is not None and node.get_n_actions() > 0 and \
                        node.get_state_set().contains(Atspi.StateType.SENSITIVE):
                    return node.do_action(0)
            return False
        poll(f"the button “{name}”", act)

    def click(self, name, role):
        """Clicks in the middle of what has no action of its own."""
        self.click_node(self.wait(name, role))

    def click_node(self, node):
        area = node.get_extents(Atspi.CoordType.WINDOW)
        Atspi.generate_mouse_event(area.x + area.width // 2 + 4, area.y + area.height // 2 + 4,
                                   "b1c")

    def scroll_to(self, node):
        """Turns the wheel until the node is in the window."""
        def there():
            _, width, height = self.screen.biggest()
            area = node.get_extents(Atspi.CoordType.WINDOW)
            if 60 <= area.y and area.y + area.height <= height:
                return True
            Atspi.generate_mouse_event(width * 2 // 3, height * 2 // 3,
                                       "b4c" if area.y < 60 else "b5c")
            return False
        poll("it to come into the window", there)

    def key(self, *keys):
        """Types as on a keyboard, into the window."""
        self.screen.focus()
        subprocess.run(["xdotool", "key", *keys], check=True, timeout=DEADLINE_S)

    def type(self, text):
        self.screen.focus()
        subprocess.run(["xdotool", "type", text], check=True, timeout=DEADLINE_S)

    def windows(self):
        """Windows of the application, by their names."""
        return [self.root.get_child_at_index(i).get_name()
                for i in range(self.root.get_child_count())]

    def wait_focus_in_dialog(self, name):
        def has_focus():
            self.screen.focus_newest()
            return any(n.get_name() == name and
                       n.get_state_set().contains(Atspi.StateType.FOCUSED)
                       for n in nodes(self.root, self.page))
        poll(f"the focus on “{name}”", has_focus)

    def wait_checked_in_dialog(self):
        """Until the dialog's only switch is on."""
        poll("the switch to be on", lambda: any(
            n.get_role_name() in ("toggle button", "switch", "check box") and
            n.get_state_set().contains(Atspi.StateType.CHECKED)
            for n in nodes(self.root, self.page)))

    def key_in_dialog(self, key):
        """Typed into the window in front."""
        self.screen.focus_newest()
        subprocess.run(["xdotool", "key", key], check=True, timeout=DEADLINE_S)

    def close_dialog(self):
        before = len(self.windows())
        self.key_in_dialog("Escape")
        poll("the dialog to close", lambda: len(self.windows()) < before)

    def end(self):
        self.programs.end(self.process)
        return self.process.wait(timeout=DEADLINE_S)

    def close(self):
        """As a user does: with the keyboard."""
        self.key("ctrl+w")
        return self.process.wait(timeout=DEADLINE_S)


def micros_text(text):
    """As far_micros_to_display() writes dollars."""
    micros = int(text)
    cents = micros // 10000
    if micros % 10000 == 0 and 0 < cents < 100:
        return f"{cents} ¢"
    digits = f"{micros % 1000000:06d}".rstrip("0").ljust(2, "0")
    return f"${micros // 1000000}.{digits}"
