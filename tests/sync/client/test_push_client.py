"""A batch pushed by hand: what is written, what is answered, whatever stands in the way."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from localstore import ids
from sync import errors
from sync.postgres.connection import Connection, connect
from sync.postgres.pushing.push import decode_result, encode_result
from sync.shapes import Batch, Change, Conflict, Image, Key, Kind, PushResult, vector_hash
from tests.sync.client.desk import LATER, NOTHING, OLD, Desk, drop, edit, image, key, new, rows, stored
from tests.sync.trio import ADA, BEA, DEN

pytestmark = pytest.mark.postgres


@pytest.fixture
def other(ready: str) -> Iterator[Connection]:
    """Another program in the middle of a transaction."""
    with connect(ready) as connection:
        yield connection


# -- what goes through ------------------------------------------------------------------------------------------


def test_rows_of_all_kinds_are_made_parents_first(ada: Desk, admin: Connection) -> None:
    model, item, tag = image("ai_models"), image("items"), image("tags")
    content = image("contents", item_id=item["id"], text="a\tb\n\\N", meta_data='{"a":[1,2.5,null,"\\u2028"]}')
    embedding = image("embeddings", model_id=model["id"], content_id=content["id"])
    link = {"item_id": item["id"], "tag_id": tag["id"]}
    changes = [new("ai_models", model), new("items", item), new("contents", content), new("embeddings", embedding)]
    result = ada.push(
        *changes,
        new("file_assets", image("file_assets", item_id=item["id"])),
        new("events", image("events", item_id=item["id"])),
        new("tags", tag),
        new("item_tag_links", link),
        new("settings", image("settings", value='{"a":1}')),
        new("api_keys", image("api_keys")),
    )
    assert result == NOTHING
    assert rows(admin, "SELECT text, meta_data FROM contents") == [
        ("a\tb\n\\N", {"a": [1, 2.5, None, "\u2028"]}),
    ]
    assert rows(admin, "SELECT vector, dim FROM embeddings") == [([0.5, -1.25], 2)]
    assert rows(admin, "SELECT count(*) FROM item_tag_links") == [(1,)]


def test_only_changed_columns_are_written(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("UPDATE items SET description = 'theirs'")
    result = ada.push(edit("items", item, title="ours"))
    assert stored(admin, "items", item["id"], "title, description") == ("ours", "theirs")
    assert result.rows[key("items", item)] == {**item, "title": "ours", "description": "theirs"}
    assert result.conflicts == []


def test_a_row_that_is_as_it_was_pushed_is_named_nowhere(ada: Desk, item: Image) -> None:
    assert ada.push(edit("items", item, title="ours", updated_at=LATER)) == NOTHING
    assert ada.push(edit("items", item, title="ours", updated_at=LATER)) == NOTHING


def test_both_sides_values_of_a_column_are_kept(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("UPDATE items SET type = 'prompt'")
    result = ada.push(edit("items", item, type="dataset", description="ours"))
    assert stored(admin, "items", item["id"], "type, description") == ("prompt", "ours")
    (found,) = result.conflicts
    assert (found.key, found.kind) == (key("items", item), Kind.COLUMNS)
    assert (found.base, found.ours, found.theirs) == ({"type": "note"}, {"type": "dataset"}, {"type": "prompt"})
    assert result.rows[found.key] == {**item, "type": "prompt", "description": "ours"}


def test_a_new_row_that_is_there_already_is_merged(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("UPDATE items SET type = 'dataset'")
    result = ada.push(new("items", {**item, "type": "prompt", "description": "ours"}))
    assert stored(admin, "items", item["id"], "type, description") == ("dataset", "ours")
    assert [(each.kind, each.ours) for each in result.conflicts] == [(Kind.COLUMNS, {"type": "prompt"})]


def test_a_vector_is_replaced_by_its_numbers(ada: Desk, admin: Connection, item: Image) -> None:
    model = image("ai_models")
    row = image("embeddings", model_id=model["id"], item_id=item["id"])
    ada.push(new("ai_models", model), new("embeddings", row))
    base = {**row, "vector": vector_hash(row["vector"])}
    assert ada.push(edit("embeddings", base, vector=OLD)) == NOTHING
    assert rows(admin, "SELECT vector FROM embeddings") == [([1, 0],)]


def test_a_vector_that_both_changed_is_the_one_that_fits(ada: Desk, admin: Connection, item: Image) -> None:
    model = image("ai_models")
    row = image("embeddings", model_id=model["id"], item_id=item["id"])
    ada.push(new("ai_models", model), new("embeddings", row))
    admin.execute("UPDATE embeddings SET vector = '[3, 4]', meta_data = '{\"text_sha256\": \"theirs\"}'")
    base = {**row, "vector": vector_hash(row["vector"])}
    ours = edit("embeddings", base, vector=OLD, meta_data='{"text_sha256":"ours"}')
    result = ada.push(ours, fits=lambda image: "ours" in image["meta_data"])
    assert result.conflicts == []
    assert rows(admin, "SELECT vector, meta_data FROM embeddings") == [([1, 0], {"text_sha256": "ours"})]


# -- deletions --------------------------------------------------------------------------------------------------


def test_a_deletion_goes_with_what_hangs_below(ada: Desk, admin: Connection, item: Image) -> None:
    content = image("contents", item_id=item["id"])
    ada.push(new("contents", content))
    assert ada.push(drop("contents", content), drop("items", item)) == NOTHING
    assert rows(admin, "SELECT count(*) FROM items") == rows(admin, "SELECT count(*) FROM contents") == [(0,)]


def test_a_deletion_of_what_is_gone_is_no_news(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("DELETE FROM items")
    assert ada.push(drop("items", item)) == NOTHING


def test_an_edit_of_what_the_server_deleted_is_kept_whole(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("DELETE FROM items")
    result = ada.push(edit("items", item, title="ours"))
    assert result.rows == {key("items", item): None}
    (found,) = result.conflicts
    assert (found.kind, found.ours) == (Kind.DELETED_THERE, {**item, "title": "ours"})
    assert rows(admin, "SELECT count(*) FROM items") == [(0,)]


def test_a_deletion_of_what_the_server_edited_stands_and_keeps_the_edit(
    ada: Desk, admin: Connection, item: Image
) -> None:
    admin.execute("UPDATE items SET title = 'theirs'")
    result = ada.push(drop("items", item))
    (found,) = result.conflicts
    assert (found.kind, found.theirs) == (Kind.DELETED_HERE, {**item, "title": "theirs"})
    assert rows(admin, "SELECT count(*) FROM items") == [(0,)]


def test_what_others_made_below_a_row_that_is_deleted_is_kept_whole(ada: Desk, admin: Connection, item: Image) -> None:
    known = image("contents", item_id=item["id"])
    ada.push(new("contents", known))
    admin.execute("INSERT INTO contents (item_id, text) VALUES (%s, 'never seen')", [item["id"]])
    result = ada.push(drop("contents", known), drop("items", item))
    (found,) = result.conflicts
    assert found.theirs is not None
    assert (found.kind, found.theirs["text"], found.theirs["item_id"]) == (Kind.DELETED_HERE, "never seen", item["id"])
    assert found.reason == "made on the server, deleted here with its item"
    assert set(found.theirs) == set(known)


def test_an_undone_deletion_lives_again(ada: Desk, admin: Connection, item: Image) -> None:
    ada.push(drop("items", item))
    assert ada.push(new("items", item)) == NOTHING
    assert stored(admin, "items", item["id"], "title") == ("A title",)


# -- what is held, hidden or refused -----------------------------------------------------------------------------


def test_a_row_that_another_program_holds_is_busy_and_the_others_go(
    ada: Desk, other: Connection, admin: Connection, item: Image
) -> None:
    second = image("items")
    ada.push(new("items", second))
    other.execute("UPDATE items SET title = 'held' WHERE id = %s", [item["id"]])
    result = ada.push(edit("items", item, title="ours"), edit("items", second, title="ours"))
    assert result == PushResult(busy=[key("items", item)])
    assert stored(admin, "items", second["id"], "title") == ("ours",)


def test_what_belongs_to_a_row_that_waits_waits_too(ada: Desk, other: Connection, admin: Connection) -> None:
    item, slug = image("items", organization_id=None), image("organizations")
    other.execute("INSERT INTO items (id, owner_id, title) VALUES (%s, %s, 'x')", [item["id"], ADA])
    content = image("contents", item_id=item["id"])
    result = ada.push(new("organizations", slug), new("items", item), new("contents", content))
    assert result.busy == [key("items", item), key("contents", content)]
    assert rows(admin, "SELECT count(*) FROM organizations WHERE slug = 'team'") == [(1,)]


def test_a_poison_row_is_refused_alone(ada: Desk, admin: Connection) -> None:
    admin.execute("ALTER TABLE contents ADD CONSTRAINT polite CHECK (text <> 'poison')")
    item = image("items")
    many = [image("contents", item_id=item["id"], text="poison" if n == 137 else f"text {n}") for n in range(300)]
    result = ada.push(new("items", item), *[new("contents", each) for each in many])
    assert list(result.refused) == [key("contents", many[137])]
    assert "polite" in result.refused[key("contents", many[137])]
    assert rows(admin, "SELECT count(*) FROM contents") == [(299,)]


def test_a_value_that_the_server_cannot_hold_is_refused_alone(ada: Desk, admin: Connection) -> None:
    bad, good = image("items", title="a\0b"), image("items")
    result = ada.push(new("items", bad), new("items", good))
    assert result.refused == {key("items", bad): "the server cannot hold it: title: NUL at character 1: remove it"}
    assert rows(admin, "SELECT count(*) FROM items") == [(1,)]


def test_a_row_that_is_not_ours_to_write_is_refused_with_the_rule(bea: Desk, ada: Desk, admin: Connection) -> None:
    den, lab = image("items", organization_id=DEN), image("items", owner_id=BEA)
    result = bea.push(new("items", {**den, "owner_id": BEA}), new("items", lab))
    assert "above viewer" in result.refused[key("items", den)]
    assert rows(admin, "SELECT title FROM items") == [("A title",)]


def test_a_row_behind_a_curtain_is_not_shown_and_not_touched(bea: Desk, ada: Desk, admin: Connection) -> None:
    hidden = image("items", organization_id=DEN, title="secret")
    ada.push(new("items", hidden))
    result = bea.push(edit("items", {**hidden, "title": "x"}, title="ours"), drop("items", image("items")))
    assert result.refused == {key("items", hidden): "you may no longer see it on the server"}
    assert result.conflicts == [] and "secret" not in encode_result(result)
    assert stored(admin, "items", hidden["id"], "title") == ("secret",)


def test_a_child_of_what_the_server_deleted_is_parked_whole(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("DELETE FROM items")
    content = image("contents", item_id=item["id"])
    result = ada.push(new("contents", content))
    assert result.refused == {key("contents", content): "its item is not on the server"}
    (found,) = result.conflicts
    assert (found.kind, found.ours) == (Kind.PARENT_GONE, content)


def test_a_key_that_may_be_empty_is_emptied_and_kept(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("DELETE FROM items")
    file = image("file_assets", item_id=item["id"])
    result = ada.push(new("file_assets", file))
    assert result.rows == {key("file_assets", file): {**file, "item_id": None}}
    assert [(each.kind, each.ours) for each in result.conflicts] == [(Kind.COLUMNS, {"item_id": item["id"]})]
    assert stored(admin, "file_assets", file["id"], "item_id") == (None,)


def test_what_a_trigger_of_the_server_makes_of_a_row_is_told(ready: str, ada: Desk, admin: Connection) -> None:
    admin.execute(
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql"
        " AS $$BEGIN NEW.name := upper(NEW.name); RETURN NEW; END$$"
    )
    admin.execute("CREATE TRIGGER shout BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION shout()")
    row = image("tags")
    assert ada.push(new("tags", row)).rows == {key("tags", row): {**row, "name": "RED"}}


def test_a_vector_that_a_trigger_of_the_server_changed_is_answered_whole(
    ada: Desk, admin: Connection, item: Image
) -> None:
    admin.execute(
        "CREATE FUNCTION halves() RETURNS trigger LANGUAGE plpgsql"
        " AS $$BEGIN NEW.vector := '[0.5, 0.5]'; RETURN NEW; END$$"
    )
    admin.execute("CREATE TRIGGER halves BEFORE INSERT ON embeddings FOR EACH ROW EXECUTE FUNCTION halves()")
    model, content = image("ai_models"), image("contents", item_id=item["id"])
    row = image("embeddings", model_id=model["id"], content_id=content["id"])
    batch = ada.batch(new("ai_models", model), new("contents", content), new("embeddings", row))
    first = ada.send(batch)
    assert first.rows == {key("embeddings", row): {**row, "vector": struct.pack("<2f", 0.5, 0.5)}}
    assert ada.send(batch) == first


def test_a_row_of_the_server_that_cannot_be_read_is_not_pushed_over(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("UPDATE items SET created_at = '20000-01-01 00:00:00+00'")
    result = ada.push(edit("items", item, title="ours"))
    assert "cannot be read here" in result.refused[key("items", item)]
    assert stored(admin, "items", item["id"], "title") == ("A title",)


# -- numbers ----------------------------------------------------------------------------------------------------


def test_a_batch_that_is_known_is_answered_again_and_not_done_again(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("UPDATE items SET type = 'prompt'")
    batch = ada.batch(edit("items", item, type="dataset", title="ours"))
    first = ada.send(batch)
    admin.execute("UPDATE items SET title = 'later'")
    assert ada.send(batch) == first
    assert stored(admin, "items", item["id"], "title") == ("later",)


def test_another_batch_of_a_known_number_is_a_copied_store(ada: Desk, item: Image) -> None:
    with pytest.raises(errors.StoreCopied):
        ada.send(Batch(1, "00" * 32, (edit("items", item, title="x"),)))


def test_a_batch_after_a_missing_one_is_a_restored_server(ada: Desk, item: Image) -> None:
    with pytest.raises(errors.ServerRestored):
        ada.send(Batch(7, "00" * 32, (edit("items", item, title="x"),)))


def test_a_result_is_the_same_after_its_way_through_text() -> None:
    row: Image = {"id": "a", "vector": b"\0\1", "n": 1, "text": "a\0\ud800λ", "none": None}
    key = Key("embeddings", ids.new_id())
    conflict = Conflict(key, Kind.DELETED_THERE, {"id": "b"}, row, None, "why")
    result = PushResult({key: row, Key("tags", "x"): None}, [key], {key: "no"}, [conflict], {key: "y"})
    assert decode_result(encode_result(result)) == result
    assert encode_result(result).isascii()


def test_a_batch_of_deletions_alone_and_an_empty_one_go_through(ada: Desk, item: Image) -> None:
    assert ada.push() == NOTHING
    assert ada.push(drop("items", item)) == NOTHING


def test_masked_and_fixed_columns_of_a_person_are_left_as_they_are(ada: Desk, admin: Connection) -> None:
    admin.execute("UPDATE users SET hashed_password = 'secret', extras = '{\"a\": 1}' WHERE id = %s", [ADA])
    row = admin.execute("SELECT created_at::text, updated_at::text FROM users WHERE id = %s", [ADA]).fetchone()
    assert row is not None
    base = image("users", id=ADA, email="ada@example.org", full_name="Ada", hashed_password="secret", extras='{"a":1}')
    result = ada.push(edit("users", base, full_name="Ada L.", is_superuser=1))
    found = result.rows[Key("users", ADA)]
    assert found is not None and (found["full_name"], found["is_superuser"]) == ("Ada L.", 0)
    assert rows(admin, f"SELECT full_name, is_superuser FROM users WHERE id = '{ADA}'") == [("Ada L.", False)]


def test_an_unchanged_base_with_a_note_of_its_own_is_no_write(ada: Desk, admin: Connection, item: Image) -> None:
    before = rows(admin, "SELECT xmin::text FROM items")
    assert ada.push(Change(key("items", item), item, dict(item), 3)) == NOTHING
    assert rows(admin, "SELECT xmin::text FROM items") == before
