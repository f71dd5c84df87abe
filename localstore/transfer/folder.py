"""A folder of notes: which files are in it, and safe names for the files of a new one."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from localstore.records import BadRecord
from localstore.transfer.format import ReadReport

SUFFIXES = (".md", ".markdown", ".txt")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LONGEST = 180


def portable(name: str) -> str:
    """Return a path as every system spells it: composed (macOS decomposes), without bytes that are no UTF-8."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())


def notes_below(root: Path, report: ReadReport) -> Iterator[Path | BadRecord]:
    """Yield the notes in *root* and below, in order of name; hidden ones and links out of it are passed over."""
    base = root.resolve()
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield BadRecord(portable(str(folder)), f"this folder cannot be read ({error.strerror})")
            continue
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        pending += [Path(entry.path) for entry in reversed(visible) if entry.is_dir(follow_symlinks=False)]
        for entry in visible:
            if entry.name.lower().endswith(SUFFIXES) and _is_inside(entry, base, report):
                yield Path(entry.path)


def _is_inside(entry: os.DirEntry[str], base: Path, report: ReadReport) -> bool:
    """Tell whether this is a file, and not a link to one outside; links may also lead round in a ring."""
    try:
        inside = not entry.is_symlink() or Path(entry.path).resolve(strict=True).is_relative_to(base)
        if inside:
            return entry.is_file()
    except (OSError, RuntimeError):
        pass
    report.notes.append(f"{portable(entry.name)} is a link that leaves the folder or leads nowhere")
    return False


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
