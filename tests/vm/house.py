# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped units, as whoever owns the machine or an account uses them: systemctl, farthingctl,
and a look into the control group that the unit was given."""

import json
import os
import pwd
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEADLINE_S = 300  # an emulated processor is slow
GROUPS = Path("/sys/fs/cgroup")
TMP_MB, HEADROOM_MB = 512, 16  # beside a function's memory: its /tmp, and the keeper


def wait_for(what, condition, deadline_s=DEADLINE_S):
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {deadline_s} s for {what}"
        time.sleep(0.1)


def call(*command, check=True, **options):
    out = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                         timeout=2 * DEADLINE_S, **options)
    assert not check or out.returncode == 0, (command, out.returncode, out.stdout, out.stderr)
    return out


def package():
    """work.py as what is deployed."""
    folder = Path(tempfile.mkdtemp(prefix="proof-"))
    folder.chmod(0o755)
    with zipfile.ZipFile(folder / "work.zip", "w") as archive:
        archive.write(HERE / "work.py", "work.py")
    return folder / "work.zip"


class Group:
    """One control group, read."""

    def __init__(self, path):
        self.path = path

    def read(self, name):
        return (self.path / name).read_text().strip()

    def number(self, name):
        return int(self.read(name))

    def fields(self, name):
        return {key: int(value) for key, value in map(str.split, self.read(name).splitlines())}


class House:
    """A unit of ours. account: whose manager it runs under; None: the machine's."""

    def __init__(self, account=None):
        self.account = account
        self.data_dir = Path("/var/lib/farthing")
        self.environment = dict(os.environ)
        self.archive = package()
        if account is not None:
            entry = pwd.getpwnam(account)
            self.uid = entry.pw_uid
            self.data_dir = Path(entry.pw_dir) / ".local/share/farthing"
            self.environment = {"PATH": os.environ["PATH"], "HOME": entry.pw_dir,
                                "XDG_RUNTIME_DIR": f"/run/user/{entry.pw_uid}"}

    def as_owner(self, *command, **options):
        """As the account, with what its session has around it; as root for the machine's unit."""
        if self.account is not None:
            command = ["runuser", "-u", self.account, "--", *command]
        return call(*command, env=self.environment, cwd="/", **options)

    def systemctl(self, *words, **options):
        return self.as_owner("systemctl", *(["--user"] if self.account else []), *words, **options)

    def show(self, name):
        return self.systemctl("show", "--value", "-p", name, "farthingd").stdout.strip()

    def ctl(self, *words, check=True, **options):
        given = [] if self.account is not None else ["--data-dir", self.data_dir]
        out = self.as_owner("farthingctl", *words, *given, "--json", check=check, **options)
        return json.loads(out.stdout) if check and out.stdout else out

    def invoke(self, name, event, check=True):
        return self.ctl("invoke", name, "--event", "-", input=json.dumps(event), check=check)

    def deploy(self, name, memory_mb, timeout_s=600):
        self.ctl("functions", "deploy", name, "--zip", self.archive, "--runtime", "python3.11",
                 "--handler", "work.handler", "--memory", memory_mb, "--timeout", timeout_s)

    def remove(self, name):
        self.ctl("functions", "delete", name)

    # The group.

    @property
    def group(self):
        return Group(GROUPS / self.show("ControlGroup").lstrip("/"))

    def sandboxes(self):
        return [Group(path) for path in sorted(self.group.path.glob("s[0-9]*"))]

    def sandbox_of(self, memory_mb):
        """Of a function with so much memory, of which there is one."""
        limit = (memory_mb + TMP_MB + HEADROOM_MB) << 20
        found = []
        for group in self.sandboxes():
            try:
                if group.read("memory.max") == str(limit) and group.read("cgroup.procs"):
                    found.append(group)
            except OSError:
                continue  # it ended meanwhile
        return found[0] if len(found) == 1 else None
