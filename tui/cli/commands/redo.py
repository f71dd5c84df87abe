"""Do the action that was undone last again."""

from __future__ import annotations

from tui.cli.commands.undo import step
from tui.cli.program import command
from tui.cli.session import Session


@command("localstore redo")
def entry(session: Session) -> None:
    """Do the action that was undone last again."""
    step(session, redo=True)
