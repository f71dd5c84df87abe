"""Keys: ids as sixteen bytes, whose order is that of the written ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from localstore.vectors.codes import Ids

WIDTH = 16
EMPTY = np.empty(0, dtype="S16")
_DIGITS = [at for at in range(36) if at not in (8, 13, 18, 23)]
"""Where the digits of a written id stand, among its dashes."""


def raw(written: Iterable[str]) -> Ids:
    """Return ids as bytes ``(n,)``."""
    return from_hex("".join(written).replace("-", ""))


def from_hex(text: str) -> Ids:
    """Return ids whose hexadecimal digits stand one after the other."""
    return from_bytes(bytes.fromhex(text))


def from_bytes(stored: bytes | bytearray | memoryview) -> Ids:
    """Return ids stored one after the other; the array shares the memory."""
    return np.frombuffer(stored, dtype="S16")


def written(found: Ids) -> list[str]:
    """Return ids as they are written."""
    digits = np.frombuffer(np.ascontiguousarray(found).tobytes().hex().encode(), dtype=np.uint8).reshape(-1, 32)
    spelled = np.full((len(digits), 36), ord("-"), dtype=np.uint8)
    spelled[:, _DIGITS] = digits
    text = spelled.tobytes().decode("ascii")
    return [text[at : at + 36] for at in range(0, len(text), 36)]


def places(sorted_ids: Ids, wanted: Ids) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where each wanted id stands among sorted ones, and whether it does."""
    if not len(sorted_ids):
        return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=np.bool_)
    at = np.minimum(np.searchsorted(sorted_ids, wanted), len(sorted_ids) - 1)
    return at, sorted_ids[at] == wanted


def among(found: Ids, sorted_wanted: Ids) -> NDArray[np.bool_]:
    """Return which of *found* are among sorted ids."""
    return places(sorted_wanted, found)[1]


def texts(several: Sequence[str]) -> NDArray[np.str_]:
    """Return written ids as an array of text ``(n,)``."""
    return np.array(several, dtype="U36") if several else np.empty(0, dtype="U36")
