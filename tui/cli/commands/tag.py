"""Put tags on items, and take them off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tui.cli.completion import complete_item, complete_tag
from tui.cli.many import MANY, in_parts
from tui.cli.output import emit
from tui.cli.program import command, group
from tui.cli.references import from_input
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.store import Store

entry = group("tag", __doc__, default="")


def _each(session: Session, store: Store, refs: Sequence[str], name: str, *, on: bool) -> int:
    """Tag or untag items; many in parts."""
    if len(refs) < MANY:
        return store.items.tag([name], *refs) if on else store.items.untag([name], *refs)
    from localstore.deeds import item_deeds

    keys = list(dict.fromkeys(map(store.items.resolve, refs)))
    with in_parts(session, "Tagging" if on else "Untagging") as told:
        return item_deeds.tag(store, keys, [name] if on else [], [] if on else [name], told)


def _items(count: int) -> str:
    return f"{count} item" if count == 1 else f"{count} items"


@command("localstore tag add todo @last", "localstore list --ids type:paper | localstore tag add todo -", group=entry)
@click.argument("name", metavar="TAG", shell_complete=complete_tag)
@click.argument("refs", metavar="ID...", nargs=-1, required=True, shell_complete=complete_item)
def add(session: Session, name: str, refs: tuple[str, ...]) -> None:
    """Put a tag on items; it is made when there is none of that name."""
    found = from_input(refs)
    if not found:
        session.say("Nothing to do: no id came in.")
        return
    with session.changing() as store:
        done = _each(session, store, found, name, on=True)
    if not emit(session, {"tagged": done}):
        session.say(f"Tagged {_items(done)} #{name.removeprefix('#')}.")


@command("localstore tag rm todo 'Reading list'", group=entry)
@click.argument("name", metavar="TAG", shell_complete=complete_tag)
@click.argument("refs", metavar="ID...", nargs=-1, required=True, shell_complete=complete_item)
def rm(session: Session, name: str, refs: tuple[str, ...]) -> None:
    """Take a tag off items."""
    found = from_input(refs)
    if not found:
        session.say("Nothing to do: no id came in.")
        return
    with session.changing() as store:
        done = _each(session, store, found, name, on=False)
    if not emit(session, {"untagged": done}):
        session.say(f"Took #{name.removeprefix('#')} off {_items(done)}.")
