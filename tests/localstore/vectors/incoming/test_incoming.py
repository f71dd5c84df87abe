"""Batches of a source: bad rows are reported with their place, the others go in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localstore import InvalidValue, Store
from localstore.ids import natural_id
from localstore.vectors.incoming import stream as rooms
from localstore.vectors.incoming.report import PutReport
from localstore.vectors.incoming.stream import Incoming, VectorBatch
from tests.localstore.snapshots import everything

MODEL = "local/bge"


def batch(first: int, count: int, **more: Any) -> VectorBatch:
    keys = [f"k{number}" for number in range(first, first + count)]
    matrix = np.arange(first, first + 2 * count, dtype=np.float64).reshape(count, 2)
    return VectorBatch(keys, matrix, place="file.npz", first=first, **more)


def test_batches_become_one_report_and_one_event(store: Store) -> None:
    with Incoming(store, MODEL, source="papers") as incoming:
        incoming.put(batch(0, 10))
        incoming.put(batch(10, 10, texts=["t"] * 10))
    assert incoming.report.counts() == {"added": 20, "items_made": 20, "texts_made": 10}
    assert (incoming.report.model, incoming.report.dim) == (MODEL, 2)
    assert store.events.count({"event_type": "embeddings.stored"}) == 1
    assert store.items.get(natural_id("import", "papers", "k19")).title == "k19"
    assert store.check() == []


def test_bad_rows_are_reported_with_place_and_column_and_the_others_go_in(store: Store) -> None:
    came = batch(100, 4, titles=["a", "b", "c", "\0"])
    came.matrix[1, 1] = np.nan
    with Incoming(store, MODEL) as incoming:
        incoming.put(came)
    assert incoming.report.counts() == {"added": 2, "items_made": 2, "bad": 2}
    assert [(bad.place, bad.reason) for bad in incoming.report.bad] == [
        ("file.npz:row 101, column 1", "nan is no finite number"),
        ("file.npz:row 103", "title: NUL at character 0: remove it"),
    ]


@pytest.mark.parametrize("waiting", [1, 100_000])
def test_a_key_that_comes_twice_is_reported_with_both_rows(
    store: Store, monkeypatch: pytest.MonkeyPatch, waiting: int
) -> None:
    monkeypatch.setattr(rooms, "WAITING", waiting)
    with Incoming(store, MODEL) as incoming:
        for first in range(0, 100, 5):
            incoming.put(batch(first, 5))
        incoming.put(batch(42, 1))
    assert incoming.report.counts() == {"added": 100, "items_made": 100, "bad": 1}
    assert incoming.report.bad[0].reason == "the key 'k42' stood in row 42 before: only that went in"


def test_the_first_bad_row_stops_a_strict_one_and_nothing_of_its_batch_stays(store: Store) -> None:
    came = batch(0, 3)
    came.matrix[2, 0] = np.inf
    before = everything(store)
    with (
        pytest.raises(InvalidValue, match=r"file\.npz:row 2, column 0: inf is no finite"),
        Incoming(store, MODEL, strict=True) as incoming,
    ):
        incoming.put(came)
    assert everything(store) == before


def test_a_batch_of_another_width_is_refused_with_both_numbers(store: Store) -> None:
    with Incoming(store, MODEL) as incoming:
        incoming.put(batch(0, 2))
        with pytest.raises(
            InvalidValue, match=r"file\.npz:matrix: vectors of 3 numbers, but those of local/bge have 2"
        ):
            incoming.put(VectorBatch(["x"], np.ones((1, 3)), place="file.npz"))
    assert incoming.report.counts() == {"added": 2, "items_made": 2}


def test_a_width_that_was_said_holds_from_the_start(store: Store) -> None:
    with Incoming(store, MODEL, dim=5) as incoming, pytest.raises(InvalidValue, match=r"of 2 numbers, but .* have 5"):
        incoming.put(batch(0, 2))


def test_a_dry_run_counts_and_writes_nothing(store: Store) -> None:
    before = everything(store)
    with Incoming(store, MODEL, dry_run=True) as incoming:
        incoming.put(batch(0, 3000, texts=["t"] * 3000))
    assert incoming.report.counts() == {"added": 3000, "items_made": 3000, "texts_made": 3000}
    assert everything(store) == before
    assert store.check() == []


def test_each_transaction_is_told_when_it_is_safe(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "WAITING", 1)
    told: list[int] = []

    def tell(report: PutReport) -> None:
        with Store.open(store.path, read_only=True) as other:
            told.append(report.added - other.embeddings.count())

    with Incoming(store, MODEL, on_batch=tell) as incoming:
        incoming.put(batch(0, 10))
        incoming.put(batch(10, 10))
    assert set(told) == {0}
    assert len(told) >= 2


def test_what_was_written_before_the_source_failed_stays_and_the_event_says_so(store: Store) -> None:
    with pytest.raises(OSError, match="gone"), Incoming(store, MODEL) as incoming:
        incoming.put(batch(0, 10))
        incoming.flush()
        incoming.put(batch(10, 10))
        raise OSError("gone")
    assert store.embeddings.count() == 10
    assert store.events.page(limit=1).rows[0].payload["state"] == "stopped"
    assert store.check() == []
