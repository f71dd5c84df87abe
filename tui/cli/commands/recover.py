"""Save what is readable of a damaged file as a new store."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.output import Column, Listing, emit, emit_list
from tui.cli.program import command
from tui.cli.progress import bytes_bar
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.recovery.recover import Recovered, RecoverReport

LOST = 3


@command("localstore recover damaged.db saved.db", "localstore recover damaged.db saved.db --json")
@click.argument("file", metavar="FILE", type=click.Path())
@click.argument("dest", metavar="DEST", type=click.Path())
def entry(session: Session, file: str, dest: str) -> None:
    """Save what is readable of a damaged file as a new store.

    FILE and the log beside it are only read. Every row on a page that can be read comes, and what is lost is said.
    Exit code 3 when something was lost or has to be looked at.
    """
    from localstore.recovery.recover import recover

    session.stopped = "Nothing half-written stays."
    with bytes_bar(session, "recover") as progress:
        report = recover(file, dest, progress=progress)
    if not emit(session, asdict(report) | {"path": str(report.path), "complete": report.complete}):
        _tell(session, report)
    if not report.complete:
        click.get_current_context().exit(LOST)


def _tell(session: Session, report: RecoverReport) -> None:
    columns: list[Column[Recovered]] = [
        Column("TABLE", lambda each: each.table.replace("_", " ")),
        Column("CAME", lambda each: f"{each.rows:,}", right=True),
        Column("LOST", lambda each: "unknown" if each.lost is None else f"{each.lost:,}", right=True),
        Column("DOUBTFUL", lambda each: f"{each.doubtful:,}", right=True),
    ]
    emit_list(session, Listing.of(report.tables), columns, asdict, "No table.")
    for line in report.lines():
        session.say(line)
