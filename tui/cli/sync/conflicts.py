"""What waits for you: values that both sides changed, rows that one side deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, card, emit, emit_list, exact, moment
from tui.cli.paging import listing, paged
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.conflicts import OpenConflict
    from sync.resolution.conflict_rows import ConflictRow

WAITS = 3
NONE = "Nothing waits for you."


@command("localstore sync conflicts", "localstore sync conflicts --limit 5 --json")
@click.argument("ref", metavar="[ID]", required=False)
@paged
def entry(session: Session, ref: str | None, limit: int | None, after: str | None) -> None:
    """List what waits for you, the newest first, or show one side by side: as it was, mine, theirs.

    ID is a conflict's id, a part of it, or @last. Until you choose with 'localstore sync resolve' the server's values
    stay, and yours are kept. Exit code 3 when the list is not empty.
    """
    with session.reading() as store:
        if ref is not None:
            _show(session, store, ref)
        elif _list(session, store, limit, after):
            click.get_current_context().exit(WAITS)


def _list(session: Session, store: Store, limit: int | None, after: str | None) -> bool:
    """List; tell whether anything waits."""
    if session.machine:
        from sync.conflicts import conflicts

        found = listing(session, lambda at, count: conflicts(store, count, at), limit, after)
        emit_list(session, found, (), document, NONE)
    else:
        from sync.resolution.conflict_rows import rows

        shown = listing(session, lambda at, count: rows(store, count, at), limit, after)
        emit_list(session, shown, _columns(), lambda each: each.id, NONE)
    from sync.conflicts import count as waiting

    return waiting(store) > 0


def _columns() -> list[Column[ConflictRow]]:
    return [
        Column("ID", lambda each: short(each.id), style={"dim": True}),
        Column("KIND", lambda each: str(each.kind)),
        Column("WHEN", lambda each: moment(each.at)),
        Column("WHAT", lambda each: each.label),
        Column("WHY", lambda each: each.reason, elastic=True),
    ]


def _show(session: Session, store: Store, ref: str) -> None:
    from sync.conflicts import get
    from sync.resolution.resolving import possible
    from tui.cli.versions import write_versions

    found = get(store, ref)
    ways = ", ".join(possible(found.kind))
    if emit(session, document(found)):
        return
    pairs = (
        ("id", found.id),
        ("row", f"{found.label} ({found.tbl} {found.pk})"),
        ("kind", str(found.kind)),
        ("why", found.reason),
        ("when", exact(found.at)),
        ("choose", f"{ways}: localstore sync resolve {short(found.id)} …"),
    )
    card(session, pairs)
    write_versions(session, found.fields)


def document(each: OpenConflict) -> dict[str, Any]:
    """Return a conflict as JSON; secrets are named, not shown."""
    fields = [
        {"name": one.name, "base": one.base, "mine": one.ours, "theirs": one.theirs, "live": one.live}
        for one in each.fields
    ]
    return {
        "id": each.id,
        "table": each.tbl,
        "row": each.pk,
        "kind": str(each.kind),
        "label": each.label,
        "reason": each.reason,
        "at": each.at,
        "fields": fields,
    }
