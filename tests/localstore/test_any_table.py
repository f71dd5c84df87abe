"""Any table by its columns: lists in any order, filters, names, links between items and tags."""

from __future__ import annotations

import pytest

from localstore.errors import InvalidFilter, InvalidValue, NotFound, Taken
from localstore.finding.table_filters import TableFilter
from localstore.lists.labels import LABELS
from localstore.models import BY_NAME
from localstore.store import Store

SORTS = [
    ("users", "full_name"),
    ("items", "organization_id"),
    ("items", "title"),
    ("items", "id"),
    ("events", "actor_id"),
]


@pytest.fixture
def full(store: Store) -> Store:
    """Some rows with empty and equal columns."""
    store.users.add("grace@example.org", "Grace")
    store.users.add("kay@example.org")
    lab = store.organizations.add("Lab", owner=store.local_user_id).id
    for number in range(23):
        home = lab if number % 3 else "-"
        store.items.add(f"Item {number % 7}", organization=home, tags=["even"] if number % 2 == 0 else [])
    return store


def walk(store: Store, table: str, sort: str, where: TableFilter | None = None) -> list[str]:
    """The keys of all rows, page by page."""
    found: list[str] = []
    after = None
    while True:
        page = store.table(table).page(where, sort=sort, after=after, limit=4)
        found += [row.key for row in page.rows]
        if (after := page.next) is None:
            return found


@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize(("table", "column"), SORTS)
def test_pages_in_any_order_hold_every_row_once(full: Store, table: str, column: str, way: str) -> None:
    keys = walk(full, table, way + column)
    assert sorted(keys) == sorted(full.table(table).keys())
    whole = [row.key for row in full.table(table).page(sort=way + column, limit=10_000).rows]
    assert keys == whole
    anchors = full.table(table).anchors(sort=way + column, step=5)
    fifth = [full.table(table).page(sort=way + column, after=at, limit=1).rows for at in anchors]
    assert [rows[0].key for rows in fifth if rows] == whole[5::5]


def test_a_list_shows_foreign_keys_by_name_and_never_a_secret(full: Store) -> None:
    row = full.table("organization_memberships").page(columns=("user_id", "organization_id", "role")).rows[0]
    assert row.values == {"user_id": "ada@example.org", "organization_id": "Lab", "role": "owner"}
    with pytest.raises(InvalidValue, match="hashed_password is not for lists"):
        full.table("users").page(columns=("hashed_password",))
    with pytest.raises(InvalidValue, match="cannot sort by 'key_hash'"):
        full.table("api_keys").page(sort="key_hash")
    got = full.table("users").get(full.local_user_id)
    assert (got.secrets, "hashed_password" in got.columns) == ({"hashed_password": False}, False)


@pytest.mark.parametrize(
    ("table", "line", "count"),
    [
        ("items", "item", 23),
        ("items", "LAB", 15),
        ("items", '"item 3"', 3),
        ("items", "organization=null", 8),
        ("items", "organization!=lab", 8),
        ("items", 'owner=ada@example.org title="Item 0"', 4),
        ("items", "title~%", 0),
        ("users", "is_active=yes full_name=null", 1),
        ("users", "full_name!=null", 2),
        ("users", "created>1d", 3),
        ("users", "created<1d", 0),
        ("users", "extras={}", 3),
        ("item_tag_links", "tag=EVEN", 12),
        ("organization_memberships", "user~ada role=owner", 1),
    ],
)
def test_a_filter_asks_for_words_and_columns(full: Store, table: str, line: str, count: int) -> None:
    where = TableFilter.parse(table, line)
    assert full.table(table).count(where) == count
    assert len(full.table(table).keys(where)) == count
    assert len(full.table(table).page(where, limit=100).rows) == count


@pytest.mark.parametrize(
    ("line", "words", "position"),
    [
        ("ada emial=x", "users has no column 'emial': did you mean 'email'?", 4),
        ("hashed_password~a", "users has no column 'hashed_password'", 0),
        ("is_active=perhaps", "is_active is true or false, not 'perhaps'", 0),
        ('ada "b', "a quote is open", 4),
        ("created>soon", "'soon' is neither a date", 0),
        ("id>3", "id is neither more nor less than anything", 0),
    ],
)
def test_a_filter_that_cannot_be_asked_names_the_place(full: Store, line: str, words: str, position: int) -> None:
    with pytest.raises(InvalidFilter) as caught:
        TableFilter.parse("users", line)
    assert words in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize("table", BY_NAME)
def test_every_table_has_a_name_for_its_rows(full: Store, table: str) -> None:
    assert table in LABELS
    found = full.table(table).search("", 3)
    assert [full.table(table).name_of(each.key) for each in found] == [each.name for each in found]


def test_rows_are_searched_by_name_note_and_the_end_of_their_id(full: Store) -> None:
    users = full.table("users")
    grace = users.search("grace")[0]
    assert (grace.name, grace.note) == ("grace@example.org", "Grace")
    assert users.search(grace.key[-8:]) == [grace]
    assert users.search("grace ada") == []
    with pytest.raises(NotFound, match="is gone: somebody deleted it"):
        users.name_of("00000000-0000-7000-8000-000000000000")


def test_values_of_a_column_are_known(full: Store) -> None:
    assert full.table("items").known("type") == ["note"]
    assert full.table("items").known("title") == [f"Item {number}" for number in range(7)]
    assert full.table("tags").known("color") == []


def test_an_organization_with_its_owner_is_one_action(store: Store) -> None:
    made = store.table("organizations").add(name="Lab")
    assert store.organizations.members(made.key)[0].role == "owner"
    store.undo()
    assert (store.organizations.count(), store.memberships.count()) == (0, 0)


def test_what_a_new_row_lacks_and_what_stays_is_said_with_its_column(full: Store) -> None:
    with pytest.raises(InvalidValue, match="title: a value is needed"):
        full.table("items").add(type="note")
    key = full.settings.set("import.split", "none").id
    with pytest.raises(InvalidValue, match="scope: it is chosen when the row is made"):
        full.table("settings").edit(key, scope="user")


# -- tag links and memberships


def test_a_tag_link_is_added_moved_to_another_tag_deleted_and_each_undone(full: Store) -> None:
    item = full.items.page().rows[0].id
    tag, other = full.tags.add("first").id, full.tags.add("second").id
    link = full.tag_links.add(item, tag)
    assert (link.item_id, link.tag_id) == (item, tag)
    with pytest.raises(Taken, match="carries this tag already"):
        full.tag_links.add(item, tag)
    before = full.items.get(item).updated_at
    full.tag_links.edit(f"{item}/{tag}", tag_id=other)
    assert full.items.get(item).updated_at > before
    full.undo()
    assert full.tag_links.get(f"{item}/{tag}").tag_id == tag
    full.redo()
    full.tag_links.delete(f"{item}/{other}")
    with pytest.raises(NotFound, match="no such tag link"):
        full.tag_links.get(f"{item}/{other}")
    full.undo()
    assert full.tag_links.get(f"{item}/{other}").tag_id == other
    assert full.check() == []


def test_a_membership_takes_a_known_role_and_no_pair_twice(full: Store) -> None:
    lab = full.organizations.page().rows[0].id
    grace = full.memberships.add("grace@example.org", lab).id
    with pytest.raises(InvalidValue, match="there is no role 'chief'"):
        full.memberships.edit(grace, role="chief")
    with pytest.raises(Taken, match="in this organization already"):
        full.memberships.edit(grace, user_id=full.local_user_id)
    assert full.memberships.edit(grace, role="viewer").role == "viewer"


def test_a_table_that_is_not_there_is_refused_with_the_names_of_those_that_are(store: Store) -> None:
    with pytest.raises(InvalidValue, match=r"table: there is no table 'none': one of ai_models, api_keys, .*, users"):
        store.table("none")
