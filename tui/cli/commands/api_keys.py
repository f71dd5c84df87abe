"""API keys: make one (shown once), list, verify, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, emit, emit_list, moment, row_json, write
from tui.cli.paging import listing, paged
from tui.cli.program import command, group
from tui.cli.questions import delete, deletes, secret
from tui.cli.references import from_input
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.models import APIKey

entry = group("api-keys", __doc__, "localstore api-keys")


def _document(key: APIKey) -> dict[str, Any]:
    from localstore.api_keys import state

    return row_json(key) | {"state": state(key)}


def _state(key: APIKey) -> str:
    from localstore.api_keys import state

    return state(key)


def _scopes(key: APIKey) -> str:
    from localstore.api_keys import scopes_of

    return " ".join(scopes_of(key))


@command("localstore api-keys list", name="list", group=entry)
@paged
def _list(session: Session, limit: int | None, after: str | None) -> None:
    """List keys; the keys themselves are not kept."""
    with session.reading() as store:
        emails = {user.id: str(user.email) for user in store.users.all()}
        columns: list[Column[APIKey]] = [
            Column("ID", lambda key: short(key.id), style={"dim": True}),
            Column("STATE", _state),
            Column("USER", lambda key: emails.get(key.user_id, "")),
            Column("EXPIRES", lambda key: moment(key.expires_at)),
            Column("USED", lambda key: moment(key.last_used_at)),
            Column("DESCRIPTION", lambda key: str(key.description or ""), elastic=True),
            Column("SCOPES", _scopes),
        ]
        rows = listing(session, lambda at, n: store.api_keys.page(sort="created", after=at, limit=n), limit, after)
        emit_list(session, rows, columns, _document, "No key: 'localstore api-keys new' makes one.")


@command(
    "localstore api-keys new --description CI --scope items:read --expires 2099-12-31",
    "localstore api-keys new --quiet | localstore api-keys verify",
    group=entry,
)
@click.option("--user", metavar="EMAIL", help="The user it acts as; else you.")
@click.option("--description", metavar="D", help="What it is for.")
@click.option(
    "--scope", "scopes", multiple=True, metavar="S", help="What it may do: items:read, items:*, *; repeatable."
)
@click.option("--expires", metavar="TIME", help="The day or moment it ends.")
def new(
    session: Session, user: str | None, description: str | None, scopes: tuple[str, ...], expires: str | None
) -> None:
    """Make a key and print it, this once; only its hash is kept."""
    from localstore import times

    with session.writing() as store:
        made = store.api_keys.new(user, description, scopes, times.since(expires) if expires else None)
    if not emit(session, _document(made.row) | {"key": made.secret}):
        write(made.secret)
        session.say(f"This is key {short(made.row.id)}. Keep it: it is not shown again.")


@command(
    "localstore api-keys new --quiet --scope items:read | localstore api-keys verify --scope items:read", group=entry
)
@click.option("--scope", metavar="S", help="Ask whether it covers this, too.")
def verify(session: Session, scope: str | None) -> None:
    """Tell whose key it is; the key is asked for or read from stdin. Exit code 1 when it opens nothing."""
    with session.reading() as store:
        key = store.api_keys.verify(secret(session, "API key"), scope)
        email = store.users.get(key.user_id).email
    if not emit(session, _document(key) | {"user": email}):
        write(f"{short(key.id)}  {email}  {_scopes(key) or 'no scopes'}")


@command("localstore api-keys revoke backup", group=entry)
@click.argument("refs", metavar="KEY...", nargs=-1, required=True)
def revoke(session: Session, refs: tuple[str, ...]) -> None:
    """End keys at once and for good; they stay in the list."""
    with session.changing() as store:
        done = [store.api_keys.revoke(ref) for ref in from_input(refs)]
    if not emit(session, {"items": [_document(key) for key in done], "next": None}):
        session.say(f"Revoked {', '.join(short(key.id) for key in done)}.")


@command("localstore api-keys rm backup --dry-run", group=entry)
@click.argument("refs", metavar="KEY...", nargs=-1, required=True)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete keys from the list; to end one, revoke it."""
    with session.changing() as store:
        delete(session, store.api_keys, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes)
