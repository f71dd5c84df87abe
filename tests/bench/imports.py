"""Import of 200,000 JSON lines, beside a bare ``executemany`` of the same rows; durable both."""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path

from localstore import ids
from tests.bench.measure import Row, child
from tests.bench.million import WORDS, stamp

LINES = 200_000
OURS = """
import sys, time, json, resource
from localstore import Store
from localstore.importing import ImportOptions, import_files
with Store.open(sys.argv[2]) as store:
    start = time.perf_counter()
    report = import_files(store, [sys.argv[1]], ImportOptions())
    took = time.perf_counter() - start
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, report.added]))
"""
BARE = """
import sys, time, json, apsw
from tests.bench.imports import parsed
items, contents = parsed(sys.argv[1])
from localstore import Store
store = Store.open(sys.argv[2])
for row in items: row[3] = store.local_user_id
connection = apsw.Connection(sys.argv[2])
connection.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
connection.execute("INSERT INTO local_state VALUES ('applying', '1')")
start = time.perf_counter()
with connection:
    connection.executemany("INSERT INTO items (id, created_at, updated_at, owner_id, type, title, meta_data)"
        " VALUES (?,?,?,?,?,?,?)", items)
    connection.executemany("INSERT INTO contents (id, created_at, updated_at, item_id, text) VALUES (?,?,?,?,?)",
        contents)
print(json.dumps([time.perf_counter() - start]))
"""


def write_lines(path: Path, count: int = LINES, *, keyed: bool = True) -> Path:
    """Write the JSON lines: an item with one text of 200 bytes each; with UUIDs of rising times, or without any."""
    pick = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            body = " ".join(pick.choices(WORDS, k=40))[:200]
            at = {"created_at": stamp(number), "updated_at": stamp(number)}
            content = {"text": body, **at}
            item = {"title": f"item {number} {pick.choice(WORDS)}", "meta_data": {"lang": "en"}, **at}
            if keyed:
                item["id"], content["id"] = ids.new_id(), ids.new_id()
            file.write(json.dumps(item | {"contents": [content]}) + "\n")
    return path


def parsed(path: str) -> tuple[list[list[object]], list[list[object]]]:
    """Return the rows of the lines, for the bare insert; what has no id gets a random one."""
    items: list[list[object]] = []
    contents: list[list[object]] = []
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            pk = item.get("id") or str(uuid.uuid4())
            times = [item["created_at"], item["updated_at"]]
            items.append([pk, *times, "", "note", item["title"], json.dumps(item["meta_data"])])
            contents += [[c.get("id") or str(uuid.uuid4()), *times, pk, c["text"]] for c in item["contents"]]
    return items, contents


def rows(folder: Path, rounds: int = 3) -> list[Row]:
    """Measure imports in fresh processes, in turn with the bare insert."""
    return [*_rows(folder, rounds, keyed=True), *_rows(folder, rounds, keyed=False)]


def _rows(folder: Path, rounds: int, *, keyed: bool) -> list[Row]:
    word = "with UUIDs" if keyed else "without ids"
    lines = write_lines(folder / f"{keyed}.jsonl", keyed=keyed)
    ours: list[float] = []
    bare: list[float] = []
    memory: list[float] = []
    for number in range(rounds):
        took, peak, added = json.loads(child(OURS, str(lines), str(folder / f"ours{keyed}{number}.db")))
        assert added == LINES
        ours.append(took)
        memory.append(peak)
        bare += json.loads(child(BARE, str(lines), str(folder / f"bare{keyed}{number}.db")))
    mine, theirs, peak = sorted(ours)[rounds // 2], sorted(bare)[rounds // 2], max(memory)
    return [
        Row(
            f"import of {LINES:,} JSON lines {word}, full text on, beside a bare executemany",
            f"{LINES / mine:,.0f} items/s",
            f"{LINES / theirs:,.0f} items/s",
            "≥ 0.15 ×",
            f"{theirs / mine:.2f} ×",
            theirs / mine >= 0.15,
        ),
        Row(f"its peak memory, {word}", f"{peak:.0f} MB", "–", "≤ 150 MB", f"{peak:.0f} MB", peak <= 150),
    ]
