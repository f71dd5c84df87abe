from collections.abc import Iterator

import pytest

from localstore import Store
from tests.localstore.embedders.service import ScriptedService, running


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with running() as started:
        yield started


@pytest.fixture
def hashing(store: Store) -> str:
    """A built-in model of eight numbers."""
    return str(store.ai_models.add("hash", "builtin", parameters={"dim": 8}).id)
