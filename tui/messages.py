"""What threads and widgets tell each other."""

from __future__ import annotations

from typing import Any

from textual.message import Message

from localstore.errors import LocalstoreError


class Failed(Message):
    """Work of this key ended with an error, whose text is fit for a person."""

    def __init__(self, key: str, error: LocalstoreError) -> None:
        super().__init__()
        self.key = key
        self.error = error


class OverBudget(Message):
    """Work of this key took longer than it may and was stopped."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class BlockLoaded(Message, bubble=False):
    """A block of a table's rows arrived."""

    def __init__(self, generation: int, number: int, page: Any) -> None:
        super().__init__()
        self.generation = generation
        self.number = number
        self.page = page


class Anchored(Message, bubble=False):
    """The cursors of all blocks of a table are known."""

    def __init__(self, generation: int, cursors: list[str]) -> None:
        super().__init__()
        self.generation = generation
        self.cursors = cursors


class Counted(Message, bubble=False):
    """The number of a table's rows is known."""

    def __init__(self, generation: int, total: int) -> None:
        super().__init__()
        self.generation = generation
        self.total = total


class Reloaded(Message, bubble=False):
    """A table's rows were read anew."""

    def __init__(self, generation: int, snapshot: Any) -> None:
        super().__init__()
        self.generation = generation
        self.snapshot = snapshot


class Faceted(Message):
    """Counts for one section of the rail; a count of None is not known."""

    def __init__(self, section: str, counts: dict[str, int | None]) -> None:
        super().__init__()
        self.section = section
        self.counts = counts


class Loaded(Message):
    """What was asked for under this key is here."""

    def __init__(self, key: str, value: Any) -> None:
        super().__init__()
        self.key = key
        self.value = value


class Written(Message):
    """An action was done: what it is called, which items it concerns, and a word for the person."""

    def __init__(self, kind: str, keys: tuple[str, ...] = (), word: str = "", value: Any = None) -> None:
        super().__init__()
        self.kind = kind
        self.keys = keys
        self.word = word
        self.value = value


class Rested(Message):
    """The writer has nothing left to do."""


class Changed(Message):
    """Somebody else wrote to the file."""


class Computed(Message):
    """What was asked of the vectors is here; ``number`` tells whether it is still wanted."""

    def __init__(self, key: str, number: int, value: Any) -> None:
        super().__init__()
        self.key = key
        self.number = number
        self.value = value
