"""The built-in embedder: feature hashing of words and their parts. Lexical, deterministic, nothing to download.

Weinberger et al., "Feature hashing for large scale multitask learning" (2009): each feature adds its signed weight
to the coordinate its hash names. Here the features are folded words and the trigrams within them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from localstore.errors import InvalidValue
from localstore.ids import fold

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.models import AIModel

PROVIDER = "builtin"
DEFAULT_DIM = 384
TRIGRAM_WEIGHT = 0.4
"""A word counts for itself; its parts let spellings meet."""
_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Vectors of length 1 (0 for a text without a word) of ``dim`` coordinates."""

    lexical = True
    batch = 512
    limit = None

    def __init__(self, dim: int = DEFAULT_DIM) -> None:
        self.dim = dim

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        """Return one vector a text, float32 of shape ``(n, dim)``; *kind* makes no difference here."""
        import numpy

        found = numpy.zeros((len(texts), self.dim), dtype=numpy.float32)
        for row, text in enumerate(texts):
            for feature, weight in _features(text):
                code = crc32(feature.encode())
                found[row, (code >> 1) % self.dim] += weight if code & 1 else -weight
        norms = numpy.linalg.norm(found, axis=1, keepdims=True)
        numpy.divide(found, norms, out=found, where=norms > 0)
        return found


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word, count in Counter(_WORD.findall(fold(text))).items():
        weight = 1 + math.log(count)
        yield word, weight
        for at in range(len(word) - 2):
            yield f"#{word[at : at + 3]}", weight * TRIGRAM_WEIGHT


def embedder(model: AIModel) -> HashingEmbedder:
    """Return the embedder of a registered model; ``parameters.dim`` says how long its vectors are."""
    dim = model.parameters.get("dim", DEFAULT_DIM)
    if not isinstance(dim, int) or dim < 1:
        raise InvalidValue(f"{dim!r} is no number of dimensions", "parameters.dim")
    return HashingEmbedder(dim)
