"""Findings: what is wrong, how often, and whether it was mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localstore.store import Store


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its kind, its table, how many rows have it, and one sentence with an example and what to do."""

    kind: str
    table: str
    count: int
    message: str
    repaired: bool = False

    def mended(self) -> Finding:
        """Return it as mended."""
        return replace(self, repaired=True)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How to look: ``repair`` mends what can be mended, ``deep`` reads the bytes of all files too."""

    store: Store
    repair: bool = False
    deep: bool = False


Check = Callable[[Inquiry], Iterator[Finding]]
