"""What another window writes is its own as long as that window lives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from tests.tui.pilot import driving
from tui import windows


def test_a_process_lives_only_while_it_is_the_one_that_began_then() -> None:
    parent = windows._mark(os.getppid())
    assert windows.lives(parent)
    assert not windows.lives(parent + "0")
    assert not windows.lives(parent.replace("/", "-elsewhere/", 1))


@pytest.mark.parametrize("mark", ["", "x", "host/0x1/", "host/999999999999999999999/", windows.own()], ids=range(5))
def test_other_marks_are_no_living_window(mark: str) -> None:
    assert not windows.lives(mark)


@pytest.mark.parametrize(
    ("by", "options", "told"),
    [(windows._mark(os.getppid()), {}, 0), ("", {}, 1), ("gone/1/", {}, 1), ("", {"read_only": True}, 0)],
    ids=["a living one", "nobody", "a dead one", "read only"],
)
async def test_a_draft_is_offered_when_nobody_writes_it_and_this_window_can(
    store: Store, path: Path, by: str, options: dict[str, Any], told: int
) -> None:
    store.preferences.set("session", {"writing": "new", "by": by})
    async with driving(path, **options) as ui:
        assert sum("kept as a draft" in toast for toast in ui.toasts) == told
