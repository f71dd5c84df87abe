"""Open the terminal UI, or show its keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from localstore.errors import LocalstoreError, NeedsAnswer
from tui.cli.output import Column, Listing, emit_list
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from tui.keymap import KeyRow

BARE = frozenset(["", "dumb", "unknown"])
"""Terminals that print and cannot be drawn on."""


@command("localstore ui --keys")
@click.option("--read-only", is_flag=True, help="Change nothing.")
@click.option("--ascii/--no-ascii", default=None, help="Draw with ASCII signs only; without UTF-8 that is usual.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--fresh", is_flag=True, help="Begin with the list, not where you were last.")
@click.option("--keys", is_flag=True, help="Show every key and what it does, with your own keymap.")
def entry(
    session: Session,
    read_only: bool = False,
    ascii: bool | None = None,
    no_mouse: bool = False,
    fresh: bool = False,
    keys: bool = False,
) -> None:
    """Open the terminal UI, or show its keys."""
    if keys:
        show_keys(session)
    else:
        open_ui(session, ascii=ascii, read_only=read_only, mouse=not no_mouse, fresh=fresh)


def open_ui(session: Session, path: Path | None = None, *, ascii: bool | None = None, **options: bool) -> None:
    """Show the store until the person leaves; NeedsAnswer without a terminal, StoreError on one that cannot draw."""
    if not (session.terminal and session.on_screen):
        raise NeedsAnswer("The UI needs a terminal: 'localstore --help' shows what works without one.")
    if os.environ.get("TERM", "") in BARE:
        term = os.environ.get("TERM") or "nothing"
        raise LocalstoreError(
            f"The UI cannot be drawn here: $TERM says {term!r}, a terminal without a cursor; 'localstore --help' shows "
            "what works without it."
        )
    from tui.start import run

    named = Path(session.store_path) if session.store_path else None
    run(path or named, ascii=ascii, **options)


def show_keys(session: Session) -> None:
    """List every key."""
    from tui.keymap import load, table

    keys, faults = load()
    for sentence in faults:
        session.say(sentence)
    columns: list[Column[KeyRow]] = [
        Column("SCOPE", lambda row: row.scope),
        Column("KEYS", lambda row: row.keys),
        Column("ID", lambda row: row.id),
        Column("WHAT", lambda row: row.help, elastic=True, whole=True),
    ]
    emit_list(session, Listing.of(table(keys)), columns, lambda row: row._asdict(), "No keys.")
