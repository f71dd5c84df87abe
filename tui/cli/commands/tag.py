"""Put tags on items, and take them off."""

from __future__ import annotations

import click

from tui.cli.completion import complete_item, complete_tag
from tui.cli.output import emit
from tui.cli.program import command, group
from tui.cli.references import from_input
from tui.cli.session import Session

entry = group("tag", __doc__, default="")


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
        done = store.items.tag([name], *found)
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
        done = store.items.untag([name], *found)
    if not emit(session, {"untagged": done}):
        session.say(f"Took #{name.removeprefix('#')} off {_items(done)}.")
