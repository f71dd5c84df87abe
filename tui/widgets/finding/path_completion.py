"""Completion of paths as they are typed: what the file system has there, folders with their slash."""

from __future__ import annotations

import os
from pathlib import Path

from textual.suggester import Suggester

from tui.visible import text

MOST = 2_000
"""Names of a folder that are looked at: one of a million must not hold up the keys."""


class PathSuggester(Suggester):
    """Completes the last part of a path; ``~`` stands for home."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path with its last part completed."""
        return completed(value)


def completed(value: str) -> str | None:
    """Return the first path, by name, that goes on from *value*; hidden ones only where a dot was typed."""
    folder, slash, begun = value.rpartition("/")
    if not slash and value.startswith("~"):
        return None
    where = Path(f"{folder}/" if slash else ".").expanduser()
    names = sorted(_names(where, begun))
    return f"{folder}{slash}{names[0]}" if names and names[0] != begun else None


def _names(where: Path, begun: str) -> list[str]:
    found: list[str] = []
    try:
        with os.scandir(where) as entries:
            for number, entry in enumerate(entries):
                if number > MOST:
                    break
                if entry.name.startswith(begun) and (begun.startswith(".") or not entry.name.startswith(".")):
                    found.append(entry.name + ("/" if entry.is_dir() else ""))
    except (OSError, ValueError):
        return []
    return [name for name in found if text(name) == name]


def path_of(value: str) -> Path:
    """Return the path that was typed, ``~`` expanded; relative ones from where the program was started."""
    try:
        return Path(value.strip()).expanduser()
    except RuntimeError:  # no such user
        return Path(value.strip())
