"""Noting, listing and finding conflicts."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from localstore import Ambiguous, NotFound, Store, ids, tables, times
from sync.conflicts import Hidden, close, conflicts, count, counts, get, note, settle, tidy
from sync.shapes import Conflict, Key, Kind
from tests.sync.conflicts.waiting import columns, deleted_there, item, noted, open_kinds, put, titled

LATER = "sync_conflict WHERE resolved_at IS NOT NULL"


def refusal(pk: str, reason: str) -> Conflict:
    return Conflict(Key("items", pk), Kind.REFUSED, None, {"title": reason}, None, reason)


def settled(store: Store) -> list[str]:
    with store.reading() as connection:
        return [how for (how,) in connection.execute(f"SELECT resolution FROM {LATER}")]


def test_the_same_open_conflict_of_a_row_is_stored_once(store: Store) -> None:
    pk = store.items.add("Title").id
    found = Conflict(Key("items", pk), Kind.COLUMNS, {"title": "a"}, {"title": "b"}, {"title": "c"}, "why")
    with store.database.writing() as connection:
        assert note(connection, [found, found], 7) == 1
        assert note(connection, [replace(found, ours={"title": "d"})]) == 1
        assert note(connection, [found]) == 0
    assert count(store) == 2


def test_a_settled_conflict_that_happens_again_waits_again(store: Store) -> None:
    pk = store.items.add("Title").id
    first = noted(store, refusal(pk, "no right"))
    with store.database.writing() as connection:
        close(connection, first, "mine")
    assert noted(store, refusal(pk, "no right")) != first


def test_of_refusals_of_one_row_the_newest_is_kept(store: Store) -> None:
    pk = store.items.add("Title").id
    first, second = noted(store, refusal(pk, "no right")), noted(store, refusal(pk, "too long"))
    assert first == second
    assert get(store, first).reason == "too long"


def test_pages_follow_each_other_without_a_gap_and_without_parked_rows(store: Store) -> None:
    keys = [store.items.add(f"Item {number}").id for number in range(7)]
    made = [refusal(pk, f"refused {pk}") for pk in keys]
    noted(store, *made, Conflict(Key("items", keys[0]), Kind.PARKED, None, None, {}, "waits"))
    first = conflicts(store, 3)
    second = conflicts(store, 3, first.next)
    third = conflicts(store, 3, second.next)
    found = [each.pk for page in (first, second, third) for each in page.rows]
    assert (found, third.next, count(store)) == (keys[::-1], None, 7)


def test_a_hundred_thousand_conflicts_are_counted_and_paged_in_no_time(store: Store) -> None:
    pk = store.items.add("Title").id
    made = [refusal(ids.new_id(), "x") for _ in range(100_000)]
    with store.database.writing() as connection:
        rows = [(ids.new_id(), each.key.pk, times.now()) for each in made]
        into = "INSERT INTO sync_conflict (id, tbl, pk, kind, ours, reason, at)"
        connection.executemany(f"{into} VALUES (?, 'items', ?, 'refused', '{{}}', 'x', ?)", rows)
    noted(store, refusal(pk, "newest"))
    begin = time.perf_counter()
    page = conflicts(store, 100)
    conflicts(store, 100, page.next)
    assert time.perf_counter() - begin < 0.3
    assert count(store) == 100_001
    assert get(store, "@last").pk == pk
    assert get(store, rows[500][0][-12:]).id == rows[500][0]


def test_a_conflict_is_found_by_its_id_its_ends_and_at_last(store: Store) -> None:
    _, first = titled(store)
    _, second = titled(store, ours="Other")
    assert get(store, first).id == get(store, first[-8:]).id == first
    assert get(store, "@last").id == second


def test_a_reference_that_fits_several_or_none_is_refused_in_a_sentence(store: Store) -> None:
    _, first = titled(store)
    titled(store, ours="Other")
    with pytest.raises(Ambiguous, match="several conflicts"):
        get(store, first[:6])
    with pytest.raises(NotFound, match="No conflict answers to 'ffffffff'"):
        get(store, "ffffffff")
    with pytest.raises(NotFound, match="No conflict answers"):
        get(store, "%")


def test_a_settled_conflict_is_not_found_again_but_its_end_is_told(store: Store) -> None:
    _, pk = titled(store)
    with store.database.writing() as connection:
        assert close(connection, pk, "theirs") and not close(connection, pk, "mine")
    with pytest.raises(NotFound, match=r"was settled at .* \(theirs\)"):
        get(store, pk)
    assert conflicts(store).rows == []


def test_what_came_in_by_itself_is_settled_by_its_row(store: Store) -> None:
    pk = store.items.add("Title").id
    noted(store, Conflict(Key("items", pk), Kind.UNREADABLE, None, None, {"id": pk}, "year 20000"))
    noted(store, Conflict(Key("items", pk), Kind.COLUMNS, None, {"title": "b"}, {"title": "c"}, "why"))
    with store.database.writing() as connection:
        assert settle(connection, Key("items", pk), "came in") == 1
    assert (open_kinds(store), settled(store)) == ([Kind.COLUMNS], ["came in"])


def test_tidying_closes_refusals_of_rows_in_step_and_forgets_what_was_settled_a_month_ago(store: Store) -> None:
    pk, gone = store.items.add("Title").id, store.items.add("Other").id
    noted(store, refusal(pk, "no right"))
    old = noted(store, refusal(gone, "no right"))
    before = datetime.now(UTC) - timedelta(days=40)
    aged = f"{int(before.timestamp() * 1000):012x}"
    with store.database.writing() as connection:
        connection.execute("DELETE FROM sync_dirty")
        sql = "UPDATE sync_conflict SET id = ?, resolved_at = ?, resolution = 'mine' WHERE id = ?"
        connection.execute(sql, (f"{aged[:8]}-{aged[8:]}{old[13:]}", times.to_text(before), old))
        tidy(connection)
    assert (count(store), settled(store)) == (0, ["taken by the server"])


def test_conflicts_are_counted_by_kind(store: Store) -> None:
    titled(store)
    deleted_there(store, Key("items", store.items.add("Gone").id))
    assert counts(store) == {Kind.COLUMNS: 1, Kind.DELETED_THERE: 1}


# -- what a person sees -----------------------------------------------------------------------------------


def test_a_conflict_is_called_by_its_row_or_by_what_the_row_hangs_on(store: Store) -> None:
    item = store.items.add("Reading list", text="Attention", tags=["nlp"])
    content = store.contents.of(item.id)[0]
    store.settings.set("trash.keep_days", 9)
    with store.reading() as connection:
        setting = connection.execute("SELECT id FROM settings WHERE key = 'trash.keep_days'").fetchone()[0]
        link = connection.execute("SELECT item_id || '/' || tag_id FROM item_tag_links").fetchone()[0]
    keys = [Key("items", item.id), Key("contents", content.id), Key("settings", setting), Key("item_tag_links", link)]
    noted(store, *(Conflict(key, Kind.REFUSED, None, None, None, "no") for key in keys))
    assert [each.label for each in conflicts(store).rows][::-1] == [
        "item 'Reading list'",
        "content of item 'Reading list'",
        "setting 'trash.keep_days'",
        "tag link: item 'Reading list' · tag 'nlp'",
    ]


def test_a_row_that_is_gone_is_called_by_its_image(store: Store) -> None:
    pk = store.items.add("Reading list").id
    found = get(store, deleted_there(store, Key("items", pk)))
    assert (found.label, found.live) == ("item 'Reading list'", None)


def test_fields_hold_all_versions_in_pythons_values(store: Store) -> None:
    pk = store.items.add("Title", meta_data={"a": 1}).id
    base, ours, theirs = ({"meta_data": f'{{"a":{number}}}'} for number in (1, 2, 3))
    found = get(store, columns(store, Key("items", pk), base, ours, theirs))
    field = found.fields[0]
    assert (field.name, field.base, field.ours, field.theirs, field.live) == (
        "meta_data",
        {"a": 1},
        {"a": 2},
        {"a": 3},
        {"a": 3},
    )


def test_the_fields_of_a_whole_row_are_its_columns_without_the_audit_times(store: Store) -> None:
    pk = store.items.add("Title", description="Text").id
    names = [each.name for each in get(store, deleted_there(store, Key("items", pk))).fields]
    assert names == ["id", "owner_id", "type", "title", "description", "meta_data"]


def test_live_shows_what_became_of_the_row_since(store: Store) -> None:
    pk, conflict = titled(store)
    put(store, Key("items", pk), {"title": "Newer"})
    assert [each.live for each in get(store, conflict).fields] == ["Newer"]
    assert item(store, pk)["title"] == "Newer"


def test_secrets_are_never_part_of_what_is_shown(store: Store) -> None:
    pk = store.users.add("grace@example.org").id
    key = Key("users", pk)
    conflict = columns(store, key, {"hashed_password": "H0"}, {"hashed_password": "H1"}, {"hashed_password": "H2"})
    found = get(store, conflict)
    field = found.fields[0]
    assert (field.ours, field.theirs) == (Hidden("ours"), Hidden("theirs"))
    assert found.secrets == {"hashed_password"}
    shown = repr(found) + repr(found.fields)
    assert [word for word in ("H0", "H1", "H2") if word in shown] == []


def test_vectors_and_hashes_of_vectors_come_back_as_they_were_noted(store: Store) -> None:
    model = store.ai_models.add("m", "local")
    content = store.contents.of(store.items.add("Title", text="Text").id)[0]
    embedding = store.embeddings.add("m", [1.0, 2.0, 3.0], content=content.id)
    with store.reading() as connection:
        image = tables.need(connection, tables.model_of("embeddings"), embedding.id)
    base = image | {"vector": "0" * 32}
    found = get(
        store, noted(store, Conflict(Key("embeddings", embedding.id), Kind.DELETED_THERE, base, image, None, ""))
    )
    assert (found.base, found.ours) == (base, image)
    assert model.id == image["model_id"]
