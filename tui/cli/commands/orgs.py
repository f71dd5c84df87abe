"""Organizations: list, add, edit, delete, choose the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, emit, emit_list, row_json, write
from tui.cli.paging import listing, paged
from tui.cli.program import command, group
from tui.cli.questions import delete, deletes
from tui.cli.references import from_input, meta_changes
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.models import Organization

entry = group("orgs", __doc__, "localstore orgs")


@command("localstore orgs list --json", name="list", group=entry)
@paged
def _list(session: Session, limit: int | None, after: str | None) -> None:
    """List organizations."""
    with session.reading() as store:
        default = store.organizations.default_id()
        columns: list[Column[Organization]] = [
            Column("ID", lambda org: short(org.id), style={"dim": True}),
            Column("SLUG", lambda org: str(org.slug)),
            Column("PLAN", lambda org: str(org.plan_type)),
            Column("ITEMS", lambda org: f"{store.items.count({'organization_id': org.id}):,}", right=True),
            Column("NAME", lambda org: f"{org.name}{' (default)' if org.id == default else ''}", elastic=True),
        ]
        rows = listing(session, lambda at, n: store.organizations.page(sort="created", after=at, limit=n), limit, after)
        emit_list(session, rows, columns, row_json, "No organization yet: 'localstore orgs add NAME' makes one.")


@command("localstore orgs add 'Reading group' --slug readers", group=entry)
@click.argument("name")
@click.option("--slug", metavar="SLUG", help="Its short name; else made from the name.")
@click.option("--plan", "plan_type", metavar="P", help="Its plan; free unless said.")
@click.option("--meta", multiple=True, metavar="K=V", help="Metadata: K=text or K:=json; repeatable.")
def add(session: Session, name: str, slug: str | None, plan_type: str | None, meta: tuple[str, ...]) -> None:
    """Add an organization, of which you become the owner; prints its slug."""
    columns: dict[str, Any] = {"meta_data": meta_changes(meta)} | ({"plan_type": plan_type} if plan_type else {})
    with session.writing() as store, store.database.writing():
        org = store.organizations.add(name, slug, **columns)
        store.memberships.add(store.local_user_id, org.id, "owner")
    if not emit(session, row_json(org)):
        write(org.slug)


@command("localstore orgs edit lab --name 'The lab'", group=entry)
@click.argument("org")
@click.option("--name", metavar="N", help="The new name.")
@click.option("--slug", metavar="SLUG", help="The new short name.")
@click.option("--plan", "plan_type", metavar="P", help="The new plan.")
@click.option("--meta", multiple=True, metavar="K=V", help="Metadata to set: K=text or K:=json; repeatable.")
def edit(session: Session, org: str, meta: tuple[str, ...], **given: str | None) -> None:
    """Change an organization."""
    columns: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    changes = meta_changes(meta)
    if not columns and not changes:
        raise click.UsageError("nothing to change: give --name, --slug, --plan or --meta")
    with session.changing() as store:
        found = store.organizations.get(org)
        if changes:
            columns["meta_data"] = found.meta_data | changes
        done = store.organizations.edit(found.id, found.updated_at, **columns)
    if not emit(session, row_json(done)):
        session.say(f"Saved {done.slug}.")


@command("localstore orgs rm lab --dry-run", "localstore orgs rm lab --cascade --dry-run", group=entry)
@click.argument("refs", metavar="ORG...", nargs=-1, required=True)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete organizations; their items stay, detached, unless --cascade takes them too."""
    with session.changing() as store:
        delete(session, store.organizations, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes)


@command("localstore orgs default lab", "localstore orgs default none", group=entry)
@click.argument("org", required=False)
def default(session: Session, org: str | None) -> None:
    """Show or choose the organization that new items belong to; none for none."""
    with session.reading() as store:
        if org is not None:
            store.organizations.set_default(None if org == "none" else org)
        found = store.organizations.default
    if not emit(session, {"default": found.slug if found else None}):
        write(found.slug if found else "none")
