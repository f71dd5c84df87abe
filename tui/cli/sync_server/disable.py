"""Keep all devices out for a while."""

from __future__ import annotations

import click

from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import server, told


@command("localstore sync server disable postgresql://admin@db.example.org/team")
@server
@click.option("--without-triggers", is_flag=True, help="Stop noting changes too; devices then compare all their rows.")
def entry(session: Session, url: str, insecure: bool, without_triggers: bool) -> None:
    """Keep all devices out at URL for a while, such as during a migration; nothing of theirs is lost."""
    from sync.postgres.server.switches import disable

    done = disable(url, without_triggers=without_triggers, insecure=insecure, report=session.say)
    told(session, done, "Nothing to do: sync is switched off.")
