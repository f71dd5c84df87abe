"""The form of a row of any table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from localstore.errors import InvalidValue
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.rows import fill, filled
from tui.record_fields import Kind, Spec, read, shown, specs
from tui.screens.forms.conflict import ThreeVersions
from tui.screens.records.form import RecordForm
from tui.screens.records.secrets import SecretDialog
from tui.screens.records.values import draft_name
from tui.widgets.reading.reader import Reader
from tui.widgets.records.field import RecordField

HOSTILE = "[/red] \u202eright\u202c \x1b[31m \x07 é̂ 👩‍🔬 tab\there"


@pytest.fixture
def full(store: Store) -> Store:
    return filled(store)


async def shows(ui: Driver, table: str, key: str | None = None, **given: Any) -> RecordForm:
    form = RecordForm(table, key, given)
    ui.app.push_screen(form)
    await ui.settle()
    return form


def field(form: RecordForm, column: str) -> RecordField:
    found = form.field(column)
    assert found is not None
    return found


def key_of(store: Store, table: str) -> str:
    return store.table(table).keys()[0]


# -- what is refused


async def test_a_value_that_another_row_holds_is_said_at_its_field(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "users")
        await ui.write("GRACE@example.org")
        await ui.press("ctrl+s")
        assert "is taken by the user" in field(form, "email").problem
        assert form.focused is field(form, "email").control
        assert full.drafts.get(draft_name("users", None)) is not None
    assert full.users.count() == 2


async def test_a_form_with_a_wrong_field_is_not_saved_and_goes_to_the_first(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "organization_memberships")
        await ui.press("down")
        await ui.press("ctrl+s")
        assert field(form, "user_id").problem == "a value is needed: choose one"
        assert form.focused is field(form, "user_id").control
        assert ui.toasts[-1] == "Not saved: User: a value is needed: choose one"
        assert "2 fields to correct" in ui.picture()


async def test_a_field_is_checked_a_moment_after_the_last_key(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "users")
        await ui.write("nobody")
        assert field(form, "email").problem == "'nobody' is no e-mail address: write it like ada@example.org"
        await ui.write("@example.org")
        assert field(form, "email").problem == ""


async def test_a_document_says_line_and_column_and_is_formatted(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "ai_models", key_of(full, "ai_models"))
        await fill(ui, "parameters", '{"dim": 3, "a" 1}')
        assert field(form, "parameters").problem == "1:16 expecting ':'"
        await ui.press("ctrl+s")
        assert ui.app.screen is form
        await fill(ui, "parameters", '{"dim":3,"a":1}')
        await ui.press("f2")
        assert field(form, "parameters").text == '{\n  "dim": 3,\n  "a": 1\n}'
        await ui.press("ctrl+s")
    assert full.ai_models.page().rows[0].parameters == {"dim": 3, "a": 1}


async def test_a_vector_of_another_length_than_the_models_is_refused(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "embeddings", key_of(full, "embeddings"))
        assert field(form, "vector").text == "[0.5, 0.25, 1.0]"
        await fill(ui, "vector", "[1, 2]")
        assert field(form, "vector").problem == "2 numbers, but vectors of this model have 3"
        await fill(ui, "vector", "[1, 2, 1e40]")
        assert field(form, "vector").problem == "[2]: 1e+40 does not fit float32"
        await fill(ui, "vector", "[3, 2, 1]")
        await ui.press("ctrl+s")
    assert full.embeddings.page().rows[0].array.tolist() == [3, 2, 1]


async def test_nothing_is_written_while_the_store_is_read_only(full: Store, path: Path) -> None:
    key = key_of(full, "tags")
    async with driving(path, read_only=True) as ui:
        form = await shows(ui, "tags", key)
        await ui.write("x")
        await ui.press("ctrl+s")
        assert ui.toasts[-1].startswith("The store is open for reading only")
        assert ui.app.screen is form
        await ui.press("escape")
    assert full.drafts.get(draft_name("tags", key)) is None


# -- what is written


async def test_only_the_columns_that_were_changed_are_written(full: Store, path: Path) -> None:
    key = full.users.resolve("grace@example.org")
    async with driving(path) as ui:
        await shows(ui, "users", key)
        full.users.edit(key, auth_provider="ldap")
        form = await shows(ui, "users", key)
        await fill(ui, "full_name", "Rear Admiral")
        await ui.press("ctrl+s")
        assert form not in ui.app.screen_stack
        assert ui.toasts[-1] == "Saved the user “grace@example.org” · u undo"
    with full.reading() as connection:
        noted = connection.execute("SELECT changes FROM undo_log ORDER BY seq DESC LIMIT 1").fetchone()[0]
    assert '"columns":{"full_name":["Grace Hopper","Rear Admiral"]}' in noted


async def test_a_link_that_may_be_empty_is_cleared_and_an_empty_text_is_none(full: Store, path: Path) -> None:
    key = key_of(full, "file_assets")
    full.files.edit(key, mime_type="text/plain")
    async with driving(path) as ui:
        form = await shows(ui, "file_assets", key)
        form.focus_field(field(form, "item_id"))
        await ui.press("delete")
        await fill(ui, "mime_type", "")
        await ui.press("ctrl+s")
    stored = full.files.get(key)
    assert (stored.item_id, stored.mime_type) == (None, None)


async def test_a_new_row_starts_with_what_is_given_and_the_local_user_owns_it(full: Store, path: Path) -> None:
    lab = full.organizations.add("Lab").id
    async with driving(path) as ui:
        form = await shows(ui, "items", organization_id=lab, title="Given")
        assert field(form, "organization_id").name_of_row == "Lab"
        assert field(form, "owner_id").name_of_row == "ada@example.org"
        await ui.press("ctrl+s")
    assert full.items.get("Given").organization_id == lab


async def test_an_api_key_is_shown_once_and_no_secret_ever_again(full: Store, path: Path) -> None:
    full.users.set_password("ada@example.org", "correct horse")
    hashed = str(full.local_user.hashed_password)
    async with driving(path) as ui:
        await shows(ui, "api_keys")
        await fill(ui, "description", "robot")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, SecretDialog)
        secret = ui.app.screen.secret
        assert secret in ui.picture()
        assert "it is never shown again" in ui.picture()
        await ui.press("c", "escape")
        assert "OSC 52" in ui.toasts[-1]
        await shows(ui, "api_keys", str(full.api_keys.verify(secret).id))
        assert "Key: set; it was shown once" in ui.picture()
        assert secret not in ui.picture()
        await shows(ui, "users", full.local_user_id)
        assert "Password: set; p in the list of users sets it" in ui.picture()
        assert hashed[:20] not in ui.picture()


async def test_a_role_that_no_rule_knows_stays_until_another_is_chosen(full: Store, path: Path) -> None:
    key = key_of(full, "organization_memberships")
    with full.database.writing() as connection:
        connection.execute("UPDATE organization_memberships SET role = 'chief'")
    async with driving(path) as ui:
        form = await shows(ui, "organization_memberships", key)
        assert "● chief" in ui.picture()
        form.focus_field(field(form, "role"))
        await ui.press("v", "ctrl+s")
    assert full.memberships.get(key).role == "viewer"


async def test_letters_on_a_choice_go_to_no_other_screen(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "users", full.local_user_id)
        form.focus_field(field(form, "is_superuser"))
        await ui.press("q", "1", "u", "y")
        assert ui.app.screen is form
        assert field(form, "is_superuser").text == "true"


async def test_the_external_editor_writes_the_field_that_has_the_focus(full: Store, path: Path) -> None:
    key = key_of(full, "contents")
    async with driving(path) as ui:
        form = await shows(ui, "contents", key)
        ui.app.edit_text = lambda text, suffix: f"{text}{suffix}"
        form.focus_field(field(form, "text"))
        await ui.press("ctrl+g", "ctrl+s")
    assert str(full.contents.get(key).text).endswith(".md")


async def test_values_that_other_rows_have_are_offered(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = await shows(ui, "contents")
        form.focus_field(field(form, "role"))
        await ui.press("f3")
        await ui.write("assi")
        await ui.press("enter")
        assert field(form, "role").text == "assistant"


# -- drafts and conflicts


async def test_what_was_not_saved_comes_back_and_can_be_dropped(full: Store, path: Path) -> None:
    key = full.organizations.resolve("readers")
    async with driving(path) as ui:
        await shows(ui, "organizations", key)
        await ui.write(" of papers")
        await ui.press("escape")
        assert "the draft is kept" in ui.toasts[-1]
        form = await shows(ui, "organizations", key)
        assert field(form, "name").text == "Reading group of papers"
        assert "Draft of" in ui.picture()
        await ui.press("ctrl+r")
        assert field(form, "name").text == "Reading group"
    assert full.drafts.get(draft_name("organizations", key)) is None


async def test_two_versions_stand_side_by_side_and_mine_or_theirs_is_taken(full: Store, path: Path) -> None:
    key = full.organizations.resolve("readers")
    async with driving(path) as ui:
        form = await shows(ui, "organizations", key)
        await ui.write(" mine")
        full.organizations.edit(key, name="Theirs")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ThreeVersions)
        assert "Reading group mine" in ui.picture()
        assert "Theirs" in ui.picture()
        await ui.press("t", "y")
        assert field(form, "name").text == "Theirs"
        await ui.write("!")
        full.organizations.edit(key, plan_type="team")
        await ui.press("ctrl+s")
    stored = full.organizations.get(key)
    assert (stored.name, stored.plan_type) == ("Theirs!", "team")


async def test_a_conflict_of_moments_and_vectors_can_be_read(full: Store, path: Path) -> None:
    key = key_of(full, "embeddings")
    async with driving(path) as ui:
        await shows(ui, "embeddings", key)
        await fill(ui, "vector", "[1, 1, 1]")
        full.embeddings.edit(key, vector=[2, 2, 2])
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ThreeVersions)
        assert ui.app.screen.query_one(Reader) is not None
        assert "[2.0, 2.0, 2.0]" in ui.picture()


async def test_a_row_that_is_gone_closes_its_form_with_a_sentence(full: Store, path: Path) -> None:
    key = full.tags.add("gone").id
    full.tags.delete(key)
    async with driving(path) as ui:
        form = await shows(ui, "tags", key)
        assert form not in ui.app.screen_stack
        assert "gone: somebody deleted it" in ui.toasts[-1]


# -- hostile text


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("items", ["title", "type", "description"]),
        ("contents", ["role", "text"]),
        ("file_assets", ["filename", "path", "mime_type", "checksum"]),
    ],
)
async def test_hostile_text_is_shown_harmlessly_and_stays_as_it_is(
    full: Store, path: Path, table: str, columns: list[str]
) -> None:
    rows = full.table(table)
    key = key_of(full, table)
    rows.edit(key, **dict.fromkeys(columns, HOSTILE))
    async with driving(path, size=SMALL) as ui:
        form = await shows(ui, table, key)
        assert "\x1b" not in ui.picture()
        assert "\u202e" not in ui.picture()
        assert "[/red]" in ui.picture()
        assert form.texts == {}
        await ui.press("ctrl+s")
    assert [rows.get(key).columns[column] for column in columns] == [HOSTILE] * len(columns)


@pytest.mark.parametrize("text", ["x" * 1_000_000, "é\u202e\n" * 333_333 + "."])
async def test_a_megabyte_is_shown_in_part_and_kept_whole(full: Store, path: Path, text: str) -> None:
    key = key_of(full, "contents")
    full.contents.edit(key, text=text)
    async with driving(path) as ui:
        form = await shows(ui, "contents", key)
        assert "the first 2,000 of 1,000,000 characters" in ui.picture()
        assert field(form, "text").text == text
        await fill(ui, "role", "system")
        await ui.press("ctrl+s")
    stored = full.contents.get(key)
    assert (stored.role, stored.text == text) == ("system", True)


# -- fields, without a screen


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("size_bytes", "many", "'many' is no whole number"),
        ("size_bytes", "9" * 20, f"{'9' * 20} does not fit 64 bits"),
        ("filename", " ", "a value is needed: write one"),
        ("filename", "a\0b", "NUL at character 1: remove it"),
        ("path", "x" * 2_001, "2,001 bytes; at most 2,000: shorten it"),
        ("meta_data", "[]", "1:1 expecting an object: {…}"),
        ("meta_data", '{"a": NaN}', "NaN has no place in JSON: use null"),
        ("owner_id", "", "a value is needed: choose one"),
    ],
)
def test_a_text_that_is_no_value_is_refused_in_a_sentence(column: str, text: str, words: str) -> None:
    spec = next(spec for spec in specs("file_assets", new=True) if spec.column == column)
    with pytest.raises(InvalidValue, match=f"^{re.escape(words)}$"):
        read(spec, text)


@pytest.mark.parametrize(
    ("kind", "text", "back"),
    [(Kind.TIME, "2026-01-31T09:30:00+02:00", "2026-01-31T07:30:00.000000Z"), (Kind.TIME, "", "")],
)
def test_a_moment_is_read_with_its_zone(kind: Kind, text: str, back: str) -> None:
    spec = Spec("api_keys", "expires_at", kind, null=True)
    assert shown(spec, read(spec, text)) == back
