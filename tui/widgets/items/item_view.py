"""What the detail pane shows of one item: read at once on the reader thread, written as lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from localstore.filters import Filter
from localstore.lists.excerpts import FIRST, Excerpt, excerpts
from tui import glyphs
from tui.visible import line as one_line
from tui.widgets.items.item_table import moment
from tui.widgets.reading.reader import Line, Piece, plain
from tui.words import size

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from localstore.store import Store

TABS = ("Content", "Meta", "Files", "History", "Vectors")
HISTORY = 100
TAGS = 60
"""Tags that are shown of an item that has more."""
ALL_TEXTS = 200_000
"""Characters of all texts together that the pane shows."""


@dataclass(frozen=True)
class ItemView:
    """One item, ready to be shown."""

    row: ItemRow
    description: str
    organization: str
    owner: str
    created_at: str
    meta_data: Any
    texts: list[Excerpt]
    total: int
    files: list[tuple[str, str, str, int]]
    events: list[tuple[str, str, str]]
    owner_id: str = ""

    @cached_property
    def text_lines(self) -> list[Line]:
        """The contents as lines; a reader thread that asks for them keeps the screen free."""
        return content_lines(self)


def read_item(store: Store, key: str, texts: int = FIRST) -> ItemView | None:
    """Read an item, and so many of its texts, in one transaction; None when it is gone."""
    with store.reading():
        rows = store.items.rows(Filter(ids=(key,)), limit=1).rows
        if not rows:
            return None
        item = store.items.get(key)
        found = excerpts(store, key, first=texts)
        events = store.events.page({"item_id": key}, limit=HISTORY).rows
        return ItemView(
            row=rows[0],
            description=item.description or "",
            organization=item.organization.slug if item.organization else "",
            owner=item.owner.email,
            created_at=_text(item.created_at),
            meta_data=item.meta_data,
            texts=found.shown,
            total=found.total,
            files=[(f.filename, f.path, f.mime_type or "", f.size_bytes) for f in item.files],
            events=[(_text(e.created_at), e.event_type, what_of(e.payload)) for e in events],
        )


def _text(moment_: Any) -> str:
    return str(moment_.isoformat())


def what_of(payload: Any) -> str:
    """Return what an event was about, in a few words."""
    if not isinstance(payload, dict):
        return ""
    if names := payload.get("columns") or payload.get("tags"):
        return ", ".join(str(name) for name in names) if isinstance(names, list) else str(names)
    return str(payload.get("label") or payload.get("role") or "")


# -- lines ----------------------------------------------------------------------------------------------------


def heading(view: ItemView) -> list[Line]:
    """Return title, kind, tags and place."""
    row = view.row
    facts = [one_line(row.type, 64), *(one_line(view.organization, 64) and [one_line(view.organization, 64)])]
    facts += [moment(row.updated_at), f"id {row.id[-8:]}"]
    sep = f" {glyphs.DOT} "
    lines: list[Line] = [(Piece(one_line(row.title, 400), "title"),), (Piece(sep.join(facts), "note"),)]
    tags = " ".join(f"#{one_line(name, 64)}" for name in row.tags[:TAGS])
    tags += f" … {len(row.tags) - TAGS:,} more" if len(row.tags) > TAGS else ""
    state = " ".join(glyphs.FRESHNESS[row.freshness])
    lines.append((Piece(f"{state}  " if tags else state, "note"), Piece(tags, "key")))
    return lines


def content_lines(view: ItemView, *, raw: bool = False) -> list[Line]:
    """Return description and texts in order, each under its role; as Markdown unless *raw*."""
    lines = plain(view.description, "note") if view.description else []
    room = ALL_TEXTS
    for number, text in enumerate(view.texts, 1):
        if room <= 0:
            left = f"… {view.total - number + 1:,} more texts: enter opens the item, which shows all"
            return [*lines, _EMPTY, (Piece(left, "note"),)]
        if lines:
            lines.append(_EMPTY)
        lines += text_lines(text, alone=view.total == 1, raw=raw)
        room -= len(text.text)
    if view.total > len(view.texts):
        lines.append((Piece(f"… {view.total - len(view.texts):,} more texts: enter opens the item", "note"),))
    return lines or [(Piece("No text yet. Press e to write some.", "note"),)]


_EMPTY: Line = (Piece(""),)
ROLES = {"assistant": "good", "system": "warn", "tool": "code"}


def text_lines(text: Excerpt, *, alone: bool, raw: bool) -> list[Line]:
    """Return one text under its role; a text alone needs no heading."""
    lines: list[Line] = []
    if not alone or text.role != "user":
        rule = glyphs.RULE * 3
        lines.append((Piece(f"{rule} {one_line(text.role, 64)} {rule}", ROLES.get(text.role, "heading")),))
    if text.start:
        lines.append((Piece(f"… {text.start:,} characters before", "note"),))
    cut = f"… cut after {len(text.text):,} characters of {size(text.size)}: o opens all of it"
    found = plain(text.text, note=cut if text.clipped else "")
    if raw:
        return lines + found
    from tui.widgets.reading.markdown_preview import rendered

    return lines + rendered(found)


_KEY = re.compile(r'(\s*)("(?:[^"\\]|\\.)*")(: )?(.*)', re.DOTALL)


def meta_lines(view: ItemView) -> list[Line]:
    """Return the metadata as JSON, and what the columns say."""
    document = json.dumps(view.meta_data, ensure_ascii=False, indent=2)
    facts = [("owner", view.owner), ("organization", view.organization or "–"), ("created", moment(view.created_at))]
    facts += [("updated", moment(view.row.updated_at)), ("id", view.row.id)]
    lines: list[Line] = [(Piece(f"{name:<13}", "note"), Piece(one_line(value, 400))) for name, value in facts]
    return [*lines, _EMPTY, *(json_line(line[0].text) for line in plain(document))]


def json_line(text: str) -> Line:
    """Colour one line of pretty-printed JSON."""
    match = _KEY.fullmatch(text)
    if match and match[3]:
        return (Piece(match[1] + match[2], "key"), Piece(match[3]), Piece(match[4], _kind(match[4])))
    return (Piece(text, _kind(text.strip())),)


def _kind(value: str) -> str:
    if value.startswith('"'):
        return "string"
    return "text" if value[:1] in ("{", "[", "}", "]", "") else "number"


def file_lines(view: ItemView) -> list[Line]:
    """Return the files that hang on the item."""
    if not view.files:
        return [(Piece("No files. Enter opens the item; a attaches one there.", "note"),)]
    lines: list[Line] = []
    for name, path, kind, bytes_ in view.files:
        lines.append((Piece(one_line(name, 400), "title"), Piece(f"  {size(bytes_)}  {one_line(kind, 64)}", "note")))
        lines.append((Piece(one_line(path, 1_000), "note"),))
    return lines


def history_lines(view: ItemView) -> list[Line]:
    """Return what happened to the item, newest first."""
    if not view.events:
        return [(Piece("Nothing is noted yet.", "note"),)]
    return [
        (Piece(f"{moment(at)}  ", "note"), Piece(one_line(kind, 64)), Piece(f"  {one_line(what, 200)}", "note"))
        for at, kind, what in view.events
    ]
