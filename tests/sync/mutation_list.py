"""The rules that keep sync from losing anything, and how each is broken."""

from __future__ import annotations

from dataclasses import dataclass

D = "tests/sync/directed"
ORACLE = "tests/sync/oracle/test_oracle.py"


@dataclass(frozen=True)
class Mutation:
    """One rule, the text that keeps it, what stands there without it, and the tests that should notice."""

    rule: str
    path: str
    before: str
    after: str
    tests: tuple[str, ...]


MUTATIONS = [
    Mutation(
        "what a pull gives is told by the whole snapshot, not by the highest transaction seen",
        "sync/postgres/functions/pull.py",
        "l.xid >= pg_snapshot_xmin(old) AND NOT pg_visible_in_snapshot(l.xid, old)",
        "l.xid >= pg_snapshot_xmax(old)",
        (f"{D}/test_moments.py",),
    ),
    Mutation(
        "a transaction that stays open holds back no later one",
        "sync/postgres/functions/pull.py",
        "l.xid >= pg_snapshot_xmin(old) AND NOT pg_visible_in_snapshot(l.xid, old)",
        "l.xid >= pg_snapshot_xmin(old) AND l.xid < pg_snapshot_xmin(pg_current_snapshot())",
        (f"{D}/test_moments.py",),
    ),
    Mutation(
        "deletions are told",
        "sync/postgres/functions/pull.py",
        "l.op IN ('D', 'S')",
        "l.op IN ('S')",
        (f"{D}/test_seen.py",),
    ),
    Mutation(
        "a note is cleared only in the generation that was pushed",
        "sync/local/dirty.py",
        " AND (?3 IS NULL OR generation = ?3)",
        " AND (?3 IS NULL OR ?3 = ?3)",
        (f"{D}/test_in_flight.py",),
    ),
    Mutation(
        "the base of an acknowledgement is what was pushed",
        "sync/local/settling.py",
        "merge(model, hashed(model, change.ours), ours, theirs, self.arrivals.fits)",
        "merge(model, theirs, ours, theirs, self.arrivals.fits)",
        (f"{D}/test_in_flight.py",),
    ),
    Mutation(
        "a dirty row is merged when the server's arrives, not overwritten",
        "sync/local/applying.py",
        "return changes_of(arrivals.connection, table, rows) | aside(arrivals.connection, table, rows)",
        "return aside(arrivals.connection, table, rows)",
        (f"{D}/test_in_flight.py", ORACLE),
    ),
    Mutation(
        "what a merge could not settle is kept as a conflict",
        "sync/local/arrivals.py",
        "self.conflicts += merged.conflicts",
        "pass",
        (f"{D}/test_in_flight.py",),
    ),
    Mutation(
        "conflicts found by a push come back with its result",
        "sync/local/settling.py",
        "for each in result.conflicts]",
        "for each in ()]",
        (f"{D}/test_in_flight.py",),
    ),
    Mutation(
        "children that only this file has are lifted before their parent goes",
        "sync/local/deleting.py",
        "return [Conflict(key, Kind.PARENT_GONE,",
        "return [] and [Conflict(key, Kind.PARENT_GONE,",
        (f"{D}/test_in_flight.py",),
    ),
    Mutation(
        "applying is silent: what came is not noted as a change of ours",
        "sync/local/capture.py",
        "AND value = '{APPLYING}')\"",
        "AND value = 'nobody')\"",
        (f"{D}/test_quiet.py",),
    ),
    Mutation(
        "a row that an OR REPLACE is about to delete is noted",
        "sync/local/capture.py",
        """f"NEW.tbl = '{table}'", *suspected)""",
        """f"NEW.tbl = '{table} '", *suspected)""",
        (f"{D}/test_seen.py",),
    ),
    Mutation(
        "unique values are parked while rows are taken in",
        "sync/local/collisions.py",
        "            if found:\n                self._free(",
        "            if found and False:\n                self._free(",
        (f"{D}/test_unique_values.py",),
    ),
    Mutation(
        "unique values are parked on the server too",
        "sync/postgres/functions/update.py",
        "parked = _parkable(table)",
        "parked: list[ServerColumn] = []",
        (f"{D}/test_unique_values.py",),
    ),
    Mutation(
        "keys that are emptied for want of their row are tied again",
        "sync/local/arrivals.py",
        "        while self._arrived:\n            self._tie(*self._arrived.pop())",
        "        self._arrived.clear()",
        (f"{D}/test_poison.py", ORACLE),
    ),
    Mutation(
        "rows that another transaction holds are skipped, not waited for",
        "sync/postgres/functions/lock.py",
        "SKIP LOCKED",
        "",
        (f"{D}/test_held_rows.py",),
    ),
    Mutation(
        "a batch that the server knows is answered, not done again",
        "sync/postgres/functions/batches.py",
        "  IF $1 = last + 1 THEN",
        "  IF true THEN",
        (f"{D}/test_cut.py",),
    ),
    Mutation(
        "an unacknowledged batch is sent again before anything else",
        "sync/protocol.py",
        "        if waiting:\n",
        "        if waiting and False:\n",
        (f"{D}/test_cut.py", f"{D}/test_killed.py"),
    ),
    Mutation(
        "a batch of the same number and another hash is refused",
        "sync/postgres/functions/batches.py",
        "IF NOT FOUND OR known.sha256 IS DISTINCT FROM $2 THEN",
        "IF NOT FOUND THEN",
        (f"{D}/test_late.py",),
    ),
    Mutation(
        "a server that does not know the pull token was restored",
        "sync/postgres/functions/batches.py",
        "\n      OR state.token NOT IN (coalesce($1, $2), $2)",
        "",
        (f"{D}/test_restored.py",),
    ),
    Mutation(
        "another database, or another cluster, is another server",
        "sync/protocol.py",
        "if system not in (None, session.identity.system):",
        "if system is False:",
        (f"{D}/test_restored.py",),
    ),
    Mutation(
        "acknowledged edits are kept for a server that is restored",
        "sync/outbox.py",
        "    if kept:\n",
        "    if kept and False:\n",
        (f"{D}/test_restored.py",),
    ),
    Mutation(
        "a cursor below the trimmed log compares everything",
        "sync/postgres/functions/batches.py",
        "'0'::xid8) THEN 'late'",
        "'0'::xid8) THEN 'next'",
        (f"{D}/test_late.py",),
    ),
    Mutation(
        "each transaction of a device writes something durable",
        "sync/postgres/functions/identity.py",
        "  IF current_setting('synchronous_commit') <> 'remote_apply' THEN",
        "  IF false THEN",
        (f"{D}/test_moments.py",),
    ),
    Mutation(
        "a row of the server that cannot be read is set aside alone",
        "sync/local/arrivals.py",
        "self.set_aside(Key(name_of(model), found.pk), Kind.UNREADABLE, dict(found.raw), found.reason)",
        "pass",
        (f"{D}/test_poison.py",),
    ),
    Mutation(
        "one row that the server refuses is found by halving",
        "sync/postgres/pushing/push_steps.py",
        "        if not is_of_row(error):\n",
        "        if True:\n",
        (f"{D}/test_poison.py",),
    ),
    Mutation(
        "triggers of the server fire in the replica role too",
        "sync/postgres/server/capture.py",
        "ENABLE ALWAYS TRIGGER",
        "ENABLE TRIGGER",
        (f"{D}/test_seen.py",),
    ),
    Mutation(
        "TRUNCATE is noted",
        "sync/postgres/server/capture.py",
        "  IF TG_OP = 'TRUNCATE' THEN\n",
        "  IF TG_OP = 'TRUNCATE' THEN\n    RETURN NULL;\n",
        (f"{D}/test_seen.py",),
    ),
    Mutation(
        "a device is not sent what it pushed",
        "sync/postgres/functions",
        "l.device IS DISTINCT FROM mine",
        "true",
        (f"{D}/test_quiet.py",),
    ),
    Mutation(
        "texts are merged line by line",
        "sync/merging/columns.py",
        """merge_text(base, ours, theirs, prefer) if isinstance(base, str) else ("", False)""",
        """("", False)""",
        (f"{D}/test_held_rows.py",),
    ),
    Mutation(
        "a copy of a store beside its original does not sync",
        "sync/place.py",
        "    if before and before != here and is_same_store(Path(before), store):",
        "    if False:",
        (f"{D}/test_late.py",),
    ),
]
