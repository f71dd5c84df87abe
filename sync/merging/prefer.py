"""Which side a disputed part goes to."""

from __future__ import annotations

from enum import StrEnum

from localstore.errors import InvalidValue


class Prefer(StrEnum):
    """What stands where both sides changed the same: a merge prefers theirs, a person chooses."""

    THEIRS = "theirs"
    OURS = "ours"
    BOTH = "both"


class NoBoth(InvalidValue):
    """Two values of which only one can stand; ``path`` leads to them."""

    def __init__(self, path: str) -> None:
        super().__init__("only texts and lists can keep both: choose mine or theirs, or give a value", path)
