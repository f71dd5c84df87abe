"""Export: which items, where to; nothing half-written, nothing replaced without a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tui.jobs import Job, JobState
from tui.screens.work.export_form import ExportForm


async def begin(ui: Driver, *keys: str) -> None:
    await ui.press(*keys, "x")
    assert isinstance(ui.app.screen, ExportForm)


def titles(file: Path) -> list[str]:
    return [json.loads(each)["title"] for each in file.read_text().splitlines()]


async def test_the_item_under_the_cursor_goes_out_by_the_name_of_the_file(
    store: Store, path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "one.jsonl"
    async with driving(path) as ui:
        await begin(ui)
        await ui.write(str(out))
        await ui.press("enter")
        assert ui.toasts[-1] == f"Exported 1 item as jsonl to {out}"
    assert titles(out) == ["Reading list"]
    assert out.stat().st_mode & 0o777 == 0o600


async def test_marked_ones_and_all_in_the_filter_go_out(store: Store, path: Path, tmp_path: Path) -> None:
    some, every = tmp_path / "some.jsonl", tmp_path / "every.jsonl"
    async with driving(path) as ui:
        await begin(ui, "*", "space")
        await ui.write(str(some))
        await ui.press("enter", "escape")
        await begin(ui)
        await ui.write(str(every))
        await ui.press("tab", "ctrl+u")
        await ui.write("all")
        await ui.press("enter")
    assert sorted(titles(some)) == ["Attention is all you need", "Retry with backoff"]
    assert len(titles(every)) == 3


async def test_a_file_that_is_there_is_replaced_only_after_a_question(store: Store, path: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.jsonl"
    out.write_text("mine")
    async with driving(path) as ui:
        await begin(ui)
        await ui.write(str(out))
        await ui.press("enter")
        assert ui.static("#question").startswith("Replace ")
        await ui.press("enter")
        assert out.read_text() == "mine"
        await ui.press("enter", "y")
    assert titles(out) == ["Reading list"]


async def test_a_stopped_export_leaves_no_file(
    store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localstore.exporting.STEP", 1)
    tell = Job.tell

    def told(self: Job, done: int, total: int = 0, words: str = "") -> None:
        self.stop_asked = done > 0
        tell(self, done, total, words)

    monkeypatch.setattr(Job, "tell", told)
    folder = tmp_path / "out"
    folder.mkdir()
    async with driving(path) as ui:
        await begin(ui, "*")
        await ui.write(str(folder / "all.jsonl"))
        await ui.press("enter")
        assert ui.app.jobs.all[-1].state is JobState.STOPPED
        assert ui.toasts[-1].endswith("all.jsonl was not written.")
    assert list(folder.iterdir()) == []


async def test_a_name_of_no_format_is_said_in_the_form(store: Store, path: Path, tmp_path: Path) -> None:
    async with driving(path) as ui:
        await begin(ui)
        await ui.write(str(tmp_path / "x.nosuch"))
        await ui.press("enter")
        assert "which format? Fill in Format:" in ui.static("#said")


async def test_a_folder_that_is_not_there_is_a_sentence(store: Store, path: Path, tmp_path: Path) -> None:
    async with driving(path) as ui:
        await begin(ui)
        await ui.write(str(tmp_path / "nowhere" / "x.jsonl"))
        await ui.press("enter")
        assert "cannot be written" in ui.toasts[-1]


async def test_the_store_itself_is_never_replaced(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await begin(ui)
        await ui.write(str(path))
        await ui.press("tab", "tab")
        await ui.write("jsonl")
        await ui.press("enter", "y")
        assert "is a SQLite file, not an export: choose another name" in ui.toasts[-1]
    assert store.items.count() == 3


async def test_secrets_stay_here(store: Store, path: Path, tmp_path: Path) -> None:
    store.users.set_password("ada@example.org", "correct horse battery")
    out = tmp_path / "all.jsonl"
    async with driving(path) as ui:
        await begin(ui, "*")
        await ui.write(str(out))
        await ui.press("enter")
    assert "argon2" not in out.read_text()
