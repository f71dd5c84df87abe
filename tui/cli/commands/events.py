"""What happened: list, and forget what is old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, emit, emit_list, moment, row_json, to_json
from tui.cli.paging import listing, paged
from tui.cli.program import command, group
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.models import Event
    from localstore.rows import Page
    from localstore.store import Store

entry = group("events", __doc__, "localstore events")


@command(
    "localstore events list --type item.added --since 7d",
    "localstore events list --item 'Reading list' --json",
    name="list",
    group=entry,
)
@click.option("--type", "kind", metavar="T", help="Of this type, such as item.added.")
@click.option("--actor", metavar="EMAIL", help="By this user.")
@click.option("--item", metavar="ID", help="About this item.")
@click.option("--since", metavar="TIME", help="Since a date, or 7d, 12h, 2w.")
@paged
def _list(
    session: Session,
    kind: str | None,
    actor: str | None,
    item: str | None,
    since: str | None,
    limit: int | None,
    after: str | None,
) -> None:
    """List events, the last first."""
    from localstore import times

    floor = times.since(since) if since else None
    with session.reading() as store:
        where = _where(store, kind, actor, item)
        emails = {user.id: str(user.email) for user in store.users.all()}
        rows = listing(session, lambda at, n: _page(store, where, floor, at, n), limit, after)
        emit_list(session, rows, _columns(emails), row_json, "Nothing happened.")


def _where(store: Store, kind: str | None, actor: str | None, item: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"event_type": kind} if kind else {}
    if actor:
        found["actor_id"] = store.users.resolve(actor)
    if item:
        found["item_id"] = store.items.resolve(item)
    return found


def _page(store: Store, where: dict[str, Any], floor: str | None, after: str | None, limit: int) -> Page[Event]:
    """Read a page; the list is newest first, so it ends at the first event before *floor*."""
    from localstore import times
    from localstore.rows import Page

    page = store.events.page(where, after=after, limit=limit)
    rows = [row for row in page.rows if floor is None or times.to_text(row.created_at) >= floor]
    return Page(rows, page.next if len(rows) == len(page.rows) else None)


def _columns(emails: dict[str, str]) -> list[Column[Event]]:
    return [
        Column("WHEN", lambda event: moment(event.created_at)),
        Column("TYPE", lambda event: str(event.event_type)),
        Column("BY", lambda event: emails.get(event.actor_id or "", "–")),
        Column("ITEM", lambda event: short(event.item_id) if event.item_id else ""),
        Column("WHAT", lambda event: to_json(event.payload, indent=None), elastic=True),
    ]


@command("localstore events prune --before 90d", group=entry)
@click.option("--before", required=True, metavar="TIME", help="A date, or an age such as 90d.")
def prune(session: Session, before: str) -> None:
    """Forget the events before a time, for good."""
    from localstore import times

    stamp = times.since(before)
    with session.changing() as store:
        gone = store.events.prune(stamp)
    if not emit(session, {"pruned": gone, "before": stamp}):
        session.say(f"Forgot {gone:,} events.")
