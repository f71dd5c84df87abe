"""Pages: every sort, with ties, while rows come and go between two pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstore import Filter, Store
from localstore.items import ItemRow

DAYS = [f"2026-01-0{n}T00:00:00.000000Z" for n in (1, 2, 3)]
SORTS = [way + name for name in ("updated", "created", "title", "type", "id") for way in ("", "-")]
COUNT = 40


@pytest.fixture(scope="module")
def ties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of items that share their titles, types and times."""
    with Store.open(tmp_path_factory.mktemp("ties") / "store.db") as store:
        with store.database.writing():
            for n in range(COUNT):
                times: dict[str, Any] = {"created_at": DAYS[n % 3], "updated_at": DAYS[n % 2]}
                store.items.add(f"t{n % 4} é", type=f"k{n % 2}", **times)
        yield store


def key(row: ItemRow, sort: str, store: Store) -> tuple[str, str]:
    created = store.items.get(row.id).created_at.isoformat()
    values = {"updated": row.updated_at, "created": created, "title": row.title, "type": row.type, "id": row.id}
    return values[sort.lstrip("-")], row.id


def all_pages(store: Store, method: str, sort: str, limit: int, where: Filter | None = None) -> list[str]:
    found, after = [], None
    while True:
        page = getattr(store.items, method)(where, sort=sort, after=after, limit=limit)
        found += [row.id for row in page.rows]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("sort", SORTS)
def test_the_whole_list_is_in_order(ties: Store, sort: str) -> None:
    rows = ties.items.rows(sort=sort, limit=COUNT).rows
    wanted = sorted(rows, key=lambda row: key(row, sort, ties), reverse=sort.startswith("-"))
    assert [row.id for row in rows] == [row.id for row in wanted]


@settings(max_examples=60, deadline=None)
@given(
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, COUNT + 1),
    method=st.sampled_from(["rows", "page"]),
    line=st.sampled_from(["", "type:k1", "type:k0 since:2026-01-02"]),
)
def test_the_pages_one_after_the_other_are_the_list(ties: Store, sort: str, limit: int, method: str, line: str) -> None:
    where = Filter.parse(line) if line else None
    whole = [row.id for row in ties.items.rows(where, sort=sort, limit=COUNT).rows]
    assert all_pages(ties, method, sort, limit, where) == whole


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("step", [1, 7, COUNT])
def test_anchors_are_the_cursors_between_the_pages(ties: Store, sort: str, step: int) -> None:
    pages, after = [], None
    for _ in range(COUNT // step):
        page = ties.items.rows(sort=sort, after=after, limit=step)
        after = page.next
        pages.append(after)
    anchors = ties.items.anchors(sort=sort, step=step)
    assert anchors[: len(pages) - 1] == pages[:-1]
    assert len(anchors) == COUNT // step


@settings(max_examples=25, deadline=None)
@given(
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 9),
    changes=st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=8),
)
def test_rows_that_stay_are_seen_once_while_others_come_and_go(
    tmp_path_factory: pytest.TempPathFactory, sort: str, limit: int, changes: list[tuple[bool, int]]
) -> None:
    with Store.open(Path(tmp_path_factory.mktemp("moving")) / "store.db") as store:
        with store.database.writing():
            kept = {store.items.add(f"t{n % 3}", created_at=DAYS[n % 3]).id for n in range(12)}
        seen: list[str] = []
        after, left = None, list(changes)
        while True:
            page = store.items.rows(sort=sort, after=after, limit=limit)
            seen += [row.id for row in page.rows]
            after = page.next
            if after is None:
                break
            kept -= change(store, left.pop(), kept - set(seen)) if left else set()
    assert kept <= set(seen)
    assert len(seen) == len(set(seen))


def change(store: Store, deed: tuple[bool, int], unseen: set[str]) -> set[str]:
    """Add a row somewhere or delete one not yet seen; return what went."""
    adds, number = deed
    if adds or not unseen:
        store.items.add(f"t{number % 5}", created_at=DAYS[number % 3])
        return set()
    gone = sorted(unseen)[number % len(unseen)]
    store.items.delete(gone)
    return {gone}
