"""Ids by number instead of by clock and chance: two runs of the same writes then make the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from localstore import ids


def numbers(seed: int) -> Callable[[], str]:
    """Return what makes the ids of one run; another *seed* makes others."""
    rising = count(1)
    return lambda: f"{next(rising):08x}-0000-7000-8000-{seed:012x}"


@contextmanager
def numbered(seed: int) -> Iterator[None]:
    """Number the ids that are made inside the block."""
    real = ids.new_id
    ids.new_id = numbers(seed)
    try:
        yield
    finally:
        ids.new_id = real
