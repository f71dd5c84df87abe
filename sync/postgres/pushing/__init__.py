"""Pushing a batch: locks, merge, writing in savepoints, the result."""
