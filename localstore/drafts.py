"""Drafts: what somebody was writing when they left; on this machine, never synced, without undo.

A draft that the store cannot take (the disk is full, the file is locked or gone) is kept in a file of its own, in the
platform's folder for state.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from localstore import times, values
from localstore.errors import StoreError
from localstore.place import private_folder

if TYPE_CHECKING:
    from localstore.store import Store


class Draft(NamedTuple):
    """A text under a name (``new``, ``item:ID``) and when it was kept."""

    name: str
    at: str
    text: str


def digest(text: str) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Drafts:
    """``store.drafts``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, name: str) -> Draft | None:
        """Return a draft, or None; of one in the store and one beside it the newer."""
        with self.store.database.reading() as connection:
            row = connection.execute("SELECT name, at, text FROM drafts WHERE name = ?", (name,)).fetchone()
        found = [each for each in (Draft(*row) if row else None, self._spared(name)) if each]
        return max(found, key=lambda each: each.at) if found else None

    def keep(self, name: str, text: str, timeout: float | None = None) -> None:
        """Keep a text under a name, replacing the one before; wait *timeout* seconds for the file."""
        values.check_text(text, "draft")
        with self.store.database.writing(timeout) as connection:
            connection.execute(
                "INSERT INTO drafts (name, at, text) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET at = excluded.at, text = excluded.text",
                (name, times.now(), text),
            )

    def keep_somewhere(self, name: str, text: str, timeout: float | None = None) -> Path | None:
        """Keep a text in the store; where that fails, in a file, whose place is returned.

        Raises StoreError when neither can be written.
        """
        try:
            self.keep(name, text, timeout)
        except StoreError as error:
            return self._spare(name, text, error)
        return None

    def drop(self, name: str, mine: Collection[str] | None = None) -> None:
        """Forget a draft; harmless when there is none. With *mine*, only when the text is one of these digests."""
        spared = self._spared(name)
        if spared and (mine is None or digest(spared.text) in mine):
            with suppress(OSError):
                self.spare_file(name).unlink(missing_ok=True)
        with self.store.database.writing() as connection:
            row = connection.execute("SELECT text FROM drafts WHERE name = ?", (name,)).fetchone()
            if row and (mine is None or digest(row[0]) in mine):
                connection.execute("DELETE FROM drafts WHERE name = ?", (name,))

    # -- beside the store ---------------------------------------------------------------------------------

    def spare_file(self, name: str) -> Path:
        """Return where a draft lies that the store could not take."""
        import platformdirs

        known = hashlib.sha256(f"{self.store.path}\0{name}".encode()).hexdigest()[:32]
        return platformdirs.user_state_path("localstore", appauthor=False) / "drafts" / f"{known}.json"

    def _spared(self, name: str) -> Draft | None:
        try:
            at, text = json.loads(self.spare_file(name).read_bytes())
        except (OSError, ValueError, TypeError, RecursionError):
            return None
        return Draft(name, str(at), str(text))

    def _spare(self, name: str, text: str, error: StoreError) -> Path:
        file = self.spare_file(name)
        try:
            private_folder(file.parent)
            draft = file.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
                json.dump([times.now(), text], opened)
            draft.replace(file)
        except OSError as refused:
            raise StoreError(f"{error} The draft cannot be kept in {file} either ({refused.strerror}).") from None
        return file
