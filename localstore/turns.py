"""Turns: how a writer that waits asks an import of another process to let it in.

An import keeps its transaction open for many batches when nobody waits: pages that many rows touch are then written
once. While it runs, a file lies beside the store; who finds the store locked and the file there holds a shared
``flock`` on it until its turn has come, and the import looks after each batch whether anybody does. A file left
behind by a crash means nothing and is taken over by the next import.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path


def place(store: Path) -> Path:
    """Return the file that lies beside a store during an import."""
    return store.with_name(f"{store.name}-import")


class Asking:
    """The waiting side."""

    def __init__(self, store: Path) -> None:
        self._place = place(store)
        self._file: int | None = None
        self._held = False

    def ask(self) -> None:
        """Ask for a turn, if there is an import; again and again does no harm."""
        with suppress(OSError):
            if self._file is None:
                self._file = os.open(self._place, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            if not self._held:
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                self._held = True

    def stop(self) -> None:
        """The turn has come, or patience has ended."""
        if self._file is not None:
            os.close(self._file)
        self._file, self._held = None, False


class Listening:
    """The importing side."""

    def __init__(self, store: Path) -> None:
        self._place = place(store)
        self._file: int | None = None
        self._lay()

    def _lay(self) -> None:
        with suppress(OSError):
            flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(self._place, flags, 0o600)

    def _lies(self) -> bool:
        """Tell whether the file is the one that writers find: another import that ended takes it away."""
        try:
            return self._file is not None and os.path.samestat(self._place.lstat(), os.fstat(self._file))
        except OSError:
            return False

    def asked(self) -> bool:
        """Tell whether a writer of another process waits; when it cannot be known, one may."""
        if not self._lies():
            if self._file is not None:
                os.close(self._file)
                self._file = None
            self._lay()
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return False

    def close(self) -> None:
        """The import has ended."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._place.unlink(missing_ok=True)
