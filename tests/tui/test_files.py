"""The list of files: attached, verified, looked into, deleted; and kept bytes that nothing refers to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.test_hostile_text import BIDI, EMOJI, ESCAPE, LINES, MARKUP, ZALGO, clean
from tui.screens.item.item import ItemScreen
from tui.screens.nouns.file_attach import AttachForm, completed
from tui.screens.nouns.files import FilesScreen
from tui.screens.records.form import RecordForm
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.reading.reader import Reader

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x02\x00\x00\x00"

HOSTILE = f"{MARKUP} {ESCAPE} {BIDI} {LINES} {EMOJI} {ZALGO}"


def screen(ui: Driver) -> FilesScreen:
    return next(each for each in ui.app.screen_stack if isinstance(each, FilesScreen))


def names(ui: Driver) -> list[str]:
    blocks = screen(ui).table.blocks
    return [row.filename for index in range(blocks.length) if (row := blocks.row(index)) is not None]


def status(ui: Driver) -> str:
    return screen(ui).query_one(StatusLine).text


def pane(ui: Driver) -> str:
    return screen(ui).query_one("#pane", Reader).plain_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "attention.txt").write_text("Sequence transduction\nis all you need")
    (folder / "figure.png").write_bytes(PNG)
    return folder


@pytest.fixture
def filled(store: Store, folder: Path) -> Iterator[Store]:
    """The store with a kept text on an item, and a picture it refers to."""
    store.files.attach("Reading list", folder / "attention.txt", copy=True)
    store.files.attach(None, folder / "figure.png")
    yield store


async def test_files_are_listed_with_state_kind_size_and_item(filled: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("4")
        assert names(ui) == ["figure.png", "attention.txt"]
        assert "▸ on disk" in ui.picture()
        assert "■ kept" in ui.picture()
        assert "640 × 480 pixels" in pane(ui)
        await ui.press("j")
        assert "is all you need" in pane(ui)
        assert "Reading list" in pane(ui)


async def test_no_files_yet_says_what_belongs_there(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("4")
        assert "No files yet" in ui.picture()
        assert "n attaches one" in ui.picture()


async def test_a_file_is_attached_to_a_chosen_item_as_a_copy_and_undone(store: Store, path: Path, folder: Path) -> None:
    async with driving(path) as ui:
        await ui.press("4", "n")
        await ui.write(f"{folder}/attention.txt")
        await ui.press("f3")
        await ui.write("Retry")
        await ui.press("enter")
        assert "Retry with backoff" in ui.static("#item")
        await ui.press("ctrl+s")
        assert names(ui) == ["attention.txt"]
        assert ui.toasts[-1] == "Attached attention.txt to “Retry with backoff” · u undo"
        assert store.files.of("Retry with backoff")[0].path.startswith("sha256:")
        await ui.press("u")
        assert names(ui) == []


async def test_a_file_that_stays_where_it_is_is_only_referred_to(store: Store, path: Path, folder: Path) -> None:
    async with driving(path) as ui:
        await ui.press("4", "n", "f2")
        await ui.write(f"{folder}/figure.png")
        await ui.press("enter")
        assert names(ui) == ["figure.png"]
        assert store.files.all()[0].path.startswith("file://")


async def test_a_path_that_is_no_file_stays_in_the_form_with_a_sentence(store: Store, path: Path, folder: Path) -> None:
    async with driving(path) as ui:
        await ui.press("4", "n")
        await ui.write(str(folder))
        await ui.press("enter")
        assert isinstance(ui.app.screen, AttachForm)
        assert "is a folder: name a file in it" in ui.static("#said")


def test_a_path_is_completed_by_what_lies_there(folder: Path) -> None:
    assert completed(f"{folder}/att") == f"{folder}/attention.txt"
    assert completed(str(folder)[:-2]) == f"{folder}/"
    assert completed(f"{folder}/none") is None
    assert completed("/no/such/folder/x") is None


async def test_verifying_tells_what_is_changed_and_missing(filled: Store, path: Path, folder: Path) -> None:
    kept = filled.files.local_path(filled.files.all({"filename": "attention.txt"})[0])
    assert kept is not None
    kept.write_text("something else")
    (folder / "figure.png").unlink()
    async with driving(path) as ui:
        await ui.press("4", "V")
        assert "✗ missing" in ui.picture()
        assert "⚑ changed" in ui.picture()
        assert ui.toasts[-1] == "Verified 2 files: 0 as they were, 1 missing, 1 changed."
        assert "1 missing" in status(ui)
        await ui.press("/")
        await ui.write("is:changed")
        assert names(ui) == ["attention.txt"]


async def test_a_line_finds_by_name_kind_item_and_state(filled: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("4")
        screen(ui).filter_line.put("kind:image/*")
        await ui.settle()
        assert names(ui) == ["figure.png"]
        screen(ui).filter_line.put('item:"Reading list"')
        await ui.settle()
        assert names(ui) == ["attention.txt"]
        screen(ui).filter_line.put("is:loose FIG")
        await ui.settle()
        assert names(ui) == ["figure.png"]
        screen(ui).filter_line.put("is:missing")
        await ui.settle()
        assert "0 files are verified: V reads the bytes of all." in ui.picture()
        screen(ui).filter_line.put("is:lost")
        await ui.settle()
        assert "no file is 'lost'" in ui.static("#wrong")


async def test_a_deletion_is_previewed_and_the_kept_bytes_can_be_removed_afterwards(filled: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("4", "j", "d", "y")
        assert names(ui) == ["figure.png"]
        await ui.press("x")
        assert ui.toasts[-1] == "Every kept file is referred to: there is nothing to remove."
        filled.trash.empty()
        await ui.press("x")
        assert ui.static("#text").startswith("1 file, ")
        await ui.press("enter", "x", "y")
        assert "Removed 1 kept file," in ui.toasts[-1]
    assert filled.files.unreferenced() == []


async def test_enter_e_o_and_y_open_edit_and_copy(filled: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    async with driving(path, size=SMALL) as ui:
        await ui.press("4", "o")
        assert "hangs on no item" in ui.toasts[-1]
        await ui.press("j", "enter")
        assert "how it begins" in ui.picture()
        await ui.press("y")
        assert ui.app.clipboard.endswith(str(filled.files.all({"filename": "attention.txt"})[0].checksum))
        await ui.press("e")
        assert isinstance(ui.app.screen, RecordForm)
        await ui.press("escape", "o")
        assert isinstance(ui.app.screen, ItemScreen)


async def test_what_is_no_ordinary_file_is_not_opened(store: Store, path: Path, folder: Path) -> None:
    store.files.add(filename="trap", path=f"file://localhost{folder}", size_bytes=1)
    store.files.add(filename="other machine", path="file://elsewhere/x", size_bytes=1)
    async with driving(path) as ui:
        await ui.press("4")
        assert "on another machine" in pane(ui)
        await ui.press("j")
        assert "no ordinary file: it is not opened" in pane(ui)


async def test_reading_only_attaches_nothing(filled: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press("4", "n", "e", "d", "x")
        assert isinstance(ui.app.screen, FilesScreen)
        assert ui.toasts[-1].startswith("The store is open for reading only")


async def test_names_and_contents_that_attack_the_screen_are_shown_safely(
    store: Store, path: Path, folder: Path
) -> None:
    text = HOSTILE
    (folder / "attention.txt").write_text(text)
    file = f"file://localhost{folder}/attention.txt"
    store.files.add(filename=text[:500], path=file, mime_type=text[:99], size_bytes=1, meta_data={text[:50]: text})
    async with driving(path) as ui:
        await ui.press("4", "enter")
        assert clean(ui)
        await ui.press("d")
        assert clean(ui)
        await ui.press("escape", "V")
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]
