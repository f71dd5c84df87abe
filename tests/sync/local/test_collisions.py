"""Unique values that a row of the server brings and another row here holds."""

from __future__ import annotations

import pytest

from localstore.values import text_hash
from sync.shapes import Image
from tests.sync.local.linked import LAB, Linked, apply, came, made_here, mine, row
from tests.sync.local.linked import open_conflicts as conflicts

LATER = "2031-01-01T00:00:00.000000Z"


@pytest.fixture
def item(linked: Linked) -> Image:
    return came(linked, "items", mine(linked, "items", title="First"))


# -- unique values -------------------------------------------------------------------------------------------


def test_a_slug_of_ours_gets_a_suffix(linked: Linked) -> None:
    ours = made_here(linked, "organizations", row("organizations", slug="lab"))
    made_here(linked, "organizations", row("organizations", slug="lab-2"))
    theirs = row("organizations", slug="lab")
    apply(linked, "organizations", theirs)
    assert linked.image("organizations", ours["id"])["slug"] == "lab-3"
    assert linked.image("organizations", theirs["id"]) == theirs
    assert linked.value("SELECT ours FROM sync_conflict") == '{"slug":"lab"}'
    assert ("organizations", ours["id"]) in linked.noted()


def test_a_slug_that_both_rows_of_the_server_have_swapped_here_goes_back(linked: Linked) -> None:
    one = came(linked, "organizations", row("organizations", slug="a"))
    linked.write("UPDATE organizations SET slug = 'b', name = 'ours'")
    two = row("organizations", slug="b")
    apply(linked, "organizations", two)
    apply(linked, "organizations", one)
    assert linked.image("organizations", one["id"])["slug"] == "b-2"
    assert linked.image("organizations", one["id"])["name"] == "ours"
    assert linked.value("SELECT ours FROM sync_conflict") == '{"slug":"b"}'


def test_a_dirty_row_that_must_give_its_value_up_has_not_changed_it(linked: Linked) -> None:
    one = came(linked, "organizations", row("organizations", slug="a"))
    linked.write("UPDATE organizations SET name = 'ours'")
    two = row("organizations", slug="a")
    apply(linked, "organizations", two)
    apply(linked, "organizations", one | {"slug": "c", "updated_at": LATER})
    found = linked.image("organizations", one["id"])
    assert (found["slug"], found["name"]) == ("c", "ours")
    assert conflicts(linked) == []


def test_a_person_made_here_becomes_the_one_of_the_server(linked: Linked) -> None:
    ours = made_here(linked, "users", row("users", email="bob@example.org", full_name="Robert"))
    linked.lab()
    item = made_here(linked, "items", row("items", owner_id=ours["id"], organization_id=LAB))
    assert not [change for change in linked.changes() if change.key.tbl == "items"]
    theirs = row("users", email="bob@example.org", full_name="Bob")
    apply(linked, "users", theirs)
    assert linked.image("items", item["id"]) == item | {"owner_id": theirs["id"]}
    assert linked.rows("SELECT id FROM users WHERE email = 'bob@example.org'") == [(theirs["id"],)]
    assert linked.value("SELECT ours FROM sync_conflict") == '{"full_name":"Robert"}'
    assert [change.key.tbl for change in linked.changes()] == ["items"]


def test_the_local_user_is_never_taken_for_another(linked: Linked) -> None:
    me = linked.store.local_user_id
    came(linked, "users", linked.image("users", me))
    linked.write("UPDATE users SET email = 'bob@example.org'")
    theirs = row("users", email="bob@example.org")
    apply(linked, "users", theirs)
    assert linked.image("users", me)["email"] == "ada@example.org"
    assert linked.value("SELECT ours FROM sync_conflict") == '{"email":"bob@example.org"}'


def test_a_file_of_the_same_path_and_checksum_becomes_theirs(linked: Linked) -> None:
    ours = made_here(linked, "file_assets", mine(linked, "file_assets", path="p", checksum="c"))
    theirs = mine(linked, "file_assets", path="p", checksum="c")
    apply(linked, "file_assets", theirs)
    assert linked.rows("SELECT id FROM file_assets") == [(theirs["id"],)]
    assert conflicts(linked) == []
    assert ("file_assets", ours["id"]) not in linked.noted()


@pytest.mark.parametrize("checksum", [None, "other"])
def test_another_file_of_the_same_path_is_kept_whole(linked: Linked, checksum: str | None) -> None:
    ours = made_here(linked, "file_assets", mine(linked, "file_assets", path="p", checksum=checksum))
    theirs = mine(linked, "file_assets", path="p", checksum="c")
    apply(linked, "file_assets", theirs)
    assert linked.rows("SELECT id FROM file_assets") == [(theirs["id"],)]
    assert conflicts(linked) == [("taken", "file_assets", ours["id"])]
    assert linked.value("SELECT json_extract(ours, '$.path') FROM sync_conflict") == "p"


def test_a_key_of_the_same_hash_is_kept_whole(linked: Linked) -> None:
    me = linked.store.local_user_id
    ours = made_here(linked, "api_keys", row("api_keys", user_id=me, key_hash="h"))
    apply(linked, "api_keys", row("api_keys", user_id=me, key_hash="h"))
    assert conflicts(linked) == [("taken", "api_keys", ours["id"])]


# -- vectors of one text -------------------------------------------------------------------------------------


@pytest.fixture
def text(linked: Linked, item: Image) -> Image:
    return came(linked, "contents", row("contents", item_id=item["id"], text="words"))


def made_of(words: str) -> str:
    return f'{{"text_sha256":"{text_hash(words)}"}}'


def test_another_models_vector_moves_to_the_item_and_names_the_text(linked: Linked, item: Image, text: Image) -> None:
    one, two = came(linked, "ai_models", row("ai_models")), came(linked, "ai_models", row("ai_models"))
    ours = made_here(linked, "embeddings", row("embeddings", model_id=one["id"], content_id=text["id"]))
    theirs = row("embeddings", model_id=two["id"], content_id=text["id"])
    apply(linked, "embeddings", theirs)
    moved = linked.image("embeddings", ours["id"])
    assert (moved["content_id"], moved["item_id"]) == (None, item["id"])
    assert moved["meta_data"] == f'{{"content_id":"{text["id"]}"}}'
    assert linked.image("embeddings", theirs["id"]) == theirs
    assert ("embeddings", ours["id"]) in linked.noted()


@pytest.mark.parametrize(
    ("ours", "theirs", "wins"),
    [
        ("words", "older", "ours"),
        ("older", "words", "theirs"),
        ("older", "oldest", "theirs"),
        ("words", "words", "theirs"),
    ],
)
def test_of_one_models_vectors_the_one_that_fits_its_text_stays(
    linked: Linked, text: Image, ours: str, theirs: str, wins: str
) -> None:
    model = came(linked, "ai_models", row("ai_models"))
    given = {"model_id": model["id"], "content_id": text["id"]}
    made_here(linked, "embeddings", row("embeddings", **given, meta_data=made_of(ours), vector=bytes(8)))
    image = row("embeddings", **given, meta_data=made_of(theirs))
    apply(linked, "embeddings", image)
    assert linked.rows("SELECT id FROM embeddings") == [(image["id"],)]
    found = linked.image("embeddings", image["id"])
    assert (found["vector"] == bytes(8)) is (wins == "ours")
    assert found["meta_data"] == made_of(ours if wins == "ours" else theirs)
    assert (("embeddings", image["id"]) in linked.noted()) is (wins == "ours")
    assert linked.store.check() == []
