"""Take the link off: every row stays, nothing syncs any more."""

from __future__ import annotations

import click

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.questions import confirm
from tui.cli.session import Session


@command("localstore sync unlink")
@click.option("--force", is_flag=True, help="Even when changes wait to be pushed; they stay here.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def entry(session: Session, force: bool, yes: bool) -> None:
    """Take the link with the server off; rows and conflicts stay, the server is not told."""
    from sync.linking import unlink

    session.stopped = "Nothing was changed."
    with session.changing() as store:
        confirm(session, "Unlink this store? Its rows stay as they are.", yes=yes)
        unlink(store, forget_unsent=force)
    if not emit(session, {"linked": False}):
        write("Unlinked. The device stays known to the server until it is revoked there.")
