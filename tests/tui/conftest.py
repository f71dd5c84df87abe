from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore.store import Store


@pytest.fixture(autouse=True)
def no_configuration_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NO_COLOR", "TMUX", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A store with three items: newest first are Reading list, Retry, Attention."""
    store = Store.open(path, email="ada@example.org")
    store.items.add("Attention is all you need", type="paper", tags=["nlp"], text="Sequence transduction")
    store.items.add("Retry with backoff", type="code", text="def retry(): ...")
    store.items.add("Reading list", type="note", tags=["nlp", "todo"], text="Read the paper", meta_data={"lang": "en"})
    yield store
    store.close()
