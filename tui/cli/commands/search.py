"""Find items by words: the best first, with the line that matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from localstore.ids import short
from tui.cli.asked_model import filter_with_model
from tui.cli.output import Listing, to_json, write
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.visible import cut, one_line

if TYPE_CHECKING:
    from localstore.filters import Filter
    from localstore.hybrid import HybridHit
    from localstore.rows import Page
    from localstore.search import Hit
    from localstore.store import Store

INDENT = "          "
NO_HITS = (
    "Nothing found. All words must occur, the last may be the start of one; 'localstore similar' looks by meaning."
)
MODEL = "With a vector by this model; with --hybrid, the model asked for the meaning."


@command("localstore search attention", "localstore search '\"is all you need\"' --type note --json")
@click.argument("query", metavar="WORDS...", nargs=-1, required=True)
@click.option("--hybrid", is_flag=True, help="By meaning too: needs vectors of a model that embeds meanings.")
@filter_with_model(MODEL)
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="At most N; 20 unless said.")
@click.option("--after", metavar="CURSOR", help="Go on after the page before ('next' of --json).")
def entry(
    session: Session,
    query: tuple[str, ...],
    hybrid: bool,
    where: Filter,
    model: str | None,
    limit: int,
    after: str | None,
) -> None:
    """Find items by words: the best first, with the line that matches.

    All words must occur, the last may be the start of one; "in quotes" is a phrase. With --hybrid items that mean
    the same are found too, and those found both ways come first.
    """
    words = " ".join(query)

    def fetch(store: Store, at: str | None, count: int) -> Page[Hit] | Page[HybridHit]:
        if not hybrid:
            return store.search(words, where.also(model=model), limit=count, after=at)
        from localstore.hybrid import hybrid as both

        return both(store, words, where or None, limit=count, after=at, model=model)

    with session.reading() as store:
        listing: Listing[Hit | HybridHit] = Listing(lambda at, n: fetch(store, at, n), limit, after)  # type: ignore[arg-type, return-value]
        hits = list(listing)
    if session.jsonl:
        for hit in hits:
            write(to_json(asdict(hit), indent=None))
    elif session.json:
        write(to_json({"items": list(map(asdict, hits)), "next": listing.next}))
    else:
        _show(session, hits, listing.next)


def _show(session: Session, hits: Sequence[Hit | HybridHit], more: str | None) -> None:
    room = session.columns
    for hit in hits:
        head = f"{short(hit.item_id)}  {one_line(hit.title)}  ({one_line(hit.type)}{_found_by(hit)})"
        write(session.style(cut(head, room) if room else head, bold=True))
        if hit.snippet:
            write(INDENT + _lit(session, hit))
    if not hits:
        session.say(NO_HITS)
    elif more:
        session.say(f"More: --after {more}")


def _found_by(hit: Hit | HybridHit) -> str:
    """Tell how a hybrid search found an item."""
    by_words, by_meaning = getattr(hit, "by_words", None), getattr(hit, "by_meaning", None)
    if by_words and by_meaning:
        return ", by words and meaning"
    return ", by words" if by_words else ", by meaning" if by_meaning else ""


def _lit(session: Session, hit: Hit | HybridHit) -> str:
    """Return the matching line with its words highlighted on a terminal."""
    parts, at = [], 0
    for begin, end in hit.marks:
        parts += [
            one_line(hit.snippet[at:begin]),
            session.style(one_line(hit.snippet[begin:end]), fg="yellow", bold=True),
        ]
        at = end
    return "".join([*parts, one_line(hit.snippet[at:])])
