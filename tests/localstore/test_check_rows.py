"""Check of rows that only other programs write: references, values, vectors; a repair loses nothing of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from localstore import Store, ids
from localstore.checking.finding import Finding
from localstore.errors import InvalidValue
from tests.localstore.damage import loosely
from tests.localstore.snapshots import everything

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def world(store: Store) -> Store:
    """A store with an item of an organization, a text, its vector, a tag and an event."""
    store.organizations.add("Lab")
    item = store.items.add("Title", text="body", tags=["tag"], organization="lab")
    store.ai_models.add("m", "p", parameters={"dim": 2})
    store.embeddings.put_one("m", [1.0, 2.0], content=store.contents.of(item.id)[0].id)
    return store


def kinds(findings: list[Finding]) -> list[tuple[str, str, int, bool]]:
    return [(one.kind, one.table, one.count, one.repaired) for one in findings]


def value(store: Store, sql: str) -> object:
    with store.reading() as connection:
        return connection.execute(sql).fetchall()[0][0]


# -- references


def test_a_key_that_may_be_empty_is_emptied(world: Store) -> None:
    loosely(world, f"UPDATE items SET organization_id = '{NOBODY}'")
    (found,) = world.check()
    assert found.row == world.items.get("Title").id
    assert f"such as {ids.short(found.row)} (organization_id {ids.short(NOBODY)})" in found.message
    assert kinds(world.check(repair=True)) == [("reference", "items", 1, True)]
    assert world.items.get("Title").organization_id is None
    assert world.events.all()[0].payload["keys"] == [[found.row, NOBODY]]
    assert world.check() == []


def test_a_row_without_what_it_must_hang_on_goes_to_the_trash_with_what_hangs_on_it(world: Store) -> None:
    loosely(world, f"UPDATE contents SET item_id = '{NOBODY}'")
    assert kinds(world.check(repair=True)) == [("reference", "contents", 1, True)]
    (entry,) = world.trash.entries()
    assert entry.deleted == {"contents": 1, "embeddings": 1}
    assert world.check() == []
    with pytest.raises(InvalidValue, match="it belongs to was deleted: restore that first"):
        world.trash.restore(entry.id)
    loosely(world, f"UPDATE items SET id = '{NOBODY}'")
    loosely(world, f"UPDATE item_tag_links SET item_id = '{NOBODY}'")
    world.trash.restore(entry.id)
    assert world.contents.of("Title")[0].text == "body"


def test_an_owner_who_is_gone_is_made_anew_so_that_nothing_of_theirs_goes(world: Store) -> None:
    loosely(world, f"UPDATE items SET owner_id = '{NOBODY}'")
    assert kinds(world.check(repair=True)) == [("reference", "users", 1, True)]
    assert world.items.get("Title").owner.email == f"{NOBODY}@lost.invalid"
    assert world.check() == []


def test_a_store_whose_own_person_is_gone_gets_one_again(world: Store) -> None:
    loosely(world, "DELETE FROM users")
    assert ("reference", "users", 1, True) in kinds(world.check(repair=True))
    assert world.local_user.id == world.local_user_id
    assert world.check() == []


# -- values


class Bad(NamedTuple):
    """A value that is refused, what it becomes, and how the sentence reads."""

    statement: str
    table: str
    message: str
    read: str
    right: object


RIGHT = {
    "NUL in a text": Bad(
        "UPDATE contents SET text = 'a' || char(0)",
        "contents",
        "text: NUL at character 1",
        "SELECT text FROM contents",
        "a",
    ),
    "a NUL inside JSON": Bad(
        'UPDATE items SET meta_data = \'{"a":"b\\u0000"}\'',
        "items",
        "meta_data.a: NUL",
        "SELECT meta_data FROM items",
        '{"a":"b"}',
    ),
    "no JSON at all": Bad(
        "UPDATE items SET meta_data = ''", "items", "meta_data: not JSON", "SELECT meta_data FROM items", "{}"
    ),
    "JSON as other languages write it": Bad(
        "UPDATE items SET meta_data = '{a: 1, b: ''x'',}'",
        "items",
        "meta_data: not JSON",
        "SELECT meta_data FROM items",
        '{"a":1,"b":"x"}',
    ),
    "JSON within a text": Bad(
        """UPDATE items SET meta_data = '"{\\"a\\":1}"'""",
        "items",
        "meta_data: expected an object",
        "SELECT meta_data FROM items",
        '{"a":1}',
    ),
    "a number that JSON does not have": Bad(
        "UPDATE items SET meta_data = '{\"a\":NaN}'",
        "items",
        "meta_data.a: nan has no place in JSON",
        "SELECT meta_data FROM items",
        '{"a":null}',
    ),
    "a time as SQLite writes it": Bad(
        "UPDATE items SET created_at = '2020-02-01 10:20:30'",
        "items",
        "has no time zone",
        "SELECT created_at FROM items",
        "2020-02-01T10:20:30.000000Z",
    ),
    "a time of another zone": Bad(
        "UPDATE items SET created_at = '2020-02-01T10:20:30+02:00'",
        "items",
        "is a time in another form",
        "SELECT created_at FROM items",
        "2020-02-01T08:20:30.000000Z",
    ),
    "neither true nor false": Bad(
        "UPDATE users SET is_active = 7",
        "users",
        "is_active: 7 is neither 0 nor 1",
        "SELECT is_active FROM users",
        1,
    ),
    "another dim than numbers": Bad(
        "UPDATE embeddings SET dim = 5",
        "embeddings",
        "1 vectors have another dim than numbers",
        "SELECT dim FROM embeddings",
        2,
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_value_whose_meaning_is_plain_is_corrected(world: Store, name: str) -> None:
    bad = RIGHT[name]
    loosely(world, bad.statement)
    (found,) = world.check()
    assert (found.table, bad.message in found.message, ids.short(found.row) in found.message) == (bad.table, True, True)
    assert [one.repaired for one in world.check(repair=True)] == [True]
    assert value(world, bad.read) == bad.right
    assert world.check() == []


UNKNOWN = {
    "no JSON": ("UPDATE items SET meta_data = 'no'", "meta_data: not JSON"),
    "a list where an object belongs": ("UPDATE items SET meta_data = '[1]'", "meta_data: expected an object"),
    "no UTF-8": ("UPDATE items SET description = CAST(x'ff' AS TEXT)", "description: not UTF-8"),
    "a day that does not exist": (
        "UPDATE items SET created_at = '2020-02-31T00:00:00.000000Z'",
        "is not a day and time that exists",
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_value_that_nobody_can_know_is_explained_and_stays(world: Store, name: str) -> None:
    statement, message = UNKNOWN[name]
    loosely(world, statement)
    (found,) = world.check(repair=True)
    assert (found.kind, found.table, found.repaired) == ("value", "items", False)
    assert f"{message}" in found.message
    assert found.message.endswith("; edit or delete them")
    assert [one.message for one in world.check()] == [found.message]


def test_a_row_of_which_one_value_cannot_be_known_keeps_the_others_corrected_or_told(world: Store) -> None:
    loosely(world, "UPDATE items SET meta_data = '', created_at = 'yesterday'")
    assert kinds(world.check(repair=True)) == [("value", "items", 1, False), ("value", "items", 1, True)]
    assert kinds(world.check()) == [("value", "items", 1, False)]


# -- vectors


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE embeddings SET vector = x'0000c07f0000803f'", "a number that is not finite"),
        ("UPDATE embeddings SET vector = x'0000c07f00'", "5 bytes are no whole float32 numbers"),
        ("UPDATE embeddings SET vector = x''", "no numbers at all"),
    ],
    ids=["not finite", "cut off", "empty"],
)
def test_a_vector_that_cannot_be_used_goes_to_the_trash(world: Store, statement: str, message: str) -> None:
    loosely(world, statement)
    (found,) = world.check()
    assert (found.kind, found.table) == ("vector", "embeddings")
    assert message in found.message
    assert kinds(world.check(repair=True)) == [("vector", "embeddings", 1, True)]
    assert [entry.deleted for entry in world.trash.entries()] == [{"embeddings": 1}]
    assert world.check() == []


def of_three_numbers(store: Store) -> None:
    """Give the model a second vector, of another length."""
    store.items.add("other", text="other")
    store.embeddings.put_one("m", [3.0, 4.0], content=store.contents.of("other")[0].id)
    last = "(SELECT max(id) FROM embeddings)"
    loosely(store, f"UPDATE embeddings SET vector = x'{'00' * 12}', dim = 3 WHERE id = {last}")


def test_vectors_of_another_length_than_their_model_says_go_to_the_trash(world: Store) -> None:
    of_three_numbers(world)
    (found,) = world.check(repair=True)
    assert found.repaired
    assert "1 vectors of p/m do not have 2 numbers" in found.message
    assert world.check() == []
    assert len(world.trash.entries()) == 1


def test_where_nobody_says_which_length_is_right_a_person_is_asked(world: Store) -> None:
    loosely(world, "UPDATE ai_models SET parameters = '{}'")
    of_three_numbers(world)
    (found,) = world.check(repair=True)
    assert not found.repaired
    assert "set parameters.dim of the model to say which length is right" in found.message


# -- the copy


def changed(store: Store) -> None:
    loosely(store, "INSERT INTO tags (name) VALUES ('TAG')", "UPDATE users SET is_active = 7")


def derived(store: Store) -> None:
    loosely(store, "DELETE FROM embedding_states")


@pytest.mark.parametrize(("spoil", "copies"), [(changed, 1), (derived, 0)])
def test_a_copy_is_kept_before_rows_are_changed_and_only_then(
    world: Store, tmp_path: Path, spoil: Callable[[Store], None], copies: int
) -> None:
    spoil(world)
    before = everything(world, local=False)
    assert all(one.repaired for one in world.check(repair=True))
    kept = sorted(tmp_path.glob("store.db.before-repair-*"))
    assert len(kept) == copies
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600] * copies
    assert world.check(repair=True) == []
    assert len(list(tmp_path.glob("store.db.before-repair-*"))) == copies
    rows = [everything(store, local=False) for store in map(Store.open, kept)]
    assert rows == [before] * copies
    world.check(repair=True, copy=False)
