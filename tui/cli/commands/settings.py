"""Settings: the value that holds and where it comes from; set and unset it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import Column, Listing, emit, emit_list, to_json, write
from tui.cli.program import command, group
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.settings import Effective

SCOPES = click.Choice(["global", "user", "organization"])
entry = group("settings", __doc__, "localstore settings")


def _who(function: Any) -> Any:
    user = click.option("--user", metavar="EMAIL", help="For this user; else you.")
    org = click.option("--org", "organization", metavar="SLUG", help="For this organization; else the default one.")
    return user(org(function))


def _document(found: Effective) -> dict[str, Any]:
    return {"key": found.key, "value": found.value, "origin": found.origin, "note": found.note or None}


@command("localstore settings list", name="list", group=entry)
@_who
def _list(session: Session, user: str | None, organization: str | None) -> None:
    """List settings with the value that holds and where it comes from."""
    columns: list[Column[Effective]] = [
        Column("KEY", lambda found: found.key),
        Column("VALUE", lambda found: to_json(found.value, indent=None), elastic=True),
        Column("FROM", lambda found: found.origin),
        Column("MEANS", lambda found: found.note or _help(found.key), whole=True),
    ]
    with session.reading() as store:
        found = store.settings.effective(user, organization)
        emit_list(session, Listing.of(found), columns, _document, "No setting.")


def _help(key: str) -> str:
    from localstore.setting_keys import KNOWN

    return KNOWN[key].help if key in KNOWN else ""


@command("localstore settings get trash.keep_days", group=entry)
@click.argument("key")
@_who
def get(session: Session, key: str, user: str | None, organization: str | None) -> None:
    """Print the value that holds, as JSON, and on stderr where it comes from."""
    with session.reading() as store:
        found = store.settings.get(key, user, organization)
    if not emit(session, _document(found)):
        write(to_json(found.value, indent=None))
        session.say(f"from: {found.origin}{'; ' if found.note else ''}{found.note}")


@command(
    "localstore settings set trash.keep_days 90",
    "localstore settings set import.split headings --scope user",
    name="set",
    group=entry,
)
@click.argument("key")
@click.argument("value")
@click.option("--scope", type=SCOPES, help="Where it holds; global unless a user or organization is named.")
@_who
@click.option("--unknown", is_flag=True, help="Take a key that this program does not know.")
def set_(
    session: Session,
    key: str,
    value: str,
    scope: str | None,
    user: str | None,
    organization: str | None,
    unknown: bool,
) -> None:
    """Set a value for everyone, a user or an organization."""
    from localstore.setting_keys import read

    with session.writing() as store:
        typed = read(key, value)
        row = store.settings.set(key, typed, scope, user=user, organization=organization, known=not unknown)
    if not emit(session, {"key": row.key, "value": row.value, "scope": row.scope}):
        session.say(f"{row.key} is {to_json(row.value, indent=None)} ({row.scope}).")


@command("localstore settings unset events.enabled", group=entry)
@click.argument("key")
@click.option("--scope", type=SCOPES, help="Where it holds; global unless a user or organization is named.")
@_who
def unset(session: Session, key: str, scope: str | None, user: str | None, organization: str | None) -> None:
    """Forget a value, so that the next place's, or the default, holds again."""
    with session.changing() as store:
        store.settings.unset(key, scope, user=user, organization=organization)
        found = store.settings.get(key, user, organization)
    if not emit(session, _document(found)):
        session.say(f"{key} is {to_json(found.value, indent=None)} again, from: {found.origin}.")
