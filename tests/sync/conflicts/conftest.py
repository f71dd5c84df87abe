"""A store whose changes are noted, as those of a linked one are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore import Store
from sync.local import capture


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", email="ada@example.org") as opened:
        with opened.database.writing() as connection:
            capture.install(connection)
        yield opened
