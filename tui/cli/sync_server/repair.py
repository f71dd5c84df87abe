"""Set right what check found, as far as it can be."""

from __future__ import annotations

from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._findings import show
from tui.cli.sync_server._options import server


@command("localstore sync server repair postgresql://admin@db.example.org/team")
@server
def entry(session: Session, url: str, insecure: bool) -> None:
    """Set right at URL what check found: triggers, functions, rights, the role of devices.

    Where changes went unnoticed, every device compares all its rows at its next sync. What is left is listed; exit
    code 3 then.
    """
    from sync.postgres.server.examine import repair

    show(session, repair(url, insecure=insecure, report=session.say), "All is well.")
