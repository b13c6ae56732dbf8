#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each translation is sound: what it has is right in form, and nothing in it is a guess of msgmerge's.
A string that is new in the code fails nothing: how many a language lacks is told, and which.

    test-translations.py SOURCE_ROOT"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What meson's preset "glib" asks of xgettext.
XGETTEXT = """xgettext --from-code=UTF-8 --add-comments --keyword=_ --keyword=N_ --keyword=C_:1c,2
--keyword=NC_:1c,2 --keyword=g_dcgettext:2 --keyword=g_dngettext:2,3 --keyword=g_dpgettext2:2c,3
--files-from=po/POTFILES --output""".split()
STRING = re.compile(r'^(msg\w+(?:\[\d\])?) "(.*)"$')
SHOWN_MAX = 20


def run(*command, cwd=None):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          cwd=cwd, timeout=60)
    assert done.returncode == 0, f"{command[0]}: {done.stderr[-2000:]}"
    return done.stdout


def messages(text):
    """Each message as a dict of its strings; the header, and what is obsolete, are left out."""
    for block in text.split("\n\n"):
        found = dict(match.groups() for match in map(STRING.match, block.splitlines()) if match)
        if found.get("msgid"):
            yield found


def translated(found):
    return [text for kind, text in found.items() if kind.startswith("msgstr")]


def check_form(po):
    """Formats, plurals, header; no guess; no typewriter's punctuation."""
    run("msgfmt", "--check", "--check-accelerators=_", "-o", "/dev/null", po)
    guesses = run("msgattrib", "--only-fuzzy", "--no-obsolete", po)
    assert not list(messages(guesses)), guesses
    for found in messages(run("msgcat", "--no-wrap", po)):
        for text in filter(None, translated(found)):
            assert not re.search(r"\\\"|\.\.\.|(?<!%)'", text), text
            # A dialog follows a button with an ellipsis in any language; a sentence is one.
            for end in "…", ":":
                assert found["msgid"].endswith(end) == text.endswith(end), text
            assert found["msgid"][0].isspace() == text[0].isspace(), text


def missing(po, source, folder):
    pot, merged = folder / "farthing.pot", folder / "merged.po"
    run(*XGETTEXT, pot, cwd=source)
    run("msgmerge", "--quiet", "--no-fuzzy-matching", "-o", merged, po, pot)
    found = list(messages(run("msgcat", "--no-wrap", merged)))
    assert len(found) > 500, "xgettext found next to nothing"
    return [one["msgid"] for one in found if not all(translated(one))]


def main(source):
    languages = [line for line in (source / "po/LINGUAS").read_text().split("\n")
                 if line and not line.startswith("#")]
    assert languages, "po/LINGUAS names no language"
    assert {f"{name}.po" for name in languages} == {p.name for p in (source / "po").glob("*.po")}
    print(f"1..{len(languages)}")
    failed = 0
    for number, name in enumerate(languages, 1):
        po = source / "po" / f"{name}.po"
        try:
            check_form(po)
            with tempfile.TemporaryDirectory() as folder:
                lacks = missing(po, source, Path(folder))
            print(f"# {name}: {len(lacks)} strings are not translated yet")
            for text in lacks[:SHOWN_MAX]:
                print(f"#   {text}")
            print(f"ok {number} {name}")
        except AssertionError as error:
            failed = 1
            print(f"not ok {number} {name}\n# " + str(error).replace("\n", "\n# "))
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
