#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what is written for people to what is there: files and links that documents name exist,
the README names what it is built from, ARCHITECTURE.md has a paragraph for each room, each command
that documents or help show is one of farthingctl's, with options that it takes, and what the help
says to press is in the window. And the other way round: the manual pages have every command and
every option that the programs' own help has. Prints TAP.

    test-documents.py SOURCE_ROOT FARTHINGCTL MANUAL_PAGES [PROGRAM…]"""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
# Made by the build or a run, or a pattern.
NOT_IN_THE_TREE = re.compile(r"^(build|build-asan|build-flatpak|money|telemetry|platform|functions|"
                             r"stores|readers|secrets|src/ROOM|tests/ROOM|github.com|mine)(/|$)|"
                             r"[A-Z]{2,}[/.]|^/|^\.")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:c|h|py|md|ini|sh|yml))`")
MODULE = re.compile(r"`((?:[a-z]+/)?(?:far|spawner)-[a-z0-9-]+)`")
COMMAND = re.compile(r"farthingctl((?:[ ]+[^\s`|<>…]+)*)")


class Documents:
    def __init__(self, source, farthingctl, pages, programs):
        self.source, self.farthingctl = Path(source), farthingctl
        self.manual, self.programs = Path(pages), programs
        self.texts = {name: (self.source / name).read_text(encoding="utf-8") for name in DOCUMENTS}
        self.pages = {page.name: unescape(page.read_text(encoding="utf-8"))
                      for page in sorted(self.source.glob("help/C/*.page"))}
        self.helps = {}

    def files_are_there(self):
        gone = []
        for name, text in self.texts.items():
            for path in FILE.findall(MODULE.sub("", text)):
                if NOT_IN_THE_TREE.search(path) or any(
                        (self.source / start / path).exists() for start in ("", "src", "tests")):
                    continue
                if "/" in path or not list(self.source.glob(f"*/**/{path}")):
                    gone.append(f"{name}: {path}")
            for module in MODULE.findall(text):
                if not list(self.source.glob(f"src/**/{module}.[ch]")) and \
                        not list(self.source.glob(f"src/**/{module}*.c")):
                    gone.append(f"{name}: {module}")
        assert not gone, gone

    def links_lead_somewhere(self):
        gone = [f"{name}: {target}" for name, text in self.texts.items()
                for target in re.findall(r"\]\(([^)#]+)\)", text)
                if "://" not in target and not (self.source / target).exists()]
        assert not gone, gone

    def what_it_is_built_from(self):
        """Each dependency is named in the README with the version that is asked for."""
        text = " ".join(self.texts["README.md"].split())
        built = re.findall(r"dependency\('([^']+)'(?:, version: '>= ([\d.]+)')?", "".join(
            path.read_text() for path in (self.source / "meson.build",
                                          *sorted(self.source.glob("src/*/meson.build")))))
        names = {"glib-2.0": "GLib", "json-glib-1.0": "json-glib", "libsoup-3.0": "libsoup",
                 "sqlite3": "SQLite", "gnutls": "GnuTLS", "yaml-0.1": "libyaml",
                 "libxml-2.0": "libxml2", "libsecret-1": "libsecret", "gtk4": "GTK",
                 "libadwaita-1": "libadwaita"}
        # Of GLib, of the C library.
        built = [found for found in built
                 if found[0] not in ("gio-unix-2.0", "gobject-2.0", "threads")]
        missing = [wanted for wanted in (f"{names.get(name, name)} {version}".strip()
                                         for name, version in built)
                   if not re.search(rf"\b{re.escape(wanted)}(?![\w.]*\d)", text)]
        assert len(built) > 10 and not missing, missing

    def rooms_have_a_paragraph(self):
        text = self.texts["ARCHITECTURE.md"]
        told = " ".join(re.findall(r"^###? .*$", text, re.M))
        rooms = {path.name for path in (self.source / "src").iterdir() if path.is_dir()}
        missing = sorted(room for room in rooms
                         if f"`{room}/`" not in told or f"| `{room}/` |" not in text)
        assert not missing, missing
        tests = re.search(r"^## Tests\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)
        missing = sorted(path.name for path in (self.source / "tests").iterdir()
                         if path.is_dir() and path.name not in rooms | {"__pycache__"} and
                         f"`{path.name}`" not in tests)
        assert not missing, missing

    def help_of(self, command):
        if command not in self.helps:
            done = subprocess.run([self.farthingctl, *([command] if command else []), "--help"],
                                  capture_output=True, text=True, check=False, timeout=60)
            self.helps[command] = done.stdout if done.returncode == 0 else ""
        return self.helps[command]

    def commands_are_known(self):
        known = set(re.findall(r"^  ([a-z]+) ", self.help_of("").split("Commands:")[1], re.M))
        wrong, told = [], set()
        for name, text in (self.texts | self.pages).items():
            text = re.sub(r"</?(cmd|code)>", "`", text)
            for words in (found.split() for found in COMMAND.findall(text)):
                if not words or not re.fullmatch("[a-z]+", words[0]):
                    continue
                told.add(words[0])
                for word in words:
                    option = re.match("--[a-z-]+", word)
                    if words[0] not in known or \
                            option and f"{option[0]} " not in self.help_of(words[0]) + " ":
                        wrong.append(f"{name}: farthingctl {' '.join(words)}")
        assert not wrong, wrong
        assert len(told) > len(known) / 2, told

    def buttons_are_there(self):
        """What the help says to press or open is written so in the window."""
        texts = set()
        for path in self.source.glob("src/desktop/**/*.*"):
            text = unescape(path.read_text(encoding="utf-8"))
            texts.update(re.findall(r'translatable="yes"[^>]*>([^<]*)<', text))
            texts.update(re.findall(r'_ ?\("([^"]*)"', text))
        texts = {re.sub(" %s$", "", text.replace("_", "").rstrip("…")) for text in texts}
        named = {(name, said) for name, text in self.pages.items()
                 for said in re.findall("<gui>(.*?)</gui>", text)}
        gone = sorted(f"{name}: {said}" for name, said in named if said not in texts)
        assert named and not gone, gone

    @staticmethod
    def options(text):
        return set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", text, re.M))

    def page(self, name):
        """Its text as a reader has it, and its sections."""
        text = (self.manual / f"{name}.1").read_text(encoding="utf-8").replace("\\-", "-")
        return text, {title.split()[0]: rest for title, rest in
                      re.findall(r"^\.SS (.*)\n((?:(?!\.S[SH]).*\n)*)", text, re.M)}

    def manual_is_whole(self):
        text, sections = self.page("farthingctl")
        commands = re.findall(r"^  ([a-z]+) ", self.help_of("").split("Commands:")[1], re.M)
        assert len(commands) > 20 and set(commands) == set(sections), \
            set(commands) ^ set(sections)
        common = set(re.findall(r"^\.B (--[a-z-]+)", text.split(".SH COMMANDS")[0], re.M))
        missing = [f"{command} {option}" for command in commands
                   for option in self.options(self.help_of(command)) - common
                   if f"\n.B {option}" not in sections[command]]
        assert not missing, missing
        for program in self.programs:
            told = subprocess.run([program, "--help"], capture_output=True, text=True, check=True,
                                  timeout=60).stdout
            found, _ = self.page(Path(program).name)
            options = self.options(told)
            assert len(options) > 2, told
            missing = sorted(o for o in options if o not in found)
            assert not missing, (program, missing)

    def all(self):
        steps = (self.files_are_there, self.links_lead_somewhere, self.what_it_is_built_from,
                 self.rooms_have_a_paragraph,
                 self.commands_are_known, self.buttons_are_there, self.manual_is_whole)
        print(f"1..{len(steps)}")
        failed = 0
        for number, step in enumerate(steps, 1):
            try:
                step()
                print(f"ok {number} {step.__name__}")
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                failed = 1
                print(f"not ok {number} {step.__name__}\n# {type(error).__name__}: {error}")
        return failed


if __name__ == "__main__":
    sys.exit(Documents(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]).all())
