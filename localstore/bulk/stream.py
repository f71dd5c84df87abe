"""A stream of rows into the store: what waits is written at the end, and how it ended is noted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType

from localstore.errors import LocalstoreError


class Stream(ABC):
    """A context that writes rows as they come; finished batches stay, whatever happens after them."""

    @abstractmethod
    def flush(self) -> None:
        """Write what waits."""

    @abstractmethod
    def _note_end(self, state: str) -> None:
        """Write down that it is ``finished`` or ``stopped``."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of what was opened."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state = "stopped"
        try:
            if error is None:
                self.flush()
                state = "finished"
        finally:
            with suppress(LocalstoreError):  # what went wrong first is what counts
                self._note_end(state)
            self._close()
