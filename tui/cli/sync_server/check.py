"""Look whether a prepared server is as it should be."""

from __future__ import annotations

from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._findings import show
from tui.cli.sync_server._options import server


@command("localstore sync server check postgresql://admin@db.example.org/team")
@server
def entry(session: Session, url: str, insecure: bool) -> None:
    """Look whether the server at URL is as it should be, a sentence for each thing that is not.

    Exit code 3 when something waits for you; notes alone are none.
    """
    from sync.postgres.server.examine import check

    show(session, check(url, insecure=insecure), "All is well.")
