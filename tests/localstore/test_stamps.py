"""``updated_at`` rises whenever a row changes, whatever program writes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import InvalidValue, Store, times
from localstore.models import BY_NAME
from localstore.tables import columns
from tests.localstore import foreign
from tests.localstore.world import World, dump, populate


@pytest.fixture
def world(store: Store) -> World:
    return populate(store)


def stamp_of(store: Store, table: str, pk: str) -> str:
    return str(dump(store)[table][pk]["updated_at"])


COLUMNS = {
    "users": "full_name",
    "organizations": "name",
    "organization_memberships": "role",
    "ai_models": "version",
    "items": "meta_data",
    "contents": "text",
    "embeddings": "meta_data",
    "file_assets": "checksum",
    "events": "payload",
    "tags": "color",
    "settings": "value",
    "api_keys": "scopes",
}


@pytest.mark.parametrize(("table", "column"), COLUMNS.items())
def test_foreign_edits_of_any_table_move_its_time_each(store: Store, world: World, table: str, column: str) -> None:
    pk = getattr(world, table)
    before = stamp_of(store, table, pk)
    foreign.write(store.path, (f"UPDATE {table} SET {column} = '[1]' WHERE id = ?", (pk,)))
    first = stamp_of(store, table, pk)
    foreign.write(store.path, (f"UPDATE {table} SET {column} = '[2]' WHERE id = ?", (pk,)))
    assert before < first < stamp_of(store, table, pk)


@pytest.mark.parametrize(
    ("old", "floor"),
    [
        ("2999-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000001Z"),
        ("2999-01-01T00:00:00.000009Z", "2999-01-01T00:00:00.000010Z"),
        ("2999-01-01T00:00:00.999998Z", "2999-01-01T00:00:00.999999Z"),
        ("2999-01-01T00:00:00.999999Z", "2999-01-01T00:00:01.000000Z"),
        ("2999-12-31T23:59:59.999999Z", "3000-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999998Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
@pytest.mark.parametrize("ours", [False, True])
def test_a_time_in_the_future_moves_by_a_microsecond(store: Store, old: str, floor: str, ours: bool) -> None:
    item = store.items.add("Title", updated_at=old)
    if ours:
        store.items.edit(item.id, title="Other")
    else:
        foreign.write(store.path, "UPDATE items SET title = 'Other'")
    stamp = stamp_of(store, "items", item.id)
    assert old < floor <= stamp
    assert (times.from_text(stamp) - times.from_text(floor)).total_seconds() <= 1


@pytest.mark.parametrize("ours", [False, True])
def test_the_last_moment_there_is_stays(store: Store, ours: bool) -> None:
    last = "9999-12-31T23:59:59.999999Z"
    item = store.items.add("Title", updated_at=last)
    if ours:
        store.items.edit(item.id, title="Other")
    else:
        foreign.write(store.path, "UPDATE items SET title = 'Other'")
    assert (stamp_of(store, "items", item.id), store.items.get(item.id).title) == (last, "Other")


def test_edits_within_a_millisecond_have_times_of_their_own(store: Store) -> None:
    item = store.items.add("Title")
    ahead = times.to_text(item.updated_at.replace(year=2999, microsecond=999_999))
    edits = [f"UPDATE items SET title = '{title}'" for title in "abc"]
    foreign.write(store.path, ("UPDATE items SET updated_at = ?", (ahead,)), *edits)
    rise = times.from_text(stamp_of(store, "items", item.id)) - times.from_text(ahead)
    assert 3e-6 <= rise.total_seconds() < 2


@pytest.mark.parametrize("stamp", ["2001-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"])
def test_a_time_that_the_writer_gives_is_kept(store: Store, stamp: str) -> None:
    item = store.items.add("Title")
    foreign.write(store.path, ("UPDATE items SET title = 'x', updated_at = ?", (stamp,)))
    assert stamp_of(store, "items", item.id) == stamp
    assert (
        times.to_text(store.items.edit(item.id, title="y", updated_at=stamp[:-2] + "1Z").updated_at)
        == stamp[:-2] + "1Z"
    )


def test_a_foreign_update_that_changes_nothing_moves_no_time(store: Store) -> None:
    item = store.items.add("Title")
    before = stamp_of(store, "items", item.id)
    foreign.write(store.path, "UPDATE items SET title = title, meta_data = meta_data")
    assert stamp_of(store, "items", item.id) == before


def test_rows_that_another_program_inserts_get_a_key_and_times(store: Store) -> None:
    foreign.write(store.path, "INSERT INTO items (owner_id, title) SELECT id, 'x' FROM users")
    item = store.items.get("x")
    assert item.id[14] == "7"
    assert abs((item.created_at - store.local_user.created_at).total_seconds()) < 60


@pytest.mark.parametrize("table", list(COLUMNS))
def test_every_data_column_moves_the_time(store: Store, table: str) -> None:
    with store.reading() as connection:
        [(sql,)] = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (f"{table}_touch",)).fetchall()
    data = set(columns(BY_NAME[table])) - {"id", "updated_at"}
    assert {name for name in data if f"NEW.{name} IS NOT OLD.{name}" in str(sql)} == data


@given(st.datetimes(timezones=st.timezones()))
def test_a_stamp_reads_back_to_the_same_moment(moment: datetime) -> None:
    try:
        text = times.stamp(moment)
    except InvalidValue as error:
        assert "lies outside the years 1 to 9999" in str(error)
    else:
        assert times.from_text(text) == moment.astimezone(UTC)  # an hour that comes twice equals nothing


STAMPS = st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z".zfill(27))


@given(STAMPS, STAMPS)
def test_the_time_after_another_is_later_than_it(text: str, floor: str) -> None:
    assert times.after(text, floor) >= text
    assert times.after(text, floor) > floor or floor == "9999-12-31T23:59:59.999999Z"
