"""Write what changed to a change file, or the store as plain SQL for psql."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.questions import counted
from tui.cli.session import Session
from tui.cli.sync_bars import bars

if TYPE_CHECKING:
    from localstore.store import Store

SHOWN = 20


@command(
    "localstore sync export monday.changes --share all",
    "localstore sync export store.sql --sql",
    "localstore sync export - --sql --since 7d | wc -l",
)
@click.argument("dest", metavar="FILE", type=click.Path())
@click.option("--sql", is_flag=True, help="Write plain PostgreSQL: tables and rows, for psql.")
@click.option("--since", metavar="WHEN", help="With --sql: only what changed since a date, or an age such as 7d.")
@click.option("--with-secrets", is_flag=True, help="With --sql: hashes of passwords, and API keys with theirs, too.")
@click.option("--share", metavar="org|all|FILTER", help="What a store without a server writes; org unless said.")
def entry(session: Session, dest: str, sql: bool, since: str | None, with_secrets: bool, share: str | None) -> None:
    """Write what changed to a change file, or the store as plain SQL for psql.

    A change file (mode 0600) has what changed since the last one, and names it: another store imports them in order,
    with 'localstore sync import'. With --sql, FILE may be - for stdout. Hashes of passwords and API keys are in
    neither, unless SQL is written --with-secrets.
    """
    if since and not sql:
        raise click.UsageError("--since goes with --sql; a change file has what changed since the last one.")
    if with_secrets and not sql:
        raise click.UsageError("--with-secrets goes with --sql; change files never hold secrets.")
    if share and sql:
        raise click.UsageError("--share goes with change files; --sql writes the whole store.")
    session.stopped = "Nothing half-written stays."
    if sql:
        with session.reading() as store:
            _sql(session, store, dest, since, with_secrets=with_secrets)
    else:
        with session.changing() as store:
            _changes(session, store, dest, share)


def _sql(session: Session, store: Store, dest: str, since: str | None, *, with_secrets: bool) -> None:
    from sync.files.sql_export import export_sql

    stream = sys.stdout.buffer if dest == "-" else None
    with bars(session) as report:
        done = export_sql(store, dest, since, with_secrets=with_secrets, stream=stream, report=report)
    document = {"path": str(done.path), "rows": done.rows, "left_out": done.left_out}
    if stream is None and emit(session, document):
        return
    for line in done.left_out[:SHOWN]:
        session.say(f"Left out: {line}.")
    if len(done.left_out) > SHOWN:
        session.say(f"… and {len(done.left_out) - SHOWN:,} more.")
    session.say(f"Wrote {counted(done.rows) or 'the tables, and no row,'} to {done.path}.")


def _changes(session: Session, store: Store, dest: str, share: str | None) -> None:
    from sync.files.changefile import export_changes

    with bars(session) as report:
        done = export_changes(store, dest, share=share, report=report)
    document = {
        "path": str(done.path) if done.count else None,
        "number": done.number,
        "sha256": done.sha256,
        "rows": done.rows,
        "deleted": done.deleted,
    }
    if emit(session, document):
        return
    if not done.count:
        session.say(_nothing(done.number, in_step=done.in_step))
        return
    parts = [counted(done.rows)] if done.rows else []
    parts += [f"{counted(done.deleted)} deleted"] if done.deleted else []
    session.say(f"Wrote change file {done.number} to {done.path}: {'; '.join(parts)}.")


def _nothing(number: int, *, in_step: bool) -> str:
    if in_step:
        return "The server has all that is shared: no file was written."
    if number == 1:
        return "Nothing is shared, so no file was written: give items an organization, or say --share all."
    return f"Nothing changed since change file {number - 1}: no file was written."
