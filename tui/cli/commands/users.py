"""Users: list, add, edit, delete, set a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, emit, emit_list, row_json, write
from tui.cli.paging import listing, paged
from tui.cli.program import command, group
from tui.cli.questions import delete, deletes, secret
from tui.cli.references import from_input
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.models import User

entry = group("users", __doc__, "localstore users")


@command("localstore users list", name="list", group=entry)
@paged
def _list(session: Session, limit: int | None, after: str | None) -> None:
    """List users by e-mail."""
    with session.reading() as store:
        own = store.local_user_id
        columns: list[Column[User]] = [
            Column("ID", lambda user: short(user.id), style={"dim": True}),
            Column("EMAIL", lambda user: str(user.email)),
            Column("STATE", lambda user: _state(user, own)),
            Column("NAME", lambda user: str(user.full_name or ""), elastic=True),
        ]
        rows = listing(session, lambda at, n: store.users.page(sort="created", after=at, limit=n), limit, after)
        emit_list(session, rows, columns, row_json, "No user.")


def _state(user: User, own: str) -> str:
    words = [
        "this store's" if user.id == own else "",
        "" if user.is_active else "inactive",
        "superuser" if user.is_superuser else "",
    ]
    return ", ".join(filter(None, words)) or "active"


@command("localstore users add noor@example.org --name 'Noor Haddad'", group=entry)
@click.argument("email")
@click.option("--name", "full_name", metavar="N", help="The full name.")
@click.option("--superuser", "is_superuser", is_flag=True, help="May change what belongs to everyone.")
def add(session: Session, email: str, full_name: str | None, is_superuser: bool) -> None:
    """Add a user; prints the id. Nobody logs in as them before 'users set-password'."""
    with session.writing() as store:
        user = store.users.add(email, full_name, is_superuser=is_superuser)
    if not emit(session, row_json(user)):
        write(user.id)


@command("localstore users edit grace@example.org --name 'Rear Admiral Grace Hopper'", group=entry)
@click.argument("user")
@click.option("--email", metavar="E", help="The new e-mail.")
@click.option("--name", "full_name", metavar="N", help="The new name; empty for none.")
@click.option("--active/--inactive", "is_active", default=None, help="Whether they may log in and use keys.")
@click.option("--superuser/--no-superuser", "is_superuser", default=None, help="Whether they may change everything.")
def edit(session: Session, user: str, **given: Any) -> None:
    """Change a user."""
    columns = {name: value for name, value in given.items() if value is not None}
    if not columns:
        raise click.UsageError("nothing to change: give --email, --name, --active or --inactive")
    if columns.get("full_name") == "":
        columns["full_name"] = None
    with session.changing() as store:
        done = store.users.edit(user, **columns)
    if not emit(session, row_json(done)):
        session.say(f"Saved {done.email}.")


@command("localstore users rm grace@example.org --dry-run", group=entry)
@click.argument("refs", metavar="USER...", nargs=-1, required=True)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete users with what they own, after a preview and a question."""
    with session.changing() as store:
        delete(session, store.users, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes)


@command("echo 'correct horse' | localstore users set-password grace@example.org", name="set-password", group=entry)
@click.argument("user")
@click.option("--none", "remove", is_flag=True, help="Take the password away: nobody logs in with one.")
def set_password(session: Session, user: str, remove: bool) -> None:
    """Set a password, asked for or read from stdin; only its argon2 hash is kept."""
    with session.changing() as store:
        email = store.users.get(user).email
        store.users.set_password(user, None if remove else secret(session, f"New password of {email}", twice=True))
    if not emit(session, {"user": email, "password": not remove}):
        session.say(f"{email} has {'no password' if remove else 'a new password'}.")
