"""A store that is linked, as far as its file is concerned: no server is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore import Store
from tests.sync.local.linked import Linked, link_file


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Linked]:
    with Store.open(tmp_path / "store.db", email="ada@example.org", name="Ada") as store:
        yield link_file(store)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "plain.db", email="ada@example.org", name="Ada") as opened:
        yield opened
