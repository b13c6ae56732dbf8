#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""@aws-sdk/client-lambda (npm, unmodified, pinned by package-lock.json) against the Lambda API of a
real farthingd. The package is installed below the build directory for this test alone; where there
is no npm, or Node.js is older than the client asks for, the test is skipped and says so."""

import configparser
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))
import npm_packages  # noqa: E402
from farthing_testing import BUILD, Platform  # noqa: E402

NODE_MAJOR_MIN = 20
FUNCTIONS = BUILD / "tests" / "integration" / "functions"
PARTS = ("first", "after-restart")


def make_zips(folder):
    """What the client uploads: a program, two versions of a script, and what must be refused."""
    with zipfile.ZipFile(folder / "program.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("bootstrap")
        info.external_attr = 0o755 << 16
        archive.writestr(info, (FUNCTIONS / "bootstrap").read_bytes(), zipfile.ZIP_DEFLATED)
    for version in (1, 2):
        with zipfile.ZipFile(folder / f"script{version}.zip", "w") as archive:
            archive.writestr("lib/said.js", f"module.exports = 'version {version}';\n")
            archive.writestr("index.js", (HERE / "function.js").read_text())
    with zipfile.ZipFile(folder / "slip.zip", "w") as archive:
        archive.writestr("../outside", "x")
    with zipfile.ZipFile(folder / "link.zip", "w") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("large", "w", force_zip64=True) as large:
            for _ in range(251):
                large.write(bytes(1024 * 1024))


def environment(platform, folder, part):
    profile = configparser.ConfigParser()
    profile.read(platform.ready["credentials"])
    return dict(os.environ, AWS_ACCESS_KEY_ID=profile["default"]["aws_access_key_id"],
                AWS_SECRET_ACCESS_KEY=profile["default"]["aws_secret_access_key"],
                AWS_REGION="us-east-1", LAMBDA_URL=platform.ready["lambda"],
                MODULES=str(BUILD / "tests" / "sdk" / "npm"), ZIPS=str(folder), PART=part,
                READY=json.dumps(platform.ready))


def main():
    missing = (npm_packages.check_node(NODE_MAJOR_MIN)
               or npm_packages.install(HERE, BUILD / "tests" / "sdk" / "npm"))
    if missing:
        return npm_packages.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="farthing-zips-"))
    worst = count = 0
    try:
        make_zips(folder)
        with Platform("--test-clock", template=FUNCTIONS / "template.yaml") as p:
            for part in PARTS:
                if part == "after-restart":
                    p.process.kill()
                    p.process.wait()
                    p.process.stdout.close()
                    p.log.close()
                    p.start()
                result = subprocess.run(["node", str(HERE / "client.mjs"), str(count)],
                                        env=environment(p, folder, part), text=True,
                                        stdout=subprocess.PIPE, timeout=200, check=False)
                sys.stdout.write(result.stdout)
                sys.stdout.flush()
                count += sum(line.startswith(("ok ", "not ok ")) for line in
                             result.stdout.splitlines())
                worst = worst or result.returncode
    finally:
        shutil.rmtree(folder)
    print(f"1..{count}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
