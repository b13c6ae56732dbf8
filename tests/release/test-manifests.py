#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads flatpak/'s two manifests: the development one grants and brings exactly what the release's
does, every permission stands under words that explain it, and every archive is pinned. Prints TAP.

    test-manifests.py SOURCE_ROOT"""

import re
import sys
from pathlib import Path

import yaml

APP = "io.github.farthing.Farthing"
KEYS = ["id", "runtime", "runtime-version", "sdk", "command", "separate-locales", "finish-args",
        "cleanup", "modules"]
# What no permission may be.
TOO_MUCH = re.compile(r"--filesystem|--device=all|--socket=(session|system)-bus|--talk-name=.*\*|"
                      r"--own-name|--socket=x11$|--allow")


def read(source, suffix=""):
    text = (source / "flatpak" / f"{APP}{suffix}.yml").read_text()
    return text, yaml.safe_load(text)


def same_but_for_the_name(source):
    _, release = read(source)
    _, devel = read(source, ".Devel")
    assert release["id"] == APP and devel["id"] == APP + ".Devel", devel["id"]
    for key in KEYS[1:-1]:
        assert release[key] == devel[key], key
    assert release["modules"][:-1] == devel["modules"][:-1]
    ours, theirs = dict(release["modules"][-1]), dict(devel["modules"][-1])
    assert set(theirs.pop("config-opts")) - set(ours.pop("config-opts")) == \
        {"-Dprofile=development", "-Dbuildtype=debug"}
    assert ours == theirs


def conventional_order(source):
    for suffix in ("", ".Devel"):
        assert list(read(source, suffix)[1]) == KEYS, suffix


def least_permissions(source):
    text, release = read(source)
    for permission in release["finish-args"]:
        assert not TOO_MUCH.search(permission), permission
    block = text[text.index("finish-args:"):text.index("cleanup:")]
    paragraphs = re.split(r"(?<=[^#]\n)(?=  #)", block.split("\n", 1)[1])
    for paragraph in paragraphs:
        assert paragraph.lstrip().startswith("#"), f"not explained: {paragraph}"


def pinned(source):
    _, release = read(source)
    for module in release["modules"][:-1]:
        for archive in module["sources"]:
            assert archive["url"].startswith("https://"), archive
            assert re.fullmatch(r"[0-9a-f]{64}", archive["sha256"]), archive


def main(source):
    steps = (same_but_for_the_name, conventional_order, least_permissions, pinned)
    print(f"1..{len(steps)}")
    failed = 0
    for number, step in enumerate(steps, 1):
        try:
            step(source)
            print(f"ok {number} {step.__name__}")
        except (AssertionError, KeyError, OSError, ValueError, yaml.YAMLError) as error:
            failed = 1
            print(f"not ok {number} {step.__name__}\n# {type(error).__name__}: {error}")
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
