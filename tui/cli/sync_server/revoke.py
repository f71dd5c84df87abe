"""End a device at once and for good."""

from __future__ import annotations

import click

from localstore.ids import short
from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import server


@command("localstore sync server revoke postgresql://admin@db.example.org/team laptop")
@server
@click.argument("device")
def entry(session: Session, url: str, insecure: bool, device: str) -> None:
    """End DEVICE, by its id or name, at once and for good: nothing more of it gets in or out."""
    from sync.postgres.server.devices import revoke

    done = revoke(url, device, insecure=insecure)
    if not emit(session, {"revoked": done.id, "name": done.name, "email": done.email}):
        session.say(f"Revoked {short(done.id)} ({done.name} of {done.email or 'nobody'}).")
