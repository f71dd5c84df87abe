"""Take sync away from a server; the thirteen tables stay with their rows."""

from __future__ import annotations

import click

from tui.cli.program import command
from tui.cli.questions import confirm
from tui.cli.session import Session
from tui.cli.sync_server._options import server, told


@command("localstore sync server uninstall postgresql://admin@db.example.org/team")
@server
@click.option("--yes", is_flag=True, help="Do not ask.")
def entry(session: Session, url: str, insecure: bool, yes: bool) -> None:
    """Take sync away at URL: triggers, functions, devices, roles. The thirteen tables stay, with their rows."""
    from sync.postgres.server.switches import uninstall

    confirm(session, "Take sync away? No device can sync with it afterwards.", yes=yes)
    told(session, uninstall(url, insecure=insecure, report=session.say), "Nothing to do.")
