"""The schema that the file should have: tables, indexes and triggers."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from localstore import migrations
from localstore.checking.finding import Finding, Inquiry, salvage
from localstore.connection import Connection, opened


def expected_schema() -> dict[tuple[str, str], str]:
    """Return the SQL of everything the migrations make, by (type, name)."""
    connection = opened(":memory:")
    for number in sorted(migrations.STEPS):
        for _ in connection.execute(files(migrations).joinpath(migrations.STEPS[number]).read_text(encoding="utf-8")):
            pass
    found = read_schema(connection)
    connection.close()
    return found


def read_schema(connection: Connection) -> dict[tuple[str, str], str]:
    """Return the SQL of all tables, indexes and triggers, by (type, name)."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(str(kind), str(name)): " ".join(str(sql).split()) for kind, name, sql in rows}


def schema(asked: Inquiry) -> Iterator[Finding]:
    """Tables, indexes and triggers that are missing or other than they should be; what others added is let be."""
    expected = expected_schema()
    with asked.reading() as connection:
        there = read_schema(connection)
    for (kind, name), sql in expected.items():
        if there.get((kind, name)) == sql:
            continue
        what = "is missing" if (kind, name) not in there else "is not as it should be"
        if kind == "table":
            yield Finding("schema", name, 1, f"the table {name} {what}: {salvage(asked.store.path)}")
            continue
        finding = Finding("schema", name, 1, f"the {kind} {name} {what}: 'check --repair' makes it anew")
        yield _make(asked, kind, name, sql, finding) if asked.repair else finding


def _make(asked: Inquiry, kind: str, name: str, sql: str, finding: Finding) -> Finding:
    try:
        with asked.store.database.writing() as connection:
            connection.execute(f'DROP {kind} IF EXISTS "{name}"')
            connection.execute(sql)
    except Exception as error:
        return Finding("schema", name, 1, f"the {kind} {name} cannot be made: {error}")
    return finding.mended()
