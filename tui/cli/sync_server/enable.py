"""Let devices in again."""

from __future__ import annotations

from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import server, told


@command("localstore sync server enable postgresql://admin@db.example.org/team")
@server
def entry(session: Session, url: str, insecure: bool) -> None:
    """Let devices in again at URL, once the tables and triggers are as they should be."""
    from sync.postgres.server.switches import enable

    told(session, enable(url, insecure=insecure), "Nothing to do: sync is switched on.")
