"""Unique values that another row of the server has: our row moves, is renamed, stays here or is refused."""

from __future__ import annotations

import json

import pytest

from sync.postgres.connection import Connection
from sync.postgres.pushing.push import encode_result
from sync.shapes import Image, Kind, PushResult, vector_hash
from tests.sync.client.desk import NOTHING, OLD, Desk, drop, edit, image, key, new, rows, stored
from tests.sync.trio import BEA, DEN

pytestmark = pytest.mark.postgres


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
