"""An embedder that does what a test says, and a store with texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy

from localstore import Store
from localstore.embedders.limits import Limit, RefusedText

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Fake:
    """Vectors of three numbers; notes every text it is given. ``before`` is called with each batch."""

    lexical = False
    dim: int | None = 3
    batch = 4

    def __init__(self, before: Callable[[Sequence[str]], object] | None = None, limit: Limit | None = None) -> None:
        self.asked: list[list[str]] = []
        self.limit = limit
        self.before = before or (lambda texts: None)

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        self.asked.append(list(texts))
        self.before(texts)
        return numpy.array([[len(text), 1, 2] for text in texts], dtype=numpy.float32)

    @property
    def seen(self) -> list[str]:
        """All texts, in order of asking."""
        return [text for batch in self.asked for text in batch]


def refusing(*words: str, too_long: int | None = None) -> Callable[[Sequence[str]], None]:
    """Refuse batches with one of these words in a text, or with a text of more characters."""

    def check(texts: Sequence[str]) -> None:
        if any(word in text for word in words for text in texts):
            raise RefusedText("answers 400: no such words")
        if too_long is not None and any(len(text) > too_long for text in texts):
            raise RefusedText("answers 400: too long", too_long=True)

    return check


def fill(store: Store, *texts: str, **columns: Any) -> list[str]:
    """Add an item for each text; return the ids of the contents."""
    items = [store.items.add(f"About {text[:20]}", text=text, **columns) for text in texts]
    return [str(store.contents.of(item.id)[0].id) for item in items]
