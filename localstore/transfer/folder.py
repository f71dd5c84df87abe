"""A folder of notes: which files are in it, and safe names for the files of a new one."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from localstore.transfer.format import ReadReport

SUFFIXES = (".md", ".markdown", ".txt")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LONGEST = 180


def notes_below(root: Path, report: ReadReport) -> Iterator[Path]:
    """Yield the notes in *root* and below, in order of name; hidden ones and links out of it are passed over."""
    base = root.resolve()
    pending = [root]
    while pending:
        folder = pending.pop()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        pending += [
            Path(entry.path) for entry in reversed(entries) if _is_open(entry) and entry.is_dir(follow_symlinks=False)
        ]
        for entry in entries:
            if _is_open(entry) and entry.name.lower().endswith(SUFFIXES) and _is_inside(entry, base, report):
                yield Path(entry.path)


def _is_open(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".")


def _is_inside(entry: os.DirEntry[str], base: Path, report: ReadReport) -> bool:
    if not entry.is_file():
        return False
    if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(base):
        report.notes.append(f"{entry.name} is a link that leaves the folder")
        return False
    return True


def file_name(title: str, identifier: str, used: set[str]) -> str:
    """Return a name for a note that every file system takes and that is not in *used*, and add it there."""
    name = _UNSAFE.sub(" ", unicodedata.normalize("NFC", title))
    name = " ".join(name.split()).strip(" .")
    while len(name.encode()) > _LONGEST:
        name = name[: _LONGEST * len(name) // (len(name.encode()) + 1)].strip(" .")
    if not name or _RESERVED.fullmatch(name):
        name = f"note {name}".strip()
    stem, number = name, 1
    while unicodedata.normalize("NFC", name.casefold()) in used:
        name = f"{stem} {identifier}" if number == 1 and identifier else f"{stem} {identifier} {number}"
        number += 1
    used.add(unicodedata.normalize("NFC", name.casefold()))
    return f"{name}.md"
