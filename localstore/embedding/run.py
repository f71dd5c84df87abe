"""The run: read some texts, embed them outside any transaction, store their vectors in a short one, go on.

What is stored stays, whatever ends the run; the next one finds what is left by asking which texts lack a vector or
changed. So a service that goes away leaves a queue, and not an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from localstore import embedders, events
from localstore.embedding.choice import called
from localstore.embedding.refusals import Patient
from localstore.embedding.report import EmbedReport, NamedText
from localstore.embedding.selection import Chosen, batches, choose, read
from localstore.embedding.storing import Made, store_batch
from localstore.errors import EmbedderUnavailable, LocalstoreError, StoreReadOnly

if TYPE_CHECKING:
    from localstore.embedders import Embedder
    from localstore.embedding.selection import Text
    from localstore.filters import Filter
    from localstore.models import AIModel
    from localstore.store import Store

EVENT = "embedding.run"
CANCELLED = "it was stopped"


def run(
    store: Store,
    model: AIModel | str,
    where: Filter | None = None,
    *,
    which: str = "due",
    replace: bool = False,
    batch: int | None = None,
    embedder: Embedder | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> EmbedReport:
    """Make a model's vectors of texts; see ``selection`` for which, and ``EmbedReport`` for what is returned.

    *which* is ``due`` (missing and stale), ``missing``, ``stale`` or ``all``; *where* says of which items. With
    *replace* vectors take the texts' own place, and another model's there are deleted. *batch* texts are embedded
    and stored together. *progress* is told (done, total) after each; *cancelled* is asked before each.

    A service that is down, busy or slow ends the run, not in an error: ``queued`` texts wait. Raises NotFound for a
    model without an embedder, InvalidValue for answers that make no sense or vectors of another length.
    """
    if store.read_only:
        raise StoreReadOnly(f"{store.path} is open for reading only: open it for writing to embed.")
    row = store.ai_models.get(model) if isinstance(model, str) else model
    using = embedder or embedders.embedder(row)
    limit = str(using.limit) if using.limit else ""
    report = EmbedReport(called(row), str(row.id), lexical=using.lexical, limit=limit)
    begin = time.monotonic()
    chosen = choose(store, report.model_id, which, where, replace=replace)
    report.total = len(chosen)
    running = Run(store, report, Patient(using, report), replace=replace, progress=progress)
    try:
        running.go(chosen, max(1, batch or using.batch), cancelled)
    except EmbedderUnavailable as error:
        report.reason = str(error)
    except BaseException:
        with suppress(LocalstoreError):
            running.leave_event()
        raise
    finally:
        report.elapsed = time.monotonic() - begin
    report.queued = report.total - report.done
    running.leave_event()
    return report


class Run:
    """One run in progress."""

    def __init__(
        self,
        store: Store,
        report: EmbedReport,
        patient: Patient,
        *,
        replace: bool,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._store = store
        self._report = report
        self._patient = patient
        self._replace = replace
        self._progress = progress or (lambda _done, _total: None)

    def go(self, chosen: Chosen, size: int, cancelled: Callable[[], bool] | None) -> None:
        """Take batch after batch, until all is done or somebody says stop."""
        for window in chosen.windows():
            seen = 0
            for batch in batches(self._store, window, size):
                if cancelled and cancelled():
                    self._report.reason = CANCELLED
                    return
                seen += len(batch)
                self._take(batch)
                self._progress(self._report.done, self._report.total)
            self._report.gone += len(window) - seen

    def _take(self, batch: list[str]) -> None:
        texts = read(self._store, batch)
        self._report.gone += len(batch) - len(texts)
        filled = [each for each in texts if each.text.strip()]
        self._keep(self._patient.embed(filled))
        self._report.skipped += len(texts) - len(filled)

    def _keep(self, made: list[Made]) -> None:
        if not made:
            return
        done = store_batch(self._store, self._report.model_id, made, replace=self._replace)
        self._report.embedded += done.stored
        self._report.replaced += done.replaced
        self._report.gone += done.gone
        for each in made:
            self._report.zeros += not each.vector.any()
            if each.truncated:
                self._report.truncated.add(_named(each.text))

    def leave_event(self) -> None:
        """Note the run, when it stored something."""
        if not self._report.embedded:
            return
        counts = {name: getattr(self._report, name) for name in ("embedded", "skipped", "queued", "replaced", "zeros")}
        counts |= {"truncated": self._report.truncated.count, "failed": self._report.failed.count}
        payload = {"model": self._report.model} | {name: count for name, count in counts.items() if count}
        with self._store.database.writing() as connection:
            if events.enabled(connection):
                about: dict[str, str | None] = {"model_id": self._report.model_id}
                events.write(connection, EVENT, self._store.actor_id, payload, about)


def _named(text: Text) -> NamedText:
    return NamedText(text.item_id, text.content_id, text.title)
