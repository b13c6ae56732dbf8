# SPDX-License-Identifier: GPL-3.0-or-later
"""Each article of the demo publication ends with its rogue's yarn: a made-up word in the locked
part, by which a leak would be recognised."""

import re

from farthing_testing import BUILD


def markers():
    """article id → its marker"""
    found = {}
    for path in sorted((BUILD / "publication" / "articles").glob("*.md")):
        match = re.search(r"Rogue's yarn: (\w+)", path.read_text())
        assert match, f"{path.name} has no rogue's yarn"
        found[path.stem] = match.group(1)
    assert len(found) >= 12 and len(set(found.values())) == len(found)
    return found
