# SPDX-License-Identifier: GPL-3.0-or-later
"""A function that does what it is told, good or bad; deployed to the platform in the machine."""

import mmap
import os
import signal
import time

CHUNK = 4 << 20


def eat(event):
    """Shared pages of a child: they count neither to a process's data nor to what the keeper adds
    up, and the platform looks at the program alone."""
    child = os.fork()
    if child != 0:
        return os.waitpid(child, 0)[1]
    held = []
    for _ in range(event["mb"] * (1 << 20) // CHUNK):
        held.append(mmap.mmap(-1, CHUNK))
        held[-1].write(b"x" * CHUNK)
    os._exit(0)


def bomb(event):
    """As many processes as there may be, until told otherwise or refused."""
    children, refused = [], None
    while len(children) < event["most"]:
        try:
            child = os.fork()
        except OSError as error:
            refused = error.errno
            break
        if child == 0:
            signal.pause()
            os._exit(0)
        children.append(child)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return {"children": len(children), "refused": refused}


def spin(event):
    """More processes that never rest than there are processors."""
    end = time.monotonic() + event["s"]
    children = []
    for _ in range(event["processes"]):
        child = os.fork()
        if child == 0:
            while time.monotonic() < end:
                pass
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return len(children)


def rest(event):
    """With a child for as long, by which it is seen from outside that the call has begun."""
    child = os.fork()
    if child == 0:
        time.sleep(event["s"])
        os._exit(0)
    os.waitpid(child, 0)
    return "rested"


def handler(event, _context):
    return {"eat": eat, "bomb": bomb, "spin": spin, "rest": rest}[event["do"]](event)
