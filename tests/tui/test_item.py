"""The screen of one item: texts, metadata, files, vectors, finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.test_hostile_text import BIDI, CONTROL, ESCAPE, MARKUP
from tui.screens.item.content_form import ContentForm
from tui.screens.item.item import ItemScreen
from tui.screens.item.meta_form import MetaForm
from tui.screens.items.items import ItemsScreen
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.editor import Editor
from tui.widgets.fields import Field
from tui.widgets.items.detail_parts import AboutReader, TextReader
from tui.widgets.items.item_lists import FileList, VectorList

TALK = (("system", "Be *brief*."), ("user", "How do I **retry**?\n- one"), ("assistant", "Retry, then retry again."))


@pytest.fixture
def chat(store: Store) -> Store:
    """The store, its newest item a conversation of three texts."""
    store.items.add("Chat", type="conversation", contents=[{"role": role, "text": text} for role, text in TALK])
    return store


def texts(store: Store) -> list[tuple[str, str]]:
    return [(each.role, each.text) for each in store.contents.of(store.items.get("Chat").id)]


def shown(ui: Driver) -> str:
    return ui.app.screen.query_one(TextReader).plain_text


def status(ui: Driver) -> str:
    return ui.app.screen.query_one(StatusLine).text


async def test_a_conversation_reads_as_one_with_markdown_rendered_or_as_it_is_written(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter")
        assert "─── system ───\nBe brief.\n\n─── user ───\nHow do I retry?\n• one\n\n─── assistant ───" in shown(ui)
        await ui.press("m")
        assert "How do I **retry**?\n- one" in shown(ui)
        await ui.press("escape")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.items.table.row.title == "Chat"


async def test_a_text_is_added_after_the_last_and_undone_and_redone(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "G", "a")
        assert isinstance(ui.app.screen, ContentForm)
        assert ui.app.screen.query_one("#role", Field).value == "user"
        await ui.write("Thanks")
        await ui.press("ctrl+s")
        assert ui.toasts == ["Added the text (user) · u undo"]
        assert status(ui).startswith("item   text 4 / 4")
        assert texts(chat) == [*TALK, ("user", "Thanks")]
        await ui.press("u")
        assert texts(chat) == [*TALK]
        await ui.press("U")
        assert texts(chat)[-1] == ("user", "Thanks")


async def test_enter_edits_the_text_under_the_cursor(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "j", "enter")
        editor = ui.app.screen.query_one("#text", Editor)
        assert editor.text == TALK[1][1]
        editor.text = "How?"
        await ui.press("ctrl+s")
        assert "How?" in shown(ui)
    assert texts(chat) == [TALK[0], ("user", "How?"), TALK[2]]


async def test_texts_are_moved_and_the_cursor_goes_with_them(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "J", "J")
        assert texts(chat) == [TALK[1], TALK[2], TALK[0]]
        assert status(ui).startswith("item   text 3 / 3")
        await ui.press("alt+up")
        assert texts(chat) == [TALK[1], TALK[0], TALK[2]]
        await ui.press("u")
        assert texts(chat) == [TALK[1], TALK[2], TALK[0]]


async def test_a_text_is_deleted_after_a_preview_and_enter_is_safe(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "j", "d")
        assert ui.static("#question").startswith("Delete the text “How do I **retry**?")
        assert "1 content" in ui.static("#text")
        await ui.press("enter")
        assert texts(chat) == [*TALK]
        await ui.press("d", "y")
        assert texts(chat) == [TALK[0], TALK[2]]
        assert ui.toasts[-1] == "The text is in Trash · u undo"
        await ui.press("u")
        assert texts(chat) == [*TALK]


async def test_a_role_is_changed_with_completion(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "R", "ctrl+u")
        await ui.write("to")
        await ui.press("right", "enter")
    assert texts(chat)[0] == ("tool", "Be *brief*.")


async def test_every_place_of_words_is_counted_and_gone_through(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "/")
        await ui.write("retry")
        assert "found 1 / 3" in status(ui)
        assert "text 2 / 3" in status(ui)
        await ui.press("enter", "n")
        assert "found 2 / 3" in status(ui)
        assert "text 3 / 3" in status(ui)
        await ui.press("N", "N")
        assert "found 3 / 3" in status(ui)
        await ui.press("escape")
        assert "found" not in status(ui)
        await ui.press("escape")
        assert isinstance(ui.app.screen, ItemsScreen)


async def test_what_stands_deep_in_a_line_of_a_megabyte_is_found_and_shown(store: Store, path: Path) -> None:
    store.items.add("Log", text="x" * 700_000 + "needle" + "y" * 300_000)
    async with driving(path, size=SMALL) as ui:
        await ui.press("enter")
        assert "cut after 20,000 characters" in shown(ui)
        await ui.press("/")
        await ui.write("needle")
        assert "699,800 characters before" in shown(ui)
        assert "needle" in ui.picture()


async def test_of_a_thousand_texts_those_around_the_cursor_are_read(store: Store, path: Path) -> None:
    contents = [{"role": "user", "text": f"message {n:04} " * 50} for n in range(1_000)]
    store.items.add("Long talk", contents=contents)
    async with driving(path) as ui:
        await ui.press("enter")
        assert len(shown(ui)) < 40_000
        assert "968 texts behind" in shown(ui)
        await ui.press("G")
        assert status(ui).startswith("item   text 1,000 / 1,000")
        assert "message 0999" in ui.picture()
        assert "texts before" in shown(ui)
        await ui.press("/")
        await ui.write("message 0500")
        assert "text 501 / 1,000" in status(ui)
        assert "message 0500" in ui.picture()


async def test_metadata_is_edited_with_a_live_check_and_says_which_keys_came_and_went(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "right", "e")
        assert isinstance(ui.app.screen, MetaForm)
        editor = ui.app.screen.query_one(Editor)
        editor.text = '{"a": 1, "b": 2'
        await ui.settle()
        assert ui.static("#meta-state") == "✗ 1:16 expecting ','"
        editor.text = '{"a": 1, "b": 2}'
        await ui.settle()
        assert ui.static("#meta-state") == "✔ +2 −1 keys"
        await ui.press("f2", "ctrl+s")
        assert ui.toasts == ["Saved the metadata: +2 −1 keys · u undo"]
        assert '"b": 2' in ui.app.screen.query_one(AboutReader).plain_text
    assert store.items.get("Reading list").meta_data == {"a": 1, "b": 2}


async def test_a_file_is_attached_verified_and_detached(store: Store, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "figure.txt"
    file.write_text("one")
    async with driving(path) as ui:
        await ui.press("enter", "right", "right", "a")
        await ui.write(str(file))
        await ui.press("enter", "enter")
        assert ui.toasts[-1] == "Attached “figure.txt”, left where it is · u undo"
        await ui.press("V")
        assert ui.app.screen.query_one(FileList).states[store.files.all()[0].id] == ("✔ same", "good")
        file.write_text("two, and more")
        await ui.press("V")
        assert "it has 13 bytes, and had 3" in ui.toasts[-1]
        await ui.press("x")
        assert store.files.all()[0].item_id is None
        await ui.press("u")
        assert store.files.all()[0].item_id == store.items.get("Reading list").id


async def test_a_copy_of_a_file_is_kept_by_the_store(store: Store, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "figure.txt"
    file.write_text("one")
    async with driving(path) as ui:
        await ui.press("enter", "right", "right", "a")
        await ui.write(str(file))
        await ui.press("enter", "down", "enter")
    file.unlink()
    assert store.files.read(store.files.all()[0].id) == b"one"


async def test_without_a_model_the_texts_are_queued_and_it_is_no_error(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "f5")
        assert ui.toasts[-1].startswith("○ queued: There is no model to embed with")
        assert {each.severity for each in ui.app._notifications} == {"information"}


async def test_f5_embeds_now_and_the_states_follow(store: Store, path: Path) -> None:
    from localstore.embedding.registration import register_builtin

    register_builtin(store, name="words", dim=32)
    async with driving(path) as ui:
        await ui.press("enter", "left")
        assert "○ queued" in ui.picture()
        await ui.press("f5")
        assert ui.toasts[-1].startswith("● embedded 1 text")
        assert "● fresh" in ui.picture()
        assert ui.app.screen.query_one(VectorList).blocks.length == 1
        store.contents.edit(store.contents.of("Reading list")[0].id, text="other")
        await ui.press("r")
        assert "◐ stale" in ui.picture()
        await ui.press("d", "y")
        assert store.embeddings.count() == 0


async def test_a_read_only_store_is_read_and_not_written(chat: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press("enter", "a", "e", "d", "J", "R", "f5", "right", "e", "right", "a")
        assert isinstance(ui.app.screen, ItemScreen)
        assert {said[:26] for said in ui.toasts} == {"The store is open for read"}
    assert texts(chat) == [*TALK]


async def test_the_help_and_the_footer_know_the_keys_of_each_part(chat: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("enter", "?")
        assert "The text one place down" in ui.picture()
        await ui.press("escape", "right", "right")
        assert "a Attach" in ui.picture()


async def test_hostile_text_is_harmless_on_every_part_and_form(store: Store, path: Path, tmp_path: Path) -> None:
    text = f"{MARKUP} {ESCAPE} {BIDI}\n**{ESCAPE}** [{MARKUP[:20]}](x) `{BIDI}`"
    item = store.items.add("", tags=[f"tag {n}" for n in range(200)], meta_data={ESCAPE: BIDI})
    store.contents.add(item.id, text, ESCAPE)
    store.contents.add(item.id, text, MARKUP)
    store.files.add(item_id=item.id, filename=ESCAPE, path=f"file://elsewhere/{BIDI}", size_bytes=1)
    async with driving(path, size=SMALL) as ui:
        await ui.press("enter")
        seen = [ui.picture()]
        await ui.press("m", "/")
        await ui.write("[red")
        seen.append(ui.picture())
        await ui.press("escape", "right")
        seen.append(ui.picture())
        await ui.press("right")
        seen.append(ui.picture())
        await ui.press("right", "left", "left", "left", "e", "f3")
        seen.append(ui.picture())
        await ui.press("escape", "d")
        seen.append(ui.picture())
        assert [bool(CONTROL.search(each)) for each in seen] == [False] * 6
        assert not [said for said in ui.toasts if "went wrong" in said]
