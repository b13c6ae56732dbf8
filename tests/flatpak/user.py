# SPDX-License-Identifier: GPL-3.0-or-later
"""The ordinary account that everything of Flatpak runs under. As root a sandbox keeps root's
capabilities, which would prove nothing; so root hands its cache to nobody and becomes it."""

import os
import pwd
from pathlib import Path

ACCOUNT = "nobody"


def become(cache, suite="."):
    """As root: gives the cache away and becomes the account, with a home in the cache. As anybody
    else: only makes the home, one for each suite. Flatpak's own files stay under it, away from the
    user's."""
    home = Path(cache) / suite / "home"
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        top = Path(cache)
        top.mkdir(parents=True, exist_ok=True)
        for path in (top, *top.iterdir(), *top.glob("*/*")):
            if path.lstat().st_uid == 0:
                os.lchown(path, account.pw_uid, account.pw_gid)
        os.setgroups([])
        os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
        os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(HOME=str(home), USER=ACCOUNT, LOGNAME=ACCOUNT,
                      XDG_DATA_HOME=str(home / "data"), XDG_CACHE_HOME=str(home / "cache"),
                      XDG_CONFIG_HOME=str(home / "config"), PYTHONDONTWRITEBYTECODE="1")
    os.chdir(home)
