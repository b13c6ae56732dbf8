# SPDX-License-Identifier: GPL-3.0-or-later
"""What the strictest validators say of the metainfo, and why that stays: the id is the project's; and
who made it stands there twice, for readers before and after the tag's name changed: Debian 12's
validator does not know the one, Debian 13's would do without the other."""

REMARKS = {"cid-contains-uppercase-letter", "unknown-tag developer",
           "developer-name-tag-deprecated"}
