"""A batch pushed by hand: what is written, what is answered, whatever stands in the way."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from localstore import ids
from sync import errors
from sync.postgres.connection import Connection, connect
from sync.postgres.push import decode_result, encode_result
from sync.shapes import Batch, Change, Conflict, Image, Key, Kind, PushResult, vector_hash
from tests.sync.client.desk import LATER, Desk, drop, edit, image, key, new, stored
from tests.sync.trio import ADA, BEA, DEN

pytestmark = pytest.mark.postgres
NOTHING = PushResult()
OLD = b"\0\0\x80?\0\0\0\0"


@pytest.fixture
def other(ready: str) -> Iterator[Connection]:
    """Another program in the middle of a transaction."""
    with connect(ready) as connection:
        yield connection


@pytest.fixture
def item(ada: Desk) -> Image:
    """An item of Ada's in the lab, in step."""
    row = image("items")
    ada.push(new("items", row))
    return row


def rows(connection: Connection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql.encode()).fetchall()


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
    result = ada.push(new("items", {**item, "description": "ours"}))
    assert stored(admin, "items", item["id"], "title") == ("A title",)
    assert [each.kind for each in result.conflicts] == [Kind.COLUMNS]


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
    admin.execute("SELECT localstore_sync.fingerprint()")
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
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name := upper(NEW.name); RETURN NEW; END$$"
    )
    admin.execute("CREATE TRIGGER shout BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION shout()")
    row = image("tags")
    assert ada.push(new("tags", row)).rows == {key("tags", row): {**row, "name": "RED"}}


def test_a_row_of_the_server_that_cannot_be_read_is_not_pushed_over(ada: Desk, admin: Connection, item: Image) -> None:
    admin.execute("UPDATE items SET created_at = '20000-01-01 00:00:00+00'")
    result = ada.push(edit("items", item, title="ours"))
    assert "cannot be read here" in result.refused[key("items", item)]
    assert stored(admin, "items", item["id"], "title") == ("A title",)


# -- unique values ----------------------------------------------------------------------------------------------


def test_a_taken_slug_gets_the_first_free_suffix(ada: Desk, admin: Connection) -> None:
    admin.execute("INSERT INTO organizations (name, slug) VALUES ('T', 'team'), ('T', 'team-2')")
    team = image("organizations")
    result = ada.push(new("organizations", team))
    assert stored(admin, "organizations", team["id"], "slug") == ("team-3",)
    assert result.rows[key("organizations", team)] == {**team, "slug": "team-3"}
    assert [(each.kind, each.ours) for each in result.conflicts] == [(Kind.TAKEN, {"slug": "team"})]


def test_slugs_can_be_swapped(ada: Desk, admin: Connection) -> None:
    one, two = image("organizations", slug="one"), image("organizations", slug="two")
    founder = [image("organization_memberships", organization_id=each["id"]) for each in (one, two)]
    ada.push(
        *[new("organizations", each) for each in (one, two)], *[new("organization_memberships", m) for m in founder]
    )
    assert ada.push(edit("organizations", one, slug="two"), edit("organizations", two, slug="one")) == NOTHING
    assert stored(admin, "organizations", one["id"], "slug") == ("two",)


def test_a_value_that_a_deletion_of_the_batch_frees_can_be_taken(ada: Desk, admin: Connection) -> None:
    old, young = image("file_assets"), image("file_assets", checksum="b")
    ada.push(new("file_assets", old))
    assert ada.push(new("file_assets", young), drop("file_assets", old)) == NOTHING
    assert rows(admin, "SELECT checksum FROM file_assets") == [("b",)]


def test_a_person_with_that_email_is_the_same_person(ada: Desk, admin: Connection) -> None:
    colleague, item = image("users", email="bea@example.org"), image("items")
    mine = {**item, "owner_id": colleague["id"]}
    result = ada.push(new("users", colleague), new("items", mine))
    assert result.moved == {key("users", colleague): BEA}
    assert result.busy == [key("items", mine)]


def test_a_person_who_is_unknown_there_is_refused(ada: Desk) -> None:
    stranger = image("users", email="eve@example.org")
    result = ada.push(new("users", stranger))
    assert "users are made on the server" in result.refused[key("users", stranger)]


def test_the_same_file_is_one_row(ada: Desk) -> None:
    theirs, ours = image("file_assets", checksum="c"), image("file_assets", checksum="c")
    ada.push(new("file_assets", theirs))
    assert ada.push(new("file_assets", ours)) == PushResult(moved={key("file_assets", ours): theirs["id"]})


def test_another_file_at_the_same_path_stays_here(ada: Desk, admin: Connection) -> None:
    theirs, ours = image("file_assets", checksum="c"), image("file_assets", checksum="d")
    ada.push(new("file_assets", theirs))
    result = ada.push(new("file_assets", ours))
    assert "path 'file://h/x' is taken" in result.refused[key("file_assets", ours)]
    (found,) = result.conflicts
    assert (found.kind, found.ours, found.theirs) == (Kind.TAKEN, ours, theirs)
    assert rows(admin, "SELECT count(*) FROM file_assets") == [(1,)]


def test_a_path_of_a_row_that_is_hidden_is_told_without_the_row(ada: Desk, bea: Desk) -> None:
    den = image("items", organization_id=DEN)
    theirs = image("file_assets", item_id=den["id"], filename="secret")
    ada.push(new("items", den), new("file_assets", theirs))
    result = bea.push(new("file_assets", image("file_assets", owner_id=BEA)))
    assert "by a row that you may not see" in next(iter(result.refused.values()))
    assert "secret" not in encode_result(result)


def test_a_taken_key_is_refused(ada: Desk, bea: Desk) -> None:
    ada.push(new("api_keys", image("api_keys")))
    ours = image("api_keys", user_id=BEA)
    assert "is taken on the server" in bea.push(new("api_keys", ours)).refused[key("api_keys", ours)]


@pytest.fixture
def text(ada: Desk, item: Image) -> Image:
    """A text of the item, in step."""
    row = image("contents", item_id=item["id"])
    ada.push(new("contents", row))
    return row


def embedding_of(ada: Desk, text: Image, model: Image, **columns: object) -> Image:
    """A vector on a text, in step."""
    row = image("embeddings", model_id=model["id"], content_id=text["id"], **columns)
    ada.push(new("ai_models", model), new("embeddings", row))
    return row


def test_another_models_vector_of_a_text_moves_to_its_item(ada: Desk, admin: Connection, text: Image) -> None:
    embedding_of(ada, text, image("ai_models", name="first"))
    model = image("ai_models", name="second")
    ours = image("embeddings", model_id=model["id"], content_id=text["id"], meta_data='{"a":1}')
    result = ada.push(new("ai_models", model), new("embeddings", ours))
    moved = {**ours, "content_id": None, "item_id": text["item_id"]}
    found = result.rows[key("embeddings", ours)]
    assert found is not None
    assert json.loads(found["meta_data"]) == {"a": 1, "content_id": text["id"]}
    assert {**found, "meta_data": "", "vector": ""} == {**moved, "meta_data": "", "vector": ""}
    assert rows(admin, "SELECT count(*) FROM embeddings") == [(2,)]
    assert (result.conflicts, result.refused, result.busy) == ([], {}, [])


def test_of_two_vectors_by_one_model_the_servers_stays(ada: Desk, admin: Connection, text: Image) -> None:
    model = image("ai_models")
    theirs = embedding_of(ada, text, model)
    ours = image("embeddings", model_id=model["id"], content_id=text["id"], vector=OLD)
    result = ada.push(new("embeddings", ours), fits=lambda _: False)
    assert result == PushResult(moved={key("embeddings", ours): theirs["id"]})
    assert rows(admin, "SELECT vector FROM embeddings") == [([0.5, -1.25],)]


def test_of_two_vectors_by_one_model_the_one_that_fits_wins(ada: Desk, admin: Connection, text: Image) -> None:
    model = image("ai_models")
    theirs = embedding_of(ada, text, model)
    ours = image("embeddings", model_id=model["id"], content_id=text["id"], vector=OLD, meta_data='{"fit":1}')
    result = ada.push(new("embeddings", ours), fits=lambda image: "fit" in image["meta_data"])
    assert result.moved == {key("embeddings", ours): theirs["id"]}
    answered = result.rows[key("embeddings", theirs)]
    assert answered is not None and answered["vector"] == vector_hash(OLD)
    assert rows(admin, "SELECT vector, meta_data FROM embeddings") == [([1, 0], {"fit": 1})]


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
