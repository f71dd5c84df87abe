"""Matches: the answer of a nearest lookup, and whether it is exact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Match:
    """One of the nearest: ``score`` grows with nearness (cosine, dot product, or minus the Euclidean distance)."""

    rank: int
    score: float
    embedding_id: str
    item_id: str
    content_id: str | None
    type: str
    title: str
    snippet: str


@dataclass(frozen=True)
class Nearest:
    """What is nearest to one query, best first; equal scores in order of id.

    ``exact`` tells that no vector could have scored better than the last one here. ``searched`` vectors were
    compared; ``zeros`` have no length and so no cosine. ``lexical`` tells that the model's vectors compare words, not
    meanings. ``model`` is spelled ``provider/name@version``.
    """

    model: str
    model_id: str
    metric: str
    exact: bool
    elapsed_ms: float
    searched: int
    zeros: int = 0
    lexical: bool = False
    matches: list[Match] = field(default_factory=list)


@dataclass(frozen=True)
class NearestBatch:
    """What is nearest to each of many queries.

    ``ids`` holds embedding ids of shape ``(queries, k)`` (``""`` where there were fewer), ``scores`` float64 of the
    same shape (NaN there).
    """

    model: str
    model_id: str
    metric: str
    exact: bool
    elapsed_ms: float
    searched: int
    ids: NDArray[numpy.str_]
    scores: NDArray[numpy.float64]
    zeros: int = 0
    lexical: bool = False
