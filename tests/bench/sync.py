"""Sync beside bare COPY of the same rows into the same indexed tables, and beside bare round trips."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from localstore import Store
from localstore.records import ContentRecord, ItemRecord
from sync import sync
from sync.postgres.connection import connect
from tests.bench import sync_world
from tests.bench.measure import Row, median, milliseconds, seconds
from tests.bench.sync_child import BARE, Ran, ran, round_trips, synced
from tests.bench.sync_world import CONTENTS, PER_ITEM, SIZES, VECTORS, Bench, Data, add_vectors, copy_in

ROUNDS = int(os.environ.get("LOCALSTORE_BENCH_ROUNDS", "3"))
LINES = min(20_000, CONTENTS)
MEGABYTES = 200


def rows(folder: Path) -> list[Row]:
    """Measure everything that is asked of sync."""
    with sync_world.bench(folder) as bench:
        data = sync_world.made(max(1, CONTENTS // PER_ITEM), CONTENTS, VECTORS)
        found, peak = _carried(bench, data)
        found += [
            Row("its peak memory", f"{peak:.0f} MB", "–", f"≤ {MEGABYTES} MB", f"{peak:.0f} MB", peak <= MEGABYTES)
        ]
        return [*found, *_one_row(bench), *_nothing(bench, data), *_local(bench), *_others(bench, data)]


# -- first rounds, vectors ------------------------------------------------------------------------------------


def _carried(bench: Bench, data: Data) -> tuple[list[Row], float]:
    template = bench.filled("texts", {"items": data.items, "contents": data.contents})
    bodies = {table: data.copied(table) for table in sync_world.COLUMNS}
    ran_: dict[str, list[Ran]] = {"push": [], "pull": [], "vectors up": [], "vectors down": []}
    bare: dict[str, list[float]] = {"texts": [], "vectors": []}
    for _ in range(ROUNDS):
        with bench.server.database(bench.ready) as url:
            bare["texts"].append(seconds(partial(_copied, url, bodies, ("items", "contents"))))
            bare["vectors"].append(seconds(partial(copy_in, url, "embeddings", bodies["embeddings"])))
        with bench.server.database(bench.ready) as url:
            one, two = bench.store(url, "one", template), bench.store(url, "two")
            ran_["push"].append(synced(one))
            ran_["pull"].append(synced(two))
            with Store.open(one) as store:
                add_vectors(store, data.embeddings)
            ran_["vectors up"].append(synced(one))
            ran_["vectors down"].append(synced(two))
            _same(one, two, "contents")
            _same(one, two, "embeddings")
    asked = [
        (
            "push",
            f"first push of {CONTENTS:,} texts of 200 bytes, whole command, beside bare COPY",
            "texts",
            CONTENTS,
            0.25,
        ),
        ("pull", f"first pull of {CONTENTS:,} texts, whole command, beside bare COPY in", "texts", CONTENTS, 0.25),
        (
            "vectors up",
            f"push of {VECTORS:,} vectors of 384, beside bare COPY in of the same JSONB",
            "vectors",
            VECTORS,
            0.6,
        ),
        ("vectors down", f"pull of {VECTORS:,} vectors of 384, beside the same", "vectors", VECTORS, 1.0),
    ]
    found = []
    for name, what, beside, count, least in asked:
        ours = statistics.median(each.seconds for each in ran_[name])
        found.append(_rate(what, count / ours, count / statistics.median(bare[beside]), least))
    return found, max(each.megabytes for each_ran in ran_.values() for each in each_ran)


def _same(one: Path, two: Path, table: str) -> None:
    """Make sure that what was timed was carried."""
    counts = []
    for path in (one, two):
        with Store.open(path, read_only=True) as store, store.reading() as connection:
            counts.append(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    if counts[0] != counts[1] or not counts[0]:
        raise RuntimeError(f"{table}: {counts} rows")


# -- one row, nothing -----------------------------------------------------------------------------------------


def _one_row(bench: Bench) -> list[Row]:
    took: dict[int, float] = {}
    bare = 0.0
    for size in SIZES:
        data = sync_world.made(size, 0, 0)
        with bench.server.database(bench.ready) as url:
            copy_in(url, "items", data.copied("items"))
            path = bench.store(url, f"linked{size}")
            synced(path)
            with connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            trips = round_trips(path, edit=True)
            with Store.open(path) as store:
                pk = str(data.items[size // 2][0])
                took[size] = median(_edited(store, pk), 15)
            bare = median(partial(_bare, url, trips), 15)
    first, last = SIZES[0], SIZES[-1]
    spelled = " / ".join(f"{size:,}" for size in SIZES)
    got = took[last] / took[first]
    return [
        Row(
            f"one changed row, whole round, in a store of {spelled} items",
            " / ".join(milliseconds(took[size]) for size in SIZES),
            milliseconds(took[first]),
            "≤ 1.3 × the smallest",
            f"{got:.2f} ×",
            got <= 1.3,
        ),
        Row(
            f"the same beside a connection and its {trips} bare round trips",
            milliseconds(took[last]),
            milliseconds(bare),
            "≤ 15 ×",
            f"{took[last] / bare:.1f} ×",
            took[last] <= 15 * bare,
        ),
    ]


def _edited(store: Store, pk: str) -> Callable[[], Any]:
    number = iter(range(1_000))

    def act() -> None:
        with store.database.writing() as connection:
            connection.execute("UPDATE items SET title = ? WHERE id = ?", (f"edit {next(number)}", pk))
        if sync(store).pushed != {"items": 1}:
            raise RuntimeError("the changed row did not go")

    return act


def _bare(url: str, trips: int) -> None:
    with connect(url, autocommit=True) as connection:
        for _ in range(trips):
            connection.execute("SELECT 1")


def _nothing(bench: Bench, data: Data) -> list[Row]:
    with bench.server.database(bench.ready) as url:
        copy_in(url, "items", data.copied("items"))
        path = bench.store(url, "still")
        synced(path)
        synced(path)
        trips = round_trips(path)
        pairs = [(synced(path).seconds, ran("-c", BARE, url, str(trips)).seconds) for _ in range(15)]
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    what = f"`sync` with nothing to do, cold, beside Python with psycopg and peewee making its {trips} round trips"
    return [Row(what, milliseconds(ours), milliseconds(peer), "≤ 1.5 ×", f"{ours / peer:.2f} ×", ours <= 1.5 * peer)]


# -- writers who do not sync ------------------------------------------------------------------------------------


def _local(bench: Bench) -> list[Row]:
    bulk: dict[bool, list[float]] = {True: [], False: []}
    edit: dict[bool, list[float]] = {True: [], False: []}
    with bench.server.database(bench.ready) as url:
        for _ in range(ROUNDS):
            for linked in (True, False):
                path = bench.store(url, "linked") if linked else bench.filled("alone", {})
                with Store.open(path) as store:
                    bulk[linked].append(seconds(partial(_import, store)))
                    pk = store.items.add("by hand", text="x").id
                    edit[linked].append(median(partial(_by_hand, store, pk), 50))
    ours, peer = (statistics.median(bulk[linked]) for linked in (True, False))
    by_hand, alone = (statistics.median(edit[linked]) for linked in (True, False))
    return [
        _rate(
            f"bulk writes of {LINES:,} items with a text each while linked, beside unlinked",
            LINES / ours,
            LINES / peer,
            0.3,
        ),
        Row(
            "an edit by hand while linked, beside unlinked",
            milliseconds(by_hand),
            milliseconds(alone),
            "≤ 1 ms more",
            f"{(by_hand - alone) * 1000:+.2f} ms",
            by_hand - alone <= 0.001,
        ),
    ]


def _by_hand(store: Store, pk: str) -> None:
    store.items.edit(pk, title=os.urandom(4).hex())


def _import(store: Store) -> None:
    with store.bulk(source="bench") as bulk:
        for number in range(LINES):
            bulk.put(ItemRecord(f"item {number}", key=str(number), contents=[ContentRecord("words " * 30, key="0")]))


def _others(bench: Bench, data: Data) -> list[Row]:
    """Measure programs of the server's owner, with the triggers of capture and without."""
    body = {table: data.copied(table) for table in ("items", "contents")}
    acts: dict[str, Callable[[str], Any]] = {
        "COPY": lambda url: _copied(url, body, tuple(body)),
        "UPDATE of every row": lambda url: _run(url, "UPDATE contents SET role = 'assistant'"),
        "DELETE of every row": lambda url: _run(url, "DELETE FROM contents"),
    }
    took: dict[tuple[str, bool], list[float]] = {(name, ready): [] for name in acts for ready in (True, False)}
    for _ in range(ROUNDS):
        for ready in (True, False):
            with bench.server.database(bench.ready if ready else bench.bare) as url:
                for name, act in acts.items():
                    took[name, ready].append(seconds(partial(act, url)))
    return [
        _rate(
            f"{name} by a program on the server, {CONTENTS:,} texts, with capture, beside without",
            CONTENTS / statistics.median(took[name, True]),
            CONTENTS / statistics.median(took[name, False]),
            0.5,
        )
        for name in acts
    ]


def _copied(url: str, bodies: Mapping[str, bytes], tables: Sequence[str]) -> None:
    for table in tables:
        copy_in(url, table, bodies[table])


def _run(url: str, sql: str) -> None:
    with connect(url, autocommit=True) as connection:
        connection.execute(sql)


def _rate(what: str, ours: float, peer: float, least: float) -> Row:
    got = ours / peer
    return Row(what, f"{ours:,.0f}/s", f"{peer:,.0f}/s", f"≥ {least} ×", f"{got:.2f} ×", got >= least)
