"""A list of items in the order of nearness: ``~what it means`` and ``like:ID`` in the find line."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from localstore.errors import InvalidFilter, LocalstoreError
from tui.pause import Pause
from tui.screens.items.filtering import FilteredItems
from tui.screens.vectors.asking import Progress, VectorWork
from tui.visible import line
from tui.widgets.items.item_table import ItemSource, RankedSource, item_source

RANKED = 100
"""Vectors asked for: fewer than a block of the list."""
PAUSE = 0.3
"""Seconds after the last key: a service that embeds is not asked for every letter."""

NOT_RANKED = "not ranked: rows of before"


class RankedItems(VectorWork, FilteredItems):
    """A screen whose list can be ranked."""

    sort = ""
    ranking = ""
    unranked: LocalstoreError | None = None

    @cached_property
    def pending(self) -> Pause:
        """What waits for the next key."""
        return Pause(self)

    def rank(self, *, keep: bool) -> None:
        """Ask for the nearest of what the filter finds, a moment after the last key."""
        self.pending.then(PAUSE, lambda: self._rank(keep))

    def _rank(self, keep: bool) -> None:
        where, embeddings = self.where, self.localstore.store.embeddings

        def work(progress: Progress) -> Any:
            if where.meaning and where.like:
                raise InvalidFilter("~words and like: are two questions: ask one of them")
            query = where.meaning or None
            like = where.like or None
            rest = where.unranked()
            return (
                where,
                embeddings.nearest(
                    query, like=like, k=RANKED, model=where.model, where=rest or None, progress=progress
                ),
                keep,
            )

        self.compute("ranked", "ranking", work)

    def forget_ranking(self) -> None:
        """Show the list in an order of its own again."""
        self.pending.stop()
        self.stop_work()
        self.ranking, self.unranked = "", None

    def computed(self, key: str, value: Any) -> None:
        """Show the nearest."""
        from tui.widgets.vectors.match_table import said_shortly

        where, found, keep = value
        self.ranking, self.unranked = said_shortly(found), None
        self.say_empty()
        self.find_line.show_error(None)
        self.table.load(RankedSource(self.localstore.store, where.unranked(), found), keep=keep)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say why nothing was ranked; while somebody types the rows of before stay, and are called so."""
        self.find_line.show_error(error)
        if isinstance(error, InvalidFilter):
            self._stand_no_more()
        self.unranked, self.ranking = error, NOT_RANKED
        if not self.find_line.input.has_focus:
            self._empty(error)

    def to_list(self) -> None:
        """Go to the list; rows that are no answer to the find line go away."""
        super().to_list()
        if self.unranked:
            self._empty(self.unranked)

    def _empty(self, error: LocalstoreError) -> None:
        """Show no rows, and why; what is done to all of the list is done to none."""
        from localstore.vectors.matches import Nearest

        self.table.marks.clear()
        self.table.empty = ("Nothing was ranked", line(str(error), 600), "")
        nothing = Nearest("", "", "cosine", exact=True, elapsed_ms=0.0, searched=0)
        self.table.load(RankedSource(self.localstore.store, self.where.unranked(), nothing))
        self.ranking = "not ranked"
        self.show_status()

    @property
    def counted(self) -> bool:
        """Whether the list answers the find line, and is counted."""
        return self.table.counted and not (self.where.ranks and (self.pending or self.working))

    def item_source(self) -> ItemSource:
        """Return what the list shows, to be read again for actions on all of it."""
        source = self.table.source
        if isinstance(source, RankedSource) or (self.unranked and isinstance(source, ItemSource)):
            return source
        return item_source(self.localstore.store, self.where.unranked(), self.sort)
