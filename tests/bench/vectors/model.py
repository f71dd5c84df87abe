"""A small embedding model trained on the spot: PPMI of word pairs, truncated SVD, weighted means; numpy alone.

Deterministic for equal passages and seed. Sources: Levy and Goldberg 2014 (PPMI with a smoothed context, and its
SVD), Halko, Martinsson and Tropp 2011 (randomised SVD), Arora, Liang and Ma 2017 (weighted means of words).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[a-z][a-z0-9_]+")
WORDS, CONTEXTS = 24_000, 6_000
"""Words that get a vector, and the commonest, beside which all are counted: 24,000 × 6,000 float32 is 576 MB."""
WINDOW = 4
SMOOTH = 0.75
OVERSAMPLED, PASSES = 16, 2
STEP = 1_024
"""Passages whose words are gathered at a time: about 300 MB at 768 dimensions."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Words:
    """Passages as numbers of words: ``flat`` holds all, passage *i* from ``starts[i]`` to ``starts[i + 1]``."""

    vocabulary: dict[str, int]
    flat: Numbers
    starts: NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """Word vectors of shape (words, dim), the largest singular value first, and each word's weight."""

    vocabulary: dict[str, int]
    vectors: Floats
    weights: Floats

    def embed(self, passages: Sequence[str], dim: int | None = None) -> Floats:
        """Return unit vectors of shape (passages, dim); a passage without a known word points at the first axis."""
        counted = numbered(passages, self.vocabulary)
        words = self.vectors[:, :dim]
        found = np.zeros((len(passages), words.shape[1]), dtype=np.float32)
        for first in range(0, len(passages), STEP):
            last = min(first + STEP, len(passages))
            starts = counted.starts[first : last + 1]
            flat = counted.flat[starts[0] : starts[-1]]
            there = np.flatnonzero(np.diff(starts))
            if len(there):
                weighted = words[flat] * self.weights[flat, None]
                found[first + there] = np.add.reduceat(weighted, starts[there] - starts[0])
        return unit(found)


def train(passages: Sequence[str], dim: int, seed: int = 0, words: int = WORDS, contexts: int = CONTEXTS) -> Model:
    """Return a model of *dim* dimensions; its first *n* are the best model of *n* (a truncated SVD is nested)."""
    vocabulary, seen = most_common(passages, words)
    counted = numbered(passages, vocabulary)
    matrix = ppmi(pairs(counted, len(vocabulary), min(contexts, len(vocabulary))))
    left, sizes = svd(matrix, dim, seed)
    weights = np.log(len(passages) / (1 + seen)).astype(np.float32)
    return Model(vocabulary, left * np.sqrt(sizes), np.maximum(weights, 0.01))


def most_common(passages: Sequence[str], count: int) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Number the commonest words from 0 (equal counts in the order of the alphabet); in how many passages each is."""
    total: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    for passage in passages:
        words = WORD.findall(passage.lower())
        total.update(words)
        documents.update(set(words))
    chosen = sorted(total, key=lambda word: (-total[word], word))[:count]
    return {word: number for number, word in enumerate(chosen)}, np.array([documents[word] for word in chosen], float)


def numbered(passages: Sequence[str], vocabulary: dict[str, int]) -> Words:
    """Return the known words of the passages as numbers."""
    rows = [[vocabulary[word] for word in WORD.findall(text.lower()) if word in vocabulary] for text in passages]
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return Words(vocabulary, np.fromiter((n for row in rows for n in row), np.int32, int(starts[-1])), starts)


def pairs(words: Words, count: int, contexts: int) -> Floats:
    """Return how often a word stands within the window of a context, shape (count, contexts)."""
    found = np.zeros(count * contexts, dtype=np.float32)
    passage = np.repeat(np.arange(len(words.starts) - 1, dtype=np.int32), np.diff(words.starts))
    for distance in range(1, WINDOW + 1):
        left, right = words.flat[:-distance], words.flat[distance:]
        together = passage[:-distance] == passage[distance:]
        for word, beside in ((left[together], right[together]), (right[together], left[together])):
            common = beside < contexts
            keys = word[common].astype(np.int64) * contexts + beside[common]
            np.add.at(found, keys, np.float32(1 / distance))
    return found.reshape(count, contexts)


def ppmi(counts: Floats) -> Floats:
    """Turn counts, in place, into max(0, log(P(word, context) / (P(word) P(context)^0.75)))."""
    words = counts.sum(axis=1, dtype=np.float64)
    beside = counts.sum(axis=0, dtype=np.float64) ** SMOOTH
    beside /= max(beside.sum(), 1e-12)
    scale = np.maximum(words, 1e-12)
    for first in range(0, len(counts), STEP):
        part = counts[first : first + STEP]
        part /= scale[first : first + STEP, None].astype(np.float32)
        part /= np.maximum(beside, 1e-12).astype(np.float32)
        np.log(np.maximum(part, 1, out=part), out=part)
    return counts


def svd(matrix: Floats, dim: int, seed: int) -> tuple[Floats, Floats]:
    """Return the first *dim* left singular vectors and values, found with a seeded random projection."""
    wide = min(dim + OVERSAMPLED, *matrix.shape)
    probe = np.random.default_rng(seed).standard_normal((matrix.shape[1], wide), dtype=np.float32)
    basis = _orthogonal(matrix @ probe)
    for _ in range(PASSES):
        basis = _orthogonal(matrix @ _orthogonal(matrix.T @ basis))
    small, sizes, _ = np.linalg.svd(basis.T @ matrix, full_matrices=False)
    left = basis @ small[:, :dim]
    return _signed(left), sizes[:dim]


def unit(vectors: Floats) -> Floats:
    """Scale rows to length 1, in place; a row without length becomes the first axis."""
    lengths = np.linalg.norm(vectors, axis=1)
    vectors[lengths == 0, 0] = 1
    vectors /= np.where(lengths == 0, 1, lengths)[:, None]
    return vectors


def _orthogonal(columns: Floats) -> Floats:
    basis: Floats = np.linalg.qr(columns)[0]
    return basis


def _signed(left: Floats) -> Floats:
    """Make each vector's largest entry positive: an SVD leaves the signs open."""
    largest = np.abs(left).argmax(axis=0)
    signed: Floats = left * np.sign(left[largest, np.arange(left.shape[1])])
    return signed
