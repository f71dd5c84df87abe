"""Vectors on their way from files into a store: one model and source after the other, counted as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from localstore.errors import NotFound, TransferError
from localstore.records import BadRecord
from localstore.transfer.checks import UNKNOWN_PROVIDER
from localstore.transfer.vector_rows import VectorRead, Vectors

if TYPE_CHECKING:
    from localstore.store import Store
    from localstore.vectors.incoming.report import PutReport
    from localstore.vectors.incoming.stream import Incoming

SHOWN = 1000
"""Bad rows that are kept for messages; the rest is counted."""
OPEN = 4
"""Models whose rows wait at once, when rows of several models take turns."""
_COUNTS = {
    "added": "added",
    "updated": "updated",
    "unchanged": "skipped",
    "items_made": "items_made",
    "texts_made": "texts_made",
    "unknown_count": "unknown_count",
    "bad_count": "bad_count",
}
"""What vectors count, and what it is called in the report of an import."""


class Counted(Protocol):
    """The report of an import, as far as vectors fill it."""

    added: int
    updated: int
    skipped: int
    items_made: int
    texts_made: int
    unknown_count: int
    bad_count: int
    bad: list[BadRecord]


@dataclass(slots=True)
class VectorImport:
    """How the vectors of one file go in; ``model`` is what was asked for, ``source`` the name of the file."""

    store: Store
    report: Counted
    place: str
    model: str | None
    source: str
    create: bool = True
    strict: bool = False
    dry_run: bool = False
    progress: Callable[[], None] | None = None
    _incoming: dict[tuple[str, str], Incoming] = field(default_factory=dict)
    _named: str = ""

    def take(self, found: Iterable[VectorRead]) -> None:
        """Store all; what was stored before a fault stays. Raises TransferError when no model is named."""
        with ExitStack() as stack:
            for one in found:
                if isinstance(one, BadRecord):
                    self._refuse(one)
                else:
                    self._incoming_of(one, stack).put(one.batch)

    def _incoming_of(self, one: Vectors, stack: ExitStack) -> Incoming:
        """Return what stores the rows of this model and source, opened at the first of them."""
        key = self._model(one.model), one.source or self.source
        if key not in self._incoming:
            self._incoming[key] = self._opened(*key, stack)
        if len(self._incoming) > OPEN:
            for other in self._incoming.values():
                other.flush()
        return self._incoming[key]

    def _opened(self, model: str, source: str, stack: ExitStack) -> Incoming:
        from localstore.vectors.incoming.stream import Incoming

        tally = _Tally(self.report)

        def told(put: PutReport) -> None:
            tally.take(put)
            if self.progress:
                self.progress()

        incoming = Incoming(
            self.store,
            model,
            source=source,
            create=self.create,
            strict=self.strict,
            dry_run=self.dry_run,
            on_batch=told,
        )
        return stack.enter_context(incoming)

    def _model(self, named: str) -> str:
        """Return the model that was asked for, else the one that the file names; one that differs is refused."""
        if self.model:
            if self._named and named and named != self._named:
                raise TransferError(
                    f"{self.place} holds vectors of several models ({self._named}, {named}): leave out --model, "
                    "or choose a part with --table"
                )
            self._named = self._named or named
            return self.model
        if not named:
            raise TransferError(
                f"{self.place} does not say which model made its vectors: say --model provider/name, "
                "such as --model openai/text-embedding-3-small"
            )
        return self._known(named)

    def _known(self, named: str) -> str:
        """Return the model of this name; a bare name that no model has gets a provider that says so."""
        if "/" in named or not self.create:
            return named
        try:
            self.store.ai_models.get(named)
        except NotFound:
            return f"{UNKNOWN_PROVIDER}/{named}"
        return named

    def _refuse(self, record: BadRecord) -> None:
        if self.strict:
            raise TransferError(f"{record.place}: {record.reason}")
        self.report.bad_count += 1
        if len(self.report.bad) < SHOWN:
            self.report.bad.append(record)


@dataclass(slots=True)
class _Tally:
    """What one model's vectors counted so far, added to the report of the import as it grows."""

    report: Counted
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    bad: int = 0

    def take(self, put: PutReport) -> None:
        """Add what was counted since the last time."""
        for name, ours in _COUNTS.items():
            now = getattr(put, name)
            setattr(self.report, ours, getattr(self.report, ours) + now - self.counted[name])
            self.counted[name] = now
        room = max(0, SHOWN - len(self.report.bad))
        self.report.bad += put.bad[self.bad :][:room]
        self.bad = len(put.bad)
