"""Nearest vectors, ours beside numpy, sqlite-vec, faiss, usearch and DuckDB, on real text and a synthetic million."""
