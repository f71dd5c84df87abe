"""Whether a source is what it seems.

A pipe that nobody writes to would be waited for, a device never ends, and a folder that came from elsewhere may hold
links to files of ours.
"""

from __future__ import annotations

from pathlib import Path

from localstore.errors import TransferError


def check_ordinary(path: Path) -> None:
    """Raise TransferError for a pipe, a socket or a device; what is not there is for others to tell."""
    try:
        odd = path.exists() and not (path.is_file() or path.is_dir())
    except (OSError, ValueError):
        return
    if odd:
        raise TransferError(f"{path} is a pipe or a device, not a file: give its content on standard input, as -")


def check_inside(folder: Path, path: Path) -> None:
    """Raise TransferError for a file of a folder that is a link to one outside, a pipe or a device."""
    check_ordinary(path)
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise TransferError(f"{path} is a link that leaves its folder: copy the file there, or name it by itself")
