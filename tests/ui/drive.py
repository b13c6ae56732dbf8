#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window through AT-SPI and the keyboard, with the real platform behind it: starts
and stops readers, pledges, watches an ad, buys once more from the terminal, and compares what
Earnings shows with `farthingctl earnings`; closes the window with and without "Keep running in
background". Screenshots of every page, light, dark and narrow, go to the folder named by the second
argument. Prints TAP.

    drive.py BUILD_ROOT SCREENSHOTS
"""

import os
import re
import sys
import tempfile
import time

from driver import App, Notifications, Programs, is_visible, micros_text, nodes, poll

# Name in the sidebar, key, what is on the page when it is there.
PAGES = (("Overview", "alt+1", "Recent Events"),
         ("Functions", "alt+2", "Pledge"),
         ("Traces", "alt+3", "Which traces are shown"),
         ("Alarms", "alt+4", "Alarms of the platform"),
         ("Earnings", "alt+5", "Earned in all"),
         ("Reader", "alt+6", "Three strands and a stubborn idea"))


class Story:
    """One TAP line a step; the first that fails ends it."""

    def __init__(self, programs, shots):
        self.shots = shots
        os.makedirs(shots, exist_ok=True)
        for name in os.listdir(shots):
            os.unlink(os.path.join(shots, name))
        self.programs = programs
        self.notifications = Notifications()
        self.app = None

    def shoot(self, name):
        self.app.screen.grab(os.path.join(self.shots, name + ".png"))

    def launch(self):
        self.app = App(self.programs)
        print(f"# on screen after {self.app.on_screen_s:.2f} s")
        self.app.wait("Test money")
        poll("figures", lambda: any(n.startswith("Invocations: ") for n in self.app.names()))

    def show(self, name):
        key, landmark = next((k, m) for n, k, m in PAGES if n == name)
        self.app.key(key)
        poll(f"the page {name}", lambda: self.app.is_selected(name))
        self.app.page = name
        self.app.wait(landmark)

    def shoot_pages(self, suffix):
        for name, _, _ in PAGES:
            self.show(name)
            self.shoot(name.lower() + suffix)

    def platform_runs(self):
        return self.programs.run("status").returncode == 0

    def open_article(self, title, landmark):
        """A click that comes while the page is still sliding in goes nowhere."""
        for _ in range(10):
            self.app.click(title, "table cell")
            try:
                return self.app.wait(landmark, deadline_s=5)
            except TimeoutError:
                pass
        return self.app.wait(landmark)

    def back_to_articles(self):
        """Likewise: as long as a page slides, nobody hears the button."""
        for _ in range(10):
            self.app.press("Back")
            try:
                return self.app.wait("Two per cent", deadline_s=5)
            except TimeoutError:
                pass
        return self.app.wait("Two per cent")

    # The steps.

    def start(self):
        self.launch()
        self.shoot("overview-empty")

    def start_and_stop_readers(self):
        rate = self.app.wait("Readers per second")
        assert rate.set_current_value(20)
        self.app.wait("20/s")
        self.app.press("Start the simulated readers")
        poll("arrivals", lambda: any(n.startswith("Arrived") for n in self.app.names()))
        poll("a pledge", lambda: any(re.search(r"pledged\s[1-9]", n) for n in self.app.names()))
        self.app.press("Stop the simulated readers")
        self.app.wait("Start the simulated readers")
        assert self.programs.ctl("status")["state"] == "running"

    def look_at_pages(self):
        self.shoot_pages("")
        self.app.click("Earnings", "list item")
        self.app.page = "Earnings"
        self.app.wait("Earned in all")

    def name_everything(self):
        """No button without a name, no chart without name and description; all pages are there."""
        for node in nodes(self.app.root):
            role = node.get_role_name()
            if role in ("push button", "toggle button", "slider", "switch", "entry"):
                assert not is_visible(node) or node.get_name().strip(), f"a {role} has no name"
                assert not node.get_name().startswith("Gtk"), node.get_name()
        self.show("Overview")
        for name in ("Invocations", "Duration"):
            chart = self.app.wait(name, "image")
            assert chart.get_description().strip(), f"the chart {name} says nothing"

    def open_a_function(self):
        self.show("Functions")
        self.app.click("Pledge", "label")
        self.app.key("Return")
        self.app.wait("Concurrency", "image")
        self.shoot("function")
        self.app.press("Back")
        self.app.wait("Pledge")

    def follow_a_trace(self):
        """From an invocation to its trace, through the rows with the keyboard, and back."""
        self.show("Functions")
        self.app.click("Pledge", "label")
        self.app.key("Return")
        self.app.click("Invocations", "page tab")
        self.app.press("Show trace")
        self.app.page = "Traces"
        self.app.wait("Handler", "label")
        row = poll("the first span", lambda: next(
            (n for n in nodes(self.app.root, "Traces")
             if n.get_role_name() == "list item" and "level 1" in n.get_name()), None))
        assert "POST /pledges · Pledge" in row.get_name(), row.get_name()
        self.app.key("Down", "Down")
        self.shoot("trace")
        self.app.key("alt+Left")
        self.app.page = "Functions"
        self.app.wait("Show trace")
        self.app.press("Back")
        self.app.wait("Pledge")

    def raise_an_alarm(self):
        """What is added elsewhere is here when it is raised, in the sidebar too; and removed."""
        self.show("Alarms")
        self.programs.ctl("alarms", "add", "invocations", "above", "0", "--name", "Much read",
                          "--window", "300")
        self.app.wait("Much read", "label")
        poll("the badge", lambda: any(n.get_name() == "Alarms, 1 raised"
                                      for n in nodes(self.app.root)))
        poll("the notification", lambda: any(summary == "Much read" and body
                                             for summary, body in self.notifications.told))
        self.app.click("Much read", "label")
        self.app.wait("Remove…")
        self.shoot("alarm")
        self.app.press("Remove…")
        self.app.press("Remove")
        poll("the alarm to go", lambda: not self.programs.run("alarms").stdout.count("Much read"))
        self.app.wait("The disk is nearly full", "label")

    def read_by_pledge(self):
        self.show("Reader")
        self.open_article("Three strands and a stubborn idea", "Pledge 5 ¢")
        self.shoot("gate")
        self.app.press("Pledge 5 ¢")
        self.app.wait("Two wrongs")
        poll("the receipt", lambda: any(n.startswith("Paid 5 ¢") for n in self.app.names()))
        self.shoot("article")
        self.back_to_articles()

    def check_a_receipt(self):
        """The window's own check of what was just paid, against the platform's real ledger."""
        self.app.press("Your tab")
        self.app.wait("On your tab")
        self.app.press("Receipt for Three strands and a stubborn idea")
        self.app.page = "Receipt"  # the dialog alone, none of the pages
        self.app.wait("What Was Booked")
        self.app.press("Check Receipt")
        self.app.wait("The receipt holds")
        assert any(n.startswith("Entry ") for n in self.app.names()), "no entry of the log"
        self.app.screen.grab(os.path.join(self.shots, "receipt.png"))
        self.app.close_dialog()
        self.app.page = "Reader"
        self.back_to_articles()

    def read_by_ad(self):
        self.open_article("How a lighthouse says its name", "Watch an Ad")
        self.app.screen.focus()
        self.app.press("Watch an Ad")
        poll("the ad", lambda: any(n.startswith(("Ad by ", "Opened with"))  # on a slow machine
                                    for n in self.app.names()))
        self.shoot("ad")
        self.app.wait("Opened with an ad")
        self.back_to_articles()

    def use_only_keys(self):
        self.show("Reader")
        self.app.key("ctrl+f")
        self.app.wait("Search articles")
        self.app.type("edge")
        self.app.key("Return")
        poll("the byline", lambda: any(n.startswith("By Wilf Okonedo, 5 Oct")
                                       for n in self.app.names()))
        self.app.wait("Pledge 4 ¢")
        self.app.key("alt+Left")
        self.app.wait("Search articles")
        self.app.key("ctrl+f", "ctrl+a", "BackSpace", "Escape")
        self.app.wait("Two per cent", "table cell")

    def compare_earnings(self):
        """What somebody else buys is on the page soon after."""
        self.show("Earnings")
        answer = self.programs.ctl("read", "two-per-cent", "--pay", "--reader", "somebody")
        bought = time.monotonic()
        assert int(answer["moved_micros"]) > 0, answer
        figures = self.programs.ctl("earnings")
        self.app.wait(micros_text(figures["publisher_micros"]))
        print(f"# shown {time.monotonic() - bought:.2f} s after the pledge")
        for key in ("pay_micros", "ad_micros", "estimated_micros"):
            self.app.wait(micros_text(figures[key]))
        self.shoot("earnings-after")

    def follow_the_money(self):
        """From what an article earned to where each payment went."""
        self.show("Earnings")
        before = len(self.app.windows())

        def open_it():
            row = next(n for n in nodes(self.app.root, "Earnings")
                       if n.get_role_name() == "list item" and
                       n.get_name().startswith("Three strands and a stubborn idea: "))
            self.app.scroll_to(row)
            self.app.click_node(row)
            return poll("the dialog", lambda: len(self.app.windows()) > before, 5)

        poll("where the money went", open_it)
        self.app.page = "Where the Money Went"
        self.app.wait("What the reader paid")
        self.app.wait("Fee and share are the price, to the micro")
        self.app.screen.grab(os.path.join(self.shots, "trace-of-money.png"))
        self.app.close_dialog()
        self.app.page = "Earnings"
        self.app.wait("Nothing was paid out yet.")
        self.app.wait("The log has only grown")

    def hold_narrow(self):
        """Until it stays so: unfolded it needs more, and asks for that once more when it was given
        less; folded it does not. With all three of the window's own buttons, and what is drawn
        around the window."""
        held = 0

        def stays():
            nonlocal held
            held = held + 1 if self.app.screen.biggest()[1] <= 360 + 12 else 0
            if held == 0:
                self.app.screen.resize(360, 720)
            return held >= 5
        poll("the window to stay as narrow as 360", stays)

    def narrow(self):
        self.app.screen.resize(360, 720)
        self.app.wait("Test")  # the badge has one word where the shell is folded
        self.hold_narrow()
        self.shoot_pages("-narrow")
        self.hold_narrow()
        self.app.press("Back")
        poll("the sidebar", lambda: self.app.showing("Main menu"))
        self.shoot("sidebar-narrow")

    def stop(self):
        status = self.app.close()
        assert status == 0, f"the app ended with {status}"
        assert not self.platform_runs(), "closing the window left the platform running"

    def dark(self):
        self.programs.env["ADW_DEBUG_COLOR_SCHEME"] = "prefer-dark"
        self.launch()
        self.shoot_pages("-dark")

    def leave(self):
        assert self.app.close() == 0

    def keep_running(self):
        self.app.key("ctrl+comma")
        self.app.wait("Keep running in background", "list item")
        self.app.wait_focus_in_dialog("Keep running in background")
        self.app.key_in_dialog("space")
        # GTK's switch is on only when its slider has arrived.
        self.app.wait_checked_in_dialog()
        self.app.screen.grab(os.path.join(self.shots, "preferences-dark.png"))
        self.app.close_dialog()
        assert self.app.close() == 0
        assert self.platform_runs(), "the platform was stopped although it is to run on"

    def join(self):
        """What was running already is joined, and left running."""
        self.launch()
        assert self.app.close() == 0
        assert self.platform_runs(), "the app stopped a platform that it had only joined"
        assert self.programs.run("down").returncode == 0

    def steps(self):
        return (self.start, self.start_and_stop_readers, self.look_at_pages, self.name_everything,
                self.open_a_function, self.follow_a_trace, self.raise_an_alarm,
                self.read_by_pledge, self.check_a_receipt, self.read_by_ad, self.use_only_keys,
                self.compare_earnings, self.follow_the_money, self.narrow, self.stop,
                self.dark, self.keep_running,
                self.join)

    def run(self):
        steps = self.steps()
        print(f"1..{len(steps)}", flush=True)
        try:
            for number, step in enumerate(steps, 1):
                began = time.monotonic()
                try:
                    step()
                except Exception as error:
                    print(f"not ok {number} {step.__name__}")
                    print(f"# {type(error).__name__}: {error}")
                    if self.app is not None:
                        print("# showing:", [n for n in self.app.names() if n][:80])
                        self.shoot("failed")
                    return 1
                print(f"ok {number} {step.__name__} # {time.monotonic() - began:.1f} s",
                      flush=True)
            return 0
        finally:
            if self.app is not None and self.app.process.poll() is None:
                self.app.end()
            self.programs.run("down")


def main(build_root, shots):
    with tempfile.TemporaryDirectory(prefix="farthing-ui-", ignore_cleanup_errors=True) as home:
        env = dict(os.environ, GTK_A11Y="atspi", GSETTINGS_SCHEMA_DIR=build_root + "/data")
        return Story(Programs(os.path.join(home, "data"), env), shots).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
