"""Marks: some rows, or all in the filter except some."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Marks:
    """``keys`` (with their rows) are marked; when ``inverted``, all are but they."""

    keys: dict[str, Any] = field(default_factory=dict)
    inverted: bool = False

    def __contains__(self, key: str) -> bool:
        return (key in self.keys) != self.inverted

    def __bool__(self) -> bool:
        return self.inverted or bool(self.keys)

    def toggle(self, key: str, row: Any = None) -> None:
        """Mark a row, or take its mark off."""
        if key in self.keys:
            del self.keys[key]
        else:
            self.keys[key] = row

    def toggle_all(self) -> None:
        """Mark all; when anything is marked by ``all``, none."""
        self.inverted = not self.inverted
        self.keys.clear()

    def clear(self) -> None:
        """Mark nothing."""
        self.keys.clear()
        self.inverted = False

    def count(self, total: int) -> int:
        """Return how many of *total* rows are marked."""
        return total - len(self.keys) if self.inverted else len(self.keys)
