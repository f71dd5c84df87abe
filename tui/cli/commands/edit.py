"""Change an item: by options, or in your editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.completion import complete_item, complete_type
from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.references import meta_changes, text_of
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.models import Item
    from localstore.store import Store


@command(
    "localstore edit 'Reading list' --title 'Reading list 2026' --meta year:=2026",
    "localstore edit @last --org - --unset-meta year",
)
@click.argument("ref", metavar="ID", shell_complete=complete_item)
@click.option("--title", metavar="T", help="The new title.")
@click.option("--type", metavar="T", shell_complete=complete_type, help="The new type.")
@click.option("--description", metavar="D", help="The new description; empty for none.")
@click.option("--org", "organization", metavar="SLUG", help="Another organization; - for none.")
@click.option("--owner", metavar="EMAIL", help="Another owner.")
@click.option("--meta", multiple=True, metavar="K=V", help="Metadata to set: K=text or K:=json; repeatable.")
@click.option("--unset-meta", multiple=True, metavar="K", help="Metadata to drop; repeatable.")
@click.option("--text", metavar="TEXT", help="The new text of an item with one text or none; - reads stdin.")
@click.option("--editor", is_flag=True, help="Open everything in $VISUAL or $EDITOR.")
@click.option("--expected", metavar="UPDATED_AT", help="Only if it was not changed since.")
def entry(
    session: Session,
    ref: str,
    meta: tuple[str, ...],
    unset_meta: tuple[str, ...],
    text: str | None,
    editor: bool,
    expected: str | None,
    **given: str | None,
) -> None:
    """Change an item: by options, or in your editor.

    Only what is given changes. A change that somebody made meanwhile is never overwritten. Tags have commands of
    their own: 'localstore tag add', 'localstore tag rm'.
    """
    from tui.cli.item_card import document

    columns: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    changes = meta_changes(meta)
    if not (columns or changes or unset_meta or text is not None or editor):
        raise click.UsageError(
            "nothing to change: give --title, --meta … or --editor; tags go on with 'localstore tag add'"
        )
    if editor and (columns or changes or unset_meta or text is not None):
        raise click.UsageError("--editor goes alone: change everything there")
    with session.changing() as store:
        item = store.items.get(ref)
        if editor:
            from tui.cli.editing import edit_in_editor

            edit_in_editor(session, store, document(store, item.id))
        else:
            _resolve(store, columns)
            if changes or unset_meta:
                kept = {k: v for k, v in item.meta_data.items() if k not in unset_meta}
                columns["meta_data"] = kept | changes
            _save(store, item, columns, text_of(text) if text is not None else None, expected)
            session.say(f"Saved {columns.get('title', item.title)!r}.") if not session.machine else None
        if session.machine:
            emit(session, document(store, item.id))


def _resolve(store: Store, columns: dict[str, Any]) -> None:
    """Turn names into ids."""
    if "organization" in columns:
        named = columns.pop("organization")
        columns["organization_id"] = None if named == "-" else store.organizations.resolve(named)
    if "owner" in columns:
        columns["owner_id"] = store.users.resolve(columns.pop("owner"))
    if columns.get("description") == "":
        columns["description"] = None


def _save(store: Store, item: Item, columns: dict[str, Any], text: str | None, expected: str | None) -> None:
    from tui.cli.editing import save

    contents = store.contents.of(item.id)
    if text is not None and len(contents) > 1:
        raise click.UsageError(f"the item has {len(contents)} texts: use 'localstore content edit ID/1 --text …'")
    texts = {contents[0].id: text} if text is not None and contents else {}
    added = [("user", text)] if text is not None and not contents else []
    save(store, item.id, expected or item.updated_at, columns, texts=texts, added=added)
