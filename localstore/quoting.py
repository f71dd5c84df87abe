"""Names within SQL, as SQLite and PostgreSQL both read them."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Return *name* as an identifier, whatever is in it; FTS5 reads a phrase the same way."""
    return '"' + name.replace('"', '""') + '"'
