"""How much of what the store holds, and what it weighs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tui.cli.output import card, emit, size
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.stats import Stats


@command("localstore stats")
def entry(session: Session) -> None:
    """How much of what the store holds, and what it weighs."""
    from localstore.stats import stats

    with session.reading() as store:
        found = stats(store)
    if not emit(session, asdict(found)):
        _show(session, found)


def _show(session: Session, found: Stats) -> None:
    log = f" + {size(found.wal_size)} in its log" if found.wal_size else ""
    free = f", {size(found.free_bytes)} of it free" if found.free_bytes else ""
    rows = [("store", str(found.path)), ("size", f"{size(found.size)}{log}{free}"), ("schema", str(found.schema))]
    rows += [(table.replace("_", " "), f"{count:,}") for table, count in found.tables.items()]
    rows += [(word, f"{count:,}") for word, count in found.local.items()]
    card(session, rows)
    vectors = [(model.name, f"{model.vectors:,} × {model.dim or '–'}  {size(model.bytes)}") for model in found.models]
    card(session, vectors)
