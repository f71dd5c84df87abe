"""Which window wrote something, and whether it lives still: its machine, its process, and when that began."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path


def own() -> str:
    """Return the mark of this process."""
    return _mark(os.getpid())


def lives(mark: str) -> bool:
    """Tell whether a mark is that of another process of this machine that still runs.

    One of an earlier boot, or whose number another process has now, began at another time and does not.
    """
    number = mark.rpartition("/")[0].rpartition("/")[2]
    if mark == own() or not number.isdecimal():
        return False
    return _runs(int(number)) and mark == _mark(int(number))


def _mark(number: int) -> str:
    return f"{socket.gethostname()}/{number}/{_began(number)}"


def _began(number: int) -> str:
    """Return the boot and the tick of it in which a process began, where the system tells."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        after_name = Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()
        return f"{boot}-{after_name[19].decode('ascii')}"
    except (OSError, IndexError, ValueError):
        return ""


def _runs(number: int) -> bool:
    if sys.platform == "win32":  # a signal there ends the process: nobody is asked
        return False
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
