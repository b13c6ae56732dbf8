#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the pictures that the README and the metainfo show, anew: the real window with readers in
it, at the largest size that software centres want.

    meson devenv -C build ../tests/desktop/with-display \\
      /usr/bin/python3 ../tests/ui/screenshots.py FOLDER
"""

import os
import sys
import tempfile

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

from drive import Story  # noqa: E402
from driver import Programs, poll  # noqa: E402

WIDTH, HEIGHT = 1000, 700
READERS = ("--readers-per-second", "12", "--duration", "40", "--seed", "7")


class Portraits(Story):
    """Not a test, but driven like one; the folder keeps what else is in it."""

    def __init__(self, programs, shots):  # pylint: disable=super-init-not-called
        self.shots, self.programs, self.app = shots, programs, None

    def take(self):
        self.launch()
        self.programs.ctl("read", "the-smallest-coin", "--pay")
        self.app.screen.resize(WIDTH, HEIGHT)
        poll("the size", lambda: self.app.screen.biggest()[1:] == (WIDTH, HEIGHT))
        Atspi.generate_mouse_event(WIDTH + 100, HEIGHT + 100, "abs")  # points at no chart
        self.programs.ctl("traffic", *READERS)
        for name in ("Overview", "Earnings", "Reader"):
            self.show(name)
            self.shoot(name.lower())
        self.follow_a_trace()  # it takes one, too
        assert self.app.close() == 0


def main(folder):
    with tempfile.TemporaryDirectory(prefix="farthing-ui-", ignore_cleanup_errors=True) as home:
        Portraits(Programs(os.path.join(home, "data"), dict(os.environ, GTK_A11Y="atspi")),
                  folder).take()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
