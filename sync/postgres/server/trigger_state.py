"""The capture triggers on the server: which are as they should be, and putting them there without a stall.

A trigger's lock that waits behind a long query makes everybody behind it wait too: it gives up after three seconds,
and is tried again, one table at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import psycopg

from sync.errors import Contention
from sync.postgres.connection import Connection
from sync.postgres.server import capture
from sync.postgres.server.administrator import Administrator
from sync.postgres.server.adoption import ServerTable

TRIES = 6
WAIT = 1.0
"""Seconds before the second try; each wait is twice as long as the one before."""
Say = Callable[[str], None]

_TRIGGERS = """
SELECT t.tgname::text, t.tgenabled::text, t.tgtype::int, t.tgqual IS NOT NULL, t.tgfoid::regproc::text
FROM pg_trigger AS t WHERE t.tgrelid = to_regclass(%s) AND t.tgname = ANY (%s)"""


def wrong(connection: Connection, table: ServerTable) -> list[str]:
    """Return what is wrong with a table's triggers, in words; empty when all three are as they should be."""
    made = capture.triggers(table)
    rows = connection.execute(_TRIGGERS, (table.qualified, [each.name for each in made])).fetchall()
    there = {row[0]: row[1:] for row in rows}
    found = [] if there else ["its triggers are missing, as after it was made again"]
    for each in made if there else ():
        if each.name not in there:
            found.append(f"{each.name} is missing")
        elif there[each.name][0] != "A":
            found.append(f"{each.name} is not ENABLE ALWAYS")
        elif there[each.name] != ("A", each.type, each.conditional, capture.function_name(table.name)):
            found.append(f"{each.name} is another trigger")
    return found


def put(admin: Administrator, whole: Mapping[str, ServerTable], say: Say) -> list[str]:
    """Put the triggers on every table where they are not as they should be; return the canonical names of those."""
    return [name for name, table in whole.items() if _table_by_table(admin, table, _put, say)]


def take(admin: Administrator, whole: Mapping[str, ServerTable], say: Say) -> list[str]:
    """Take the triggers from every table that has one; return the canonical names of those."""
    return [name for name, table in whole.items() if _table_by_table(admin, table, _take, say)]


def _table_by_table(
    admin: Administrator,
    table: ServerTable,
    work: Callable[[Connection, ServerTable], bool],
    say: Say,
) -> bool:
    """Do *work* in a transaction of its own, again and again while other transactions hold the table."""
    for attempt in range(1, TRIES + 1):
        try:
            with admin.transaction() as connection:
                return work(connection, table)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if attempt < TRIES:
                say(f"{table.place} is in use: trying again ({attempt + 1} of {TRIES})")
                time.sleep(WAIT * 2 ** (attempt - 1))
    raise Contention(
        f"{table.place} was in use at each of {TRIES} tries: end the long transaction that holds it "
        "(pg_stat_activity), and run this again; what is done stays"
    )


def _put(connection: Connection, table: ServerTable) -> bool:
    if not wrong(connection, table):
        return False
    _take(connection, table)
    for sql in capture.trigger_statements(table):
        connection.execute(sql)
    return True


def _take(connection: Connection, table: ServerTable) -> bool:
    names = [each.name for each in capture.triggers(table)]
    rows = connection.execute(_TRIGGERS, (table.qualified, names)).fetchall()
    for name, *_ in rows:
        connection.execute(f"DROP TRIGGER {name} ON {table.qualified}")
    return bool(rows)
