"""A store in a file of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", email="ada@example.org", name="Ada") as opened:
        yield opened
