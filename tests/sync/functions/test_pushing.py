"""Rows go in as they were sent; where the server stores them otherwise, or not at all, it says so."""

from __future__ import annotations

import struct

import psycopg
import pytest

from tests.sync.functions.people import ADA, BEA, CAL, LAB, STAMPS, Device, Record, Server, a_row, an_id

pytestmark = pytest.mark.postgres

AWKWARD = 'tab\t quote\' \\ "double" \u2028 é 👩🏽‍🚀 %s $1 \\N'


def test_a_whole_row_is_stored_as_it_was_sent(server: Server, ada: Device) -> None:
    row = a_row("items", owner_id=ADA, organization_id=LAB, title=AWKWARD, meta_data={"a": [1.5, None, AWKWARD]})
    assert ada.write("insert", "items", row) == []
    stored = server.rows(
        "SELECT id::text, owner_id::text, organization_id::text, type, title, description, meta_data, "
        'to_char(created_at, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') FROM items'
    )
    assert stored == [(row["id"], ADA, LAB, "note", AWKWARD, None, {"a": [1.5, None, AWKWARD]}, STAMPS["created_at"])]


def test_many_rows_go_in_at_once(server: Server, ada: Device) -> None:
    rows = [a_row("items", owner_id=ADA) for _ in range(500)]
    assert ada.write("insert", "items", *rows) == []
    assert ada.write("update", "items", *({"id": row["id"], "title": row["id"]} for row in rows)) == []
    assert server.rows("SELECT count(*) FROM items WHERE title = id::text") == [(500,)]
    assert ada.delete("items", *(row["id"] for row in rows)) == []
    assert server.rows("SELECT count(*) FROM items") == [(0,)]


def test_only_what_was_sent_is_changed(server: Server, ada: Device) -> None:
    item = server.item(ADA, LAB, description="d")
    other = server.item(ADA, LAB, description="d")
    ada.write(
        "update", "items", {"id": item, "organization_id": None}, {"id": other, "description": None, "title": "B"}
    )
    found = {
        row[0]: row[1:] for row in server.rows("SELECT id::text, organization_id::text, title, description FROM items")
    }
    assert found == {item: (None, "Item", "d"), other: (LAB, "B", None)}


def test_null_of_json_is_a_value(server: Server, ada: Device) -> None:
    setting = a_row("settings", user_id=ADA, value=None)
    ada.write("insert", "settings", setting)
    assert server.rows("SELECT value::text FROM settings") == [("null",)]
    ada.write("update", "settings", {"id": setting["id"], "value": {"a": None}})
    ada.write("update", "settings", {"id": setting["id"], "value": None})
    assert server.rows("SELECT value::text FROM settings") == [("null",)]


class TestVectors:
    @pytest.fixture
    def model(self, server: Server) -> str:
        return server.insert("ai_models", name="m", provider="p")

    def test_numbers_are_stored_in_their_shortest_text(self, server: Server, ada: Device, model: str) -> None:
        item = server.item(ADA)
        tenth, third = (struct.unpack("<f", struct.pack("<f", number))[0] for number in (0.1, 1 / 3))
        one = a_row("embeddings", model_id=model, item_id=item, _at=1, _n=1, dim=1)
        two = a_row("embeddings", model_id=model, item_id=item, _at=2, _n=2, dim=2)
        assert ada.write("insert", "embeddings", one, two, vectors=[tenth, third, -1e-8]) == []
        stored = dict(server.rows("SELECT id::text, vector::text FROM embeddings"))
        assert stored == {one["id"]: "[0.1]", two["id"]: "[0.33333334, -0.00000001]"}

    def test_a_vector_is_changed_and_others_stay(self, server: Server, ada: Device, model: str) -> None:
        item = server.item(ADA)
        first = server.insert("embeddings", model_id=model, item_id=item, vector="[1, 2]", dim=2)
        second = server.insert("embeddings", model_id=model, item_id=item, vector="[3, 4]", dim=2)
        given: list[Record] = [{"id": first, "_at": 1, "_n": 2}, {"id": second, "meta_data": {"a": 1}}]
        assert ada.write("update", "embeddings", *given, vectors=[5.0, 6.5]) == []
        stored = dict(server.rows("SELECT id::text, vector::text FROM embeddings"))
        assert stored == {first: "[5, 6.5]", second: "[3, 4]"}

    @pytest.mark.parametrize(("at", "count", "dim"), [(0, 2, 2), (2, 2, 2), (1, 0, 0), (1, 2, 3)])
    def test_a_vector_that_was_not_sent_whole_is_refused(
        self, server: Server, ada: Device, model: str, at: int, count: int, dim: int
    ) -> None:
        row = a_row("embeddings", model_id=model, item_id=server.item(ADA), _at=at, _n=count, dim=dim)
        (answer,) = ada.write("insert", "embeddings", row, vectors=[1.0, 2.0])
        assert answer["state"] == "refused"


class TestUniqueValues:
    def test_two_rows_exchange_theirs(self, server: Server, ada: Device) -> None:
        other = server.insert("organizations", name="E", slug="e")
        server.member(ADA, other, "owner")
        assert ada.write("update", "organizations", {"id": LAB, "slug": "e"}, {"id": other, "slug": "lab"}) == []
        assert dict(server.rows("SELECT id::text, slug FROM organizations WHERE slug <> 'den'")) == {
            LAB: "e",
            other: "lab",
        }

    def test_three_rows_pass_theirs_on(self, server: Server, ada: Device) -> None:
        files = [server.insert("file_assets", owner_id=ADA, filename="x", path=path) for path in "abc"]
        given = [{"id": key, "path": path} for key, path in zip(files, "bcd", strict=True)]
        assert ada.write("update", "file_assets", *given) == []
        assert [row[0] for row in server.rows("SELECT path FROM file_assets ORDER BY created_at")] == ["b", "c", "d"]

    def test_two_vectors_exchange_their_texts(self, server: Server, ada: Device) -> None:
        item, model = server.item(ADA), server.insert("ai_models", name="m", provider="p")
        texts = [server.insert("contents", item_id=item) for _ in range(2)]
        vectors = [server.insert("embeddings", model_id=model, content_id=text, vector="[1]", dim=1) for text in texts]
        given = [{"id": key, "content_id": text} for key, text in zip(vectors, reversed(texts), strict=True)]
        assert ada.write("update", "embeddings", *given) == []
        found = server.rows("SELECT content_id::text FROM embeddings ORDER BY created_at")
        assert [row[0] for row in found] == texts[::-1]

    def test_a_value_of_another_row_is_an_error_of_the_database(self, ada: Device) -> None:
        with pytest.raises(psycopg.errors.UniqueViolation):
            ada.write("update", "organizations", {"id": LAB, "slug": "den"})

    def test_no_row_keeps_the_value_that_held_its_place(self, server: Server, bea: Device) -> None:
        mine = server.insert("file_assets", owner_id=BEA, filename="x", path="mine")
        other = server.insert("file_assets", owner_id=BEA, filename="x", path="other")
        given = [{"id": mine, "path": "other"}, {"id": other, "path": "mine", "item_id": server.item(CAL)}]
        with pytest.raises(psycopg.errors.UniqueViolation):
            bea.write("update", "file_assets", *given)
        assert dict(server.rows("SELECT id::text, path FROM file_assets")) == {mine: "mine", other: "other"}

    def test_nobody_moves_a_hidden_rows_value(self, server: Server, bea: Device) -> None:
        mine = server.insert("file_assets", owner_id=BEA, filename="x", path="mine")
        hidden = server.insert("file_assets", owner_id=CAL, filename="x", path="hidden")
        with pytest.raises(psycopg.errors.UniqueViolation):
            bea.write("update", "file_assets", {"id": mine, "path": "hidden"}, {"id": hidden, "path": "new"})


class TestTriggersOfTheOwner:
    def test_what_they_change_before_a_row_is_stored_is_answered(self, server: Server, ada: Device) -> None:
        server.run("""
            CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.title := upper(NEW.title); RETURN NEW; END $$;
            CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION tidy()""")
        plain, loud = a_row("items", owner_id=ADA, title="quiet"), a_row("items", owner_id=ADA, title="LOUD")
        (answer,) = ada.write("insert", "items", plain, loud)
        assert (answer["state"], answer["id"], answer["title"]) == ("row", plain["id"], "QUIET")
        (answer,) = ada.write("update", "items", {"id": plain["id"], "title": "b"}, {"id": loud["id"], "title": "C"})
        assert (answer["id"], answer["title"]) == (plain["id"], "B")

    def test_a_column_that_was_not_sent_is_answered_too(self, server: Server, ada: Device) -> None:
        item = server.item(ADA)
        server.run("""
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.updated_at := '2030-01-01'; RETURN NEW; END $$;
            CREATE TRIGGER touch BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch()""")
        (answer,) = ada.write("update", "items", {"id": item, "title": "B"})
        assert (answer["state"], answer["updated_at"]) == ("row", "2030-01-01 00:00:00+00")
        assert ada.write("update", "items", {"id": item, "title": "C"}) == []

    def test_a_row_that_they_leave_out_is_refused(self, server: Server, ada: Device) -> None:
        server.run("""
            CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER skip BEFORE INSERT ON items FOR EACH ROW WHEN (NEW.title = 'no') EXECUTE FUNCTION skip()""")
        bad, good = a_row("items", owner_id=ADA, title="no"), a_row("items", owner_id=ADA)
        (answer,) = ada.write("insert", "items", bad, good)
        assert (answer["state"], answer["id"]) == ("refused", bad["id"])
        assert "trigger" in answer["reason"]

    def test_a_vector_they_change_is_answered_as_its_hash(self, server: Server, ada: Device) -> None:
        server.run("""
            CREATE FUNCTION zero() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.vector := '[0, 0]'; RETURN NEW; END $$;
            CREATE TRIGGER zero BEFORE INSERT ON embeddings FOR EACH ROW EXECUTE FUNCTION zero()""")
        model = server.insert("ai_models", name="m", provider="p")
        row = a_row("embeddings", model_id=model, item_id=server.item(ADA))
        (answer,) = ada.write("insert", "embeddings", row, vectors=[1.0, 2.0])
        assert (answer["state"], len(answer["vector"])) == ("row", 32)

    def test_a_schema_that_devices_may_write_to_is_no_place_for_their_names(self, server: Server, ada: Device) -> None:
        path = "SELECT localstore_sync.path_of_triggers(ARRAY['public', 'not there'])"
        server.run("""
            CREATE FUNCTION shown() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.description := current_setting('search_path'); RETURN NEW; END $$;
            CREATE TRIGGER shown BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION shown()""")
        (answer,) = ada.write("insert", "items", a_row("items", owner_id=ADA))
        assert answer["description"] == "pg_catalog, localstore_sync, public, pg_temp"
        ((role,),) = server.rows("SELECT value FROM localstore_sync.settings WHERE key = 'role'")
        server.run(f"GRANT CREATE ON SCHEMA public TO {role}")
        (answer,) = ada.write("insert", "items", a_row("items", owner_id=ADA))
        assert answer["description"] == "pg_catalog, localstore_sync, pg_temp"
        assert server.rows(path) == [("pg_catalog, localstore_sync, pg_temp",)]


def test_a_row_that_is_there_already_is_an_error_of_the_database(server: Server, ada: Device) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        ada.write("insert", "items", a_row("items", id=server.item(ADA), owner_id=ADA))


def test_a_row_that_is_gone_is_refused(ada: Device) -> None:
    (answer,) = ada.write("update", "items", {"id": an_id(99), "title": "B"})
    assert (answer["state"], answer["id"]) == ("refused", an_id(99))


def test_deleting_what_is_gone_is_no_news(ada: Device) -> None:
    assert ada.delete("items", an_id(99)) == []


def test_a_deferred_constraint_of_the_owner_is_told_for_its_row(server: Server, ada: Device) -> None:
    server.run("""
        ALTER TABLE contents ADD CONSTRAINT late FOREIGN KEY (item_id) REFERENCES items (id)
          DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE contents DROP CONSTRAINT contents_item_id_fkey""")
    item = server.item(ADA)
    server.insert("contents", item_id=item)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), ada.transaction() as session:
        session.one("SELECT localstore_sync.push_begin(1, '')")
        session.call("delete_items", [item])
        pytest.fail("told at COMMIT")
