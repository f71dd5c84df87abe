"""Limits: how much of a text a model takes, how that is counted, and a text that a model does not take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localstore.errors import InvalidValue

BYTES_A_TOKEN = 4
"""English has about four bytes a token; only the model's own tokenizer knows, and a service does not show it."""


@dataclass(frozen=True)
class Limit:
    """``size`` in ``unit`` (``characters``, ``tokens``, ``tokens (estimated)``); ``over`` tells of one text."""

    size: int
    unit: str
    over: Callable[[str], bool]

    def __str__(self) -> str:
        return f"{self.size:,} {self.unit}"


class RefusedText(InvalidValue):
    """A model does not take one of the texts; ``too_long`` when it says that a shorter one would do."""

    def __init__(self, message: str, *, too_long: bool = False) -> None:
        super().__init__(message)
        self.too_long = too_long


def cut_characters(text: str, size: int) -> str:
    """Return the first *size* characters."""
    return text[:size]


def cut_tokens(text: str, size: int) -> str:
    """Return what *size* tokens hold by estimate; a character is never halved."""
    if len(text) <= size:  # no character has less than a byte: the common case without encoding
        return text
    return text.encode()[: size * BYTES_A_TOKEN].decode(errors="ignore")
