"""The schema that the file should have: tables, indexes and triggers."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from localstore.checking.expected import Schema, expected_schema, read_schema
from localstore.checking.finding import Finding, Inquiry, salvage
from localstore.checking.rebuilding import DERIVED, make_derived_anew, vacuum
from localstore.errors import LocalstoreError

_FULL_TEXT = "text_index"
_ANEW = "'check --repair' makes it anew"


def schema(asked: Inquiry) -> Iterator[Finding]:
    """Tables, indexes and triggers that are missing or other than they should be; what others added is let be."""
    expected = expected_schema()
    yield from _derived(asked, expected)
    there = _there(asked)
    for (kind, name), sql in expected.items():
        if there.get((kind, name)) == sql or (kind == "table" and _owner(name) in DERIVED):
            continue
        what = "is missing" if (kind, name) not in there else "is not as it should be"
        if kind == "table":
            yield Finding("schema", name, 1, f"the table {name} {what}: {salvage(asked.store.path)}")
            continue
        finding = Finding("schema", name, 1, f"the {kind} {name} {what}: {_ANEW}")
        yield _make(asked, kind, name, sql, finding) if asked.repair else finding


def _there(asked: Inquiry) -> Schema:
    with asked.reading() as connection:
        return read_schema(connection)


def _owner(table: str) -> str:
    """Return the table that a table belongs to: those of the full-text index are its own."""
    return _FULL_TEXT if table.startswith(f"{_FULL_TEXT}_") else table


def _derived(asked: Inquiry, expected: Schema) -> Iterator[Finding]:
    """Tables that are made from rows: nothing is lost with them, but without them nothing can be written."""
    there = _there(asked)
    wrong = [name for (kind, name), sql in expected.items() if kind == "table" and there.get((kind, name)) != sql]
    for table in dict.fromkeys(map(_owner, wrong)):
        if table in DERIVED:
            what = f"the table {table}, which is derived from rows, is missing or not as it should be: {_ANEW}"
            found = Finding("schema", table, 1, what)
            yield _make_derived(asked, table, found) if asked.repair else found


def _make_derived(asked: Inquiry, table: str, found: Finding) -> Finding:
    try:
        make_derived_anew(asked.store, table)
        vacuum(asked.store)
    except (LocalstoreError, apsw.Error) as error:
        return Finding("schema", table, 1, f"the table {table} cannot be made: {error}")
    return found.mended()


def _make(asked: Inquiry, kind: str, name: str, sql: str, finding: Finding) -> Finding:
    try:
        with asked.store.database.writing() as connection:
            connection.execute(f'DROP {kind} IF EXISTS "{name}"')
            connection.execute(sql)
    except Exception as error:
        return Finding("schema", name, 1, f"the {kind} {name} cannot be made: {error}")
    return finding.mended()
