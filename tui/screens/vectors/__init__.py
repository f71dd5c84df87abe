"""Vectors: models, maps, neighbours, comparisons."""
