"""The form: new, edit, drafts, metadata, conflicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui import json_check
from tui.screens.dialogs.question import Question
from tui.screens.forms.conflict import ThreeVersions
from tui.screens.forms.form_values import FormValues, from_item, save_form
from tui.screens.item.form import ItemForm
from tui.screens.items.items import ItemsScreen
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.editor import LONGEST, Editor
from tui.widgets.fields import Field


def put(ui: Driver, name: str, text: str) -> None:
    widget = ui.app.screen.query_one(f"#{name}")
    if isinstance(widget, Field):
        widget.value = text
    else:
        assert isinstance(widget, Editor)
        widget.text = text


async def test_a_new_item_is_saved_with_all_its_parts_as_one_action(store: Store, path: Path) -> None:
    store.organizations.add("Lab", "lab")
    async with driving(path) as ui:
        await ui.press("n")
        put(ui, "title", "Idea")
        put(ui, "type", "prompt")
        put(ui, "tags", "#one, two words")
        put(ui, "organization", "lab")
        put(ui, "description", "short")
        put(ui, "meta_data", '{"a": 1}')
        put(ui, "role", "system")
        put(ui, "text", "Be brief.\nAlways.")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.items.table.row.title == "Idea"
    item = store.items.get("Idea")
    assert (item.type, item.description, item.meta_data) == ("prompt", "short", {"a": 1})
    assert item.organization is not None
    assert item.organization.slug == "lab"
    assert [tag.name for tag in item.tags] == ["one", "two words"]
    assert [(content.role, content.text) for content in item.contents] == [("system", "Be brief.\nAlways.")]
    store.undo()
    assert store.items.count() == 3


async def test_an_item_without_a_title_is_refused_and_the_form_stays(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        put(ui, "text", "a text")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemForm)
        assert ui.toasts == ["title: a title is needed: write one"]
    assert store.items.count() == 3


async def test_an_edit_changes_only_what_was_changed_and_is_one_action(store: Store, path: Path) -> None:
    before = store.items.get("Reading list")
    async with driving(path) as ui:
        await ui.press("e")
        put(ui, "tags", "todo later")
        put(ui, "text", "Read it twice")
        await ui.press("ctrl+s")
    after = store.items.get("Reading list")
    assert [tag.name for tag in after.tags] == ["later", "todo"]
    assert [content.text for content in after.contents] == ["Read it twice"]
    assert (after.meta_data, after.description, after.owner_id) == (before.meta_data, None, before.owner_id)
    store.undo()
    assert [tag.name for tag in store.items.get("Reading list").tags] == ["nlp", "todo"]
    assert [content.text for content in store.items.get("Reading list").contents] == ["Read the paper"]


async def test_saving_what_was_not_changed_writes_nothing(store: Store, path: Path) -> None:
    before = store.items.get("Reading list").updated_at
    async with driving(path) as ui:
        await ui.press("e", "ctrl+s")
    assert store.items.get("Reading list").updated_at == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1\n"b": 2}', "2:1 expecting ','"),
        ("[1]", "1:1 expecting an object: {…}"),
        ('{"a": NaN}', "NaN has no place in JSON: use null"),
        ('{"a": 9223372036854775808}', "meta_data.a: '9223372036854775808' does not fit 64 bits"),
    ],
)
def test_bad_metadata_is_named_with_its_place(text: str, words: str) -> None:
    checked = json_check.check(text, {})
    assert checked.document is None
    assert checked.words.startswith(words.replace("'9", "9").replace("8' does", "8 does"))


def test_good_metadata_says_which_keys_came_went_and_changed() -> None:
    assert json_check.check('{"b": 2, "c": 3, "d": 1}', {"a": 1, "b": 1}).words == "+2 −1 ~1 keys"
    assert json_check.check("", {}) == ({}, "")


async def test_invalid_metadata_is_shown_while_writing_refused_on_saving_and_kept_as_a_draft(
    store: Store, path: Path
) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        put(ui, "meta_data", '{"lang": "en"\n"x": 1}')
        await ui.settle()
        assert ui.static("#meta-state") == "✗ 2:1 expecting ','"
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemForm)
        assert ui.toasts[-1] == "Not saved: the metadata is not valid (2:1 expecting ','); the draft is kept."
        assert ui.app.screen.focused is not None
        assert ui.app.screen.focused.id == "meta_data"
    assert store.items.get("Reading list").meta_data == {"lang": "en"}
    draft = store.drafts.get(f"item:{store.items.get('Reading list').id}")
    assert draft is not None
    assert '\\"x\\": 1}' in draft.text


async def test_a_draft_survives_leaving_and_a_new_start_and_goes_with_saving(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Half a thought")
        await ui.press("escape")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert store.items.count() == 3
    async with driving(path) as ui:
        await ui.press("n")
        assert ui.app.screen.query_one("#title", Field).value == "Half a thought"
        assert "restored: ^r drops it" in ui.picture()
        await ui.press("ctrl+s")
        assert store.items.get("Half a thought").type == "note"
        await ui.press("n")
        assert ui.app.screen.query_one("#title", Field).value == ""
    assert store.drafts.get("new") is None


async def test_a_draft_is_kept_while_writing_without_leaving(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Killed in the middle")
        draft = store.drafts.get("new")
        assert draft is not None
        assert "Killed in the middle" in draft.text


async def test_a_dropped_draft_shows_what_is_stored(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        await ui.write(" and more")
        await ui.press("escape", "e", "ctrl+r")
        assert ui.app.screen.query_one("#title", Field).value == "Reading list"
    assert store.drafts.get(f"item:{store.items.get('Reading list').id}") is None


async def conflicting(ui: Driver, path: Path) -> None:
    """Change the item in the form and, meanwhile, elsewhere; then save."""
    await ui.press("e")
    put(ui, "title", "Mine")
    with Store.open(path) as other:
        other.items.edit("Reading list", title="Theirs")
    await ui.press("ctrl+s")


async def test_an_edit_conflict_shows_both_versions_and_changes_nothing(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await conflicting(ui, path)
        assert isinstance(ui.app.screen, ThreeVersions)
        row = next(line for line in ui.picture().split("\n") if "Theirs" in line)
        assert [row.index(each) for each in ("Mine", "Reading list", "Theirs")] == sorted(
            row.index(each) for each in ("Mine", "Reading list", "Theirs")
        )
        await ui.press("enter", "y", "escape")
        assert isinstance(ui.app.screen, ItemForm)
        assert ui.app.screen.query_one("#title", Field).value == "Mine"
    assert store.items.count() == 3
    assert store.items.get("Theirs").type == "note"


async def test_mine_is_saved_over_theirs_when_chosen(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await conflicting(ui, path)
        await ui.press("m", "y")
        assert isinstance(ui.app.screen, ItemsScreen)
    assert store.items.get("Mine").type == "note"
    assert store.undo() == "edit 'Mine'"
    assert store.items.get("Theirs").type == "note"


async def test_theirs_comes_into_the_form_when_chosen(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await conflicting(ui, path)
        await ui.press("t", "y")
        assert isinstance(ui.app.screen, ItemForm)
        assert ui.app.screen.query_one("#title", Field).value == "Theirs"
        assert not ui.app.screen.unsaved


async def test_quitting_with_unsaved_text_asks(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("x")
        await ui.app.run_action("leave")
        await ui.settle()
        assert isinstance(ui.app.screen, Question)
        await ui.press("enter")
        assert isinstance(ui.app.screen, ItemForm)


async def test_a_text_too_long_for_the_screen_is_edited_in_the_editor_and_kept_whole(store: Store, path: Path) -> None:
    long = "word " * LONGEST
    store.items.add("Long", text=long)
    async with driving(path) as ui:
        await ui.press("e")
        editor = ui.app.screen.query_one("#text", Editor)
        assert editor.read_only
        assert len(editor.text) == 2_000
        ui.app.edit_text = lambda text, suffix: text + "end"
        await ui.press("ctrl+g", "ctrl+s")
    assert [content.text for content in store.items.get("Long").contents] == [long + "end"]


async def test_f2_formats_metadata(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        put(ui, "meta_data", '{"b":[1]}')
        await ui.press("f2")
        assert ui.app.screen.query_one("#meta_data", Editor).text == '{\n  "b": [\n    1\n  ]\n}'


async def test_a_type_is_replaced_by_what_is_typed_and_f3_previews_the_text(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Idea")
        await ui.press("tab")
        await ui.write("pap")
        await ui.press("right")
        assert ui.app.screen.query_one("#type", Field).value == "paper"
        put(ui, "text", "## Why")
        await ui.press("f3")
        assert "## Why" not in ui.picture()
        assert "Why" in ui.picture()
        await ui.press("f3", "ctrl+s")
        assert ui.items.table.row[1:3] == ("paper", "Idea")


async def test_types_and_tags_complete_while_writing(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        ui.app.screen.query_one("#tags", Field).focus()
        await ui.write("later to")
        await ui.press("right")
        assert ui.app.screen.query_one("#tags", Field).value == "later todo"


async def test_the_form_says_edit_and_its_letters_are_text(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("n")
        await ui.write("quiet needs ?/:")
        assert ui.app.screen.query_one("#title", Field).value == "quiet needs ?/:"
        assert "EDIT" in str(ui.app.screen.query_one(FooterLine).content)


def test_tags_with_blanks_come_back_from_the_form_as_they_were(store: Store) -> None:
    item = store.items.add("One", tags=["two words"])
    stored = {"title": "One", "type": "note", "organization": "", "description": "", "role": "user", "text": ""}
    values = from_item({**stored, "tags": ["two words"], "meta_data": {}, "updated_at": None, "contents": 1})
    assert values.tag_names == ["two words"]
    assert save_form(store, item.id, values, FormValues(**{**vars(values), "title": "Uno"}), None) == item.id
    assert [tag.name for tag in store.items.get("Uno").tags] == ["two words"]


async def test_of_several_texts_the_form_says_that_it_shows_the_first(store: Store, path: Path) -> None:
    store.items.add("Chat", contents=[{"role": "user", "text": "hi"}, {"role": "assistant", "text": "hello"}])
    async with driving(path) as ui:
        await ui.press("e")
        assert ui.static("#text-label") == "Text: the first of 2"
        put(ui, "text", "hey")
        await ui.press("ctrl+s")
    assert [content.text for content in store.contents.of(store.items.get("Chat").id)] == ["hey", "hello"]
