#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of a desktop's portals as the app speaks to, on the session bus: it may run in the
background (but not while a file of the given name is there), shows notifications and goes to the
network directly. Every call is written to a file, a JSON object a line, for whoever wants to know
what was asked.

    portal.py FILE NO_BACKGROUND"""

import json
import os
import sys

from gi.repository import Gio, GLib

NAME, PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
INTERFACES = """
<node>
  <interface name="org.freedesktop.portal.Background">
    <method name="RequestBackground">
      <arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="o" direction="out"/>
    </method>
  </interface>
  <interface name="org.freedesktop.portal.Notification">
    <method name="AddNotification">
      <arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
    </method>
    <method name="RemoveNotification"><arg type="s" direction="in"/></method>
  </interface>
  <interface name="org.freedesktop.portal.ProxyResolver">
    <method name="Lookup"><arg type="s" direction="in"/><arg type="as" direction="out"/></method>
  </interface>
</node>
"""


def answer_request(connection, sender, options, granted):
    """The answer of a portal is a signal, on a path that the asker knows beforehand."""
    handle = f"{PATH}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
    results = {"background": GLib.Variant("b", granted), "autostart": GLib.Variant("b", False)}
    connection.emit_signal(sender, handle, "org.freedesktop.portal.Request", "Response",
                           GLib.Variant("(ua{sv})", (0, results)))
    return GLib.Variant("(o)", (handle,))


def main(path, no_background):
    log = open(path, "w", buffering=1, encoding="utf-8")

    def on_call(connection, sender, _object, _interface, method, parameters, invocation):
        arguments = parameters.unpack()
        log.write(json.dumps({"method": method, "arguments": arguments}, default=str) + "\n")
        if method == "RequestBackground":
            invocation.return_value(answer_request(
                connection, sender, arguments[1], not os.path.exists(no_background)))
        elif method == "Lookup":
            invocation.return_value(GLib.Variant("(as)", (["direct://"],)))
        else:
            invocation.return_value(None)

    def on_bus(connection, _name):
        for interface in Gio.DBusNodeInfo.new_for_xml(INTERFACES).interfaces:
            connection.register_object(PATH, interface, on_call, None, None)

    loop = GLib.MainLoop()
    Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE, on_bus, None,
                     lambda *_: loop.quit())
    loop.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
