"""A prepared server and its stores; a cluster that may be killed, copied and replicated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.directed.cluster import Cluster
from tests.sync.trio import prepared, trio

__all__ = ["cluster", "prepared", "trio"]


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of one test's own."""
    with Cluster.made() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for stores, and for the secrets of their devices."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path
