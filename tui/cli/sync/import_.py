"""Take in a change file of another store, or push it to a server."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.questions import counted
from tui.cli.session import Session
from tui.cli.sync_bars import bars

if TYPE_CHECKING:
    from sync.files.change_import import Imported

WAITS = 3
SHOWN = 20


@command("localstore sync import monday.changes", 'localstore sync import monday.changes --into "$(cat relay.address)"')
@click.argument("source", metavar="FILE", type=click.Path())
@click.option("--into", metavar="URL", help="Push to this server instead, as the device of the URL.")
@click.option("--insecure", is_flag=True, help="With --into: allow a connection without TLS.")
def entry(session: Session, source: str, into: str | None, insecure: bool) -> None:
    """Take in a change file of another store, or push it to a server.

    Files are taken in order; a missing one is named. Changes are merged with what is here as a pull merges them.
    An import that was stopped goes on where it stopped. Exit code 3 when conflicts were found or rows left out.
    """
    session.stopped = "What was taken in stays: run the same command again to go on."
    with session.writing() as store, bars(session) as report:
        if into:
            from sync.files.change_push import push_changes

            done = push_changes(store, source, into, insecure=insecure, report=report)
        else:
            from sync.files.change_import import import_changes

            done = import_changes(store, source, report=report)
    if not emit(session, document(done)):
        _tell(session, done, into is not None)
    if done.conflicts or done.refused:
        raise click.exceptions.Exit(WAITS)


def document(done: Imported) -> dict[str, Any]:
    """Return what was done as JSON."""
    return asdict(done) | {"path": str(done.path)}


def _tell(session: Session, done: Imported, pushed: bool) -> None:
    if done.again:
        session.say(f"Change file {done.number} is here already: nothing changed.")
        return
    for line in done.refused[:SHOWN]:
        session.say(f"Left out: {line}.")
    if len(done.refused) > SHOWN:
        session.say(f"… and {len(done.refused) - SHOWN:,} more left out.")
    parts = [counted(done.rows)] if done.rows else []
    parts += [f"{counted(done.deleted)} deleted"] if done.deleted else []
    did = "Pushed" if pushed else "Took in"
    session.say(f"{did} change file {done.number}: {'; '.join(parts) or 'nothing was new'}.")
    if done.conflicts:
        word = "conflict waits" if done.conflicts == 1 else "conflicts wait"
        session.say(f"{done.conflicts:,} {word}: 'localstore sync conflicts'.")
