"""Vectors for the prepared store: by two models, for every text of one item and for the whole."""

from __future__ import annotations

from pathlib import Path

from localstore.embedders.builtin import HashingEmbedder
from localstore.store import Store

MODELS = {"words": ("builtin", 64), "words-16": ("local", 16)}
"""Only one of them can embed here, so that it need not be named."""


def fill(path: Path, title: str = "Reading list") -> None:
    """Register the models in a store and give an item's texts, and the item itself, a vector by each."""
    with Store.open(path) as store:
        _fill(store, title)
        store.items.edit("Last of all", description="Edited, then undone")
        store.undo()  # so that there is something to redo


def _fill(store: Store, title: str) -> None:
    item = store.items.resolve(title)
    contents = store.contents.of(item)
    for name, (provider, dim) in MODELS.items():
        store.ai_models.add(name, provider, parameters={"dim": dim})
        vectors = HashingEmbedder(dim).embed([*[content.text for content in contents], title])
        for content, vector in zip(contents, vectors[:-1], strict=True):
            store.embeddings.put_one(name, vector, content=content.id)
        store.embeddings.put_one(name, vectors[-1], item=item)
