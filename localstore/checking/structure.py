"""The file itself: pages, foreign keys, and the schema it should have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.resources import files

from localstore import migrations
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection, opened

_SHOWN = 20
_FULL_TEXT = "text_index"


def pages(asked: Inquiry) -> Iterator[Finding]:
    """SQLite's own check of pages, indexes, constraints and the full-text index."""
    with asked.store.reading() as connection:
        # A reader that looked at the index before it grew is told of corruption that is none (SQLite 3.54.1),
        # unless a query has it read the index's structure anew.
        connection.execute(f"SELECT rowid FROM {_FULL_TEXT} WHERE {_FULL_TEXT} MATCH 'a' LIMIT 1").fetchall()
        answers = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_SHOWN})")]
    for answer in [] if answers == ["ok"] else answers:
        if _FULL_TEXT in answer:
            yield Finding("text", _FULL_TEXT, 1, f"{answer}: 'check --repair' builds it anew")
        else:
            yield Finding("integrity", "", 1, f"SQLite says: {answer}; restore a backup, or export what can be read")


def foreign_keys(asked: Inquiry) -> Iterator[Finding]:
    """Rows that point to rows that are not there, which only a program without foreign keys can leave."""
    with asked.store.reading() as connection:
        found = Counter((row[0], row[2]) for row in connection.execute("PRAGMA foreign_key_check"))
    for (table, parent), count in found.items():
        message = f"{count} rows of {table} point to {parent} that are not there: delete them, or bring those back"
        yield Finding("reference", str(table), count, message)


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
    with asked.store.reading() as connection:
        there = read_schema(connection)
    for (kind, name), sql in expected.items():
        if there.get((kind, name)) == sql:
            continue
        what = "is missing" if (kind, name) not in there else "is not as it should be"
        if kind == "table":
            yield Finding("schema", name, 1, f"the table {name} {what}: restore a backup")
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
