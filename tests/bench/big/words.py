"""Texts of a large store: words that are as rare as in a language, most texts short, a few very long."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from tests.bench.million import WORDS

VOCABULARY = 60_000
PHRASES = 400_000
PHRASE = 12
"""Words in a phrase; a text is some phrases."""
MEDIAN, SPREAD, LONGEST = 3.0, 1.1, 1_200
"""Phrases of a text: log-normal, so half have at most three and one in a thousand more than 80 (6 kB)."""
COMMON, SELDOM = "retry", "quokka"
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "on")]


def vocabulary() -> list[str]:
    """Return the words, the most frequent first; those of ``million`` lead."""
    known = dict.fromkeys(WORDS)
    for length in (2, 3):
        for parts in itertools.product(_SYLLABLES, repeat=length):
            known.setdefault("".join(parts))
            if len(known) == VOCABULARY:
                return list(known)
    raise AssertionError("too few syllables")


class Texts:
    """Draws texts, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._pick = np.random.default_rng(seed)
        words = np.array(vocabulary(), dtype=object)
        # Zipf: the n-th word comes 1 / n as often as the first
        weights = 1 / np.arange(2, VOCABULARY + 2)
        drawn = self._pick.choice(words, size=(PHRASES, PHRASE), p=weights / weights.sum())
        self._phrases = [" ".join(row) for row in drawn.tolist()]

    def draw(self, count: int) -> list[str]:
        """Return as many texts."""
        lengths = np.minimum(self._pick.lognormal(np.log(MEDIAN), SPREAD, count).astype(int) + 1, LONGEST)
        at: list[int] = self._pick.integers(0, PHRASES, int(lengths.sum())).tolist()
        ends: list[int] = np.cumsum(lengths).tolist()
        phrases = self._phrases
        return [
            ". ".join([phrases[each] for each in at[start:end]]) for start, end in zip([0, *ends], ends, strict=False)
        ]

    def titles(self, first: int, count: int) -> list[str]:
        """Return titles, each with the number of its item."""
        at = self._pick.integers(0, PHRASES, count).tolist()
        return [f"{' '.join(self._phrases[each].split()[:4])} {first + row}" for row, each in enumerate(at)]


def vectors(count: int, dim: int, seed: int) -> NDArray[np.float32]:
    """Return vectors of length one around centres of their own; every 500th is nearly the one before."""
    pick = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((4_000, dim), dtype=np.float32)
    found: NDArray[np.float32] = centres[pick.integers(0, len(centres), count)]
    found = found + pick.standard_normal((count, dim), dtype=np.float32) * np.float32(0.7)
    twins = np.arange(499, count, 500)
    found[twins] = found[twins - 1] + pick.standard_normal((len(twins), dim), dtype=np.float32) * np.float32(0.01)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found
