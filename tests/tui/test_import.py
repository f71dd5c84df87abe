"""Import: path, dry pass, question, job; every bad source a sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from textual.widgets import Input

from localstore.errors import InvalidValue
from localstore.filters import Filter
from localstore.importing import ImportOptions
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.import_work import bring_in, further
from tui.jobs import Job, JobState
from tui.screens.items.items import ItemsScreen
from tui.screens.work.import_form import ImportForm
from tui.screens.work.import_found import ImportFound
from tui.screens.work.path_picker import PathPicker
from tui.widgets.finding.path_completion import completed
from tui.widgets.reading.reader import Reader


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    source = tmp_path / "lines.jsonl"
    source.write_text('{"title": "A"}\n{"nope": 1}\nbroken\n{"title": "B", "tags": ["new"]}\n')
    return source


async def begin(ui: Driver, source: Path | str) -> None:
    await ui.press("I")
    assert isinstance(ui.app.screen, ImportForm)
    await ui.write(str(source))


async def test_a_dry_pass_shows_kind_counts_and_bad_lines_and_y_imports(store: Store, path: Path, lines: Path) -> None:
    async with driving(path) as ui:
        await begin(ui, lines)
        assert "Looks like: jsonl" in ui.static("#said")
        await ui.press("enter")
        assert isinstance(ui.app.screen, ImportFound)
        text = ui.app.screen.query_one(Reader).plain_text
        assert "lines.jsonl:3: not JSON" in text
        assert store.items.count() == 3
        await ui.press("y")
        told = "Imported lines.jsonl: 2 added, 2 left out. u does not reach it: Jobs tells how to take it back."
        assert ui.toasts[-1] == told
        assert {"A", "B"} < set(ui.titles)
        assert any("lines.jsonl:2" in each for each in ui.app.jobs.all[-1].details)
    assert store.items.count(Filter.parse("meta.source.name=lines.jsonl")) == 2


async def test_enter_on_the_question_imports_nothing(store: Store, path: Path, lines: Path) -> None:
    async with driving(path) as ui:
        await begin(ui, lines)
        await ui.press("enter", "enter")
        assert isinstance(ui.app.screen, ItemsScreen)
    assert store.items.count() == 3


async def test_options_reach_the_reader(store: Store, path: Path, tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text("name,body\nOne,Text of one\n")
    async with driving(path, size=SMALL) as ui:
        await begin(ui, source)
        await ui.press("tab", "tab")
        await ui.write("row")
        await ui.press("tab", "tab", "tab", "tab", "tab")
        await ui.write("title-column=name text-column=body")
        await ui.press("enter", "y")
    assert store.items.get("One").type == "row"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.md", "there is no such file or folder"),
        ("empty.jsonl", "an empty file"),
        ("odd.zip", "a ZIP file without conversations.json"),
        ("folder", "a folder without .md, .txt or .parquet files"),
    ],
)
async def test_a_source_that_cannot_be_used_is_a_sentence_before_and_after_enter(
    store: Store, path: Path, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "folder").mkdir()
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("x.bin", "x")
    async with driving(path) as ui:
        await begin(ui, tmp_path / name)
        assert words in ui.static("#said")
        await ui.press("enter")
        assert words in ui.toasts[-1]
        assert ui.app.jobs.all[-1].state is JobState.FAILED


async def test_a_wrong_option_is_said_in_the_form(store: Store, path: Path, lines: Path) -> None:
    async with driving(path) as ui:
        await begin(ui, lines)
        await ui.press("tab")
        await ui.write("nosuch")
        await ui.press("enter")
        assert "no format is called 'nosuch'" in ui.static("#said")
        assert isinstance(ui.app.screen, ImportForm)
        await ui.press("escape")
        assert not ui.app.jobs.all


async def test_a_stopped_import_says_what_stays_and_repeating_it_goes_on(
    store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "many.jsonl"
    source.write_text("".join(f'{{"title": "Line {number}"}}\n' for number in range(3_000)))
    tell = Job.tell

    def told(self: Job, done: int, total: int = 0, words: str = "") -> None:
        self.stop_asked = done > 0
        tell(self, done, total, words)

    async with driving(path) as ui:
        with monkeypatch.context() as patched:
            patched.setattr(Job, "tell", told)
            bring_in(ui.app, source, ImportOptions(), 3_000)
            await ui.settle()
        stopped = ui.app.jobs.all[-1]
        assert stopped.state is JobState.STOPPED
        assert "the same import again goes on where this one stopped" in stopped.words
        some = store.items.count()
        assert 3 < some <= 3_003
        bring_in(ui.app, source, ImportOptions(), 3_000)
        await ui.settle()
        assert ui.app.jobs.all[-1].state is JobState.DONE
    assert store.items.count() == 3_003


async def test_what_was_found_never_opens_over_a_form(store: Store, path: Path, lines: Path) -> None:
    from tui.import_work import rehearse

    async with driving(path) as ui:
        await ui.press("n")
        rehearse(ui.app, lines, ImportOptions())
        await ui.settle()
        assert not isinstance(ui.app.screen, ImportFound)
        assert "the list of jobs shows it" in ui.toasts[-1]
        await ui.press("escape")
        ui.app.action_visit(11)
        await ui.settle()
        await ui.press("enter", "y")
    assert store.items.count() == 5


async def test_a_file_is_chosen_in_a_tree(store: Store, path: Path, lines: Path) -> None:
    async with driving(path) as ui:
        await begin(ui, f"{lines.parent}/")
        await ui.press("f2")
        await ui.pilot.pause(0.1)
        picker = ui.app.screen
        assert isinstance(picker, PathPicker)
        picker.dismiss(str(lines))
        await ui.settle()
        assert ui.app.screen.query_one("#path", Input).value == str(lines)


def test_paths_are_completed_by_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "nothing.md").touch()
    (tmp_path / ".hidden").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert completed(f"{tmp_path}/no") == f"{tmp_path}/notes/"
    assert completed(f"{tmp_path}/noth") == f"{tmp_path}/nothing.md"
    assert completed("~/not") == "~/notes/"
    assert completed(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert completed(f"{tmp_path}/nowhere/x") is None
    assert completed(f"{tmp_path}/\0") is None


def test_further_options_are_read_or_named() -> None:
    assert further("title-column='a b' all-branches") == {"title_column": "a b", "all_branches": True}
    with pytest.raises(InvalidValue, match="'split=3' is no option: there is title-column="):
        further("split=3")
    with pytest.raises(InvalidValue, match="close the quotes"):
        further("table='x")
