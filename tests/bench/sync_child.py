"""Commands as whole processes, and what a device's connection did: messages there and back, counted by libpq."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from tests.bench.measure import child

MAIN = "from tui.cli import main; main()"

# Every connection is traced: a line for each message, with F to the server and B from it.
COUNTED = """
import json, sys, tempfile
import psycopg
from localstore import Store
from sync import sync
file = tempfile.TemporaryFile()
real = psycopg.connect
def traced(*arguments, **options):
    connection = real(*arguments, **options)
    connection.pgconn.trace(file.fileno())
    connection.pgconn.set_trace_flags(psycopg.pq.Trace.SUPPRESS_TIMESTAMPS)
    return connection
psycopg.connect = psycopg.Connection.connect = traced
with Store.open(sys.argv[1]) as store:
    if len(sys.argv) > 2:
        item = store.items.rows(limit=1).rows[0].id
        store.items.edit(item, title="counted")
    sync(store)
file.seek(0)
ways = [line.split(b"\\t")[0] for line in file.read().splitlines()]
print(json.dumps(sum(1 for one, two in zip([b"B", *ways], ways) if one == b"B" and two == b"F")))
"""

# What a round does at least: a connection, and so many round trips.
BARE = """
import sys
import psycopg, peewee
with psycopg.connect(sys.argv[1], autocommit=True, prepare_threshold=None) as connection:
    for _ in range(int(sys.argv[2])):
        connection.execute("SELECT 1")
"""


class Ran(NamedTuple):
    """A whole process: wall seconds, and the most memory it had."""

    seconds: float
    megabytes: float


# A process counts what its parent had in memory when it was made: a small one makes it.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps([time.perf_counter() - start, usage.ru_maxrss, status]))
"""


def ran(*arguments: str) -> Ran:
    """Run this Python with arguments and wait for its end; it must succeed."""
    took, peak, status = json.loads(child(LAUNCHER, *arguments))
    if status:
        raise RuntimeError(f"{arguments[-4:]} ended with {os.waitstatus_to_exitcode(status)}")
    return Ran(took, peak / (1024 if sys.platform != "darwin" else 1024 * 1024))


def synced(path: Path) -> Ran:
    """Run one round as the command does."""
    return ran("-c", MAIN, "--store", str(path), "sync", "--yes")


def round_trips(path: Path, *, edit: bool = False) -> int:
    """Count the round trips of one round, of one changed row when *edit*."""
    counted: int = json.loads(child(COUNTED, str(path), *(["edit"] if edit else [])))
    return counted
