"""Admin, driven as a person drives it: every table listed, filtered, opened, written and deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.models import BY_NAME
from localstore.store import Store
from tests.tui.pilot import SMALL, driving
from tests.tui.rows import NEW, close_secret, fill, fill_all, filled, keys, open_table
from tui.glyphs import STAR
from tui.messages import Changed
from tui.screens.records.admin import AdminScreen
from tui.screens.records.delete import RecordDelete
from tui.screens.records.form import RecordForm
from tui.screens.records.secrets import SecretDialog
from tui.widgets.bottom_lines import StatusLine


def status(screen: AdminScreen) -> str:
    return screen.query_one("#status", StatusLine).text


@pytest.fixture
def full(store: Store) -> Store:
    return filled(store)


@pytest.mark.parametrize("table", BY_NAME)
async def test_rows_of_every_table_are_listed_filtered_opened_made_changed_and_deleted(
    full: Store, path: Path, table: str
) -> None:
    written, rows = NEW[table], full.table(table)
    before = rows.count()
    async with driving(path) as ui:
        admin = await open_table(ui, table)
        assert sorted(keys(admin)) == sorted(rows.keys())
        await ui.press("n")
        await fill_all(ui, written.links | written.texts)
        await ui.press("ctrl+s")
        await close_secret(ui)
        assert rows.count() > before
        await ui.press("/")
        await ui.write(written.find)
        await ui.press("enter")
        made = admin.table.key
        assert made is not None
        assert keys(admin)[0] == made
        assert len(keys(admin)) < rows.count()
        await ui.press("enter")
        form = ui.app.screen
        assert isinstance(form, RecordForm)
        await fill(ui, *written.change)
        await ui.press("ctrl+s")
        assert ui.app.screen is admin
        made = admin.table.key
        assert made is not None
        stored = rows.get(made)
        assert {**stored.columns, **stored.names}[written.change[0]] == written.changed
        await ui.press("d", "y")
        assert ui.toasts[-1].endswith("in Trash · u undo")
        left = rows.keys()
        assert made not in left
        await ui.press("u")
        assert made in keys(admin)


# -- users, organizations, members


async def test_the_stores_own_user_is_not_deleted_and_the_sentence_says_so(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "users")
        assert admin.table.key == full.local_user_id
        await ui.press("d", "y")
        assert "this is the store's own user" in ui.toasts[-1]
        await ui.press("a")
        assert "it stays active" in ui.toasts[-1]
        assert f"ada@example.org {STAR} you" in ui.picture()
    assert full.users.count() == 2


@pytest.mark.parametrize(("keys", "items"), [(["y"], 3), (["i", "y"], 2)])
async def test_deleting_an_organization_keeps_its_items_or_takes_them_too(
    full: Store, path: Path, keys: list[str], items: int
) -> None:
    full.items.edit("Retry with backoff", organization="readers")
    async with driving(path) as ui:
        await open_table(ui, "organizations")
        await ui.press("d")
        assert isinstance(ui.app.screen, RecordDelete)
        assert ui.static("#question") == "Delete the organization “Reading group”?"
        assert "● keep the items and events   ○ delete them too" in ui.static("#choice")
        await ui.press(*keys)
        assert ui.toasts[-1] == "1 organization in Trash · u undo"
        assert full.items.count() == items
        await ui.press("u")
    assert full.items.get("Retry with backoff").organization_id == full.organizations.resolve("readers")


async def test_a_password_is_written_blind_and_twice(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "users")
        await ui.press("j", "p")
        assert ui.static("#question") == "New password of grace@example.org"
        await ui.write("horse")
        assert "horse" not in ui.picture()
        await ui.press("enter", "x", "enter")
        assert ui.static("#said").startswith("The two are not the same")
        await ui.write("horse")
        await ui.press("enter")
        await ui.write("horse")
        await ui.press("enter")
        assert ui.app.screen is admin
        assert full.users.verify_password("grace@example.org", "horse")
        await ui.press("p", "enter", "enter")
        assert ui.static("#said") == "Write a password: an empty one is none."
        await ui.press("escape", "P")
        assert full.users.verify_password("grace@example.org", "horse")
        await ui.press("y")
    assert not full.users.get("grace@example.org").hashed_password


async def test_a_question_is_about_the_row_it_was_asked_of(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "users")
        asked: list[str] = []
        admin._ask("gone first", lambda _: asked.append("first"))
        admin.named(lambda name: asked.append(f"second {name}"), "its own")
        assert asked == ["second its own"]
        await ui.settle()
        await ui.press("p")
        admin.named(lambda name: asked.append(name), "behind a dialog")
        assert asked == ["second its own"]


async def test_the_left_arrow_goes_back_to_the_tables(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "users")
        await ui.press("left")
        assert admin.focused is admin.rail


async def test_a_user_is_deactivated_and_activated(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "users")
        await ui.press("j", "a")
        assert ui.toasts[-1] == "grace@example.org is not active any more · u undo"
        assert admin.table.row.values["is_active"] == 0
        await ui.press("u")
    assert full.users.get("grace@example.org").is_active


async def test_a_member_of_an_organization_gets_another_role(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "organizations")
        await ui.press("m")
        assert admin.table_name == "organization_memberships"
        assert [row.values["role"] for row in [admin.table.row]] == ["owner"]
        await ui.press("c")
        await ui.write("view")
        await ui.press("enter")
        assert admin.table.row.values["role"] == "viewer"
        await ui.press("n")
        form = ui.app.screen
        assert isinstance(form, RecordForm)
        assert form.texts == {}
        assert "Reading group" in ui.picture()
    assert full.memberships.role("ada@example.org", "readers") == "viewer"


async def test_the_default_organization_is_chosen_and_starred(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        await open_table(ui, "organizations")
        await ui.press("o")
        assert full.organizations.default is not None
        assert f"Reading group {STAR} default" in ui.picture()
        await ui.press("o")
    assert full.organizations.default is None


# -- API keys


async def test_a_key_is_made_verified_and_revoked(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "api_keys")
        await ui.press("n")
        await fill(ui, "scopes", '["items:read"]')
        await fill(ui, "description", "robot")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, SecretDialog)
        secret = ui.app.screen.secret
        await ui.press("escape", "v")
        await ui.write(secret)
        assert secret not in ui.picture()
        await ui.press("enter")
        assert ui.toasts[-1] == "It is ada@example.org's and may do items:read."
        assert admin.table.row.values["description"] == "robot"
        await ui.press("x", "y")
        assert ui.toasts[-1] == "The API key “robot” is revoked for good."
        assert "✗ revoked" in ui.picture()
        await ui.press("v")
        await ui.write(secret)
        await ui.press("enter")
        assert "was revoked: make a new one" in ui.toasts[-1]


# -- the list


async def test_marked_rows_are_counted_deleted_and_brought_back(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "contents")
        await ui.press("*", "space")
        assert "2 marked" in status(admin)
        await ui.press("d")
        assert ui.static("#text").startswith("2 contents")
        await ui.press("enter")
        assert full.contents.count() == 3
        await ui.press("d", "y")
        assert ui.toasts[-1] == "2 contents in Trash · u undo"
        assert len(keys(admin)) == 1
        await ui.press("u")
        assert len(keys(admin)) == 3


async def test_a_filter_that_cannot_be_asked_is_said_under_its_place(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "tags")
        await ui.press("/")
        await ui.write("nlp colour=red")
        assert "character 5: tags has no column 'colour': did you mean 'color'?" in ui.picture()
        assert len(keys(admin)) == 2
        await ui.press("escape")
        assert len(keys(admin)) == 2
        await ui.write("nothing")
        assert "No tags in this filter" in ui.picture()


async def test_s_and_a_click_on_a_heading_sort(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "items")
        assert "updated ↓" in ui.picture()
        await ui.press("s")
        first = [full.items.get(key).title for key in keys(admin)]
        assert first == ["Attention is all you need", "Reading list", "Retry with backoff"]
        await ui.pilot.click("#rows", offset=(4, 0))
        await ui.settle()
        assert admin.table.sort == "-title"
        assert full.items.get(keys(admin)[0]).title == "Retry with backoff"


async def test_a_change_by_somebody_else_is_said_and_moves_nothing(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "tags")
        full.tags.add("aaa")
        ui.app.on_changed(Changed())
        await ui.settle()
        assert "list changed" in status(admin)
        assert len(keys(admin)) == 2
        await ui.press("r")
        assert len(keys(admin)) == 3
        assert "Tags                   3" in ui.picture()


async def test_an_empty_table_says_what_belongs_there_and_the_key(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await open_table(ui, "organizations")
        assert "No organizations yet" in ui.picture()
        assert "n makes the first one." in ui.picture()


async def test_a_narrow_screen_shows_the_tables_first_and_then_the_rows(full: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("8")
        assert "Organizations" in ui.picture()
        assert "ada@example.org" not in ui.picture()
        await ui.press("enter")
        assert "ada@example.org" in ui.picture()
        assert "Tag links" not in ui.picture()
        await ui.press("escape")
        assert "Tag links" in ui.picture()
        await ui.press("escape")
        assert not isinstance(ui.app.screen, AdminScreen)


async def test_a_store_for_reading_only_is_looked_at_and_not_written(full: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        admin = await open_table(ui, "tags")
        await ui.press("d", "n")
        assert ui.app.screen is admin
        assert ui.toasts[-1] == "The store is open for reading only: start without --read-only to write."


async def test_what_was_written_elsewhere_meanwhile_is_there_when_one_comes_back(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        admin = await open_table(ui, "tags")
        await ui.press("1")
        full.tags.add("aaa")
        await ui.press("8")
        assert ui.app.screen is admin
        assert len(keys(admin)) == 3
