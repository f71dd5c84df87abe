"""Add an item; prints its id."""

from __future__ import annotations

from typing import Any

import click

from tui.cli.completion import complete_tag, complete_type
from tui.cli.output import write
from tui.cli.program import command
from tui.cli.references import meta_changes, text_of
from tui.cli.session import Session


@command(
    "localstore add 'Reading list' --tag todo --text 'Attention is all you need'",
    "echo 'Be brief.' | localstore add 'House style' --type prompt --role system --text -",
    "localstore add 'Iris' --type dataset --meta license=CC0 --meta rows:=150",
)
@click.argument("title")
@click.option(
    "--type",
    "kind",
    default="note",
    metavar="T",
    shell_complete=complete_type,
    help="note (the default), prompt, dataset …",
)
@click.option("--tag", "tags", multiple=True, metavar="T", shell_complete=complete_tag, help="A tag; repeatable.")
@click.option("--org", "organization", metavar="SLUG", help="Its organization; - for none.")
@click.option("--description", metavar="D", help="What it is.")
@click.option("--meta", multiple=True, metavar="K=V", help="Metadata: K=text or K:=json; repeatable.")
@click.option("--text", "texts", multiple=True, metavar="TEXT", help="A content, - reads stdin; repeatable.")
@click.option("--role", default="user", metavar="R", help="The role of the texts: user, system, assistant …")
@click.option("--file", "files", multiple=True, metavar="PATH", help="A file to attach; repeatable.")
def entry(
    session: Session,
    title: str,
    kind: str,
    tags: tuple[str, ...],
    texts: tuple[str, ...],
    role: str,
    files: tuple[str, ...],
    meta: tuple[str, ...],
    **columns: Any,
) -> None:
    """Add an item; prints its id."""
    meta_data = meta_changes(meta)
    contents = [{"text": text_of(text), "role": role} for text in texts]
    given = {name: value for name, value in columns.items() if value is not None}
    with session.writing() as store, store.database.writing():
        item = store.items.add(title, type=kind, tags=tags, contents=contents, meta_data=meta_data, **given)
        for path in files:
            store.files.attach(item.id, path)
    if session.machine:
        from tui.cli.item_card import document
        from tui.cli.output import emit

        with session.reading() as store:
            emit(session, document(store, item.id))
    else:
        write(item.id)
