"""Asking the server what changed: the functions that a pull calls, and their rows as pages.

Rows travel as COPY's text. Keys of what changed never travel to the server: its functions read its log themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from psycopg import sql
from psycopg.abc import Buffer

from localstore import tables
from localstore.errors import InvalidValue
from localstore.models import BY_NAME
from sync.postgres.reading import Reader
from sync.postgres.session import Session
from sync.postgres.values import from_postgres
from sync.shapes import Image, Page, PullStart, ServerState

ROWS = 5_000
"""Rows of a page, at most; so many are asked for at a time where the server pages by key."""
BYTES = 4_000_000
"""Bytes of a page, about."""
HASHES = 20_000
SAMPLE = 200


def begin(
    session: Session,
    previous: str | None,
    pending: str,
    last_batch: int,
    cursor: str | None,
    organizations: Sequence[str],
) -> PullStart:
    """Begin a pull: swap the token, learn how the server knows us and the cursor to keep afterwards."""
    with session.told():
        answer = session.value(
            "SELECT localstore_sync.pull_begin(%s::uuid, %s::uuid, %s::bigint, %s::text, %s::uuid[])",
            (previous, pending, last_batch, cursor, list(organizations)),
        )
    orgs = tuple(map(str, answer["orgs"]))
    return PullStart(
        ServerState(answer["state"]), str(answer["snapshot"]), orgs, int(answer["last_batch"]), answer["noted"]
    )


def changes(session: Session, tbl: str, cursor: str, organizations: Sequence[str]) -> Iterator[Page]:
    """Give the rows of a table that changed since *cursor*, and the keys of those gone, in pages.

    *cursor* and *organizations* are those of the last pull.
    """
    asked = _call("pull", tbl, cursor, _array(organizations, "uuid"))
    with session.told():
        yield from (page for page, _ in _copied(session, Reader(tbl, marked=True), asked))


def everything(session: Session, tbl: str) -> Iterator[Page]:
    """Give all visible rows of a table in the order of their keys, in pages."""
    after, whole = "", True
    with session.told():
        while whole:
            rows = 0
            asked = _call("page", tbl, after, ROWS)
            for page, last in _copied(session, Reader(tbl, marked=False), asked):
                rows += len(page.rows) + len(page.unreadable)
                after = last
                yield page
            whole = rows == ROWS


def fetch(session: Session, tbl: str, keys: Sequence[str]) -> Page:
    """Return these rows as they are now; those not there, or not visible, are gone."""
    whole = Page(tbl)
    with session.told():
        for page, _ in _copied(session, Reader(tbl, marked=True), _call("fetch", tbl, _array(keys, "text"))):
            whole.rows += page.rows
            whole.gone += page.gone
            whole.unreadable += page.unreadable
            whole.size += page.size
    return whole


def hashes(session: Session, tbl: str) -> Iterator[tuple[str, str]]:
    """Give key and hash of each visible row, in the order of keys."""
    after, whole = "", True
    with session.told():
        while whole:
            sent = f"SELECT pk, hash FROM localstore_sync.hashes_{tbl}(%s, %s)"
            found = session.execute(sent, (after, HASHES)).fetchall()
            yield from found
            whole = len(found) == HASHES
            after = found[-1][0] if found else after


def count(session: Session, tbl: str, cursor: str | None, organizations: Sequence[str]) -> int:
    """Return how many rows of a table a pull would give; all visible ones without a cursor."""
    return counts(session, [tbl], cursor, organizations)[tbl]


def counts(session: Session, names: Sequence[str], cursor: str | None, organizations: Sequence[str]) -> dict[str, int]:
    """Return ``count`` of each table, in one round trip: most tables have nothing new, and need no COPY."""
    values = () if cursor is None else (cursor, list(organizations))
    with session.told():
        with session.connection.pipeline():
            asked = {tbl: session.execute(_count(tbl, cursor), values) for tbl in names}
        rows = {tbl: cursor.fetchone() for tbl, cursor in asked.items()}
    return {tbl: int(row[0]) for tbl, row in rows.items() if row}


def _count(tbl: str, cursor: str | None) -> str:
    if cursor is None:
        return f"SELECT localstore_sync.count_{tbl}()"
    return f"SELECT localstore_sync.changed_{tbl}(%s::text, %s::uuid[])"


def row_size(session: Session, tbl: str) -> int:
    """Return about how many bytes a row of a table is on the wire."""
    with session.told():
        pages = [page for page, _ in _copied(session, Reader(tbl, marked=False), _call("page", tbl, "", SAMPLE))]
    rows = sum(len(page.rows) + len(page.unreadable) for page in pages)
    return sum(page.size for page in pages) // rows if rows else 0


def tombstones(session: Session, tbl: str, keys: Sequence[str]) -> dict[str, Image]:
    """Return what the server kept of deleted rows by key, in stored form: without vectors and secrets.

    A row that was deleted more than once is given as it was last.
    """
    with session.told():
        sent = "SELECT pk, image FROM localstore_sync.tombstones(%s, %s::text[])"
        found = session.execute(sent, (tbl, list(keys))).fetchall()
    return {pk: _image(tbl, texts) for pk, texts in found}


def _image(tbl: str, texts: dict[str, str | None]) -> Image:
    image: Image = {}
    for name in tables.columns(BY_NAME[tbl]):
        with suppress(InvalidValue):
            if name in texts:
                image[name] = from_postgres(tables.field_of(BY_NAME[tbl], name))(texts[name])
    return image


def tidy(session: Session, count: int = ROWS) -> int:
    """Have the server trim at most so many entries of its log that no device needs; return how many."""
    with session.told():
        return int(session.value("SELECT localstore_sync.tidy(%s)", (count,)))


def _call(name: str, tbl: str, *values: Any) -> sql.Composed:
    """Return the COPY of a function's rows; COPY takes no parameters, so values are quoted."""
    literals = sql.SQL(", ").join(map(_literal, values))
    call = sql.Identifier("localstore_sync", f"{name}_{tbl}")
    return sql.SQL("COPY (SELECT * FROM {}({})) TO STDOUT").format(call, literals)


def _literal(value: Any) -> sql.Composable:
    return value if isinstance(value, sql.Composable) else sql.Literal(value)


def _array(values: Sequence[str], kind: str) -> sql.Composed:
    return sql.SQL("ARRAY[{}]::{}[]").format(sql.SQL(", ").join(map(sql.Literal, values)), sql.SQL(kind))


def _copied(session: Session, reader: Reader, statement: sql.Composed) -> Iterator[tuple[Page, str]]:
    """Run a COPY; give its pages, each with the key of its last row."""
    session.check()
    blocks: list[Buffer] = []
    size = 0
    with session.connection.cursor().copy(statement) as copy:
        for block in copy:
            blocks.append(block)
            size += len(block)
            # A row ends with its line; nothing says that a block does.
            if (size >= BYTES or len(blocks) >= ROWS) and block[-1] == 10:
                yield reader.page(b"".join(blocks))
                session.check()
                blocks, size = [], 0
    if blocks:
        yield reader.page(b"".join(blocks))
