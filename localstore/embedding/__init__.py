"""Embedding: vectors for the texts of a store, made by a model's embedder, in batches that stay when it stops."""

from localstore.embedding.choice import chosen
from localstore.embedding.report import EmbedReport, NamedText
from localstore.embedding.run import run
from localstore.embedding.selection import WHICH, waiting

__all__ = ["WHICH", "EmbedReport", "NamedText", "chosen", "run", "waiting"]
