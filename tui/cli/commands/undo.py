"""Take the last action back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.output import Column, Listing, emit, emit_list, moment
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.deeds.undo import UndoEntry


@command("localstore undo", "localstore undo --list")
@click.option("--list", "listed", is_flag=True, help="Show what can be undone and redone, the last first.")
def entry(session: Session, listed: bool) -> None:
    """Take the last action back.

    The last 100 actions can be undone, across restarts; what was changed since is never overwritten.
    """
    if listed:
        show(session)
    else:
        step(session, redo=False)


def step(session: Session, *, redo: bool) -> None:
    """Undo or redo one action of a store that exists."""
    with session.changing() as store:
        label = store.redo() if redo else store.undo()
    if not emit(session, {"redone" if redo else "undone": label}):
        session.say(f"{'Redone' if redo else 'Undone'}: {label}.")


def show(session: Session) -> None:
    """List the undo log."""
    columns: list[Column[UndoEntry]] = [
        Column("WHEN", lambda entry: moment(entry.at)),
        Column("STATE", lambda entry: "undone" if entry.undone else "done"),
        Column("ACTION", lambda entry: entry.label, elastic=True),
    ]
    with session.reading() as store:
        entries = Listing.of(store.history())
        emit_list(session, entries, columns, lambda entry: entry._asdict(), "Nothing was done yet.")
