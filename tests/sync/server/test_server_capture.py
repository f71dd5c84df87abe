"""What other programs do to the thirteen tables is noted, whichever way they do it, and never disturbed."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from sync.postgres.connection import Connection, connect
from tests.sync.server.conftest import clear, log, value

A, B, C = (f"00000000-0000-4000-8000-00000000000{n}" for n in "abc")
DEVICE = "00000000-0000-4000-8000-0000000000d0"


@pytest.fixture
def rows(server: Connection) -> Connection:
    """One user with one item that has a content, a tag and a vector; nothing in the log."""
    server.execute(f"INSERT INTO users (id, email, hashed_password) VALUES ('{A}', 'ada@example.org', 'hash')")
    server.execute(f"INSERT INTO users (id, email) VALUES ('{B}', 'bea@example.org')")
    server.execute(f"INSERT INTO items (id, owner_id, title, meta_data) VALUES ('{A}', '{A}', 'One', '{{\"n\": 1}}')")
    server.execute(f"INSERT INTO contents (id, item_id, text) VALUES ('{A}', '{A}', 'A text')")
    server.execute(f"INSERT INTO tags (id, name) VALUES ('{A}', 'todo')")
    server.execute(f"INSERT INTO item_tag_links VALUES ('{A}', '{A}')")
    server.execute(f"INSERT INTO ai_models (id, name, provider) VALUES ('{A}', 'm', 'p')")
    server.execute(
        f"INSERT INTO embeddings (id, model_id, content_id, vector, dim) VALUES ('{A}', '{A}', '{A}', '[1]', 1)"
    )
    server.execute(f"INSERT INTO api_keys (id, key_hash, user_id) VALUES ('{A}', 'secret', '{A}')")
    clear(server)
    return server


def tombstone(connection: Connection, table: str) -> dict[str, Any]:
    found: dict[str, Any] = value(connection, "SELECT image FROM localstore_sync.tombstone WHERE tbl = %s", table)
    return found


def test_an_insert_an_update_and_a_delete_are_noted_under_the_transactions_number(rows: Connection) -> None:
    with rows.transaction():
        rows.execute(f"INSERT INTO tags (id, name) VALUES ('{B}', 'x')")
        rows.execute(f"UPDATE tags SET name = 'y' WHERE id = '{B}'")
        rows.execute(f"DELETE FROM tags WHERE id = '{B}'")
        mine = value(rows, "SELECT pg_current_xact_id()::text")
    assert log(rows) == [("tags", B, "I"), ("tags", B, "U"), ("tags", B, "D")]
    assert value(rows, "SELECT array_agg(DISTINCT xid::text) FROM localstore_sync.log") == [mine]


def test_an_update_that_changes_nothing_is_not_noted(rows: Connection) -> None:
    rows.execute("UPDATE items SET title = title, meta_data = '{\"n\":1}'; UPDATE contents SET text = 'A text'")
    assert log(rows) == []


@pytest.mark.parametrize(
    ("table", "change"),
    [("items", f"owner_id = '{B}'"), ("contents", "item_id = '{item}'"), ("embeddings", "content_id = NULL"),
     ("api_keys", f"user_id = '{B}'"), ("item_tag_links", "item_id = '{item}'")],
)  # fmt: skip
def test_a_row_that_comes_under_another_owner_or_parent_is_marked(rows: Connection, table: str, change: str) -> None:
    item = value(rows, f"INSERT INTO items (owner_id, title) VALUES ('{A}', 'Two') RETURNING id::text")
    clear(rows)
    rows.execute(f"UPDATE {table} SET {change.format(item=item)}")
    assert log(rows)[-1][0::2] == (table, "S")


def test_a_changed_key_notes_the_old_one_as_gone(rows: Connection) -> None:
    rows.execute(f"UPDATE api_keys SET id = '{B}'")
    assert log(rows) == [("api_keys", A, "D"), ("api_keys", B, "U")]


def test_a_changed_link_notes_the_old_pair_as_gone(rows: Connection) -> None:
    rows.execute(f"INSERT INTO tags (id, name) VALUES ('{B}', 'x')")
    clear(rows)
    rows.execute(f"UPDATE item_tag_links SET tag_id = '{B}'")
    assert log(rows) == [("item_tag_links", f"{A}/{A}", "D"), ("item_tag_links", f"{A}/{B}", "S")]


def test_a_cascade_notes_every_row_that_goes(rows: Connection) -> None:
    rows.execute("DELETE FROM items")
    assert sorted(log(rows)) == [
        ("contents", A, "D"), ("embeddings", A, "D"), ("item_tag_links", f"{A}/{A}", "D"), ("items", A, "D")
    ]  # fmt: skip


def test_truncate_notes_a_deletion_for_each_row_of_each_table_it_empties(rows: Connection) -> None:
    rows.execute(f"INSERT INTO contents (id, item_id) VALUES ('{B}', '{A}')")
    clear(rows)
    rows.execute("TRUNCATE contents CASCADE")
    assert sorted(log(rows)) == [("contents", A, "D"), ("contents", B, "D"), ("embeddings", A, "D")]


def test_copy_is_noted(rows: Connection) -> None:
    with rows.cursor() as cursor, cursor.copy("COPY tags (id, name) FROM STDIN") as copy:
        copy.write_row((B, "b"))
        copy.write_row((C, "c"))
    assert log(rows) == [("tags", B, "I"), ("tags", C, "I")]


def test_an_upsert_is_noted_as_what_it_did(rows: Connection) -> None:
    upsert = "INSERT INTO tags (id, name) VALUES (%s, %s) ON CONFLICT (id) DO {}"
    rows.execute(upsert.format("UPDATE SET name = excluded.name"), (A, "new"))
    rows.execute(upsert.format("NOTHING"), (A, "newer"))
    rows.execute(upsert.format("UPDATE SET name = excluded.name"), (B, "b"))
    assert log(rows) == [("tags", A, "U"), ("tags", B, "I")]


def test_merge_is_noted(rows: Connection) -> None:
    rows.execute(
        f"MERGE INTO tags USING (VALUES ('{A}'::uuid), ('{B}'::uuid)) AS v (id) ON tags.id = v.id "
        "WHEN MATCHED THEN UPDATE SET name = 'm' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, 'n')"
    )
    assert sorted(log(rows)) == [("tags", A, "U"), ("tags", B, "I")]


def test_writes_that_switch_triggers_off_for_replication_are_noted(rows: Connection) -> None:
    rows.execute("SET session_replication_role TO replica")
    rows.execute("UPDATE tags SET color = 'red'; DELETE FROM item_tag_links; TRUNCATE api_keys")
    assert log(rows) == [("tags", A, "U"), ("item_tag_links", f"{A}/{A}", "D"), ("api_keys", A, "D")]


def test_what_is_rolled_back_is_not_noted(rows: Connection) -> None:
    with rows.transaction(force_rollback=True):
        rows.execute("DELETE FROM items")
    assert (log(rows), value(rows, "SELECT count(*) FROM localstore_sync.tombstone")) == ([], 0)


def test_a_table_that_was_renamed_or_moved_is_noted_under_our_name_for_it(rows: Connection) -> None:
    rows.execute("CREATE SCHEMA other; ALTER TABLE tags SET SCHEMA other; ALTER TABLE other.tags RENAME TO labels")
    rows.execute(f"UPDATE other.labels SET name = 'x'; INSERT INTO other.labels (id, name) VALUES ('{B}', 'y')")
    assert log(rows) == [("tags", A, "U"), ("tags", B, "I")]


def test_a_truncate_that_our_role_may_not_read_is_not_stopped_and_devices_compare(rows: Connection) -> None:
    rows.execute("CREATE SCHEMA other; ALTER TABLE tags SET SCHEMA other; TRUNCATE other.tags CASCADE")
    assert value(rows, "SELECT array_agg(tbl) FROM localstore_sync.unnoticed") == ["tags"]


# -- what is kept of deleted rows ------------------------------------------------------------------------------


def test_a_deleted_row_is_kept_as_text_in_utc_whatever_the_session_says(rows: Connection) -> None:
    rows.execute("SET TimeZone TO 'Asia/Kolkata'; SET DateStyle TO 'German'")
    rows.execute(
        "UPDATE items SET created_at = '2026-01-02 03:04:05.678901+00', updated_at = created_at, description = NULL"
    )
    rows.execute("DELETE FROM items")
    kept = tombstone(rows, "items")
    assert kept["created_at"] == "2026-01-02T03:04:05.678901Z"
    assert json.loads(kept["meta_data"]) == {"n": 1}
    assert (kept["id"], kept["owner_id"], kept["title"], kept["description"]) == (A, A, "One", None)


def test_vectors_links_and_secrets_are_not_kept(rows: Connection) -> None:
    rows.execute("DELETE FROM embeddings; DELETE FROM item_tag_links; DELETE FROM api_keys; DELETE FROM users")
    found = rows.execute(
        "SELECT tbl, image ?| ARRAY['vector', 'key_hash', 'hashed_password'] FROM localstore_sync.tombstone"
    )
    assert dict(found.fetchall()) == {"api_keys": False, "items": False, "contents": False, "users": False}
    assert "secret" not in value(rows, "SELECT string_agg(image::text, '') FROM localstore_sync.tombstone")


def test_columns_that_are_not_ours_are_not_kept(rows: Connection) -> None:
    rows.execute("ALTER TABLE users ADD totp text DEFAULT 'T0TP'")
    rows.execute("ALTER TABLE users RENAME full_name TO display_name")
    rows.execute(f"DELETE FROM users WHERE id = '{B}'")
    kept = tombstone(rows, "users")
    assert set(kept) == {
        "id",
        "created_at",
        "updated_at",
        "email",
        "is_active",
        "is_superuser",
        "auth_provider",
        "extras",
    }


# -- whose change it is ----------------------------------------------------------------------------------------


def devices(connection: Connection) -> dict[tuple[str, str], str | None]:
    found = connection.execute("SELECT tbl, op::text, device::text FROM localstore_sync.log").fetchall()
    return {(tbl, op): device for tbl, op, device in found}


def test_what_a_device_writes_directly_carries_its_name_and_what_follows_from_it_does_not(rows: Connection) -> None:
    rows.execute("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                 "UPDATE items SET updated_at = clock_timestamp() WHERE id = NEW.item_id; RETURN NULL; END $$; "
                 "CREATE TRIGGER touch AFTER UPDATE ON contents FOR EACH ROW EXECUTE FUNCTION touch()")  # fmt: skip
    with rows.transaction():
        rows.execute("SELECT set_config('localstore_sync.device', %s, true)", (DEVICE,))
        rows.execute(f"UPDATE contents SET text = 'new'; INSERT INTO tags (id, name) VALUES ('{B}', 'x')")
    rows.execute("UPDATE tags SET name = 'x'; UPDATE ai_models SET name = 'n'")
    assert devices(rows) == {
        ("contents", "U"): DEVICE, ("items", "U"): None, ("tags", "I"): DEVICE, ("tags", "U"): None,
        ("ai_models", "U"): None,
    }  # fmt: skip


def test_what_a_foreign_key_sets_free_under_a_devices_deletion_is_news_to_the_device_too(rows: Connection) -> None:
    rows.execute(f"INSERT INTO organizations (id, name, slug) VALUES ('{A}', 'Lab', 'lab')")
    rows.execute(
        f"UPDATE items SET organization_id = '{A}'; INSERT INTO events (actor_id, event_type) VALUES ('{B}', 'e')"
    )
    clear(rows)
    with rows.transaction():
        rows.execute("SELECT set_config('localstore_sync.device', %s, true)", (DEVICE,))
        rows.execute(f"DELETE FROM organizations; DELETE FROM users WHERE id = '{B}'")
    assert {key: device for key, device in devices(rows).items() if key[1] != "D"} == {
        ("items", "S"): None, ("events", "S"): None
    }  # fmt: skip


# -- never in the owner's way ----------------------------------------------------------------------------------


def test_temporary_objects_with_our_names_do_nothing(rows: Connection) -> None:
    rows.execute('CREATE TEMPORARY TABLE log (xid xid8, seq bigint, tbl text, pk text, op "char", device uuid)')
    rows.execute("CREATE TEMPORARY TABLE tombstone (tbl text, pk text, image jsonb, at timestamptz, xid xid8)")
    rows.execute("SET search_path TO pg_temp, public; UPDATE tags SET name = 'x'; DELETE FROM tags")
    assert (value(rows, "SELECT count(*) FROM pg_temp.log"), value(rows, "SELECT count(*) FROM pg_temp.tombstone")) == (
        0,
        0,
    )
    assert [each for each in log(rows) if each[0] == "tags"] == [("tags", A, "U"), ("tags", A, "D")]


def test_operators_of_another_schema_do_not_run_as_our_role(rows: Connection) -> None:
    rows.execute("CREATE SCHEMA evil; CREATE FUNCTION evil.same(uuid, uuid) RETURNS boolean LANGUAGE plpgsql "
                 "AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$; "
                 "CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.same)")  # fmt: skip
    rows.execute("SET search_path TO evil, pg_catalog, public")
    rows.execute(f"UPDATE items SET owner_id = '{B}'")
    assert log(rows) == [("items", A, "S")]


def test_a_role_that_may_only_write_one_table_still_can(rows: Connection, prepared: str) -> None:
    if value(rows, "SELECT count(*) FROM pg_roles WHERE rolname = 'writer'") == 0:
        rows.execute("CREATE ROLE writer")
    rows.execute("GRANT INSERT ON tags TO writer")
    rows.execute("SET ROLE writer")
    rows.execute(f"INSERT INTO tags (id, name) VALUES ('{B}', 'x')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows.execute("SELECT * FROM localstore_sync.log")
    rows.execute("RESET ROLE")
    assert log(rows) == [("tags", B, "I")]


def test_a_key_with_another_name_stops_no_writer_and_is_found(rows: Connection, prepared: str) -> None:
    from sync.postgres.server import examine

    rows.execute("ALTER TABLE tags RENAME id TO tag_key")
    rows.execute("INSERT INTO tags (tag_key, name) VALUES (gen_random_uuid(), 'x'); UPDATE tags SET name = 'y'")
    rows.execute("DELETE FROM tags; TRUNCATE tags CASCADE; INSERT INTO tags (name) VALUES ('z')")
    rows.execute("ALTER TABLE tags RENAME tag_key TO id")
    assert value(rows, "SELECT count(*) FROM localstore_sync.unnoticed") == 1
    found = [each.message for each in examine.check(prepared)]
    assert found == ["public.tags was written while a column of its key had another name: changes are missing"]
    assert examine.repair(prepared) == []


def test_writers_of_one_table_do_not_wait_for_each_other(rows: Connection, prepared: str) -> None:
    with connect(prepared) as other:
        other.execute("INSERT INTO tags (name) VALUES ('a')")
        rows.execute("SET lock_timeout TO '1s'; INSERT INTO tags (name) VALUES ('b')")
        other.commit()
    assert len(log(rows)) == 2


def test_types_and_columns_may_change_under_a_session_that_writes(rows: Connection) -> None:
    rows.execute("ALTER TABLE items ALTER title TYPE varchar(500), ADD extra int DEFAULT 3, DROP COLUMN description")
    rows.execute("UPDATE items SET title = 'x'")
    rows.execute("ALTER TABLE items DROP COLUMN organization_id; UPDATE items SET title = 'y'; DELETE FROM items")
    assert [each[2] for each in log(rows) if each[0] == "items"] == ["U", "S", "D"]
