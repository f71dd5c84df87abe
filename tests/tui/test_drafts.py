"""What is written is never lost: drafts, a full disk, an editor that fails, two who write at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localstore.contents import Contents
from localstore.drafts import Drafts
from localstore.errors import StoreError, StoreFull
from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tui.editor import EditorFailed
from tui.screens.forms.conflict import ThreeVersions
from tui.screens.item.content_form import ContentForm
from tui.screens.item.form import ItemForm
from tui.screens.item.meta_form import MetaForm
from tui.screens.items.items import ItemsScreen
from tui.three_ways import differences, in_doubt
from tui.widgets.editor import Editor
from tui.widgets.fields import Field
from tui.widgets.reading.reader import Reader


@pytest.fixture(autouse=True)
def no_state_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def write(ui: Driver, name: str, text: str) -> None:
    widget = ui.app.screen.query_one(f"#{name}")
    if isinstance(widget, Field):
        widget.value = text
    else:
        assert isinstance(widget, Editor)
        widget.text = text


def full(*_: object, **__: object) -> None:
    raise StoreFull("The disk is full: nothing was saved; make room and try again.")


async def test_a_disk_that_fills_keeps_the_form_and_the_draft_elsewhere(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Much work")
        with monkeypatch.context() as broken:
            broken.setattr("localstore.items.Items.add", full)
            broken.setattr(Drafts, "keep", full)
            await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemForm)
        assert ui.app.screen.query_one("#title", Field).value == "Much work"
        assert [said[:20] for said in ui.toasts] == ["The disk is full: no", "The store takes no d"]
        spare = store.drafts.spare_file("new")
        assert "Much work" in spare.read_text()
        assert spare.stat().st_mode & 0o077 == 0
        store.drafts.drop("new")
        await ui.press("ctrl+s")
    assert store.items.get("Much work").type == "note"


async def test_a_draft_beside_the_store_comes_back_and_goes_with_saving(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Drafts, "keep", full)
        async with driving(path) as ui:
            await ui.press("n")
            await ui.write("Much work")
            await ui.press("escape")
    async with driving(path) as ui:
        await ui.press("n")
        assert ui.app.screen.query_one("#title", Field).value == "Much work"
        await ui.press("ctrl+s")
    assert not store.drafts.spare_file("new").exists()


async def test_a_full_sqlite_file_is_a_sentence_and_the_form_stays(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Too much")
        write(ui, "text", ("x" * 79 + "\n") * 4_000)
        await ui.settle()

        def shrink() -> None:
            with ui.app.store.database.writing() as connection:
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
                connection.execute(f"PRAGMA max_page_count = {pages}")

        shrink()
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemForm)
        assert "full" in ui.toasts[0]
    assert store.items.count() == 3


async def test_what_is_written_is_kept_at_once_when_the_program_must_end(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        ui.app.pace = 1_000
        form = ui.app.screen
        assert isinstance(form, ItemForm)
        form.query_one("#title", Field).value = "Cut off"
        form.remember()
        draft = store.drafts.get(f"item:{store.items.get('Reading list').id}")
        assert draft is not None
        assert json.loads(draft.text)["title"] == "Cut off"


async def test_a_draft_of_a_text_and_of_metadata_comes_back_with_a_word(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "e")
        write(ui, "text", "half")
        await ui.press("escape", "right", "e")
        write(ui, "meta_data", '{"half": ')
        await ui.press("escape", "escape")
    async with driving(path, fresh=True) as ui:
        await ui.press("enter", "e")
        assert isinstance(ui.app.screen, ContentForm)
        assert ui.app.screen.query_one("#text", Editor).text == "half"
        assert "restored: ^r drops it" in ui.picture()
        await ui.press("ctrl+r")
        assert ui.app.screen.query_one("#text", Editor).text == "Read the paper"
        await ui.press("escape", "right", "e")
        assert isinstance(ui.app.screen, MetaForm)
        assert ui.app.screen.query_one("#meta_data", Editor).text == '{"half": '


async def test_what_the_editor_saved_before_it_failed_is_in_the_form(store: Store, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "text.md"
    kept.parent.mkdir()
    kept.touch()

    def fail(text: str, suffix: str) -> str:
        raise EditorFailed("'vim' ended with code 1: what it saved is in a file", text + " and more", kept)

    async with driving(path) as ui:
        ui.app.edit_text = fail
        await ui.press("enter", "o")
        assert isinstance(ui.app.screen, ContentForm)
        assert ui.app.screen.query_one("#text", Editor).text == "Read the paper and more"
        assert ui.toasts == ["'vim' ended with code 1: what it saved is in the form, and not yet in the store."]
        assert not kept.exists()
        await ui.press("ctrl+s")
    assert store.contents.of("Reading list")[0].text == "Read the paper and more"


async def test_o_saves_what_the_editor_made_of_the_text(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.edit_text = lambda text, suffix: text + " twice"
        await ui.press("enter", "o")
        assert ui.toasts == ["Saved the text (user) · u undo"]
        ui.app.edit_text = lambda text, suffix: None
        await ui.press("o")
        assert ui.toasts[-1] == "The text is as it was."
    assert store.contents.of("Reading list")[0].text == "Read the paper twice"


async def test_changes_of_different_fields_meet_without_a_question(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        write(ui, "title", "Mine")
        with Store.open(path) as other:
            other.items.edit("Reading list", description="Theirs")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemsScreen)
    item = store.items.get("Mine")
    assert item.description == "Theirs"


async def test_each_field_in_doubt_is_chosen_and_one_undo_takes_it_back(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        write(ui, "title", "Mine")
        write(ui, "text", "my text")
        with Store.open(path) as other:
            other.items.edit("Reading list", title="Theirs")
            other.contents.edit(other.contents.of("Theirs")[0].id, text="their text")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ThreeVersions)
        await ui.press("y", "m", "y")
        assert isinstance(ui.app.screen, ThreeVersions)
        assert "their text" in ui.app.screen.query_one(Reader).plain_text
        await ui.press("t", "y")
        assert isinstance(ui.app.screen, ItemsScreen)
    assert [each.text for each in store.contents.of("Mine")] == ["their text"]
    store.undo()
    assert store.items.get("Theirs").type == "note"


async def test_two_who_edit_one_text_meet_side_by_side(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "e")
        write(ui, "text", "my text")
        with Store.open(path) as other:
            other.contents.edit(other.contents.of("Reading list")[0].id, text="their text")
        await ui.press("ctrl+s")
        row = ui.app.screen.query_one(Reader).plain_text
        assert [each in row for each in ("my text", "Read the paper", "their text")] == [True] * 3
        await ui.press("m", "y")
    assert store.contents.of("Reading list")[0].text == "my text"


async def test_a_wrong_field_says_so_while_one_types(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        write(ui, "organization", "nowhere")
        await ui.settle()
        assert "✗ there is no organization 'nowhere'" in ui.picture()
        write(ui, "organization", "")
        await ui.settle()
        assert "✗" not in ui.picture()


def test_a_field_that_one_left_alone_is_not_in_doubt() -> None:
    base = {"a": "1", "b": "1", "c": "1", "d": "1"}
    found = differences("abcd", base | {"a": "2", "c": "2", "d": "2"}, base, base | {"b": "3", "c": "3", "d": "2"})
    assert [(each.name, each.result) for each in found] == [("a", "2"), ("b", "3"), ("c", None)]
    assert [each.name for each in in_doubt(found)] == ["c"]


async def test_o_in_the_list_keeps_what_the_editor_made_when_somebody_else_wrote(store: Store, path: Path) -> None:
    item = store.items.get("Reading list")

    def edit(text: str, suffix: str) -> str:
        store.contents.edit(store.contents.of(item.id)[0].id, text="theirs")
        return "an hour of work"

    async with driving(path) as ui:
        ui.app.edit_text = edit
        await ui.press("o")
        assert isinstance(ui.app.screen, ThreeVersions)
        await ui.press("escape")
        assert isinstance(ui.app.screen, ContentForm)
        assert ui.app.screen.query_one("#text", Editor).text == "an hour of work"
        await ui.press("escape")
    assert "an hour of work" in str(store.drafts.get(f"content:{store.contents.of(item.id)[0].id}"))


async def test_o_in_the_list_keeps_what_the_editor_made_when_saving_fails(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full: free some space.")

    monkeypatch.setattr(Contents, "edit", full)
    async with driving(path) as ui:
        ui.app.edit_text = lambda text, suffix: "an hour of work"
        await ui.press("o")
        assert ui.toasts[-1] == "The disk is full: free some space."
        await ui.press("escape")
    assert "an hour of work" in str(store.drafts.get(f"content:{store.contents.of('Reading list')[0].id}"))


async def test_o_in_the_list_offers_what_a_failing_editor_saved(store: Store, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "text.md"
    kept.parent.mkdir()
    kept.touch()

    def fail(text: str, suffix: str) -> str:
        raise EditorFailed("'vim' ended with code 1: what it saved is in a file", text + " and more", kept)

    async with driving(path) as ui:
        ui.app.edit_text = fail
        await ui.press("o")
        assert isinstance(ui.app.screen, ContentForm)
        assert ui.app.screen.query_one("#text", Editor).text == "Read the paper and more"


async def test_o_in_the_list_writes_the_first_text_of_an_item_that_has_none(store: Store, path: Path) -> None:
    store.items.add("Empty")
    async with driving(path) as ui:
        ui.app.edit_text = lambda text, suffix: "words"
        await ui.press("o")
        assert ui.toasts == ["Added the text (user) · u undo"]
        assert isinstance(ui.app.screen, ItemsScreen)
    assert store.contents.of("Empty")[0].text == "words"
