"""Dirty rows: what goes next, in which order, and what it costs to find out."""

from __future__ import annotations

import json
from dataclasses import astuple

import pytest

from localstore import Store
from sync import state
from sync.local import dirty
from sync.shapes import Key, vector_hash
from tests.localstore.world import populate
from tests.sync.local.linked import LAB, Linked, keys, link_file

OTHER = "00000000-0000-7000-8000-0000000000ff"


@pytest.fixture
def item(linked: Linked) -> str:
    """An item with a text and a tag that the server has."""
    linked.lab()
    found = linked.item("First", text="attention", tags=["todo"], organization="lab")
    linked.in_step()
    return found


def tables_of(linked: Linked, **limits: int) -> list[str]:
    return [change.key.tbl for change in linked.changes(**limits) if change.key.tbl != "events"]


# -- what goes, and in which order ---------------------------------------------------------------------------


def test_a_new_row_goes_whole_and_without_a_base(linked: Linked, item: str) -> None:
    tag = linked.store.tags.add("new", color="red").id
    linked.share("all")
    [change] = [each for each in linked.changes() if each.key == Key("tags", tag)]
    assert (change.base, change.ours) == (None, linked.image("tags", tag))


def test_an_edit_goes_with_its_base(linked: Linked, item: str) -> None:
    before = linked.image("items", item)
    linked.write("UPDATE items SET title = 'Second'")
    [change] = linked.changes()
    assert (change.base, change.ours) == (before, linked.image("items", item))


def test_a_deletion_goes_with_its_base_alone(linked: Linked, item: str) -> None:
    before = linked.image("contents", linked.value("SELECT id FROM contents"))
    linked.write("DELETE FROM contents")
    [change] = linked.changes()
    assert (change.base, change.ours) == (before, None)


def test_parents_go_before_children_and_deletions_last_children_first(linked: Linked, item: str) -> None:
    linked.item("Second", text="more", tags=["new"], organization="lab")
    linked.write(f"DELETE FROM items WHERE id = '{item}'")
    assert tables_of(linked) == ["items", "contents", "tags", "item_tag_links", "item_tag_links", "contents", "items"]


def test_reading_again_gives_the_same(linked: Linked, item: str) -> None:
    linked.item("Second", text="more", tags=["new"], organization="lab")
    linked.write(f"DELETE FROM items WHERE id = '{item}'")
    first, again = linked.changes(), linked.changes()
    assert [each[:3] for each in map(astuple, first)] == [each[:3] for each in map(astuple, again)]


def test_a_batch_ends_at_its_rows(linked: Linked, item: str) -> None:
    linked.item("Second", text="more", organization="lab")
    linked.write(f"DELETE FROM items WHERE id = '{item}'")
    assert tables_of(linked, limit_rows=1) == ["items"]


def test_a_batch_ends_at_its_bytes_and_has_one_row_at_least(linked: Linked, item: str) -> None:
    linked.item("Second", text="x" * 1000, organization="lab")
    linked.write("DELETE FROM events")
    assert tables_of(linked, limit_bytes=1) == ["items"]
    assert tables_of(linked, limit_bytes=500) == ["items", "contents"]


def test_deletions_are_not_lost_behind_many_rows_that_were_never_sent(linked: Linked, item: str) -> None:
    tag = linked.value("SELECT id FROM tags")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
    pk = "printf('%08x-0000-7000-8000-000000000000', i)"
    linked.write(
        f"{numbers} INSERT INTO items (id, owner_id, title) SELECT {pk}, '{linked.store.local_user_id}', '' FROM n",
        f"{numbers} INSERT INTO item_tag_links SELECT {pk}, '{tag}' FROM n",
        "DELETE FROM items",
        "DELETE FROM sync_dirty WHERE tbl = 'events'",
    )
    assert keys(linked.changes(limit_rows=1)) == [("item_tag_links", f"{item}/{tag}")]
    assert tables_of(linked) == ["item_tag_links", "contents", "items"]
    assert len(linked.noted()) == 3


# -- what does not go ----------------------------------------------------------------------------------------


def test_an_edit_that_was_taken_back_is_dropped(linked: Linked, item: str) -> None:
    before = linked.image("items", item)
    linked.write("UPDATE items SET title = 'Second'")
    linked.write(f"UPDATE items SET title = 'First', updated_at = '{before['updated_at']}'")
    assert linked.changes() == []
    assert linked.noted() == set()


def test_a_document_in_another_order_is_no_change(linked: Linked, item: str) -> None:
    linked.write("""UPDATE items SET meta_data = '{"a":1,"b":2}'""")
    stamp = linked.image("items", item)["updated_at"]
    linked.in_step()
    linked.write(f"""UPDATE items SET meta_data = '{{"b":2.0,"a":1}}', updated_at = '{stamp}'""")
    linked.write(f"UPDATE items SET updated_at = '{stamp}'")
    assert linked.changes() == []


def test_true_and_one_are_not_the_same(linked: Linked, item: str) -> None:
    linked.write("""UPDATE items SET meta_data = '{"a":1}'""")
    linked.in_step()
    linked.write("""UPDATE items SET meta_data = '{"a":true}'""")
    assert keys(linked.changes()) == [("items", item)]


def test_a_row_made_and_deleted_before_it_was_sent_is_forgotten(linked: Linked, item: str) -> None:
    linked.write(f"INSERT INTO tags (id, name) VALUES ('{OTHER}', 'x')")
    linked.write(f"DELETE FROM tags WHERE id = '{OTHER}'")
    assert linked.changes() == []
    assert linked.noted() == set()


def test_a_held_row_waits_and_what_hangs_on_it_too(linked: Linked, item: str) -> None:
    second = linked.item("Second", text="more", organization="lab")
    linked.store.ai_models.add("m", "p")
    text = linked.value("SELECT id FROM contents WHERE text = 'more'")
    linked.store.embeddings.put_one("m", [1.0], content=text)
    found = linked.dirty("items", second)
    assert found
    with linked.store.database.writing() as connection:
        dirty.hold(connection, found.key, found.generation, "refused")
    assert tables_of(linked) == []
    linked.write(f"UPDATE items SET title = 'Third' WHERE id = '{second}'")
    assert tables_of(linked) == ["ai_models", "items", "contents", "embeddings"]


def test_a_deleted_event_never_goes(linked: Linked, item: str) -> None:
    linked.write("UPDATE events SET event_type = 'changed'", "DELETE FROM events")
    assert linked.changes() == []


def test_columns_that_the_server_keeps_are_no_change(linked: Linked) -> None:
    linked.write("UPDATE users SET is_superuser = 1")
    stamp = linked.value("SELECT json_extract(base, '$.updated_at') FROM sync_dirty")
    linked.write(f"UPDATE users SET updated_at = '{stamp}'")
    assert linked.changes() == []


def test_a_row_that_cannot_be_read_is_not_pushed_over(linked: Linked, item: str) -> None:
    linked.write(
        "INSERT INTO sync_conflict (id, tbl, pk, kind, theirs, reason, at) VALUES"
        f" ('c', 'items', '{item}', 'unreadable', '{{}}', 'r', '2026-01-01T00:00:00.000000Z')",
        "UPDATE items SET title = 'Second'",
    )
    assert linked.changes() == []
    with linked.store.reading() as connection:
        assert dirty.held(connection) == [(Key("items", item), "unreadable")]


# -- vectors -------------------------------------------------------------------------------------------------


def test_a_changed_vector_goes_with_its_bytes_and_the_hash_of_before(linked: Linked, item: str) -> None:
    linked.store.ai_models.add("m", "p")
    text = linked.value("SELECT id FROM contents")
    made = linked.store.embeddings.put_one("m", [1.0, 2.0], content=text).id
    linked.in_step()
    before = linked.image("embeddings", made)["vector"]
    linked.store.embeddings.put_one("m", [3.0, 4.0], content=text)
    [change] = [each for each in linked.changes() if each.key.tbl == "embeddings"]
    assert change.base
    assert change.ours
    assert (change.base["vector"], change.ours["vector"]) == (
        vector_hash(before),
        linked.image("embeddings", made)["vector"],
    )


def test_a_vector_written_again_as_it_was_is_no_change(linked: Linked, item: str) -> None:
    linked.store.ai_models.add("m", "p")
    made = linked.store.embeddings.put_one("m", [1.0, 2.0], item=item).id
    linked.in_step()
    before = linked.image("embeddings", made)
    linked.write("UPDATE embeddings SET vector = zeroblob(8)")
    with linked.store.database.writing() as connection:
        sql = "UPDATE embeddings SET vector = ?, updated_at = ?"
        connection.execute(sql, (before["vector"], before["updated_at"]))
    assert linked.changes() == []


# -- bookkeeping ---------------------------------------------------------------------------------------------


def test_a_base_comes_back_as_it_was_given(linked: Linked, item: str) -> None:
    base = linked.image("items", item) | {"title": "theirs"}
    with linked.store.database.writing() as connection:
        dirty.rebase(connection, Key("items", item), base)
    assert linked.base("items", item) == base


@pytest.mark.parametrize("given", [b"\0\0\x80?\0\0\0@", vector_hash(b"\0\0\x80?\0\0\0@")])
def test_a_base_with_another_vector_keeps_it_as_bytes_or_as_its_hash(
    linked: Linked, item: str, given: bytes | str
) -> None:
    linked.store.ai_models.add("m", "p")
    made = linked.store.embeddings.put_one("m", [7.0, 8.0], item=item).id
    with linked.store.database.writing() as connection:
        dirty.rebase(connection, Key("embeddings", made), linked.image("embeddings", made) | {"vector": given})
    linked.write("UPDATE embeddings SET vector = zeroblob(8)")
    assert linked.base("embeddings", made)["vector"] == vector_hash(b"\0\0\x80?\0\0\0@")


def test_rebasing_moves_the_generation(linked: Linked, item: str) -> None:
    linked.write("UPDATE items SET title = 'Second'")
    before = linked.dirty("items", item)
    assert before
    with linked.store.database.writing() as connection:
        dirty.rebase(connection, before.key, before.base)
        assert not dirty.clear_all(connection, [(*before.key, before.generation)])


def test_of_several_bases_to_remember_the_oldest_stays(linked: Linked, item: str) -> None:
    old = linked.image("items", item)
    newer = old | {"title": "newer", "updated_at": "2031-01-01T00:00:00.000000Z"}
    key = Key("items", item)
    with linked.store.database.writing() as connection:
        dirty.remember(connection, key, newer)
        dirty.remember(connection, key, old)
        dirty.remember(connection, key, newer)
    assert linked.base("items", item) == old


def test_marking_all_notes_shared_rows_and_keeps_the_others(store: Store) -> None:
    populate(store)
    linked = link_file(store)
    with store.database.writing() as connection:
        dirty.mark_all(connection)
    assert {tbl for tbl, _ in linked.kept()} >= {"users", "tags", "ai_models", "api_keys"}
    assert {tbl for tbl, _ in linked.noted()} >= {"organizations", "items"}
    assert not linked.kept() & linked.noted()


# -- what it costs -------------------------------------------------------------------------------------------


def fill(linked: Linked, count: int) -> None:
    """Many rows that are in step, and many that are kept."""
    user = linked.store.local_user_id
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    pk, text = (f"printf('%08x-0000-7000-8000-{end * 12}', i)" for end in "01")
    linked.write(
        f"{numbers} INSERT INTO items (id, owner_id, organization_id, title) SELECT {pk}, '{user}',"
        f" CASE WHEN i % 2 THEN '{LAB}' END, 't' FROM n",
        f"{numbers} INSERT INTO contents (id, item_id, text) SELECT {text}, {pk}, 'words' FROM n",
        "DELETE FROM sync_dirty",
        f"{numbers} INSERT INTO sync_kept SELECT 'items', {pk} FROM n WHERE i % 2 = 0",
    )


def steps(linked: Linked) -> int:
    """How many steps SQLite takes to read the one row that changed."""
    text = linked.value("SELECT id FROM contents LIMIT 1")
    linked.write(f"UPDATE contents SET text = text || '.' WHERE id = '{text}'")
    count = 0

    def tick() -> bool:
        nonlocal count
        count += 1
        return False

    with linked.store.database.writing() as connection:
        connection.set_progress_handler(tick, 10)
        found = dirty.changes(connection, 5_000, 8_000_000)
        connection.set_progress_handler(None)
    assert keys(found) == [("contents", text)]
    return count


@pytest.mark.parametrize("items", ["org", "all", "type:note"])
def test_one_changed_row_costs_the_same_among_few_and_among_many(linked: Linked, items: str) -> None:
    linked.lab()
    with linked.store.database.writing() as connection:
        state.put(connection, "share", items)
    fill(linked, 100)
    few = steps(linked)
    linked.write("DELETE FROM sync_kept", "DELETE FROM items", "DELETE FROM sync_dirty")
    fill(linked, 10_000)
    assert steps(linked) <= few * 1.2


def test_a_count_is_of_what_goes(linked: Linked, item: str) -> None:
    linked.item("private")
    linked.write("UPDATE contents SET text = 'changed'")
    with linked.store.reading() as connection:
        assert dirty.count(connection) == {"contents": 1}


def test_bases_are_json_that_reads_back(linked: Linked, item: str) -> None:
    linked.write("UPDATE contents SET text = 'say \"hi\"' || char(10) || 'ü'")
    linked.in_step()
    linked.write("UPDATE contents SET text = ''")
    assert json.loads(linked.value("SELECT base FROM sync_dirty"))["text"] == 'say "hi"\nü'
