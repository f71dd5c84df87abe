"""A store of a million items with a text each, made with plain SQL and silent triggers."""

from __future__ import annotations

import random
from pathlib import Path

from localstore import Store, ids, text

ITEMS = 1_000_000
STEP = 20_000
TYPES = ["note"] * 41 + ["paper"] * 22 + ["code"] * 15 + ["prompt"] * 9 + ["chat"] * 8 + ["web"] * 5
WORDS = [
    "model",
    "token",
    "attention",
    "retry",
    "backoff",
    "gradient",
    "loss",
    "prompt",
    "dataset",
    "vector",
    "index",
    "search",
    "query",
    "sync",
    "merge",
    "conflict",
    "table",
    "column",
    "server",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "lambda",
    "sigma",
    "omega",
    "paper",
    "note",
    "code",
    "chat",
    "image",
    "web",
    "lab",
    "draft",
    "idea",
    "review",
    "result",
    "figure",
    "baseline",
    "ablation",
    "corpus",
    "label",
    "split",
    "shard",
    "batch",
    "epoch",
    "metric",
    "recall",
    "precision",
]
RARE, COMMON = "quokka", "retry"


def stamp(number: int) -> str:
    """Return the time of the item made *number*-th: three a second from the start of 2026."""
    second = number // 3
    day, clock = divmod(second, 86_400)
    hour, minute = divmod(clock // 60, 60)
    return f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T{hour:02d}:{minute:02d}:{clock % 60:02d}.{number % 3:06d}Z"


def build(path: Path, count: int = ITEMS) -> Path:
    """Make the store at *path* unless it is there."""
    if path.exists():
        return path
    pick = random.Random(20260101)
    with Store.open(path, email="bench@localhost") as store:
        tags = [store.tags.add(f"tag{number}").id for number in range(20)]
        owner = store.local_user_id
        with store.database.writing() as connection:
            connection.execute("INSERT INTO local_state VALUES ('applying', '1')")
            for start in range(0, count, STEP):
                _fill(connection, range(start, min(count, start + STEP)), pick, owner, tags)
            text.rebuild(connection)
            connection.execute("DELETE FROM local_state WHERE key = 'applying'")
    return path


def _fill(connection, numbers, pick, owner, tags) -> None:  # type: ignore[no-untyped-def]
    items, contents, links = [], [], []
    for number in numbers:
        pk, at = ids.new_id(), stamp(number)
        title = f"item {number} {pick.choice(WORDS)} {pick.choice(WORDS)}"
        items.append((pk, at, at, owner, pick.choice(TYPES), title))
        body = " ".join(pick.choices(WORDS, k=30)) + (f" {RARE}" if number % 1000 == 0 else "")
        contents.append((ids.new_id(), at, at, pk, body))
        if number % 2:
            links.append((pk, tags[min(int(pick.expovariate(0.5)), len(tags) - 1)]))
    connection.executemany(
        "INSERT INTO items (id, created_at, updated_at, owner_id, type, title) VALUES (?,?,?,?,?,?)", items
    )
    connection.executemany(
        "INSERT INTO contents (id, created_at, updated_at, item_id, text) VALUES (?,?,?,?,?)", contents
    )
    connection.executemany("INSERT INTO item_tag_links (item_id, tag_id) VALUES (?,?)", links)
