"""A list of items in the order of nearness: ``~what it means`` and ``like:ID`` in the find line."""

from __future__ import annotations

from typing import Any

from textual.timer import Timer

from localstore.errors import InvalidFilter, LocalstoreError
from tui.screens.item_filter import FilteredItems
from tui.screens.vector_work import Progress, VectorWork
from tui.widgets.blocks import NoRows
from tui.widgets.item_table import ItemSource, RankedSource
from tui.widgets.match_table import said_shortly

RANKED = 100
"""Vectors asked for: fewer than a block of the list."""
PAUSE = 0.3
"""Seconds after the last key: a service that embeds is not asked for every letter."""


class RankedItems(VectorWork, FilteredItems):
    """A screen whose list can be ranked."""

    sort = ""
    ranking = ""
    pending: Timer | None = None

    def rank(self, *, keep: bool) -> None:
        """Ask for the nearest of what the filter finds, a moment after the last key."""
        if self.pending:
            self.pending.stop()
        self.pending = self.set_timer(self.localstore.delay(PAUSE), lambda: self._rank(keep))

    def _rank(self, keep: bool) -> None:
        self.pending = None
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
        if self.pending:
            self.pending.stop()
            self.pending = None
        self.stop_work()
        self.ranking = ""

    def computed(self, key: str, value: Any) -> None:
        """Show the nearest."""
        where, found, keep = value
        self.ranking = said_shortly(found)
        self.find_line.show_error(None)
        self.table.load(RankedSource(self.localstore.store, where.unranked(), found), keep=keep)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say under the find line why nothing was ranked; the list stays as it was."""
        self.find_line.show_error(error)
        if isinstance(self.table.source, NoRows):  # it is the first list: show what is there, in its own order
            self.table.load(ItemSource(self.localstore.store, self.where.unranked(), self.sort))

    def item_source(self) -> ItemSource:
        """Return what the list shows, to be read again for actions on all of it."""
        source = self.table.source
        if isinstance(source, RankedSource):
            return source
        return ItemSource(self.localstore.store, self.where.unranked(), self.sort)
