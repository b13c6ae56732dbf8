#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the tree to its own style: sizes, banned calls, licence lines, and the rooms of
ARCHITECTURE.md. Prints one TAP line a rule; every breach is named with file and line.

The table of rooms is read from ARCHITECTURE.md, so that the document cannot drift from the code.
"""

import re
import subprocess
import sys
from pathlib import Path

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100

BANNED = {
    "strtok": "g_strsplit or a scanner",
    "atoi": "g_ascii_string_to_signed",
    "atof": "g_ascii_strtod",
    "sprintf": "g_snprintf",
    "strcpy": "g_strlcpy",
    "strcat": "GString",
    "gets": "fgets",
    "rand": "far_random_bytes or FarRng",
    "random": "far_random_bytes or FarRng",
    "g_random_int": "far_random_bytes or FarRng",
    "g_random_int_range": "far_rng_below",
    "g_random_double": "far_rng_unit",
    "g_uuid_string_random": "far_id_init_random",
}
MONEY_FLOAT = re.compile(
    r"\b(?:double|float|gdouble|gfloat)\s+\*?\w*(?:price|amount|micros|balance|fee(?!d)|earning|payout)\w*")
TRANSLATABLE = re.compile(r'\b(?:N?C?_|(?:g_dn?|n)gettext) ?\((?:\w+, )?"|translatable="yes"')
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")

# Which rooms may include a system header; every header not named here is free to all.
LIBRARY_ROOMS = {
    "gtk/": {"desktop"},
    "adwaita": {"desktop"},
    "libsoup/": {"net", "client", "platform", "readers"},
    "gnutls/": {"net"},
    "sqlite3.h": {"store"},
    "seccomp.h": {"sandbox"},
    "libxml/": {"market"},
    "yaml.h": {"platform", "readers"},
    "microhttpd.h": {"platform"},
    "libsecret/": {"client", "platform"},
    "ncurses": {"terminal"},
    "nettle/": {"base"},
    "sodium": {"base"},
}
# Headers that only the files of one class may know: its server, and its answers.
ONE_CLASS = {"microhttpd.h": ("src/platform/far-http-server.c", "src/platform/far-http-response.c")}


def tracked(root):
    out = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
                         capture_output=True, text=True, check=False)
    if out.returncode == 0:
        names = out.stdout.splitlines()
    else:  # a release tarball has no git
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    return sorted(n for n in names if (root / n).is_file() and not n.startswith("build"))


def rooms(root):
    """room → set of rooms it may use, from the table in ARCHITECTURE.md."""
    table = {}
    for line in (root / "ARCHITECTURE.md").read_text().splitlines():
        m = re.match(r"\|\s*`(\w+)/`\s*\|[^|]*\|([^|]*)\|", line)
        if m:
            table[m.group(1)] = {w for w in re.findall(r"\w+", m.group(2))}
    return table


def functions(lines):
    """(first line, name, length) of each function body in GNU-styled C."""
    name, start = None, None
    for i, line in enumerate(lines, 1):
        if start is None:
            m = re.match(r"^(\w+)\s*\(", line)
            if m:
                name = m.group(1)
            if line.startswith("{") and name:
                start = i
        elif line.startswith("}"):
            yield start, name, i - start - 1
            start, name = None, None


def strip_comments(text):
    """Blanks comments and string contents, keeping line numbers."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    text = re.sub(r"//[^\n]*", blank, text)
    return re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: '"' + " " * (len(m.group(0)) - 2) + '"', text)


def texts(root, names):
    """What can be translated is listed for translators, and nothing else of src/ is."""
    listed = {line for line in (root / "po/POTFILES").read_text().splitlines()
              if line.startswith("src/")}
    found = {n for n in names if n.startswith("src/") and
             TRANSLATABLE.search((root / n).read_text(errors="replace"))}
    return [f"{n}: has texts for people; name it in po/POTFILES" for n in sorted(found - listed)] + \
        [f"{n}: has none; take it out of po/POTFILES" for n in sorted(listed - found)]


def main():
    root = Path(sys.argv[1]).resolve()
    names = tracked(root)
    code = [n for n in names if n.endswith((".c", ".h")) and n.startswith(("src/", "tests/"))]
    bad = {k: [] for k in ("sizes", "spdx", "banned", "money", "unfinished", "rooms", "head",
                           "modes", "texts")}
    bad["texts"] = texts(root, names)

    table = rooms(root)
    if not table:
        bad["rooms"].append("ARCHITECTURE.md: no table of rooms found")
    for folder in sorted({n.split("/")[1] for n in code if n.startswith("src/")}):
        if folder not in table:
            bad["rooms"].append(f"src/{folder}: a room that ARCHITECTURE.md does not know")

    for n in names:
        path = root / n
        if n.endswith((".c", ".h", ".py", ".sh", ".build", ".ui", ".css", ".yaml", ".in")) or \
                n in ("run", ".ci/run"):
            head = path.read_text(errors="replace")[:400]
            if "SPDX-License-Identifier: GPL-3.0-or-later" not in head:
                bad["spdx"].append(f"{n}:1: no SPDX line")
        if n in ("run", ".ci/run") and not path.stat().st_mode & 0o100:
            bad["modes"].append(f"{n}: not executable")

    for n in code:
        text = (root / n).read_text()
        lines = text.splitlines()
        room = n.split("/")[1]
        in_src = n.startswith("src/")
        if len(lines) > FILE_LINES_MAX:
            bad["sizes"].append(f"{n}: {len(lines)} lines, {FILE_LINES_MAX} allowed")
        for i, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS_MAX:
                bad["sizes"].append(f"{n}:{i}: {len(line)} columns, {LINE_COLUMNS_MAX} allowed")
            if "\t" in line:
                bad["sizes"].append(f"{n}:{i}: a tab")
        if n.endswith(".c"):
            for start, name, length in functions(lines):
                if length > FUNCTION_LINES_MAX:
                    bad["sizes"].append(
                        f"{n}:{start}: {name}() has {length} lines, {FUNCTION_LINES_MAX} allowed")
        if in_src:
            if n.endswith(".c") and not re.search(r"/\*", "\n".join(lines[1:6])):
                bad["head"].append(f"{n}:2: open with what the file owns")
            if n.endswith(".h") and "#pragma once" not in text:
                bad["head"].append(f"{n}: no #pragma once")
        bare = strip_comments(text).splitlines()
        for i, line in enumerate(bare, 1):
            for m in re.finditer(r"\b(\w+)\s*\(", line):
                if m.group(1) in BANNED:
                    bad["banned"].append(f"{n}:{i}: {m.group(1)}; use {BANNED[m.group(1)]}")
            if in_src and MONEY_FLOAT.search(line):
                bad["money"].append(f"{n}:{i}: floating point near money")
        for i, line in enumerate(lines, 1):
            if in_src and UNFINISHED.search(line):
                bad["unfinished"].append(f"{n}:{i}: unfinished by its own words")
            m = re.match(r'\s*#\s*include\s+"(\w+)/', line)
            if m and in_src and m.group(1) in table:
                if m.group(1) != room and m.group(1) not in table.get(room, set()):
                    bad["rooms"].append(f"{n}:{i}: {room}/ may not use {m.group(1)}/")
            m = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            if m and in_src:
                for prefix, allowed in LIBRARY_ROOMS.items():
                    if m.group(1).startswith(prefix) and room not in allowed:
                        bad["rooms"].append(f"{n}:{i}: {room}/ may not know <{m.group(1)}>")
                only = ONE_CLASS.get(m.group(1))
                if only and n not in only:
                    bad["rooms"].append(f"{n}:{i}: only {only[0]} may know <{m.group(1)}>")

    what = {
        "sizes": "files, functions and lines keep to their sizes",
        "spdx": "every source file names its licence",
        "banned": "no banned function is called",
        "money": "no floating point near money",
        "unfinished": "nothing calls itself unfinished",
        "rooms": "every room uses only what ARCHITECTURE.md allows it",
        "head": "every file opens with what it owns",
        "modes": "the commands can be run",
        "texts": "what can be translated is listed",
    }
    print(f"1..{len(bad)}")
    for number, (rule, breaches) in enumerate(bad.items(), 1):
        print(f"{'not ok' if breaches else 'ok'} {number} {what[rule]}")
        for breach in breaches:
            print(breach, file=sys.stderr)
    return 1 if any(bad.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
