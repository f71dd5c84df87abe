"""Deleting many rows of any table in parts."""

from __future__ import annotations

import pytest

from localstore.deeds import row_deeds
from localstore.errors import LocalstoreError
from localstore.store import Store


class Enough(LocalstoreError):
    """Somebody asked to stop."""


def stop_after_the_first_part(done: int, _total: int) -> None:
    if done:
        raise Enough("stopped")


@pytest.mark.parametrize("table", ["tags", "contents", "events"])
def test_what_was_deleted_until_it_is_stopped_comes_back_with_one_undo(store: Store, table: str) -> None:
    items = [store.items.add(f"row {n}", tags=[f"tag {n}"], text="x").id for n in range(250)]
    keys = store.table(table).keys()
    before = len(keys)
    assert len(items) == 250
    with pytest.raises(Enough):
        row_deeds.delete(store, table, keys, stop_after_the_first_part)
    assert store.table(table).count() < before
    store.undo()
    assert set(keys) <= set(store.table(table).keys())
