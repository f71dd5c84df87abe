"""The rows of any table: columns chosen for a person, foreign keys by name, times as local minutes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from localstore import tables, times
from localstore.api_keys import REVOKED
from localstore.finding.table_filters import TableFilter
from localstore.lists.labels import parents
from localstore.schema import field_type
from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.lists.any_table import Listed
    from localstore.rows import Page
    from localstore.store import Store

LISTED = {
    "users": ("email", "full_name", "is_active", "is_superuser", "updated_at"),
    "organizations": ("name", "slug", "plan_type", "updated_at"),
    "organization_memberships": ("user_id", "organization_id", "role", "joined_at"),
    "ai_models": ("provider", "name", "version", "parameters", "updated_at"),
    "items": ("title", "type", "owner_id", "organization_id", "updated_at"),
    "contents": ("text", "role", "item_id", "created_at"),
    "embeddings": ("content_id", "item_id", "model_id", "dim", "updated_at"),
    "file_assets": ("filename", "mime_type", "size_bytes", "item_id", "updated_at"),
    "events": ("event_type", "actor_id", "item_id", "created_at"),
    "tags": ("name", "color", "updated_at"),
    "item_tag_links": ("item_id", "tag_id"),
    "settings": ("key", "value", "scope", "user_id", "organization_id", "updated_at"),
    "api_keys": ("description", "user_id", "scopes", "expires_at", "last_used_at"),
}
"""The columns of each list, those a row is known by first."""
NEWEST_FIRST = {
    "items": "-updated_at",
    "contents": "-id",
    "embeddings": "-id",
    "file_assets": "-id",
    "events": "-id",
    "item_tag_links": "",
}
"""The order a list begins with, where it is not that of its first column."""
SCOPES = {"users": "people", "organizations": "orgs", "organization_memberships": "members", "api_keys": "apikeys"}
"""Tables whose rows can do more."""
_HEADINGS = {
    "is_active": "active", "is_superuser": "super", "mime_type": "type", "size_bytes": "bytes", "plan_type": "plan",
    "event_type": "event",
}  # fmt: skip
_WIDTHS = {"BOOL": 6, "BIGINT": 10, "UTC": 16}
_SHORT = {"role": 10, "type": 12, "scope": 12, "plan_type": 10, "version": 10, "color": 10, "mime_type": 20}
NARROWEST = 10
_SHARES = {"text": 3, "title": 3}
"""Columns that get more of the room than others."""


class RecordSource:
    """Rows of a table that a filter finds, in an order."""

    def __init__(self, store: Store, where: TableFilter, sort: str) -> None:
        self.table = store.table(where.table)
        self.where, self.sort = where, sort

    def page(self, after: str | None, limit: int) -> Page[Listed]:
        """Return up to *limit* rows after a cursor."""
        columns = LISTED[self.where.table]
        return self.table.page(self.where, columns=columns, sort=self.sort, after=after, limit=limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th row but the first."""
        return self.table.anchors(self.where, sort=self.sort, step=step)

    def count(self) -> int:
        """Return how many rows there are."""
        return self.table.count(self.where)

    def key(self, row: Listed) -> str:
        """Return the row's key."""
        return row.key

    def keys(self, but: set[str]) -> list[str]:
        """Return the keys of all rows found, *but* some; for actions on all in the filter."""
        return [key for key in self.table.keys(self.where) if key not in but]


class RecordTable(VirtualTable):
    """A list of one table at a time."""

    SCOPE = "records"
    BINDINGS: ClassVar = [binding for scope in ("records", *SCOPES.values()) for binding in keymap.bindings(scope)]

    def __init__(self, table: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sort = ""
        self.table = ""
        self.starred: dict[str, str] = {}
        """Rows that are special, and a word that says how."""
        self._layout: tuple[int, str, list[tuple[str, Column]]] = (-1, "", [])
        self.use(table)

    def use(self, table: str) -> None:
        """Show another table from the next load on; its keys hold at once."""
        self.table = table
        self.SCOPE = SCOPES.get(table, "records")  # type: ignore[misc]
        self.sort = NEWEST_FIRST.get(table, LISTED[table][0])
        self._layout = (-1, "", [])

    @property
    def listed(self) -> Sequence[str]:
        """The columns of the table."""
        return LISTED[self.table]

    # -- drawing ------------------------------------------------------------------------------------------

    def columns(self, width: int) -> list[Column]:
        """Return the columns that fit."""
        return [column for _, column in self._laid_out(width)]

    def _laid_out(self, width: int) -> list[tuple[str, Column]]:
        if self._layout[:2] != (width, self.sort):
            self._layout = (width, self.sort, laid_out(self.table, width, self.sort))
        return self._layout[2]

    def cells(self, row: Listed, width: int) -> list[Cell]:
        """Show one row."""
        shown = [cell(self.table, name, row.values.get(name)) for name, _ in self._laid_out(width)]
        if row.key in self.starred:
            shown[0] = Cell(f"{shown[0].text} {glyphs.STAR} {self.starred[row.key]}", shown[0].tone)
        return shown


def laid_out(table: str, width: int, sort: str) -> list[tuple[str, Column]]:
    """Return columns with their widths: short ones as they need, the others share the rest; what does not fit goes."""
    wanted = list(LISTED[table])
    while True:
        fixed = {name: size for name in wanted if (size := _width(table, name))}
        elastic = [name for name in wanted if name not in fixed]
        room = width - sum(size + 1 for size in fixed.values()) - len(elastic)
        shares = sum(_SHARES.get(name, 1) for name in elastic)
        if len(wanted) <= 1 or room >= NARROWEST * shares:
            break
        wanted.pop(_least(wanted, elastic, room, sort.lstrip("-")))
    sizes = {name: max(4, room * _SHARES.get(name, 1) // max(1, shares)) for name in elastic} | fixed
    return [(name, _column(table, name, sizes[name], sort)) for name in wanted]


def _column(table: str, name: str, size: int, sort: str) -> Column:
    return Column(
        heading(name), size, _kind(table, name) == "BIGINT", name, arrow(sort) if sort.lstrip("-") == name else ""
    )


def _least(wanted: list[str], elastic: list[str], room: int, sorted_by: str) -> int:
    """Return the column that is missed least: the last of the wide ones; never the first, nor that of the order."""
    spare = [name for name in wanted[1:] if name != sorted_by] or wanted[1:]
    wide = [name for name in spare if name in elastic]
    return wanted.index(wide[-1] if wide and room < NARROWEST * len(elastic) else spare[-1])


def _kind(table: str, column: str) -> str:
    return field_type(tables.field_of(tables.model_of(table), column))


def _width(table: str, column: str) -> int:
    return _SHORT.get(column) or _WIDTHS.get(_kind(table, column), 0)


def heading(column: str) -> str:
    """Return what a column is called above the list."""
    plain = column.lstrip("-") or "key"
    return _HEADINGS.get(plain, plain.removesuffix("_id").removesuffix("_at").replace("_", " "))


def arrow(sort: str) -> str:
    """Return the arrow of an order."""
    return f" {glyphs.DOWN if sort.startswith('-') else glyphs.UP}"


def cell(table: str, column: str, value: Any) -> Cell:
    """Return what a list shows of a value."""
    if value is None:
        return Cell("–", "muted")
    if column in parents(tables.model_of(table)):
        return Cell(line(str(value)) or "(empty)")
    kind = _kind(table, column)
    if kind == "BOOL":
        return Cell(f"{glyphs.GOOD} yes" if value else "no", "good" if value else "muted")
    if kind == "UTC":
        ended = column == "expires_at" and value <= times.now()
        return Cell(moment(value), "warn" if ended else "muted")
    if (table, column) == ("api_keys", "scopes"):
        return _scopes(str(value))
    if kind == "BIGINT":
        return Cell(f"{value:,}".rjust(_WIDTHS["BIGINT"]))
    return Cell(line(str(value)), "muted" if kind == "JSON" else "row")


def _scopes(stored: str) -> Cell:
    """Show what a key may do; one that was revoked says so."""
    words = [word for word in re.findall(r'"([^"]*)"', stored) if word != REVOKED]
    if f'"{REVOKED}"' in stored:
        return Cell(f"{glyphs.BAD} revoked", "warn")
    return Cell(line(" ".join(words)) or "nothing", "row" if words else "muted")
