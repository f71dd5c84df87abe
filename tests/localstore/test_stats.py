"""Stats: counts that equal the rows, and sizes."""

from __future__ import annotations

from localstore import Store, demo
from localstore.models import BY_NAME


def test_counts_equal_rows(store: Store) -> None:
    demo.fill(store)
    found = store.stats()
    with store.reading() as connection:
        counted = {name: len(connection.execute(f"SELECT 1 FROM {name}").fetchall()) for name in BY_NAME}
    assert found.tables == counted
    assert sum(model.vectors for model in found.models) == counted["embeddings"]
    assert sum(model.bytes for model in found.models) > 4 * counted["embeddings"]


def test_what_is_in_the_trash_and_can_be_undone_is_counted(store: Store) -> None:
    store.items.add("one", text="text")
    store.items.delete("one")
    found = store.stats().local
    assert (found["trash"], found["rows in the trash"], found["undo"]) == (1, 3, 2)  # item, text, link of the event
    store.undo()
    found = store.stats().local
    assert (found["trash"], found["undo"]) == (0, 1)


def test_sizes_are_those_of_the_files(store: Store) -> None:
    store.items.add("one", text="x" * 100_000)
    found = store.stats()
    assert found.size == store.path.stat().st_size
    assert found.wal_size == store.path.with_name("store.db-wal").stat().st_size > 100_000
    assert found.free_bytes == 0
