"""Answers of the search screen: by words, by meaning, or by both; read on a thread, no widget here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from localstore.errors import InvalidFilter, InvalidValue
from localstore.filters import Filter
from localstore.finding.tokens import unquoted
from tui.widgets.lists.score_bar import share_of

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from localstore.search import Hit
    from localstore.store import Store

BEST = 100
"""Hits that are shown: nobody reads further, and a better question finds more."""
SPARE = 3
"""Vectors looked up for each item wanted: an item may have several."""
SETUP = "'localstore embed setup' finds a service that embeds meanings"
Progress = Callable[[int, int], None]


class Mode(Enum):
    """What is compared."""

    WORDS = "Words"
    MEANING = "Meaning"
    BOTH = "Both"

    @property
    def after(self) -> Mode:
        """Return the next one."""
        modes = list(Mode)
        return modes[(modes.index(self) + 1) % len(modes)]


class Found(NamedTuple):
    """An item that was found: the line that matches, where in it, how well, and how it was found."""

    item: ItemRow
    snippet: str
    marks: tuple[tuple[int, int], ...]
    score: float
    share: float
    how: str = ""


@dataclass(frozen=True)
class Answer:
    """What was found, best first; ``said`` tells how it came about, ``note`` what the person should know."""

    hits: Sequence[Found] = ()
    said: str = ""
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """A question: what is looked for, in which items, how."""

    where: Filter
    mode: Mode
    exact: bool = True

    @property
    def text(self) -> str:
        """What is looked for."""
        return " ".join(filter(None, (self.where.words, self.where.meaning)))

    @property
    def among(self) -> Filter:
        """Return which items are looked at."""
        return replace(self.where.unranked(), words="")


def answer(store: Store, asked: Asked, progress: Progress | None = None) -> Answer:
    """Return the best hits; raises what ``store.search`` and ``store.embeddings.nearest`` raise."""
    if asked.where.like:
        return _by_meaning(store, asked, progress)
    if not asked.text:
        raise InvalidFilter("write some words to look for; type:, # and the rest say only where")
    if asked.mode is Mode.MEANING or (asked.where.meaning and not asked.where.words):
        return _by_meaning(store, asked, progress)
    return _by_words(store, asked) if asked.mode is Mode.WORDS else _by_both(store, asked)


def _by_words(store: Store, asked: Asked, note: str = "") -> Answer:
    began = time.perf_counter()
    page = store.search(asked.text, asked.among or None, limit=BEST)
    hits = _found(store, page.rows, "words")
    took = 1000 * (time.perf_counter() - began)
    many = f"the best {BEST}" if page.next else f"{len(hits):,} found"
    return Answer(hits, f"words: {many} in {took:,.0f} ms", note)


def _by_both(store: Store, asked: Asked) -> Answer:
    from localstore.hybrid import ADVICE, hybrid

    began = time.perf_counter()
    try:
        page = hybrid(store, asked.text, asked.among or None, limit=BEST, model=asked.where.model)
    except InvalidFilter:
        raise
    except InvalidValue as error:  # words can be searched without any model
        reason = str(error).removesuffix(f": {ADVICE}")
        return _by_words(store, asked, f"By words alone: {reason}. {SETUP}.")
    took = 1000 * (time.perf_counter() - began)
    return Answer(_found(store, page.rows, ""), f"words and meaning, exact, in {took:,.0f} ms")


def _by_meaning(store: Store, asked: Asked, progress: Progress | None) -> Answer:
    from tui.widgets.vectors.match_table import by_item, said

    where = asked.where
    query, like = (None, where.like) if where.like else (unquoted(asked.text), None)
    nearest = store.embeddings.nearest(
        query,
        like=like,
        k=BEST * SPARE,
        model=where.model,
        where=asked.among or None,
        exact=asked.exact,
        progress=progress,
    )
    matches = by_item(nearest.matches)[:BEST]
    rows = _rows(store, [match.item_id for match in matches])
    best = matches[0].score if matches else 1.0
    hits = [
        Found(rows[m.item_id], m.snippet, (), m.score, share_of(m.score, nearest.metric, best), "meaning")
        for m in matches
        if m.item_id in rows
    ]
    return Answer(hits, said(nearest))


def _found(store: Store, hits: Sequence[Hit], how: str) -> list[Found]:
    rows = _rows(store, [hit.item_id for hit in hits])
    best = max((hit.score for hit in hits), default=1.0) or 1.0
    return [
        Found(rows[hit.item_id], hit.snippet, hit.marks, hit.score, hit.score / best, how or _how(hit))
        for hit in hits
        if hit.item_id in rows
    ]


def _how(hit: Hit) -> str:
    by_words, by_meaning = getattr(hit, "by_words", None), getattr(hit, "by_meaning", None)
    return "both" if by_words and by_meaning else "words" if by_words else "meaning"


def _rows(store: Store, pks: Sequence[str]) -> dict[str, ItemRow]:
    """Return what a list shows of some items."""
    found = store.items.rows(Filter(ids=tuple(pks)), limit=len(pks)).rows if pks else []
    return {row.id: row for row in found}
