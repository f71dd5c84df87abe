"""Every error a caller can meet, one family.

::

    LocalstoreError                 exit code 1 unless said otherwise
    ├── StoreError                  the file itself
    │   ├── StoreMissing            no file there, and reading never makes one
    │   ├── NotAStore               some other file
    │   ├── NewerStore              written by a newer localstore
    │   ├── StoreBusy               another process holds the write lock
    │   ├── StoreReadOnly           file or folder may not be written
    │   ├── StoreFull               no room on the disk
    │   ├── StoreGone               taken away while it was open: deleted, replaced or written over
    │   └── StoreDamaged            SQLite says that the file is malformed
    ├── NotFound                    no such row
    ├── Ambiguous                   several rows answer to that id
    ├── InvalidValue                a value the store refuses, with the path to it
    │   ├── InvalidFilter           a filter that cannot be read, with the position
    │   └── Taken                   a unique value that another row holds
    ├── KeyRefused                  an API key that opens nothing, with the reason
    ├── EditConflict                the row changed since the caller read it
    ├── NothingToUndo               the undo log is at its end
    ├── TransferError               a source or destination that cannot be used
    ├── EmbedderUnavailable         exit code 4: an embedding service that is down, busy or too slow
    └── NeedsAnswer                 exit code 2: a question, and nobody to ask

Each message is one sentence with the value, the place and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class LocalstoreError(Exception):
    """Base of all: ``str(error)`` is fit for a person."""

    exit_code = 1


class StoreError(LocalstoreError):
    """The store's file cannot be used as asked."""


class StoreMissing(StoreError):
    """There is no store at that path."""


class NotAStore(StoreError):
    """The file exists and is something else."""


class NewerStore(StoreError):
    """The file was written by a newer version."""


class StoreBusy(StoreError):
    """Another process kept the write lock for longer than the time-out."""


class StoreReadOnly(StoreError):
    """The file or its folder may not be written."""


class StoreFull(StoreError):
    """The disk, or the limit set for the file, is full; the action was rolled back."""


class StoreGone(StoreError):
    """The file at the path is no longer the one that was opened; ``in_place`` when it was written over."""

    def __init__(self, message: str, *, in_place: bool = False) -> None:
        super().__init__(message)
        self.in_place = in_place


class StoreDamaged(StoreError):
    """SQLite reports a malformed file."""


class NotFound(LocalstoreError):
    """No row answers to that id."""


class Ambiguous(LocalstoreError):
    """Several rows answer to that id; ``candidates`` holds some of them as ``(id, label)``."""

    def __init__(self, message: str, candidates: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.candidates = candidates or []


class InvalidValue(LocalstoreError):
    """A value the store refuses; ``path`` leads to it (``meta_data.a[2]``)."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class InvalidFilter(InvalidValue):
    """A filter that cannot be read; ``position`` counts characters from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class Taken(InvalidValue):
    """A unique value that another row holds; ``holder`` is that row's id."""

    def __init__(self, message: str, path: str = "", holder: str = "") -> None:
        super().__init__(message, path)
        self.holder = holder


class KeyRefused(LocalstoreError):
    """An API key that opens nothing; ``reason`` is one word, such as ``mistyped`` or ``expired``."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class EditConflict(LocalstoreError):
    """The row changed since the caller read it; ``ours`` and ``theirs`` are both versions by column."""

    def __init__(self, message: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.ours = dict(ours)
        self.theirs = dict(theirs)


class NothingToUndo(LocalstoreError):
    """Nothing is left to undo, or to redo."""


class TransferError(LocalstoreError):
    """A file or folder that cannot be imported from or exported to."""


class EmbedderUnavailable(LocalstoreError):
    """An embedding service does not answer, or not in time; asking again later may help."""

    exit_code = 4


class NeedsAnswer(LocalstoreError):
    """A question must be answered and there is nobody to ask."""

    exit_code = 2


class Interrupted(LocalstoreError):
    """A query was stopped on request."""
