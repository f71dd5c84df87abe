"""Members of organizations and their roles: list, add, edit, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, Listing, emit, emit_list, moment, row_json
from tui.cli.program import command, group
from tui.cli.questions import counted
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.memberships import Member

ROLES = click.Choice(["owner", "admin", "member", "viewer"])
entry = group("members", __doc__, "localstore members list lab")


@command("localstore members list lab", name="list", group=entry)
@click.argument("org", required=False)
def _list(session: Session, org: str | None) -> None:
    """List the members of an organization, or of all."""
    with session.reading() as store:
        orgs = [store.organizations.get(org)] if org else store.organizations.all(sort="created")
        rows = [(found.slug, member) for found in orgs for member in store.organizations.members(found.id)]
    columns: list[Column[tuple[str, Member]]] = [
        Column("ID", lambda row: short(row[1].id), style={"dim": True}),
        Column("ORG", lambda row: row[0]),
        Column("ROLE", lambda row: row[1].role),
        Column("JOINED", lambda row: moment(row[1].joined_at)),
        Column("EMAIL", lambda row: row[1].email, elastic=True),
        Column("NAME", lambda row: row[1].full_name or ""),
    ]
    emit_list(session, Listing.of(rows), columns, _document, "No member.")


def _document(row: tuple[str, Member]) -> dict[str, Any]:
    return {"organization": row[0]} | row[1]._asdict()


@command("localstore members add grace@example.org lab --role admin", group=entry)
@click.argument("user")
@click.argument("org")
@click.option("--role", type=ROLES, default="member", help="owner > admin > member (the default) > viewer.")
def add(session: Session, user: str, org: str, role: str) -> None:
    """Make a user a member of an organization."""
    with session.changing() as store:
        done = store.memberships.add(user, org, role)
    if not emit(session, row_json(done)):
        session.say(f"{user} is {role} of {org}.")


@command("localstore members edit ada@example.org lab --role viewer", group=entry)
@click.argument("user")
@click.argument("org")
@click.option("--role", type=ROLES, required=True, help="The new role.")
def edit(session: Session, user: str, org: str, role: str) -> None:
    """Give a member another role."""
    with session.changing() as store:
        done = store.memberships.set_role(user, org, role)
    if not emit(session, row_json(done)):
        session.say(f"{user} is {role} of {org}.")


@command("localstore members rm ada@example.org lab", group=entry)
@click.argument("user")
@click.argument("org")
def rm(session: Session, user: str, org: str) -> None:
    """Take a user out of an organization; what they own stays."""
    with session.changing() as store:
        done = store.memberships.remove(user, org)
    if not emit(session, {"deleted": done.deleted, "freed": done.freed, "trash": done.id}):
        session.say(f"Deleted {counted(done.deleted)}. 'localstore undo' brings it back.")
