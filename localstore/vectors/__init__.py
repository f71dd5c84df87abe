"""Vectors: codes of embeddings in the file, and nearest lookup over them.

Truth is ``embeddings.vector``; everything here is derived from it, may be deleted, and is made anew when in doubt.
"""
