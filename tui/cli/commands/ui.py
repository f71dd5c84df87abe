"""Open the terminal UI, or show its keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from localstore.errors import NeedsAnswer
from tui.cli.output import Column, Listing, emit_list
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from tui.keymap import KeyRow


@command("localstore ui --keys")
@click.option("--read-only", is_flag=True, help="Change nothing.")
@click.option("--ascii", is_flag=True, help="Draw with ASCII signs only.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--keys", is_flag=True, help="Show every key and what it does, with your own keymap.")
def entry(
    session: Session, read_only: bool = False, ascii: bool = False, no_mouse: bool = False, keys: bool = False
) -> None:
    """Open the terminal UI, or show its keys."""
    if keys:
        show_keys(session)
    else:
        open_ui(session, read_only=read_only, ascii=ascii, mouse=not no_mouse)


def open_ui(session: Session, path: Path | None = None, **options: bool) -> None:
    """Show the store until the person leaves; NeedsAnswer without a terminal."""
    if not (session.terminal and session.on_screen):
        raise NeedsAnswer("The UI needs a terminal: 'localstore --help' shows what works without one.")
    from tui.app import run

    named = Path(session.store_path) if session.store_path else None
    run(path or named, **options)


def show_keys(session: Session) -> None:
    """List every key."""
    from tui.keymap import load, table

    columns: list[Column[KeyRow]] = [
        Column("SCOPE", lambda row: row.scope),
        Column("KEYS", lambda row: row.keys),
        Column("ID", lambda row: row.id),
        Column("WHAT", lambda row: row.help, elastic=True, whole=True),
    ]
    emit_list(session, Listing.of(table(load())), columns, lambda row: row._asdict(), "No keys.")
