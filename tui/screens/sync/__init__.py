"""Sync: rounds, conflicts, the link with a server."""
