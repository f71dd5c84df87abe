"""How PostgreSQL spells the thirteen tables, for a server that has none yet.

The walk over the models is ``localstore.schema``'s, so that both databases come from one declaration. What a
column may hold is said by its type here, where SQLite needs a CHECK.
"""

from __future__ import annotations

from typing import Any

from localstore import schema, values
from localstore.fields import Default
from localstore.schema import Dialect


def _literal(value: Any) -> str:
    if value is Default.NEW_ID:
        # In every server since 13; uuidv7() came with 18. Rows made here by programs are ordered by created_at,
        # never by their key, so a random one costs nothing but locality.
        return "gen_random_uuid()"
    if value is Default.NOW:
        return "now()"
    if isinstance(value, bool | int):
        return str(value).lower()
    text = value if isinstance(value, str) else values.to_json(value)
    return "'" + text.replace("'", "''") + "'"


POSTGRES = Dialect(
    types={
        "ID": "UUID",
        "TEXT": "TEXT",
        "UTC": "TIMESTAMPTZ",
        "JSON": "JSONB",
        "BOOL": "BOOLEAN",
        "BIGINT": "BIGINT",
        "VECTOR": "JSONB",
    },
    literal=_literal,
    check=lambda _: None,
)


def statements() -> list[str]:
    """Return the DDL of the thirteen tables and their indexes, parents before children, without a schema's name."""
    return schema.statements(POSTGRES)
