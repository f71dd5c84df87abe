"""Embeddings."""

from __future__ import annotations

from localstore.models import Embedding
from localstore.rows import Rows


class Embeddings(Rows[Embedding]):
    """``store.embeddings``."""

    model = Embedding
    label = "id"
