"""Holding: what a store's lookups keep in this process, and what they have the file keep for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore.connection import Connection
from localstore.errors import StoreBusy
from localstore.vectors import blocks, building, rows
from localstore.vectors.blocks import State
from localstore.vectors.index import Index
from localstore.vectors.masks import Masks
from localstore.vectors.snapshot import check

if TYPE_CHECKING:
    from localstore.store import Store

NOTED = 1_024
"""Noted rows beyond which they are folded into blocks before a search."""
PATIENCE = 0.05
"""Seconds to wait for the lock before doing without."""
Progress = Callable[[int, int], None]


@dataclass
class Held:
    """What one model's lookups keep: codes, masks, and how often it was asked."""

    index: Index
    masks: Masks
    lookups: int = 0
    _sized: tuple[str, int] = ("", 0)

    def size(self, connection: Connection, state: State) -> int:
        """Return the bytes of the codes; counted once for each state of the blocks."""
        if self._sized[0] != state.generation:
            self._sized = (state.generation, blocks.count_rows(connection, state.model_id) * state.dim)
        return self._sized[1]


class Holding:
    """What is kept for a store, by model; the codes in its file are made, folded and dropped here."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._models: dict[str, Held] = {}

    def of(self, model_id: str) -> Held:
        """Return what is kept of a model."""
        return self._models.setdefault(model_id, Held(Index(model_id), Masks(model_id)))

    @property
    def _may_write(self) -> bool:
        return not self.store.read_only and not self.store.database.is_writing()

    def is_ready(self, connection: Connection, model_id: str) -> bool:
        """Tell whether a model's codes are as good as they can be made."""
        if not self._may_write:
            return True
        state = blocks.state(connection, model_id)
        if state is None:
            return rows.count(connection, model_id) < building.WORTH
        if not state.built:
            return building.is_being_built(connection, model_id)
        return blocks.count_changed(connection) <= NOTED

    def prepare(
        self, model_id: str, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        """Make a model's codes when it has none, or fold in what was noted; while others write, do without."""

        def told(done: int, total: int) -> None:
            check(cancelled)
            if progress:
                progress(done, total)

        with self.store.reading() as connection:
            state = blocks.state(connection, model_id)
            noted = blocks.count_changed(connection)
            many = noted > building.FOLDED and noted * 4 > rows.count(connection, model_id)
        with suppress(StoreBusy):
            if state is None or not state.built or many:
                building.build(self.store, model_id, told)
                noted = self._noted()
            while noted > NOTED:
                check(cancelled)
                with self.store.database.writing(timeout=PATIENCE) as connection:
                    folded = building.fold(connection)
                noted = noted - folded if folded else 0

    def _noted(self) -> int:
        with self.store.reading() as connection:
            return blocks.count_changed(connection)

    def rebuild(self, model_id: str, progress: Progress | None = None) -> int:
        """Make a model's codes anew; return how many vectors they hold. Raises StoreBusy while another does."""
        self._models.pop(model_id, None)
        made = building.build(self.store, model_id, progress)
        if made is None:
            raise StoreBusy("Another program is making these codes right now: there is nothing to do.")
        return made

    def drop(self, model_id: str) -> None:
        """Let go of a model's damaged codes, here and in the file."""
        self._models.pop(model_id, None)
        if self._may_write:
            with suppress(StoreBusy), self.store.database.writing(timeout=PATIENCE) as connection:
                blocks.drop(connection, model_id)
