"""Find items by words: the best first, with the line that matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from localstore.ids import short
from tui.cli.filtering import filter_options
from tui.cli.output import Listing, to_json, write
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.visible import cut, one_line

if TYPE_CHECKING:
    from localstore.filters import Filter
    from localstore.search import Hit

INDENT = "          "


@command("localstore search attention", "localstore search '\"is all you need\"' --type note --json")
@click.argument("query", metavar="WORDS...", nargs=-1, required=True)
@filter_options
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="At most N; 20 unless said.")
@click.option("--after", metavar="CURSOR", help="Go on after the page before ('next' of --json).")
def entry(session: Session, query: tuple[str, ...], where: Filter, limit: int, after: str | None) -> None:
    """Find items by words: the best first, with the line that matches.

    All words must occur, the last may be the start of one; "in quotes" is a phrase.
    """
    with session.reading() as store:
        listing = Listing(lambda at, n: store.search(" ".join(query), where, limit=n, after=at), limit, after)
        hits = list(listing)
    if session.jsonl:
        for hit in hits:
            write(to_json(_document(hit), indent=None))
    elif session.json:
        write(to_json({"items": list(map(_document, hits)), "next": listing.next}))
    else:
        _show(session, hits, listing.next)


def _document(hit: Hit) -> dict[str, object]:
    return asdict(hit)


def _show(session: Session, hits: Sequence[Hit], more: str | None) -> None:
    room = session.columns
    for hit in hits:
        head = f"{short(hit.item_id)}  {one_line(hit.title)}  ({one_line(hit.type)})"
        write(session.style(cut(head, room) if room else head, bold=True))
        if hit.snippet:
            write(INDENT + _lit(session, hit))
    if not hits:
        session.say("Nothing found.")
    elif more:
        session.say(f"More: --after {more}")


def _lit(session: Session, hit: Hit) -> str:
    """Return the matching line with its words highlighted on a terminal."""
    parts, at = [], 0
    for begin, end in hit.marks:
        parts += [
            one_line(hit.snippet[at:begin]),
            session.style(one_line(hit.snippet[begin:end]), fg="yellow", bold=True),
        ]
        at = end
    return "".join([*parts, one_line(hit.snippet[at:])])
