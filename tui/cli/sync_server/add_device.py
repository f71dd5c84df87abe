"""Let a device in: prints its URL, this once."""

from __future__ import annotations

from dataclasses import asdict

import click

from localstore.ids import short
from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import server


@command(
    "localstore sync server add-device postgresql://admin@db.example.org/team --user ada@example.org --name laptop"
)
@server
@click.option("--user", required=True, metavar="EMAIL", help="Whom the device acts for.")
@click.option("--name", default="device", metavar="N", help="What the list of devices calls it.")
@click.option("--expires", metavar="TIME", help="The day or moment from which it may not sign in.")
@click.option("--create-user", is_flag=True, help="Make the user when the server has none of that e-mail.")
def entry(
    session: Session, url: str, insecure: bool, user: str, name: str, expires: str | None, create_user: bool
) -> None:
    """Let a device of a user in at URL; prints the device's own URL, this once: it holds its secret."""
    from localstore import times
    from sync.postgres.server.devices import add

    until = times.from_text(times.since(expires)) if expires else None
    made = add(url, user, name, until, create_user=create_user, insecure=insecure)
    if emit(session, asdict(made)):
        return
    write(made.url)
    if made.user_made:
        session.say(f"Made the user {made.email}.")
    session.say(
        f"This is device {short(made.id)} of {made.email}: 'localstore sync link' with this URL, on that device."
    )
