"""Items in a list: their columns for a person, their keys for a program."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from localstore.finding.tokens import quoted
from localstore.freshness import Freshness
from localstore.ids import short
from tui.cli.output import Column, moment

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from localstore.store import Store

GLYPHS = {
    Freshness.NONE: "○",
    Freshness.PENDING: "◌",
    Freshness.UNKNOWN: "◍",
    Freshness.FRESH: "●",
    Freshness.STALE: "◐",
}


def hashed(names: Iterable[str]) -> str:
    """Return tags as the find line takes them."""
    return " ".join(f"#{quoted(name)}" for name in names)


COLUMNS: tuple[Column[ItemRow], ...] = (
    Column("ID", lambda row: short(row.id), style={"dim": True}),
    Column("TYPE", lambda row: row.type),
    Column("UPDATED", lambda row: moment(row.updated_at)),
    Column("E", lambda row: GLYPHS[row.freshness]),
    Column("TITLE", lambda row: row.title, elastic=True, style={"bold": True}),
    Column("TAGS", lambda row: hashed(row.tags), style={"fg": "cyan"}),
)


def row_document(store: Store) -> Callable[[ItemRow], dict[str, Any]]:
    """Return what makes the JSON of a row; organizations by slug."""
    slugs = {str(each.id): str(each.slug) for each in store.organizations.all()}

    def document(row: ItemRow) -> dict[str, Any]:
        return {
            "id": row.id,
            "type": row.type,
            "title": row.title,
            "tags": list(row.tags),
            "organization": slugs.get(row.organization_id) if row.organization_id else None,
            "embedding": Freshness(row.freshness).name.lower(),
            "updated_at": row.updated_at,
        }

    return document


def emit_csv(rows: Iterable[ItemRow], document: Callable[[ItemRow], dict[str, Any]]) -> None:
    """Write rows as CSV with a header; cells that a spreadsheet would run get a quote in front."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["id", "type", "title", "tags", "organization", "embedding", "updated_at"])
    for row in rows:
        values = document(row) | {"tags": " ".join(row.tags)}
        out.writerow([guarded("" if value is None else str(value)) for value in values.values()])


def guarded(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not run."""
    from tui.cli.visible import one_line

    shown = one_line(cell)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown
