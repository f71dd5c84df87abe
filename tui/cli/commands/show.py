"""Show an item: all of it, its texts alone, or its chat messages."""

from __future__ import annotations

import sys
from typing import Any

import click

from tui.cli.completion import complete_item
from tui.cli.output import emit, to_json, write
from tui.cli.program import command
from tui.cli.references import from_input
from tui.cli.session import Session
from tui.cli.visible import lines


@command(
    "localstore show @last",
    "localstore show 'Reading list' --text | wc -w",
    "localstore show 'Reading list' --messages",
)
@click.argument("refs", metavar="ID...", nargs=-1, required=True, shell_complete=complete_item)
@click.option("--text", is_flag=True, help="The stored texts and nothing else, raw in a pipe.")
@click.option("--role", metavar="R", help="With --text: only texts of this role.")
@click.option("--messages", is_flag=True, help='Chat JSON: [{"role", "content"}].')
def entry(session: Session, refs: tuple[str, ...], text: bool, role: str | None, messages: bool) -> None:
    """Show an item: all of it, its texts alone, or its chat messages.

    ID is an id, a unique end or start of one, an exact title, @last, or - for ids on stdin.
    """
    if role and not text:
        raise click.UsageError("--role goes with --text")
    from tui.cli.item_card import document, show

    with session.reading() as store:
        store.catch_up()
        found = [document(store, ref) for ref in from_input(refs)]
    if messages:
        write(to_json([message for item in found for message in _messages(item)]))
    elif text:
        texts = [part["text"] for item in found for part in item["contents"] if role in (None, part["role"])]
        _write_raw(session, texts)
    elif session.jsonl or not session.json:
        for number, item in enumerate(found):
            if not emit(session, item):
                if number:
                    write()
                show(session, item)
    else:
        emit(session, found[0] if len(found) == 1 else {"items": found, "next": None})


def _messages(item: dict[str, Any]) -> list[dict[str, str]]:
    return [{"role": part["role"], "content": part["text"]} for part in item["contents"]]


def _write_raw(session: Session, texts: list[str]) -> None:
    """Write texts as they are stored, UTF-8, a blank line between two; on a terminal with every sign visible."""
    whole = "\n".join([*(text if text.endswith("\n") else text + "\n" for text in texts[:-1]), *texts[-1:]])
    if session.on_screen:
        sys.stdout.write(lines(whole) + ("" if whole.endswith("\n") else "\n"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(whole.encode("utf-8", errors="replace"))
    sys.stdout.buffer.flush()
