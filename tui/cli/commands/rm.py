"""Delete items: one at once (undo exists), several after a question."""

from __future__ import annotations

import click

from tui.cli.completion import complete_item
from tui.cli.program import command
from tui.cli.questions import delete, deletes
from tui.cli.references import from_input
from tui.cli.session import Session


@command(
    "localstore rm @last",
    "localstore list --ids --tag later | localstore rm --dry-run -",
)
@click.argument("refs", metavar="ID...", nargs=-1, required=True, shell_complete=complete_item)
@deletes
def entry(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete items: one at once (undo exists), several after a question.

    They go to the trash with their contents, tags and vectors; 'localstore undo' brings them back. Files and
    events stay, set free, unless --cascade takes them too.
    """
    with session.changing() as store:
        delete(session, store.items, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes, lightly=True)
