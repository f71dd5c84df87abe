"""Two stores that know no server, and files between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore import Store
from tests.sync.files.carrying import Pair
from tests.sync.trio import prepared, trio

__all__ = ["pair_of_stores", "prepared", "trio"]


@pytest.fixture
def pair_of_stores(tmp_path: Path) -> Iterator[Pair]:
    """Ada's laptop, and the desktop of the same person."""
    with (
        Store.open(tmp_path / "laptop.db", email="ada@example.org") as laptop,
        Store.open(tmp_path / "desk.db", email="ada@example.org") as desk,
    ):
        yield Pair(laptop, desk, tmp_path)
