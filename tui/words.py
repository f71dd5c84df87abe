"""Words that several screens say, each in one place."""

from __future__ import annotations

READ_ONLY = "The store is open for reading only: start without --read-only to write."
COUNTING = "Still counting the list, a moment: nothing was done."
TOO_SMALL = "Too small to show the store"
KEPT = "What you wrote is kept as a draft."
UNEXPECTED = "The UI met something it did not expect and ended; drafts are kept. --debug shows where."
MINUTE, HOUR = 60, 3_600


def how_many(number: int, noun: str) -> str:
    """Return ``1 item``, ``2,000 items``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def duration(seconds: float) -> str:
    """Return a time that passed, or that is left."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min {seconds % MINUTE:.0f} s"
    return f"{seconds // HOUR:.0f} h {seconds % HOUR // MINUTE:.0f} min"


def size(count: int) -> str:
    """Return bytes as people read them."""
    amount, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            break
        amount /= 1024
    return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
