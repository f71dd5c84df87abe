"""Whatever happens to the bytes of a file, recover ends well, and no row is lost whose pages were left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localstore import Store
from localstore.database import PAGE_SIZE
from localstore.errors import StoreDamaged
from localstore.recovery.recover import recover
from tests.localstore.rescued import Whole, flipped, whole, zeroed
from tests.localstore.world import Dump, dump

EXAMPLES = 400 if os.environ.get("LOCALSTORE_LONG") else 25
LINKS = frozenset({"content_id", "item_id", "actor_id", "organization_id", "model_id", "meta_data"})
"""Columns that are emptied when what they point to is lost."""
MAY_GO = frozenset({"item_tag_links", "embeddings", "api_keys"})
"""Rows that are left out when what they belong to is lost."""

UNSETTLED = frozenset({"trash", "duplicate"})
"""What ``check`` may still find: deletions of which a part is lost, and a tag found twice."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return whole(tmp_path_factory.mktemp("sound") / "store.db", items=110, long=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def recovered(folder: Path, content: bytes) -> Dump | None:
    """All rows that came, of a store that is well; None when there was nothing."""
    (folder / "damaged.db").write_bytes(content)
    (folder / "saved.db").unlink(missing_ok=True)
    try:
        recover(folder / "damaged.db", folder / "saved.db")
    except StoreDamaged as error:
        assert "Nothing of a store" in str(error)
        return None
    with Store.open(folder / "saved.db", create=False) as store:
        assert {found.kind for found in store.check()} <= UNSETTLED
        return dump(store)


def missing(sound: Whole, content: bytes, found: Dump) -> list[tuple[str, str]]:
    """Rows on untouched pages that did not come as they were."""
    wanted = sound.untouched(sound.changed(content))
    return [(table, key) for (table, key), row in wanted.items() if not _is_there(table, row, found[table].get(key))]


def _is_there(table: str, row: dict[str, object], came: dict[str, object] | None) -> bool:
    if came is None:
        return table in MAY_GO
    loose = LINKS if table in ("embeddings", "events", "file_assets") else frozenset()
    return all(came[name] == value for name, value in row.items() if name not in loose)


pages = st.integers(0, 130)
offsets = st.one_of(st.integers(0, 60), st.integers(0, PAGE_SIZE - 1))
"""Half of them where a page says what it is."""
flips = st.lists(st.tuples(pages, offsets, st.integers(1, 255)), min_size=1, max_size=60)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips)
def test_flipped_bytes_cost_no_row_of_another_page(
    sound: Whole, folder: Path, flips: list[tuple[int, int, int]]
) -> None:
    last = len(sound.content) - 1
    content = flipped(sound.content, [(min(page * PAGE_SIZE + at, last), mask) for page, at, mask in flips])
    found = recovered(folder, content)
    assert found is None or missing(sound, content, found) == []


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pages, min_size=1, max_size=25, unique=True))
def test_pages_of_zeros_cost_no_row_of_another_page(sound: Whole, folder: Path, numbers: list[int]) -> None:
    count = len(sound.content) // PAGE_SIZE
    content = zeroed(sound.content, *(number % count + 1 for number in numbers))
    found = recovered(folder, content)
    assert found is None or missing(sound, content, found) == []


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 140 * PAGE_SIZE))
def test_a_file_cut_anywhere_keeps_the_rows_before_the_cut(sound: Whole, folder: Path, size: int) -> None:
    content = sound.content[:size].ljust(len(sound.content), b"\xff")
    found = recovered(folder, sound.content[:size])
    assert found is None or missing(sound, content, found) == []
