# SPDX-License-Identifier: GPL-3.0-or-later
"""Listens to what an ordinary desktop would play: a PulseAudio of the test's own, on the socket that
a session has it on, whose only loudspeaker writes what it hears into a file."""

import os
import subprocess
from pathlib import Path

LOUD = 64  # of 32767: more than dither


class Ears:
    def __init__(self, folder):
        self.file = Path(folder) / "heard.raw"
        self.events = Path(folder) / "heard.events"
        self.socket = Path(os.environ["XDG_RUNTIME_DIR"]) / "pulse" / "native"
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        self.processes = [subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
             "--log-target=stderr", "-L", "module-null-sink sink_name=ears",
             "-L", f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]

    def ready(self):
        return subprocess.run(["pactl", f"--server=unix:{self.socket}", "info"],
                              capture_output=True, check=False).returncode == 0

    def listen(self):
        self.processes.append(subprocess.Popen(
            ["parec", f"--server=unix:{self.socket}", "--device=ears.monitor", "--raw",
             "--format=s16le", "--channels=1", "--rate=8000", "--latency-msec=50", self.file],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.processes.append(subprocess.Popen(
            ["pactl", f"--server=unix:{self.socket}", "subscribe"], stdout=self.events.open("w"),
            stderr=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C")))

    def players(self):
        """How many streams were played to the loudspeaker so far, muted ones too."""
        return self.events.read_text().count("'new' on sink-input")

    def heard(self):
        """(how many samples came, the loudest of them)"""
        raw = self.file.read_bytes() if self.file.exists() else b""
        samples = memoryview(raw[:len(raw) // 2 * 2]).cast("h")
        return len(samples), max(map(abs, samples), default=0)

    def end(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=60)
