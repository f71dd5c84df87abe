"""Who has a file open: told where the system tells (Linux), so that a person knows what to close."""

from __future__ import annotations

import os
from pathlib import Path


def holders(path: Path) -> list[str]:
    """Return programs other than this one that have a file open, as ``name (process 123)``; empty where unknown."""
    try:
        wanted = path.stat()
    except OSError:
        return []
    processes = sorted((each for each in Path("/proc").glob("[0-9]*")), key=lambda each: int(each.name))
    return [
        f"{_name(each)} (process {each.name})"
        for each in processes
        if each.name != str(os.getpid()) and _has_open(each, wanted)
    ]


def _has_open(process: Path, wanted: os.stat_result) -> bool:
    try:
        return any(_is_same(handle, wanted) for handle in (process / "fd").iterdir())
    except OSError:  # another person's, or it ended meanwhile
        return False


def _is_same(handle: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(handle.stat(), wanted)
    except OSError:
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
