from pathlib import Path
from typing import Any

import pytest

from localstore import InvalidValue, NotFound, Store
from localstore.ids import natural_id
from localstore.setting_keys import KNOWN, read
from tests.localstore.snapshots import everything


@pytest.fixture
def lab(store: Store) -> str:
    store.users.add("grace@example.org")
    return str(store.organizations.add("Lab").id)


def write(store: Store, key: str, value: str, at: str = "2026-01-01T00:00:00.000000Z", scope: str = "global") -> None:
    """A setting as another program writes it: JSON text, an id of its own."""
    person = store.local_user_id if scope == "user" else None
    with store.database.writing() as connection:
        sql = "INSERT INTO settings (scope, key, value, user_id, updated_at) VALUES (?, ?, ?, ?, ?)"
        connection.execute(sql, (scope, key, value, person, at))


@pytest.mark.parametrize(
    ("key", "default"),
    [("events.enabled", True), ("trash.keep_days", 30), ("import.split", "none"), ("embed.model", None)],
)
def test_a_setting_that_nobody_set_has_its_default(store: Store, key: str, default: object) -> None:
    found = store.settings.get(key)
    assert (found.value, found.origin, found.row, found.note) == (default, "default", None, "")


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_every_known_setting_says_what_it_takes_and_has_a_default_it_takes(key: str) -> None:
    known = KNOWN[key]
    assert known.help
    assert known.takes
    assert known.check(known.default, key) == known.default


def test_the_users_value_holds_before_the_organizations_and_that_before_everyones(store: Store, lab: str) -> None:
    store.organizations.set_default("lab")
    store.settings.set("trash.keep_days", 1)
    assert (store.settings.get("trash.keep_days").value, store.settings.get("trash.keep_days").origin) == (1, "global")
    store.settings.set("trash.keep_days", 2, organization="lab")
    found = store.settings.get("trash.keep_days")
    assert (found.value, found.origin) == (2, "organization")
    row = store.settings.set("trash.keep_days", 3, user="ada@example.org")
    found = store.settings.get("trash.keep_days")
    assert (found.value, found.origin) == (3, "user")
    assert found.row is not None
    assert found.row.id == row.id


def test_another_user_and_no_organization_can_be_asked_for(store: Store, lab: str) -> None:
    store.organizations.set_default("lab")
    store.settings.set("trash.keep_days", 2, organization="lab")
    store.settings.set("trash.keep_days", 3, "user")
    ask = store.settings.get
    assert ask("trash.keep_days", user="grace@example.org").value == 2
    assert ask("trash.keep_days", user="-").value == 2
    assert ask("trash.keep_days", user="-", organization="-").value == 30


def test_a_setting_has_the_same_id_on_every_device_and_is_set_in_place(store: Store, lab: str) -> None:
    first = store.settings.set("trash.keep_days", 2, organization="lab")
    assert first.id == natural_id("setting", "organization", "trash.keep_days", None, lab)
    assert store.settings.set("trash.keep_days", 5, organization="lab").id == first.id
    assert store.settings.count() == 1


def test_null_is_a_value(store: Store) -> None:
    store.settings.set("embed.model", "bge")
    store.settings.set("embed.model", None, "user")
    found = store.settings.get("embed.model")
    assert (found.value, found.origin) == (None, "user")
    with store.reading() as connection:
        assert ("null",) in connection.execute("SELECT value FROM settings").fetchall()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("events.enabled", "yes", "events.enabled: 'yes' is not true or false"),
        ("events.enabled", None, "events.enabled: 'None' is not true or false"),
        ("events.enabled", 1, "'1' is not true or false"),
        ("trash.keep_days", -1, "trash.keep_days: '-1' is not a whole number from 0"),
        ("trash.keep_days", True, "'True' is not a whole number from 0"),
        ("trash.keep_days", 1.5, "'1.5' is not a whole number from 0"),
        ("trash.keep_days", 2**63, "does not fit 64 bits"),
        ("import.split", "chapters", "import.split: 'chapters' is not none or headings"),
        ("import.split", ["none"], "is not none or headings"),
        ("embed.model", "", "embed.model: '' is not a text or null"),
        ("embed.model", "a\0", "NUL at character 1"),
    ],
)
def test_a_value_that_a_setting_does_not_take_is_refused(store: Store, key: str, value: object, message: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=message):
        store.settings.set(key, value)
    assert everything(store) == before


def test_an_unknown_key_is_refused_with_the_nearest(store: Store) -> None:
    before = everything(store)
    with pytest.raises(
        InvalidValue, match=r"key: there is no setting 'trash\.keep_day': did you mean 'trash\.keep_days'"
    ):
        store.settings.set("trash.keep_day", 3)
    assert everything(store) == before


def test_an_unknown_key_is_taken_when_it_is_meant(store: Store) -> None:
    store.settings.set("theirs.colour", {"a": [1]}, known=False)
    found = store.settings.get("theirs.colour")
    assert (found.value, found.origin) == ({"a": [1]}, "global")


def test_an_unknown_key_that_is_set_nowhere_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match=r"There is no setting 'embed\.modle': did you mean 'embed\.model'"):
        store.settings.get("embed.modle")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"scope": "world"}, "scope: there is no scope 'world': choose global, user, organization"),
        ({"scope": "global", "user": "ada@example.org"}, "a setting of scope global names no user"),
        ({"scope": "user", "organization": "lab"}, "a setting of scope user names no organization"),
        ({"user": "ada@example.org", "organization": "lab"}, "a setting of scope user names no organization"),
        ({"scope": "organization"}, "organization: name the organization: this store has no default one"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(store: Store, lab: str, where: dict[str, Any], message: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=message):
        store.settings.set("trash.keep_days", 3, **where)
    assert everything(store) == before


def test_what_holds_for_everyone_cannot_be_set_for_one(store: Store) -> None:
    with pytest.raises(InvalidValue, match=r"events\.enabled holds for everyone: set it with the scope global"):
        store.settings.set("events.enabled", False, "user")


# -- what other programs wrote


def test_of_two_rows_of_one_setting_the_one_written_last_counts(store: Store) -> None:
    write(store, "trash.keep_days", "1", "2026-01-01T00:00:00.000000Z")
    write(store, "trash.keep_days", "2", "2026-03-01T00:00:00.000000Z")
    write(store, "trash.keep_days", "3", "2026-02-01T00:00:00.000000Z")
    assert store.settings.get("trash.keep_days").value == 2


def test_setting_what_stands_twice_sets_the_one_that_counts_and_makes_no_third(store: Store) -> None:
    write(store, "trash.keep_days", "1", "2026-01-01T00:00:00.000000Z")
    write(store, "trash.keep_days", "2", "2099-01-01T00:00:00.000000Z")
    store.settings.set("trash.keep_days", 9)
    assert store.settings.get("trash.keep_days").value == 9
    assert store.settings.count() == 2


def test_an_invalid_stored_value_is_passed_over_with_a_note(store: Store) -> None:
    store.settings.set("trash.keep_days", 7)
    write(store, "trash.keep_days", '"many"', scope="user")
    found = store.settings.get("trash.keep_days")
    assert (found.value, found.origin) == (7, "global")
    assert found.note == "the user value was passed over: trash.keep_days: 'many' is not a whole number from 0"


def test_without_a_valid_value_the_default_holds_and_the_note_stays(store: Store) -> None:
    write(store, "import.split", "3")
    found = store.settings.get("import.split")
    assert (found.value, found.origin) == ("none", "default")
    assert "'3' is not none or headings" in found.note


def test_every_known_or_stored_setting_is_listed(store: Store) -> None:
    write(store, "theirs", "1")
    listed = {found.key: (found.value, found.origin) for found in store.settings.effective()}
    assert listed == {key: (known.default, "default") for key, known in KNOWN.items()} | {"theirs": (1, "global")}


# -- forgetting and editing


def test_a_setting_that_is_unset_falls_back_and_can_be_undone(store: Store) -> None:
    write(store, "trash.keep_days", "5")
    store.settings.set("trash.keep_days", 7)
    store.settings.unset("trash.keep_days")
    assert store.settings.get("trash.keep_days").origin == "default"
    store.undo()
    assert store.settings.get("trash.keep_days").value == 7


def test_unsetting_what_is_not_set_there_is_refused(store: Store) -> None:
    store.settings.set("trash.keep_days", 7)
    with pytest.raises(NotFound, match=r"There is no user setting 'trash\.keep_days'"):
        store.settings.unset("trash.keep_days", "user")


def test_a_change_of_a_setting_is_undone_and_redone(store: Store) -> None:
    store.settings.set("trash.keep_days", 7)
    store.settings.set("trash.keep_days", 8)
    store.undo()
    assert store.settings.get("trash.keep_days").value == 7
    store.redo()
    assert store.settings.get("trash.keep_days").value == 8


def test_an_edit_of_a_row_is_checked_too_and_cannot_move_it(store: Store) -> None:
    row = store.settings.set("trash.keep_days", 7)
    before = everything(store)
    with pytest.raises(InvalidValue, match="is not a whole number"):
        store.settings.edit(row.id, value="x")
    with pytest.raises(InvalidValue, match="key: only the value can be edited"):
        store.settings.edit(row.id, key="import.split")
    assert everything(store) == before
    assert store.settings.edit(row.id, value=8).value == 8


def test_the_event_of_a_setting_does_not_hold_its_value(store: Store) -> None:
    store.settings.set("theirs.token", "hush-hush", known=False)
    event = store.events.page(limit=1).rows[0]
    assert event.event_type == "setting.set"
    assert event.payload["key"] == "theirs.token"
    assert "hush" not in str(event.payload)


def test_settings_go_with_the_user_they_are_of(store: Store, lab: str) -> None:
    store.settings.set("trash.keep_days", 3, user="grace@example.org")
    entry = store.users.delete("grace@example.org")
    assert entry.deleted["settings"] == 1


def test_another_process_sees_a_setting_at_once(store: Store, tmp_path: Path) -> None:
    with Store.open(store.path) as other:
        other.settings.set("events.enabled", False)
    before = store.events.count()
    store.items.add("Quiet")
    assert store.events.count() == before


# -- typed


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("events.enabled", "off", False),
        ("events.enabled", "TRUE", True),
        ("trash.keep_days", " 14 ", 14),
        ("embed.model", "null", None),
        ("embed.model", "hub/bge@2", "hub/bge@2"),
        ("import.split", "headings", "headings"),
        ("theirs", "[1, 2]", [1, 2]),
        ("theirs", "plain", "plain"),
    ],
)
def test_what_a_person_types_is_read_as_the_setting_takes_it(key: str, text: str, value: object) -> None:
    assert read(key, text) == value


@pytest.mark.parametrize(("key", "text"), [("events.enabled", "perhaps"), ("trash.keep_days", "-3")])
def test_what_a_person_types_wrongly_is_left_for_the_check(store: Store, key: str, text: str) -> None:
    with pytest.raises(InvalidValue, match=f"'{text}' is not"):
        store.settings.set(key, read(key, text))
