"""The schema that the migrations make."""

from __future__ import annotations

from importlib.resources import files

from localstore import migrations
from localstore.connection import Connection, opened

Schema = dict[tuple[str, str], str]
"""SQL by (type, name)."""


def expected_schema() -> Schema:
    """Return the SQL of everything the migrations make, by (type, name)."""
    connection = opened(":memory:")
    for number in sorted(migrations.STEPS):
        for _ in connection.execute(files(migrations).joinpath(migrations.STEPS[number]).read_text(encoding="utf-8")):
            pass
    found = read_schema(connection)
    connection.close()
    return found


def read_schema(connection: Connection) -> Schema:
    """Return the SQL of all tables, indexes and triggers, by (type, name)."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(str(kind), str(name)): " ".join(str(sql).split()) for kind, name, sql in rows}
