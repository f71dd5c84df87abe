"""New vectors on their way into the codes: a few thousand together make a full block."""

from __future__ import annotations

import numpy

from localstore.connection import Connection
from localstore.vectors.building import take_new
from localstore.vectors.incoming.matrix import Matrix

FULL = 4_096


class NewCodes:
    """Gathers the rows inserted in a transaction; ``write`` before it ends."""

    def __init__(self) -> None:
        self._model = ""
        self._ids: list[str] = []
        self._parts: list[Matrix] = []

    def add(self, connection: Connection, model_id: str, inserted: tuple[list[str], Matrix] | None) -> None:
        """Take rows of the one model; written when there is a block of them."""
        if inserted is None:
            return
        self._model = model_id
        self._ids += inserted[0]
        self._parts.append(inserted[1])
        if len(self._ids) >= FULL:
            self.write(connection)

    def write(self, connection: Connection) -> None:
        """Give the rows over."""
        if self._ids:
            take_new(connection, self._model, self._ids, numpy.concatenate(self._parts))
        self.forget()

    def forget(self) -> None:
        """Drop what was gathered: its transaction was rolled back."""
        self._ids, self._parts = [], []
