"""The draft of one form: of two windows that write the same, each keeps and drops its own."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from localstore.drafts import Draft, Drafts, digest
from localstore.errors import LocalstoreError

PLACES = 9
"""How many windows may each keep a draft of the same."""


class KeptDraft:
    """Keeps the text of a form; its methods wait for the file, so they belong on a thread."""

    def __init__(self, drafts: Drafts, name: str) -> None:
        self.drafts = drafts
        self.of = self.name = name
        self._names = [name, *(f"{name} {number}" for number in range(2, PLACES + 1))]
        self._own: set[str] = set()
        """Digests of what this form kept, or restored."""
        self._stored = ""
        """Digest of what was saved: no draft any more."""

    def restore(self) -> Draft | None:
        """Return the first draft of this name there is: from now on it is this form's."""
        for name in self._names:
            if draft := self.drafts.get(name):
                self.name = name
                self._own.add(digest(draft.text))
                return draft
        return None

    def keep(self, text: str, timeout: float | None = None) -> Path | None:
        """Keep a text unless it was saved; return the file when the store did not take it."""
        if digest(text) == self._stored:
            return None
        self.name = next((name for name in [self.name, *self._names] if not self._is_foreign(name)), self.name)
        self._own.add(digest(text))
        return self.drafts.keep_somewhere(self.name, text, timeout)

    def _is_foreign(self, name: str) -> bool:
        with suppress(LocalstoreError):
            draft = self.drafts.get(name)
            return draft is not None and digest(draft.text) not in self._own
        return False

    def drop(self) -> None:
        """Forget what this form kept or restored, and nothing else."""
        for name in self._names:
            if name == self.name or self.drafts.get(name):
                self.drafts.drop(name, self._own)

    def saved(self, text: str) -> None:
        """Forget what this form kept, for *text* is saved; that this fails does not undo the save."""
        self._stored = digest(text)
        with suppress(LocalstoreError):
            self.drop()
