"""Pace: how much goes into one transaction, so that it holds the write lock for some 30 ms."""

from __future__ import annotations

TARGET = 0.03
"""Seconds a transaction should take: a writer beside it waits for one, or two, and stays below 100 ms."""
GAP = 0.003
"""Seconds between two transactions: other writers ask for the lock every millisecond."""
FIRST, LEAST, MOST = 150, 8, 8_000


class Pace:
    """Adapts the weight of a batch (rows, and thousands of characters) to the time the last ones took."""

    def __init__(self) -> None:
        self.weight = float(FIRST)

    def took(self, weight: int, seconds: float) -> None:
        """Learn from a batch: move half-way to what would have taken the target, at most to double or a quarter."""
        ideal = weight * TARGET / max(seconds, 1e-4)
        ideal = min(max(ideal, self.weight / 4), self.weight * 2)
        self.weight = min(max((self.weight + ideal) / 2, LEAST), MOST)
