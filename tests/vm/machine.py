#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel that runs the tests cannot show, in a virtual machine that has it: Debian 12 with
its own kernel, systemd as the first process, and control groups of version 2 that it delegates.

    machine.py BUILD CACHE [PART…]       parts: system user trial attacks; default: all

Boots a root made of Debian's packages (kept in CACHE), unpacks what BUILD installs into it, lets
proof.py run there and passes on the TAP that it prints. The machine's console goes to
CACHE/console.log. Neither network nor graphics; nothing that it writes is kept."""

import hashlib
import json
import os
import re
import selectors
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flatpak"))

from stand_in import mirror  # noqa: E402

SUITE = "bookworm"
# What a machine is made of, and then what the programs are linked with or run.
PACKAGES = """
linux-image-amd64 systemd-sysv dbus dbus-user-session libpam-systemd procps python3
libglib2.0-0 libjson-glib-1.0-0 libsoup-3.0-0 libsqlite3-0 libseccomp2 libnettle8 libgnutls30
libyaml-0-2 libmicrohttpd12 libarchive13 libxml2 libncursesw6 libsecret-1-0 libsodium23
glib-networking ca-certificates
""".split()
NOT_KEPT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"] + [
    f"/lib/modules/*/kernel/{name}/*" for name in ("drivers/gpu", "drivers/net", "drivers/media",
                                                   "drivers/infiniband", "drivers/scsi", "sound")]
# What the disk is given of files beside the packages'.
UNIT = """[Unit]
Description=What farthing's tests prove
After=multi-user.target dbus.service systemd-logind.service
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate

[Service]
Type=oneshot
ExecStartPre=tar -C / -xf /dev/vdb
ExecStartPre=systemctl daemon-reload
ExecStart=/usr/bin/python3 -u /proof/proof.py
TimeoutStartSec=infinity
StandardOutput=tty
StandardError=inherit
TTYPath=/dev/ttyS1
"""
PARTS = ["system", "user", "trial", "attacks"]
MEMORY_MB, PROCESSORS, DISK = 4096, 2, "4G"
TOOLS = ("qemu-system-x86_64", "mmdebstrap", "mkfs.ext4")
# A processor's own virtualization says something at once, or it does not work where this runs.
FIRST_WORD_S = 30
SILENCE_S = 1200
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def run(*command):
    print("+", " ".join(map(str, command)), file=sys.stderr, flush=True)
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)


def recipe():
    """Changes whenever the root has to be made anew."""
    text = json.dumps([SUITE, PACKAGES, NOT_KEPT, UNIT, DISK])
    return hashlib.sha256(text.encode()).hexdigest()


def make_root(cache):
    """Leaves disk.ext4, vmlinuz and initrd.img in the cache."""
    stamp = cache / "recipe"
    if stamp.exists() and stamp.read_text() == recipe():
        return
    stamp.unlink(missing_ok=True)
    cache.mkdir(parents=True, exist_ok=True)
    tar, disk = cache / "root.tar", cache / "disk.ext4"
    run("mmdebstrap", "--quiet", "--variant=minbase", "--format=tar",
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={path}" for path in NOT_KEPT),
        "--include=" + ",".join(PACKAGES), SUITE, tar, mirror(SUITE))
    (cache / "farthing-proof.service").write_text(UNIT)
    # Owners other than whoever runs this are somebody's only in a namespace.
    namespace = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-auto", "--map-root-user"]
    run(*namespace, "sh", "-euc", """
        rm -rf root
        mkdir root
        tar -C root -xf root.tar --exclude='./dev/*' --exclude='./var/cache/*' \\
          --exclude='./var/lib/apt/lists/*'
        cp farthing-proof.service root/etc/systemd/system/
        mkdir -p root/etc/systemd/system/multi-user.target.wants
        ln -s ../farthing-proof.service root/etc/systemd/system/multi-user.target.wants/
        echo farthing > root/etc/hostname
        echo '127.0.0.1 localhost farthing' > root/etc/hosts
        echo '/dev/vda / ext4 defaults 0 1' > root/etc/fstab
        : > root/etc/machine-id
        cp -L root/vmlinuz root/initrd.img .
        chmod 644 vmlinuz initrd.img
        rm -f disk.ext4
        mkfs.ext4 -q -F -d root disk.ext4 "$0"
        rm -rf root""", DISK)
    tar.unlink()
    assert disk.exists()
    stamp.write_text(recipe())


def pack(build, folder, parts):
    """A tar of what is installed, and of the proof, as it is to lie in the machine's root."""
    target = folder / "target"
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--strip"],
                   env=dict(os.environ, DESTDIR=str(target)), check=True, stdout=sys.stderr)
    proof = target / "proof"
    for name in ("tests/sandbox/test-attacks", "tests/sandbox/guest/bootstrap",
                 "src/platform/farthing-spawner"):
        (proof / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(build / name, proof / name)
    for name in ("proof.py", "house.py", "work.py"):
        shutil.copy(HERE / name, proof / name)
    options = json.loads((build / "meson-info/intro-buildoptions.json").read_text())
    wanted = {option["name"]: option["value"] for option in options}
    (proof / "build.json").write_text(json.dumps({
        "prefix": wanted["prefix"], "libexecdir": wanted["libexecdir"], "only": parts}))

    def owned_by_root(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        return entry

    with tarfile.open(folder / "payload.tar", "w") as tar:
        tar.add(target, ".", filter=owned_by_root)
    return folder / "payload.tar"


def command(cache, payload, accelerator):
    return ["qemu-system-x86_64", *accelerator, "-m", str(MEMORY_MB), "-smp", str(PROCESSORS),
            "-nodefaults", "-display", "none", "-no-reboot", "-nic", "none",
            "-kernel", str(cache / "vmlinuz"), "-initrd", str(cache / "initrd.img"),
            "-append", "console=ttyS0 root=/dev/vda rw panic=-1 systemd.show_status=false",
            "-drive", f"file={cache / 'disk.ext4'},format=raw,if=virtio,snapshot=on",
            "-drive", f"file={payload},format=raw,if=virtio,readonly=on",
            "-device", "virtio-rng-pci",
            "-chardev", f"file,id=console,path={cache / 'console.log'}",
            "-serial", "chardev:console", "-serial", "stdio"]


def accelerators():
    """What is tried, in this order, with a name."""
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        yield "the processor's own virtualization", ["-accel", "kvm", "-cpu", "host"], FIRST_WORD_S
    yield "emulation", ["-accel", "tcg,thread=multi", "-cpu", "max,la57=off"], SILENCE_S


def lives(cache):
    console = cache / "console.log"
    return console.exists() and b"Linux version" in console.read_bytes()


def watch(process, cache, first_word_s):
    """Passes the machine's lines on. Returns: whether it began at all, and what its TAP promised
    and held."""
    waiting, held, promised, failed, rest = selectors.DefaultSelector(), 0, None, 0, b""
    waiting.register(process.stdout, selectors.EVENT_READ)
    began_by, silent_by = time.monotonic() + first_word_s, time.monotonic() + SILENCE_S
    alive = False
    while True:
        alive = alive or lives(cache)
        if not alive and time.monotonic() > began_by or time.monotonic() > silent_by:
            break
        if not waiting.select(1):
            continue
        chunk = os.read(process.stdout.fileno(), 65536)
        if not chunk:
            break
        silent_by = time.monotonic() + SILENCE_S
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            text = ANSI.sub("", line.decode(errors="replace"))
            print(text, flush=True)
            held += bool(re.match(r"(not )?ok \d", text))
            failed += text.startswith("not ok")
            if re.fullmatch(r"1\.\.\d+", text):
                promised = int(text[3:])
    return alive or lives(cache), promised, held, failed


def boot(cache, payload):
    for name, accelerator, first_word_s in accelerators():
        (cache / "console.log").unlink(missing_ok=True)
        with subprocess.Popen(command(cache, payload, accelerator), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE) as process:
            try:
                began, promised, held, failed = watch(process, cache, first_word_s)
            finally:
                process.kill()
        if began:
            print(f"# by {name}")
            return promised, held, failed
        print(f"# {name} does not work here", flush=True)
    return None, 0, 0


def main():
    build, cache = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    missing = [tool for tool in TOOLS if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")
               is None]
    if missing or os.uname().machine != "x86_64":
        why = f"not installed: {' '.join(missing)}; ./run tests --all installs them" if missing \
            else "the machine is made of packages for amd64"
        print(f"1..0 # SKIP {why}")
        return 77
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    began = time.monotonic()
    cache.mkdir(parents=True, exist_ok=True)
    os.chdir(cache)
    make_root(cache)
    with tempfile.TemporaryDirectory(prefix="farthing-vm-") as folder:
        promised, held, failed = boot(cache, pack(build, Path(folder), sys.argv[3:] or PARTS))
    print(f"# figure: all of it: {time.monotonic() - began:.0f} s")
    if promised is None or promised != held:
        console = cache / "console.log"
        tail = console.read_text(errors="replace")[-4000:] if console.exists() else ""
        print(f"not ok {held + 1} the machine ended before its proof did\n1..{held + 1}")
        print(tail, file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
