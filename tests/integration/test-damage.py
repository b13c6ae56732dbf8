#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of data that is broken or gone, to whoever starts the platform: a database that is
damaged is named and left as it is; books that are missing are not begun anew; other databases that
are missing are, and it is said; a template that is wrong is named with line, column and reason, and
so is an article."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from farthing_testing import BUILD, DEADLINE_S, FARTHINGCTL, Platform, Tap, wait_for

DATABASES = {"money": "money/ledger.db", "telemetry": "telemetry/telemetry.db",
             "platform": "platform/platform.db"}
EXIT_UNAVAILABLE = 69


def up(data_dir, *more):
    """`farthingctl up`, as a person does; nothing is left running."""
    with tempfile.TemporaryDirectory(prefix="far-run-") as runtime:
        environment = dict(os.environ, XDG_RUNTIME_DIR=runtime, XDG_STATE_HOME=runtime)
        result = subprocess.run([str(FARTHINGCTL), "up", "--port", "0", "--data-dir", str(data_dir),
                                 *more], capture_output=True, text=True, env=environment,
                                timeout=2 * DEADLINE_S, check=False)
        if result.returncode == 0:
            subprocess.run([str(FARTHINGCTL), "down", "--data-dir", str(data_dir)], check=True,
                           capture_output=True, env=environment, timeout=2 * DEADLINE_S)
    return result


def with_a_copy(used, function, *args):
    """Of a data directory that a platform has run on."""
    with tempfile.TemporaryDirectory(prefix="farthing-damage-") as folder:
        copy = Path(folder) / "data"
        shutil.copytree(used, copy)
        function(copy, *args)


def damaged(folder, name, noise):
    path = folder / DATABASES[name]
    whole = path.read_bytes()
    broken = noise + whole[len(noise):] if noise else b""
    path.write_bytes(broken)
    result = up(folder)
    assert result.returncode == EXIT_UNAVAILABLE and DATABASES[name] in result.stderr, result
    assert path.read_bytes() == broken, "the database was written to"
    # Put back as it was, it goes on as if nothing had been.
    path.write_bytes(whole)
    result = up(folder)
    assert result.returncode == 0, result


def missing_books(folder):
    path = folder / DATABASES["money"]
    path.rename(folder / "away")
    result = up(folder)
    assert result.returncode == EXIT_UNAVAILABLE and DATABASES["money"] in result.stderr, result
    assert not path.exists(), "empty books were begun"


def missing(folder, name):
    """Begun anew, and said: in the log and among what happened."""
    (folder / DATABASES[name]).unlink()
    with Platform(data_dir=folder) as platform:
        told = wait_for("it to be told", lambda: [
            a["text"] for a in platform.control("GET", "/v1/annotations").json()["annotations"]
            if a["kind"] == "database_missing"])
        assert len(told) == 1 and DATABASES[name] in told[0], told
        assert told[0] in platform.stderr(), platform.stderr()
        assert platform.ctl("ledger", "verify")["ok"] is True
    with Platform(data_dir=folder) as platform:
        assert platform.stderr().count("is not there") == 1, platform.stderr()


def publication(folder):
    shutil.copytree(BUILD / "publication", folder, ignore=shutil.ignore_patterns("stores"))
    return folder / "template.yaml"


def broken_template():
    with tempfile.TemporaryDirectory(prefix="farthing-broken-") as folder:
        template = publication(Path(folder) / "mine")
        lines = template.read_text().splitlines()
        number = next(i for i, line in enumerate(lines) if re.match(r" +Runtime: ", line))
        lines[number] = lines[number].replace("provided.al2023", "cobol")
        template.write_text("\n".join(lines) + "\n")
        result = up(Path(folder) / "data", "--template", str(template))
        assert result.returncode == EXIT_UNAVAILABLE, result
        assert re.search(rf"{re.escape(str(template))}:{number + 1}:\d+: .*cobol", result.stderr), \
            result


def broken_article():
    with tempfile.TemporaryDirectory(prefix="farthing-broken-") as folder:
        template = publication(Path(folder) / "mine")
        article = template.parent / "articles/two-per-cent.md"
        lines = article.read_text().splitlines()
        number = next(i for i, line in enumerate(lines) if line.startswith("date: "))
        lines[number] = "date: the other day"
        article.write_text("\n".join(lines) + "\n")
        data = Path(folder) / "data"
        data.mkdir()
        with Platform(template=template, data_dir=data) as platform:
            answer = platform.http("GET", "/articles")
            where = rf"articles/two-per-cent\.md:{number + 1}:.*date"
            assert answer.status >= 500 and answer.json(), answer
            wait_for("the log to name it", lambda: re.search(where, platform.stderr()))
            said = subprocess.run([str(FARTHINGCTL), "articles", "--data-dir", str(data)],
                                  capture_output=True, text=True, env=platform.env, check=False)
            assert said.returncode != 0 and "farthingd.log" in said.stderr, said


def port_taken():
    """A start that failed leaves nothing behind that the next one would miss."""
    with tempfile.TemporaryDirectory(prefix="farthing-port-") as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        data = Path(folder) / "data"
        result = up(data, "--port", str(taken.getsockname()[1]))
        assert result.returncode == EXIT_UNAVAILABLE and "in use" in result.stderr, result
        with Platform(data_dir=data) as platform:
            assert "is not there" not in platform.stderr(), platform.stderr()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="farthing-damage-") as used:
        with Platform(data_dir=used) as platform:
            platform.ctl("read", "the-smallest-coin", "--pay")
        for name in DATABASES:
            tap.run(f"a damaged database is named and left alone: {name}", with_a_copy, used,
                    damaged, name, b"\xa5" * 4096)
        tap.run("an empty one too", with_a_copy, used, damaged, "money", b"")
        tap.run("books that are missing are not begun anew", with_a_copy, used, missing_books)
        for name in ("telemetry", "platform"):
            tap.run(f"what is missing is said: {name}", with_a_copy, used, missing, name)
    tap.run("a port that is taken is said, and no loss after it", port_taken)
    tap.run("a broken template is named with line and column", broken_template)
    tap.run("a broken article is named with line and reason", broken_article)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
