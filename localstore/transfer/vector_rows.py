"""Rows of vectors: what readers of vector formats yield and their writers take, many rows at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.records import BadRecord
    from localstore.vectors.incoming.stream import VectorBatch

VECTORS = ("embeddings", "embedding", "vectors", "vector", "emb", "X", "arr_0")
IDS = ("ids", "id", "keys", "key", "index", "uuid", "_id")
TEXTS = ("texts", "text", "documents", "document", "sentences", "sentence", "content", "contents")
TITLES = ("titles", "title")
MODELS = ("model", "models")
"""Names of arrays and columns that are looked for, in this order; plural as arrays, singular as columns."""

BLOCK_BYTES = 8 << 20
"""Bytes of the rows that are in memory at once, as the file holds them."""
MAX_ROWS = 8192
MAX_WIDTH = 1 << 20
FEW = 16
"""Rows by which the length of the vectors is found out, where nothing says it."""


@dataclass(slots=True)
class Vectors:
    """Some rows of a source, and what the file itself says of them: their model and the name of their source."""

    batch: VectorBatch
    model: str = ""
    source: str = ""


VectorRead: TypeAlias = "Vectors | BadRecord"


@dataclass(slots=True)
class VectorBlock:
    """Some rows of the store, in order of embedding id; ``matrix`` is float32 of shape ``(len(ids), d)``.

    ``ids`` name what the vectors stand for: a content, else an item. Which columns are filled was asked for.
    """

    ids: Sequence[str]
    titles: Sequence[str] = ()
    texts: Sequence[str] = ()
    types: Sequence[str] = ()
    matrix: NDArray[numpy.float32] | Any = None


class VectorRows(Protocol):
    """The vectors of one model, which can be gone through several times and are the same each time."""

    model: str
    count: int
    dim: int

    def blocks(self, *, vectors: bool = True, texts: bool = True) -> Iterator[VectorBlock]:
        """Yield all rows from the first on, with the columns that are wanted."""

    def longest(self) -> tuple[int, int]:
        """Return the characters of the longest title and of the longest text."""


def rows_at_once(row_bytes: int) -> int:
    """Return how many rows of this size to have in memory."""
    return max(1, min(MAX_ROWS, BLOCK_BYTES // max(1, row_bytes)))


def usual_name(names: Sequence[str], usual: Sequence[str]) -> str | None:
    """Return the first of *usual* that is among *names*, in any case."""
    lowered = {name.lower(): name for name in reversed(names)}
    return next((lowered[name.lower()] for name in usual if name.lower() in lowered), None)


def usual_width(lengths: Iterable[int]) -> int:
    """Return the length that most vectors have, 0 when there are none."""
    found = Counter(length for length in lengths if length).most_common(1)
    return found[0][0] if found else 0
