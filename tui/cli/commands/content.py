"""The texts of an item: add, edit, delete, move."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click

from localstore.ids import short
from tui.cli.completion import complete_item
from tui.cli.output import emit, row_json, write
from tui.cli.program import command, group
from tui.cli.questions import delete, deletes
from tui.cli.references import content_id, from_input, meta_changes, text_of
from tui.cli.session import Session

entry = group("content", f"{__doc__}\n\nA content is named by its id, or by its item and place: @last/2.", default="")


@command(
    "localstore content add 'Reading list' --text 'BERT' --role user",
    "echo 'From a pipe' | localstore content add @last --text -",
    group=entry,
)
@click.argument("item", metavar="ITEM", shell_complete=complete_item)
@click.option("--text", required=True, metavar="TEXT", help="The text; - reads stdin.")
@click.option("--role", default="user", metavar="R", help="user, system, assistant, tool, or any word.")
@click.option("--meta", multiple=True, metavar="K=V", help="Metadata: K=text or K:=json; repeatable.")
def add(session: Session, item: str, text: str, role: str, meta: tuple[str, ...]) -> None:
    """Append a text to an item; prints the content's id."""
    changes = meta_changes(meta)
    with session.changing() as store:
        done = store.contents.add(item, text_of(text), role, meta_data=changes)
    if not emit(session, row_json(done)):
        write(done.id)


def _written(text: str, editor: bool) -> AbstractContextManager[str]:
    from tui.cli.editor import edited

    return edited(text) if editor else nullcontext(text)


@command("localstore content edit 'Reading list/1' --text 'Attention is all you need, 2017'", group=entry)
@click.argument("ref", metavar="CONTENT")
@click.option("--text", metavar="TEXT", help="The new text; - reads stdin.")
@click.option("--role", metavar="R", help="The new role.")
@click.option("--meta", multiple=True, metavar="K=V", help="Metadata to set: K=text or K:=json; repeatable.")
@click.option("--editor", is_flag=True, help="Open the text in $VISUAL or $EDITOR.")
def edit(session: Session, ref: str, text: str | None, role: str | None, meta: tuple[str, ...], editor: bool) -> None:
    """Change a text, its role or its metadata."""
    changes = meta_changes(meta)
    with session.changing() as store:
        content = store.contents.get(content_id(store, ref))
        given: dict[str, Any] = {"role": role, "text": text_of(text) if text is not None else None}
        if changes:
            given["meta_data"] = content.meta_data | changes
        columns = {name: value for name, value in given.items() if value is not None}
        if not columns and not editor:
            raise click.UsageError("nothing to change: give --text, --role, --meta or --editor")
        with _written(content.text, editor) as written:
            columns |= {"text": written} if editor else {}
            done = store.contents.edit(content.id, content.updated_at, **columns)
    if not emit(session, row_json(done)):
        session.say(f"Saved content {short(done.id)}.")


@command("localstore content rm 'Reading list/2'", group=entry)
@click.argument("refs", metavar="CONTENT...", nargs=-1, required=True)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete texts of an item, with their vectors; undo brings them back."""
    with session.changing() as store:
        found = [content_id(store, ref) for ref in from_input(refs)]
        delete(session, store.contents, found, cascade=cascade, dry_run=dry_run, yes=yes, lightly=True)


@command("localstore content move 'Reading list/2' 1", group=entry)
@click.argument("ref", metavar="CONTENT")
@click.argument("to", type=click.IntRange(min=1))
def move(session: Session, ref: str, to: int) -> None:
    """Give a text another place in its item; 1 is the first."""
    with session.changing() as store:
        done = store.contents.move(content_id(store, ref), to)
    if not emit(session, row_json(done)):
        session.say(f"Moved content {short(done.id)} to place {to}.")
