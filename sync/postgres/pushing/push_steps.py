"""Set-based steps in savepoints: one row that PostgreSQL refuses is found by halving, the others go through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg

from sync.postgres.session import Session

Row = TypeVar("Row")
Found = list[tuple[Any, ...]]
Statement = tuple[str, tuple[Any, ...]]

# Not about a row: the connection, room, memory, shutdown, missing functions or rights, our own refusals, and what
# asks for the whole transaction again.
_WHOLE = re.compile(r"08|25|40|42501|42883|42P01|3F|53|57|58|XX|LS")
_NAMES = {
    "23502": "the server needs a value in {column}",
    "23503": "what it belongs to is not on the server ({detail})",
    "23505": "a value that must be unique is taken on the server ({detail})",
    "23514": "it breaks the server's rule {constraint}",
    "22001": "a value is longer than the server takes ({said})",
    "22003": "a number is larger than the server takes ({said})",
}


@dataclass
class Outcome:
    """What became of rows: what the function returned, and who failed alone, with the error."""

    found: Found = field(default_factory=list)
    failed: list[tuple[Any, psycopg.Error]] = field(default_factory=list)


def carry_out(session: Session, rows: Sequence[Row], statement: Callable[[Sequence[Row]], Statement]) -> Outcome:
    """Run *statement* on all rows, on halves when that fails, down to those that fail alone."""
    outcome = Outcome()
    for part in _parts(session, rows, statement, outcome):
        outcome.found += part
    return outcome


def _parts(
    session: Session, rows: Sequence[Row], statement: Callable[[Sequence[Row]], Statement], outcome: Outcome
) -> Iterator[Found]:
    if not rows:
        return
    try:
        yield _in_savepoint(session, *statement(rows))
    except psycopg.Error as error:
        if not is_of_row(error):
            raise
        session.connection.execute("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
        if len(rows) == 1:
            outcome.failed.append((rows[0], error))
            return
        middle = len(rows) // 2
        yield from _parts(session, rows[:middle], statement, outcome)
        yield from _parts(session, rows[middle:], statement, outcome)


def _in_savepoint(session: Session, sql: str, values: Sequence[Any]) -> Found:
    """Run one statement in a savepoint: three statements, one round trip."""
    session.check()
    connection = session.connection
    with connection.pipeline():
        connection.execute("SAVEPOINT step")
        cursor = connection.execute(sql.encode(), values)
        connection.execute("RELEASE SAVEPOINT step")
    return cursor.fetchall()  # within the pipeline this would be a round trip more


def is_of_row(error: psycopg.Error) -> bool:
    """Tell whether an error is about some row, not about the transaction, the connection or the server."""
    return error.sqlstate is not None and _WHOLE.match(error.sqlstate) is None


def is_busy(error: psycopg.Error) -> bool:
    """Tell whether another transaction holds the row."""
    return error.sqlstate == "55P03"


def is_taken(error: psycopg.Error) -> bool:
    """Tell whether a unique value belongs to another row."""
    return error.sqlstate == "23505"


def reason(error: psycopg.Error) -> str:
    """Return why the server refused a row, for a person."""
    told = error.diag
    said = " ".join((told.message_primary or str(error)).split())
    sentence = _NAMES.get(error.sqlstate or "", "the server refuses it: {said}")
    detail = " ".join((told.message_detail or said).split()).rstrip(".")
    return sentence.format(
        said=said[:300], detail=detail[:300], column=told.column_name or "a column", constraint=told.constraint_name
    )
