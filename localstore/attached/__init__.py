"""Attached files: where their bytes lie, what kind they are, and whether they are still what they were."""
