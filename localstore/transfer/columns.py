"""Columns: which column of a table is the title, the text, the id, the tags; the others are ``meta_data``."""

from __future__ import annotations

from dataclasses import dataclass

from localstore.errors import TransferError
from localstore.transfer.format import ReadOptions
from localstore.transfer.titles import printable

TITLES = ("title", "name", "subject", "heading")
TEXTS = ("text", "content", "body", "contents", "message")
IDS = ("id", "uuid", "key")
TAGS = ("tags", "labels", "keywords")


@dataclass(frozen=True, slots=True)
class Columns:
    """The header, and the position of each column that has a meaning."""

    header: list[str]
    title: int | None
    text: int | None
    id: int | None
    tags: int | None

    @property
    def named(self) -> set[int]:
        """Positions that do not go to ``meta_data``."""
        return {at for at in (self.title, self.text, self.id, self.tags) if at is not None}


def choose_columns(header: list[str], options: ReadOptions, place: str) -> Columns:
    """Find the columns that the options name, else those of a usual name.

    Raises TransferError when the first row is no header, a named column is missing, or there is no title and no text.
    """
    _check_header(header, place)
    found = Columns(
        header,
        title=_position(header, options.title_column, TITLES, place),
        text=_position(header, options.text_column, TEXTS, place),
        id=_position(header, options.id_column, IDS, place),
        tags=_position(header, options.tags_column, TAGS, place),
    )
    if found.title is None and found.text is None:
        raise TransferError(
            f"{place}: no column is called title or text (seen: {_listed(header)}): the first line must name the "
            "columns; say which with --title-column and --text-column"
        )
    return found


def _check_header(header: list[str], place: str) -> None:
    names = [name.strip() for name in header]
    twice = {name for name in names if names.count(name) > 1}
    if "" in names or twice or any(_is_number(name) for name in names):
        why = f"{sorted(twice)[0]!r} stands twice" if twice - {""} else "a cell is empty or a number"
        raise TransferError(f"{place}: the first line is no header ({why}): write the names of the columns there")


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _position(header: list[str], wanted: str | None, usual: tuple[str, ...], place: str) -> int | None:
    if wanted is not None:
        if wanted not in header:
            raise TransferError(f"{place}: there is no column {wanted!r}; there are {_listed(header)}")
        return header.index(wanted)
    lowered = [name.strip().lower() for name in header]
    return next((lowered.index(name) for name in usual if name in lowered), None)


def _listed(header: list[str]) -> str:
    shown = ", ".join(printable(name[:40]) for name in header[:12])
    return f"{shown}, …" if len(header) > 12 else shown
