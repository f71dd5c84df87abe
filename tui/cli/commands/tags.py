"""Tags: list, rename, merge, colour, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from localstore.ids import short
from tui.cli.completion import complete_tag
from tui.cli.output import Column, Listing, emit, emit_list, row_json
from tui.cli.program import command, group
from tui.cli.questions import delete, deletes
from tui.cli.references import from_input
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.tags import TagCount

entry = group("tags", __doc__, "localstore tags")


@command("localstore tags list --json", name="list", group=entry)
@click.option("--sort", type=click.Choice(["name", "items"]), default="name", help="By name, or most items first.")
def _list(session: Session, sort: str) -> None:
    """List tags with the number of items that carry each."""
    columns: list[Column[TagCount]] = [
        Column("ID", lambda tag: short(tag.id), style={"dim": True}),
        Column("ITEMS", lambda tag: f"{tag.items:,}", right=True),
        Column("TAG", lambda tag: f"#{tag.name}", elastic=True, style={"fg": "cyan"}),
        Column("COLOR", lambda tag: tag.color or ""),
    ]
    with session.reading() as store:
        found = store.tags.counts()
    if sort == "items":
        found.sort(key=lambda tag: -tag.items)
    empty = "No tag yet: 'localstore tag add TAG ID' makes one."
    emit_list(session, Listing.of(found), columns, lambda tag: tag._asdict(), empty)


@command("localstore tags rename todo later", group=entry)
@click.argument("tag", shell_complete=complete_tag)
@click.argument("name")
def rename(session: Session, tag: str, name: str) -> None:
    """Give a tag another name."""
    with session.changing() as store:
        done = store.tags.rename(tag, name)
    if not emit(session, row_json(done)):
        session.say(f"Renamed #{tag.removeprefix('#')} to #{done.name}.")


@command("localstore tags merge draft todo", group=entry)
@click.argument("tag", shell_complete=complete_tag)
@click.argument("into", shell_complete=complete_tag)
def merge(session: Session, tag: str, into: str) -> None:
    """Move a tag's items to another tag, and delete it."""
    with session.changing() as store:
        moved = store.tags.merge(tag, into)
    if not emit(session, {"moved": moved}):
        session.say(f"Merged #{tag.removeprefix('#')} into #{into.removeprefix('#')}: {moved} items.")


@command("localstore tags color todo '#f80'", "localstore tags color todo none", group=entry)
@click.argument("tag", shell_complete=complete_tag)
@click.argument("color")
def color(session: Session, tag: str, color: str) -> None:
    """Give a tag a colour (#f80, teal), or none."""
    with session.changing() as store:
        done = store.tags.recolor(tag, None if color == "none" else color)
    if not emit(session, row_json(done)):
        session.say(f"#{done.name} is {done.color or 'without colour'}.")


@command("localstore tags rm draft --yes", group=entry)
@click.argument("refs", metavar="TAG...", nargs=-1, required=True, shell_complete=complete_tag)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete tags; their items stay."""
    with session.changing() as store:
        delete(session, store.tags, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes)
