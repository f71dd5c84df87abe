"""Watching the store: whether others wrote to it, and whether its file is still there.

Every two seconds, on the writer thread: one ``stat``, sixteen bytes, one pragma. What others keep for themselves
(drafts, what is on their screen) is no change to a list: it is told from changes by looking at what rows leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from localstore.errors import StoreGone
from tui.messages import Changed

if TYPE_CHECKING:
    from localstore.deeds.traces import Trace
    from tui.app import LocalstoreApp

POLL = 2.0
KEY = "version"


class Gone(Message):
    """The store was deleted, replaced or written over while it was open; None: it is back."""

    def __init__(self, error: StoreGone | None) -> None:
        super().__init__()
        self.error = error


class StoreWatch:
    """Looks at the store of an app now and then."""

    def __init__(self, app: LocalstoreApp) -> None:
        self.app = app
        self.lost = False
        self._version: int | None = None
        self._trace: Trace | None = None

    def begin(self) -> None:
        """Start anew with the store that was just opened."""
        self._version, self.lost = None, False

    def turn(self) -> None:
        """Look, unless the writer is busy: it may be waiting for the lock of another process."""
        if self.app.has_store and self.app.writer.idle:
            self.app.writer.submit(self.app, self.look, key=KEY)

    def wrote(self) -> None:
        """Take the traces of this window's own writing for known."""
        if self.app.has_store and not self.lost:
            self.app.writer.submit(self.app, self._note, key="trace")

    def _note(self) -> None:
        store = self.app.store
        if store.data_version() == self._version:  # else somebody wrote beside it: the next look judges that
            self._trace = store.trace()

    def look(self) -> Message | None:
        """Return what happened to the file since the last look; on a thread."""
        store = self.app.store
        gone = store.gone()
        if gone or self.lost:
            return Gone(gone) if (gone is None) is self.lost else None
        before, self._version = self._version, store.data_version()
        if before == self._version:
            return None
        trace, self._trace = self._trace, store.trace()
        if before is None:
            return None
        return Changed() if trace is None or self._trace.tells_rows(trace) else None
