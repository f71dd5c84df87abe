"""Versions of a value next to each other: as it was, mine, theirs; what is stored never reaches the terminal raw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tui.cli.output import card, exact, to_json, write
from tui.cli.visible import CLIP, fitted, lines, width

if TYPE_CHECKING:
    from sync.resolution.conflict_fields import FieldConflict
    from tui.cli.session import Session

TITLES = ("WAS", "MINE", "THEIRS")
GAP = 2
NARROW = 60
"""Cells below which versions stand below each other."""
AROUND = 2
"""Lines shown before and after disputed ones."""
NOTHING = "–"
Row = tuple[str, str, str]


def write_versions(session: Session, fields: Sequence[FieldConflict]) -> None:
    """Write each field's versions: side by side on a terminal that is wide enough, else below each other."""
    room = session.columns
    for field in fields:
        write()
        write(session.style(lines(field.name), bold=True))
        if room is None or room < NARROW:
            card(session, _below(field))
        else:
            _write_columns(session, _rows(field), (room - 2 * GAP) // 3)
            card(session, [("now", text_of(field.live))] if _moved(field) else [])


def _below(field: FieldConflict) -> list[tuple[str, str | None]]:
    versions = [("was", field.base), ("mine", field.ours), ("theirs", field.theirs)]
    shown = [(name, text_of(value)) for name, value in versions]
    return [*shown, ("now", text_of(field.live))] if _moved(field) else [*shown]


def _moved(field: FieldConflict) -> bool:
    """Tell whether the store holds something else by now than the server's value."""
    return text_of(field.live) not in (text_of(field.theirs), NOTHING)


def text_of(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return lines(value) or "(empty)"
    if isinstance(value, datetime):
        return exact(value) or NOTHING
    if isinstance(value, bytes):
        return f"{len(value) // 4:,} numbers"
    if isinstance(value, dict | list):
        return to_json(value)
    return lines(str(value))


def _rows(field: FieldConflict) -> list[Row]:
    """Return lines of three versions; of a long text what is disputed, with a little around it."""
    three = (field.base, field.ours, field.theirs)
    if not all(isinstance(value, str) for value in three) or not any("\n" in value for value in three):
        return _beside(*(text_of(value).split("\n") for value in three))
    from sync.merging.texts import hunks

    found: list[Row] = []
    for hunk in hunks(*three):
        if hunk.base == hunk.ours == hunk.theirs:
            found += _context([lines(line) for line in hunk.base])
        else:
            found += _beside(*([lines(line) for line in side] for side in (hunk.base, hunk.ours, hunk.theirs)))
    return found


def _context(same: list[str]) -> list[Row]:
    if len(same) <= 2 * AROUND + 1:
        return [(line, line, line) for line in same]
    left = f"… {len(same) - 2 * AROUND:,} lines"
    return [(line, line, line) for line in (*same[:AROUND], left, *same[-AROUND:])]


def _beside(was: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[Row]:
    return list(zip_longest(was, mine, theirs, fillvalue=""))


def _write_columns(session: Session, rows: list[Row], cells: int) -> None:
    write(session.style(_line(TITLES, cells), dim=True))
    for row in rows:
        for part in zip_longest(*(list(_wrapped(text, cells)) for text in row), fillvalue=""):
            write(_line(part, cells))


def _line(parts: Sequence[str], cells: int) -> str:
    return (" " * GAP).join(fitted(part, cells) for part in parts).rstrip()


def _wrapped(text: str, cells: int) -> Iterator[str]:
    """Yield the start of a line in pieces that fit; one that is empty is one piece."""
    rest = (text if len(text) <= CLIP else text[:CLIP] + "…").expandtabs(4)
    while width(rest) > cells:
        taken = cells
        while taken > 1 and width(rest[:taken]) > cells:
            taken -= 1
        yield rest[:taken]
        rest = rest[taken:]
    yield rest
