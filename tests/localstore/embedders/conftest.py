from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localstore.embedders.service import ScriptedService, running


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with running() as started:
        yield started


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of this machine: no keys, no agreements, no proxy."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path / "config"
