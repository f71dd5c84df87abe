"""Make the store and its local user; harmless twice."""

from __future__ import annotations

import click

from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.session import Session


@command("localstore init --email ada@example.org --name 'Ada Lovelace'")
@click.option("--email", metavar="E", help="Who you are; else login@host.")
@click.option("--name", metavar="N", help="Your name.")
def entry(session: Session, email: str | None, name: str | None) -> None:
    """Make the store and its local user; harmless twice."""
    if email is not None:
        from localstore.users import clean

        email = clean(email)
    with session.writing(email, name) as store:
        user = store.local_user
        document = {"path": str(store.path), "made": store.made, "user": {"id": user.id, "email": user.email}}
        if not emit(session, document) and not store.made:
            session.say(f"The store {store.path} is there already; its user is {user.email}.")
