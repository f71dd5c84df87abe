"""What was deleted: list it, bring it back, forget it for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.many import in_parts
from tui.cli.output import Column, Listing, emit, emit_list, moment
from tui.cli.program import command, group
from tui.cli.questions import confirm, counted
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.deeds.trash import TrashEntry
    from localstore.store import Store

entry = group("trash", __doc__, "localstore trash")


@command("localstore trash list", name="list", group=entry)
def _list(session: Session) -> None:
    """List what was deleted, the last first."""
    from localstore.deeds.deletions import joined

    columns: list[Column[TrashEntry]] = [
        Column("ID", lambda each: short(each.id), style={"dim": True}),
        Column("DELETED", lambda each: moment(each.deleted_at)),
        Column("WHAT", lambda each: each.label.removeprefix("delete "), elastic=True),
        Column("TOOK", lambda each: counted(each.deleted)),
    ]
    with session.reading() as store:
        emit_list(session, Listing.of(joined(store.trash.entries())), columns, _document, "The trash is empty.")


def _document(each: TrashEntry) -> dict[str, Any]:
    roots = [{"table": table, "id": pk} for table, pk in each.roots]
    return {
        "id": each.id,
        "deleted_at": each.deleted_at,
        "actor_id": each.actor_id,
        "label": each.label,
        "cascade": each.cascade,
        "deleted": each.deleted,
        "freed": each.freed,
        "roots": roots,
    }


@command("localstore trash restore @last", group=entry)
@click.argument("refs", metavar="ID...", nargs=-1, required=True)
def restore(session: Session, refs: tuple[str, ...]) -> None:
    """Bring deletions back exactly: rows, ids, times, tags, vectors.

    ID is a deletion's id, the id of something it took, or @last.
    """
    with session.changing() as store:
        done = [_restored(session, store, ref) for ref in refs]
    if not emit(session, {"items": [_document(each) for each in done], "next": None}):
        for each in done:
            session.say(f"Restored {counted(each.deleted)}: {each.label.removeprefix('delete ')}.")


def _restored(session: Session, store: Store, ref: str) -> TrashEntry:
    """Bring a deletion back: at once, or part by part when it went so."""
    from localstore.deeds import deletions, item_deeds

    entry = store.trash.get(ref)
    parts = deletions.parts(store, entry)
    if len(parts) == 1:
        return store.trash.restore(entry.id)
    with store.reading() as connection:
        (whole,) = deletions.joined(store.trash.entry(connection, pk) for pk in parts)
    with in_parts(session, "Restoring") as told:
        item_deeds.restore(store, parts, entry.label, told)
    return whole


@command("localstore trash empty --older-than 30d --yes", group=entry)
@click.option("--older-than", metavar="AGE", help="Only what was deleted before: 30d, or a date.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def empty(session: Session, older_than: str | None, yes: bool) -> None:
    """Forget deletions for good; backups and servers may keep copies."""
    from localstore import times
    from localstore.deeds.deletions import joined

    before = times.since(older_than) if older_than else None
    with session.changing() as store:
        found = [each for each in joined(store.trash.entries(1_000_000)) if before is None or each.deleted_at < before]
        if found:
            word = "deletion" if len(found) == 1 else "deletions"
            confirm(session, f"Forget {len(found)} {word} for good?", yes=yes)
        if found:
            store.trash.empty(before)
    if not emit(session, {"emptied": len(found)}):
        session.say(f"Forgot {len(found)} {'deletion' if len(found) == 1 else 'deletions'}.")
