# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages from npm for tests: what a package-lock.json pins, installed below the build folder,
once. A registry that is out of reach is a reason to skip, never to fail."""

import shutil
import subprocess

INSTALL_S = 240
# Of what goes wrong, the lines that say what.
FAULTS = ("npm error ", "npm ERR! ")


def skip(why):
    """For main() to return."""
    print(f"1..0 # SKIP {why}")
    return 0


def check_node(major_min):
    """None, or why there is no Node.js to use."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "npm or node is not installed"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True,
                             check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < major_min:
        return f"the package wants Node.js {major_min}, this is {version}"
    return None


def install(source, folder):
    """source: the folder with package.json and package-lock.json. None, or why it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (source / "package-lock.json").read_bytes()
    done = folder / "installed"
    if done.exists() and done.read_bytes() == lock:
        return None
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder / name)
    try:
        result = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                                cwd=folder, capture_output=True, text=True, timeout=INSTALL_S,
                                check=False)
    except subprocess.TimeoutExpired:
        return f"npm could not install the package within {INSTALL_S} s"
    if result.returncode != 0:
        said = [line for line in result.stderr.splitlines() if line.startswith(FAULTS)]
        return "npm could not install the package: " + " ".join(said[:2])
    done.write_bytes(lock)
    return None
