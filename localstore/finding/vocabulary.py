"""The names a find line may use: what the store has, for completion. Names alone, no counts: quick at any size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from localstore.connection import Connection
    from localstore.store import Store

MOST = 5_000
"""Names of each kind."""
NEWEST = 1_000
"""Items whose metadata is looked at for its paths, the newest."""
LONGEST = 20_000
"""Characters of metadata that are looked at; longer ones are passed over."""
PATHS = 300
_PLAIN = re.compile(r"\w+")


class Vocabulary(NamedTuple):
    """Names by kind; ``paths`` are written as the find line takes them: ``meta.source.name``."""

    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def read(store: Store) -> Vocabulary:
    """Return the names there are now."""
    from localstore.ai_models import spelled  # with it comes the ORM, which no start shall wait for

    with store.reading() as connection:
        models = connection.execute("SELECT provider, name, version FROM ai_models ORDER BY name LIMIT ?", (MOST,))
        return Vocabulary(
            _types(connection),
            _names(connection, "SELECT min(name) FROM tags GROUP BY fold(name) ORDER BY fold(name) LIMIT ?"),
            _names(connection, "SELECT slug FROM organizations ORDER BY slug LIMIT ?"),
            _names(connection, "SELECT email FROM users ORDER BY email LIMIT ?"),
            tuple(spelled(dict(zip(("provider", "name", "version"), row, strict=True))) for row in models),
            _paths(connection),
        )


def _names(connection: Connection, sql: str) -> tuple[str, ...]:
    return tuple(row[0] for row in connection.execute(sql, (MOST,)))


def _types(connection: Connection) -> tuple[str, ...]:
    """Hop through the index from type to type: a GROUP BY would walk all of it."""
    sql = (
        "WITH RECURSIVE kinds (type) AS (SELECT min(type) FROM items UNION ALL"
        " SELECT (SELECT min(i.type) FROM items i WHERE i.type > kinds.type) FROM kinds WHERE kinds.type IS NOT NULL)"
        " SELECT type FROM kinds WHERE type IS NOT NULL LIMIT ?"
    )
    return _names(connection, sql)


def _paths(connection: Connection) -> tuple[str, ...]:
    sql = (
        "SELECT DISTINCT t.path, t.key FROM (SELECT meta_data FROM items ORDER BY updated_at DESC, id DESC LIMIT ?) i,"
        " json_tree(CASE WHEN length(i.meta_data) > ? THEN '{}' ELSE i.meta_data END) t"
        " WHERE typeof(t.key) = 'text' AND t.type NOT IN ('object', 'array') AND instr(t.path, '[') = 0 LIMIT ?"
    )
    rows = connection.execute(sql, (NEWEST, LONGEST, PATHS)).fetchall()
    return tuple(sorted({written for path, key in rows if (written := _written(path, key))}))


def _written(path: str, key: str) -> str:
    """Write a path as the find line takes it; empty when it cannot be told from JSON's own signs."""
    steps = [step.strip('"') for step in path.split(".")[1:]] + [key]
    if any('"' in step or "." in step or not step for step in steps):
        return ""
    return "meta." + ".".join(step if _PLAIN.fullmatch(step) else f'"{step}"' for step in steps)
