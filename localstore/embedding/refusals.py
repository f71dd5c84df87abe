"""Refusals: finding the texts that a model does not take, so that they do not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localstore.embedders.limits import RefusedText
from localstore.embedding.report import NamedText
from localstore.embedding.storing import Made
from localstore.errors import InvalidValue

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.embedders import Embedder
    from localstore.embedding.report import EmbedReport
    from localstore.embedding.selection import Text

SHORTEST = 32
"""Characters: a text that is too long at this length is refused for something else."""
GIVE_UP = 5
"""So many texts refused and none taken: it is not the texts."""


class Patient:
    """Embeds batches; a refused one in halves, a text that is too long cut until it is taken."""

    def __init__(self, embedder: Embedder, report: EmbedReport) -> None:
        self._embedder = embedder
        self._report = report
        self._worked = False
        self._fits: int | None = None

    def embed(self, texts: Sequence[Text]) -> list[Made]:
        """Return a vector for each text that is taken; the report names the others."""
        if not texts:
            return []
        try:
            found = self._vectors([each.text for each in texts])
        except RefusedText as error:
            if len(texts) > 1:
                half = len(texts) // 2
                return self.embed(texts[:half]) + self.embed(texts[half:])
            return self._refused(texts[0], error)
        limit = self._embedder.limit
        over = [limit is not None and limit.over(each.text) for each in texts]
        return [Made(*each) for each in zip(texts, found, over, strict=True)]

    def _vectors(self, texts: list[str]) -> NDArray[numpy.float32]:
        import numpy

        found = self._embedder.embed(texts)
        if found.ndim != 2 or len(found) != len(texts):
            raise InvalidValue(f"the embedder made an array of shape {found.shape} for {len(texts)} texts")
        if not numpy.isfinite(found).all():
            row, column = map(int, numpy.argwhere(~numpy.isfinite(found))[0])
            raise InvalidValue(f"number {column + 1} of the vector of text {row + 1} is {found[row, column]}")
        self._worked = True
        return found

    def _refused(self, text: Text, error: RefusedText) -> list[Made]:
        size = len(text.text)
        while error.too_long and size > SHORTEST:
            size = self._fits if self._fits and self._fits < size else size // 2
            try:
                (vector,) = self._vectors([text.text[:size]])
            except RefusedText as again:
                error = again
                self._fits = None
            else:
                self._fits = size
                return [Made(text, vector, True)]
        self._report.failed.add(NamedText(text.item_id, text.content_id, text.title, str(error)))
        if not self._worked and self._report.failed.count >= GIVE_UP:
            raise InvalidValue(str(error))
        return []
