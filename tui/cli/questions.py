"""Questions before something large or final, and deletions, which share them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from localstore.errors import NeedsAnswer
from tui.cli.many import MANY, in_parts
from tui.cli.output import emit, size

if TYPE_CHECKING:
    from localstore.deeds.closure import Preview
    from localstore.deeds.trash import TrashEntry
    from localstore.rows import Rows
    from tui.cli.session import Session

deletion_options = (
    click.option("--cascade", is_flag=True, help="Take everything owned too, instead of setting it free."),
    click.option("--dry-run", is_flag=True, help="Show what would go; change nothing."),
    click.option("--yes", is_flag=True, help="Do not ask."),
)


def deletes(function: Any) -> Any:
    """Add the options of a deletion."""
    for option in reversed(deletion_options):
        function = option(function)
    return function


def confirm(session: Session, question: str, *, yes: bool) -> None:
    """Ask, and raise Abort at no; NeedsAnswer where there is no terminal to ask on."""
    if yes:
        return
    if not session.terminal:
        raise NeedsAnswer(f"{question} There is no terminal to ask on: add --yes to do it; nothing was changed.")
    if not click.confirm(question, default=False, err=True):
        session.stopped = "Nothing was changed."
        raise click.Abort


def secret(session: Session, prompt: str, *, twice: bool = False) -> str:
    """Ask for a secret without showing it, or read one line of stdin; never from the command line."""
    if session.terminal:
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise NeedsAnswer(f"{prompt}: give it on stdin, one line; nothing was changed.")
    return line


def counted(counts: dict[str, int]) -> str:
    """Return ``1 item, 3 contents`` for rows per table."""
    from localstore import tables

    return ", ".join(f"{n:,} {tables.noun(tables.model_of(table), n)}" for table, n in counts.items())


def describe(preview: Preview) -> str:
    """Return what a deletion takes and what it sets free, a line each."""
    vectors = f" ({size(preview.vector_bytes)} of vectors)" if preview.vector_bytes else ""
    parts = [f"Goes: {counted(preview.deleted)}{vectors}"]
    if preview.freed:
        parts.append(f"Stays, set free: {counted(preview.freed)}")
    return "\n".join(parts)


def delete(
    session: Session,
    rows: Rows[Any],
    refs: Sequence[str],
    *,
    cascade: bool = False,
    dry_run: bool = False,
    yes: bool = False,
    lightly: bool = False,
) -> None:
    """Delete rows: what is small at once, for undo exists; the rest after a preview and a question.

    *lightly*: one row is small whatever hangs on it.
    """
    if not refs:
        session.say(f"Nothing to do: no {rows.noun} was named.")
        return
    preview = rows.preview(*refs, cascade=cascade)
    if dry_run:
        _show(session, preview)
        return
    if len(set(refs)) > 1 or not (lightly or sum(preview.deleted.values()) == 1):
        session.say(describe(preview))
        confirm(session, f"Delete {counted(preview.deleted)}?", yes=yes)
    entry = _gone(session, rows, refs, cascade=cascade)
    if not emit(session, {"deleted": entry.deleted, "freed": entry.freed, "trash": entry.id}):
        session.say(f"Deleted {counted(entry.deleted)}. 'localstore undo' brings it back.")


def _gone(session: Session, rows: Rows[Any], refs: Sequence[str], *, cascade: bool) -> TrashEntry:
    """Delete; many in parts, which the trash and undo know as one."""
    from localstore.deeds import deletions, row_deeds

    if len(refs) < MANY:
        return rows.delete(*refs, cascade=cascade)
    keys = list(dict.fromkeys(map(rows.resolve, refs)))
    with in_parts(session, "Deleting") as told:
        row_deeds.delete(rows.store, rows.table, keys, told, cascade=cascade)
    return deletions.joined(rows.store.trash.entries(len(keys)))[0]


def _show(session: Session, preview: Preview) -> None:
    document = {"deleted": preview.deleted, "freed": preview.freed, "vector_bytes": preview.vector_bytes}
    if not emit(session, document):
        print(describe(preview))
