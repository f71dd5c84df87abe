"""The acknowledgement of a batch: a three-way merge of what was pushed, what is now, and what the server made of it."""

from __future__ import annotations

import json

import pytest

from sync.local import dirty
from sync.local.applying import apply_page
from sync.local.settling import settle
from sync.shapes import Batch, Change, Conflict, Image, Key, Kind, PushResult, vector_hash
from tests.sync.local.linked import LAB, Linked, page, row

LATER = "2031-01-01T00:00:00.000000Z"


@pytest.fixture
def item(linked: Linked) -> Image:
    """An item that both sides have."""
    image = row("items", owner_id=linked.store.local_user_id, title="First", description="d")
    apply_page(linked.store, page("items", image))
    return image


def batch(linked: Linked, number: int = 1) -> Batch:
    return Batch(number, "sha", tuple(linked.changes()))


def take_in(linked: Linked, pushed: Batch, **result: object) -> None:
    settle(linked.store, pushed, PushResult(**result))  # type: ignore[arg-type]


def conflicts(linked: Linked) -> list[tuple[str, str, int | None]]:
    return linked.rows("SELECT kind, ours, seq FROM sync_conflict WHERE resolved_at IS NULL ORDER BY id")


def edited(linked: Linked, title: str = "ours") -> Batch:
    linked.write(f"UPDATE items SET title = '{title}'")
    return batch(linked)


# -- as it was pushed ----------------------------------------------------------------------------------------


def test_a_row_that_went_as_it_was_pushed_is_in_step(linked: Linked, item: Image) -> None:
    take_in(linked, edited(linked))
    assert linked.noted() == set()
    assert linked.image("items", item["id"])["title"] == "ours"


def test_an_edit_made_on_the_way_stays_an_edit_of_what_was_pushed(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    linked.write("UPDATE items SET title = 'newer'")
    take_in(linked, pushed)
    assert linked.image("items", item["id"])["title"] == "newer"
    assert linked.base("items", item["id"])["title"] == "ours"
    assert [change.ours and change.ours["title"] for change in linked.changes()] == ["newer"]


def test_an_edit_taken_back_on_the_way_goes_again(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    linked.write(f"UPDATE items SET title = 'First', updated_at = '{LATER}'")
    linked.changes()
    take_in(linked, pushed)
    [change] = linked.changes()
    assert change.base
    assert change.ours
    assert (change.base["title"], change.ours["title"]) == ("ours", "First")


def test_a_row_deleted_on_the_way_is_deleted_from_what_was_pushed(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    linked.write("DELETE FROM items")
    take_in(linked, pushed)
    [change] = linked.changes()
    assert change.base
    assert (change.base["title"], change.ours) == ("ours", None)


def test_a_new_row_deleted_on_the_way_is_deleted_on_the_server_too(linked: Linked) -> None:
    linked.share("all")
    tag = linked.store.tags.add("new").id
    pushed = batch(linked)
    linked.write("DELETE FROM tags")
    linked.changes()
    take_in(linked, pushed)
    assert [(change.key, change.ours) for change in linked.changes()] == [(Key("tags", tag), None)]


def test_a_row_made_again_after_its_deletion_was_pushed_is_new(linked: Linked, item: Image) -> None:
    linked.store.items.delete(item["id"])
    pushed = batch(linked)
    linked.store.undo()
    take_in(linked, pushed)
    change = linked.dirty("items", item["id"])
    assert change
    assert change.base is None


def test_a_deletion_that_went_is_in_step(linked: Linked, item: Image) -> None:
    linked.write("DELETE FROM items")
    take_in(linked, batch(linked))
    assert linked.noted() == set()


def test_a_deleted_event_is_not_deleted_on_the_server(linked: Linked, item: Image) -> None:
    linked.share("all")
    linked.item("Second")
    pushed = batch(linked)
    linked.write("DELETE FROM events")
    take_in(linked, pushed)
    assert linked.noted() == set()


# -- otherwise than pushed -----------------------------------------------------------------------------------


def test_what_the_server_merged_is_taken_over(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    ours = linked.image("items", item["id"])
    take_in(linked, pushed, rows={Key("items", item["id"]): ours | {"type": "paper"}})
    assert linked.image("items", item["id"]) == ours | {"type": "paper"}
    assert linked.noted() == set()


def test_an_edit_on_the_way_is_merged_with_what_the_server_merged(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    theirs = linked.image("items", item["id"]) | {"type": "paper"}
    linked.write("UPDATE items SET description = 'newer'")
    take_in(linked, pushed, rows={Key("items", item["id"]): theirs})
    found = linked.image("items", item["id"])
    assert (found["title"], found["type"], found["description"]) == ("ours", "paper", "newer")
    assert linked.base("items", item["id"]) == theirs


def test_an_edit_on_the_way_that_disputes_the_servers_is_a_conflict(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    theirs = linked.image("items", item["id"]) | {"title": "theirs"}
    linked.write("UPDATE items SET title = 'newer'")
    take_in(linked, pushed, rows={Key("items", item["id"]): theirs})
    assert linked.image("items", item["id"])["title"] == "theirs"
    assert conflicts(linked) == [("columns", '{"title":"newer"}', 1)]


def test_conflicts_of_the_push_are_kept_with_its_number(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    key = Key("items", item["id"])
    theirs = linked.image("items", item["id"]) | {"title": "theirs"}
    noted = Conflict(key, Kind.COLUMNS, {"title": "First"}, {"title": "ours"}, {"title": "theirs"}, "title")
    take_in(linked, pushed, rows={key: theirs}, conflicts=[noted])
    assert linked.image("items", item["id"])["title"] == "theirs"
    assert conflicts(linked) == [("columns", '{"title":"ours"}', 1)]
    assert linked.noted() == set()


def test_a_row_that_is_gone_there_goes_here(linked: Linked, item: Image) -> None:
    take_in(linked, edited(linked), rows={Key("items", item["id"]): None})
    assert linked.rows("SELECT 1 FROM items") == []
    assert linked.noted() == set()


def test_a_vector_known_by_its_hash_keeps_our_bytes(linked: Linked, item: Image) -> None:
    linked.share("all")
    linked.store.ai_models.add("m", "p")
    made = linked.store.embeddings.put_one("m", [1.0, 2.0], item=item["id"]).id
    pushed = batch(linked)
    ours = linked.image("embeddings", made)
    theirs = ours | {"vector": vector_hash(ours["vector"]), "meta_data": '{"by":"them"}'}
    take_in(linked, pushed, rows={Key("embeddings", made): theirs})
    assert linked.image("embeddings", made) == ours | {"meta_data": '{"by":"them"}'}
    assert linked.noted() == set()


def test_taking_a_result_in_twice_changes_nothing(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    theirs = linked.image("items", item["id"]) | {"type": "paper"}
    take_in(linked, pushed, rows={Key("items", item["id"]): theirs})
    take_in(linked, pushed, rows={Key("items", item["id"]): theirs})
    assert linked.image("items", item["id"]) == theirs
    assert linked.noted() == set()


# -- busy, refused, moved ------------------------------------------------------------------------------------


def test_a_busy_row_stays_dirty_with_its_base(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    take_in(linked, pushed, busy=[Key("items", item["id"])])
    assert batch(linked).changes == pushed.changes


def test_a_refused_row_is_held_and_kept_once(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    refused = {Key("items", item["id"]): "viewers only read"}
    take_in(linked, pushed, refused=refused)
    take_in(linked, pushed, refused=refused)
    [(kind, ours, _)] = conflicts(linked)
    assert (kind, json.loads(ours)["title"]) == ("refused", "ours")
    assert linked.changes() == []


def test_a_refused_row_that_changed_meanwhile_is_tried_again(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    linked.write("UPDATE items SET title = 'newer'")
    take_in(linked, pushed, refused={Key("items", item["id"]): "no"})
    assert conflicts(linked) == []
    assert [change.ours and change.ours["title"] for change in linked.changes()] == ["newer"]


def test_a_refusal_is_settled_once_the_row_goes_through(linked: Linked, item: Image) -> None:
    take_in(linked, edited(linked), refused={Key("items", item["id"]): "no"})
    take_in(linked, edited(linked, "again"))
    assert conflicts(linked) == []
    assert linked.noted() == set()


def test_a_person_who_is_another_on_the_server_takes_our_rows_along(linked: Linked) -> None:
    ours, theirs = row("users", email="bob@example.org"), row("users", email="bob@example.org", full_name="Bob")
    linked.write(f"INSERT INTO users (id, email) VALUES ('{ours['id']}', 'bob@example.org')")
    linked.write(f"INSERT INTO items (id, owner_id, title) VALUES ('{LAB}', '{ours['id']}', 't')")
    pushed = Batch(1, "s", (Change(Key("users", ours["id"]), None, linked.image("users", ours["id"]), 1),))
    rows = {Key("users", theirs["id"]): theirs}
    take_in(linked, pushed, moved={Key("users", ours["id"]): theirs["id"]}, rows=rows)
    assert linked.value("SELECT owner_id FROM items") == theirs["id"]
    assert linked.rows("SELECT id FROM users WHERE email = 'bob@example.org'") == [(theirs["id"],)]


def test_a_pull_between_a_push_and_its_answer_is_merged_too(linked: Linked, item: Image) -> None:
    pushed = edited(linked)
    apply_page(linked.store, page("items", item | {"type": "paper", "updated_at": LATER}))
    linked.write("UPDATE items SET description = 'newer'")
    theirs = linked.image("items", item["id"]) | {"description": "d"}
    take_in(linked, pushed, rows={Key("items", item["id"]): theirs})
    found = linked.image("items", item["id"])
    assert (found["title"], found["type"], found["description"]) == ("ours", "paper", "newer")
    with linked.store.reading() as connection:
        assert dirty.count(connection) == {"items": 1}
