"""The one event of storing many vectors, its counts renewed with each transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore import events
from localstore.connection import Connection
from localstore.vectors.incoming.report import PutReport

if TYPE_CHECKING:
    from localstore.store import Store

EVENT = "embeddings.stored"


class PutEvent:
    """Tells how many vectors of which model were stored from where."""

    def __init__(self, store: Store, model: str, source: str) -> None:
        self.store = store
        self.about = {"model": model, "source": source}
        self._id: str | None = None
        self._counts: dict[str, int] = {}

    def note(self, connection: Connection, model_id: str, total: PutReport, state: str) -> None:
        """Leave the event, or renew its counts."""
        self._counts = total.counts()
        payload = self._payload(state)
        if self._id is not None:
            events.renew(connection, self._id, payload)
        elif events.enabled(connection):
            self._id = events.write(connection, EVENT, self.store.actor_id, payload, {"model_id": model_id})

    def finish(self, state: str) -> None:
        """Say how it ended."""
        if self._id is not None:
            with self.store.database.writing() as connection:
                events.renew(connection, self._id, self._payload(state))

    def _payload(self, state: str) -> dict[str, Any]:
        return {**self.about, "state": state, **self._counts}
