"""Applying pages of the server's rows: in step, changed here, in each other's way, unreadable, without parents."""

from __future__ import annotations

from typing import Any

import pytest

from localstore import Freshness
from localstore.models import BY_NAME
from localstore.values import text_hash
from sync.local import dirty
from sync.local.applying import apply_page
from sync.shapes import Image, Key, Page, Unreadable
from tests.localstore.world import dump, populate
from tests.sync.local.linked import LAB, STAMP, Linked, apply, came, made_here, mine, row
from tests.sync.local.linked import open_conflicts as conflicts

LATER = "2031-01-01T00:00:00.000000Z"


# -- rows in step --------------------------------------------------------------------------------------------


def test_new_rows_of_every_table_arrive_as_they_are(linked: Linked, store: Any) -> None:
    populate(store)
    given = dump(store)
    for tbl in BY_NAME:
        apply(linked, tbl, *given[tbl].values())
    got = dump(linked.store)
    got["users"].pop(linked.store.local_user_id)
    assert got == given
    assert linked.noted() == set()


def test_changed_rows_replace_those_in_step_and_are_counted(linked: Linked) -> None:
    first, second = came(linked, "items", mine(linked, "items")), came(linked, "items", mine(linked, "items"))
    changed = first | {"title": "changed", "updated_at": LATER}
    assert apply(linked, "items", changed, second).changed == 1
    assert linked.image("items", first["id"]) == changed
    assert linked.noted() == set()


def test_the_same_page_again_writes_nothing(linked: Linked) -> None:
    item = came(linked, "items", mine(linked, "items"))
    linked.write("CREATE TRIGGER spy AFTER UPDATE ON items BEGIN INSERT INTO drafts VALUES ('spy', '', ''); END")
    assert apply(linked, "items", item).changed == 0
    assert linked.rows("SELECT 1 FROM drafts") == []
    assert apply(linked, "items", item | {"title": "other"}).changed == 1
    assert len(linked.rows("SELECT 1 FROM drafts")) == 1


def test_a_link_arrives_and_arrives_again(linked: Linked) -> None:
    item, tag = came(linked, "items", mine(linked, "items")), came(linked, "tags", row("tags"))
    link = {"item_id": item["id"], "tag_id": tag["id"]}
    assert [apply(linked, "item_tag_links", link).changed for _ in range(2)] == [1, 0]


def test_what_arrives_is_found_by_its_words_and_no_longer_by_those_it_had(linked: Linked) -> None:
    item = came(linked, "items", mine(linked, "items", title="Alpha"))
    text = came(linked, "contents", row("contents", item_id=item["id"], text="beta"))
    assert [hit.title for hit in linked.store.search("alpha beta").rows] == ["Alpha"]
    apply(linked, "items", item | {"title": "Gamma"})
    apply(linked, "contents", text | {"text": "delta"})
    assert [hit.title for hit in linked.store.search("gamma delta").rows] == ["Gamma"]
    assert linked.store.search("alpha").rows == []
    assert linked.store.check() == []


def test_vectors_that_arrive_are_judged_by_their_texts(linked: Linked) -> None:
    item, model = came(linked, "items", mine(linked, "items")), came(linked, "ai_models", row("ai_models"))
    text = came(linked, "contents", row("contents", item_id=item["id"], text="beta"))
    noted = f'{{"text_sha256":"{text_hash("beta")}"}}'
    made = row("embeddings", model_id=model["id"], content_id=text["id"], meta_data=noted)
    came(linked, "embeddings", made)
    assert linked.store.embeddings.state(made["id"]) is Freshness.FRESH
    apply(linked, "contents", text | {"text": "gamma"})
    assert linked.store.embeddings.state(made["id"]) is Freshness.STALE
    assert linked.store.check() == []


def test_rows_of_one_page_may_swap_unique_values(linked: Linked) -> None:
    one = came(linked, "organizations", row("organizations", slug="a"))
    two = came(linked, "organizations", row("organizations", slug="b"))
    apply(linked, "organizations", one | {"slug": "b"}, two | {"slug": "a"})
    assert dict(linked.rows("SELECT id, slug FROM organizations")) == {one["id"]: "b", two["id"]: "a"}
    assert conflicts(linked) == []


def test_rows_of_two_pages_may_swap_unique_values(linked: Linked) -> None:
    one = came(linked, "organizations", row("organizations", slug="a"))
    two = came(linked, "organizations", row("organizations", slug="b"))
    apply(linked, "organizations", one | {"slug": "b"})
    apply(linked, "organizations", two | {"slug": "a"})
    assert dict(linked.rows("SELECT id, slug FROM organizations")) == {one["id"]: "b", two["id"]: "a"}
    assert linked.noted() == set()


def test_what_is_masked_of_others_stays_as_it_is_here(linked: Linked) -> None:
    bob = came(linked, "users", row("users", email="bob@example.org"))
    linked.write("UPDATE users SET hashed_password = 'h' WHERE email = 'bob@example.org'", "DELETE FROM sync_dirty")
    apply(linked, "users", bob | {"full_name": "Bob"})
    assert linked.image("users", bob["id"])["hashed_password"] == "h"
    assert linked.image("users", bob["id"])["full_name"] == "Bob"


# -- rows changed here ---------------------------------------------------------------------------------------


@pytest.fixture
def item(linked: Linked) -> Image:
    return came(linked, "items", mine(linked, "items", title="First", description="a\nb\nc"))


def test_changes_of_different_columns_are_both_kept(linked: Linked, item: Image) -> None:
    linked.write("UPDATE items SET title = 'ours'")
    theirs = item | {"type": "paper", "updated_at": LATER}
    apply(linked, "items", theirs)
    found = linked.image("items", item["id"])
    assert (found["title"], found["type"]) == ("ours", "paper")
    assert linked.base("items", item["id"]) == theirs
    assert conflicts(linked) == []


def test_changes_of_one_column_leave_theirs_live_and_ours_in_a_conflict(linked: Linked, item: Image) -> None:
    linked.write("UPDATE items SET title = 'ours'")
    applied = apply(linked, "items", item | {"title": "theirs", "updated_at": LATER})
    assert linked.image("items", item["id"])["title"] == "theirs"
    assert linked.value("SELECT ours FROM sync_conflict") == '{"title":"ours"}'
    assert (applied.conflicts, conflicts(linked)) == (1, [("columns", "items", item["id"])])
    assert linked.noted() == set()


def test_the_same_change_on_both_sides_is_in_step(linked: Linked, item: Image) -> None:
    linked.write(f"UPDATE items SET title = 'same', updated_at = '{LATER}'")
    apply(linked, "items", item | {"title": "same", "updated_at": LATER})
    assert linked.noted() == set()
    assert conflicts(linked) == []


def test_a_row_deleted_here_and_edited_there_stays_deleted_and_is_kept(linked: Linked, item: Image) -> None:
    linked.write("DELETE FROM items")
    theirs = item | {"title": "theirs", "updated_at": LATER}
    apply(linked, "items", theirs)
    assert linked.rows("SELECT 1 FROM items") == []
    assert conflicts(linked) == [("deleted here", "items", item["id"])]
    assert linked.base("items", item["id"]) == theirs


def test_a_row_deleted_here_and_untouched_there_is_no_conflict(linked: Linked, item: Image) -> None:
    linked.write("DELETE FROM items")
    apply(linked, "items", item)
    assert linked.rows("SELECT 1 FROM items") == []
    assert conflicts(linked) == []


def test_the_same_row_made_on_both_sides_is_in_step(linked: Linked) -> None:
    made = made_here(linked, "tags", row("tags", name="todo"))
    apply(linked, "tags", made)
    assert linked.noted() == set()


def test_a_row_made_on_both_sides_with_other_values_is_a_conflict_of_columns(linked: Linked) -> None:
    made = made_here(linked, "tags", row("tags", name="todo", color="red"))
    apply(linked, "tags", made | {"color": "blue"})
    assert linked.image("tags", made["id"])["color"] == "blue"
    assert conflicts(linked) == [("columns", "tags", made["id"])]


def test_a_kept_row_that_the_server_has_after_all_is_no_longer_kept(linked: Linked) -> None:
    made = made_here(linked, "tags", row("tags", name="todo"))
    assert linked.changes() == []
    assert linked.kept() == {("tags", made["id"])}
    apply(linked, "tags", made | {"name": "Todo"})
    assert linked.kept() == set()


def test_a_row_made_and_deleted_here_arrives(linked: Linked) -> None:
    made = made_here(linked, "tags", row("tags"))
    linked.write("DELETE FROM tags")
    apply(linked, "tags", made)
    assert linked.image("tags", made["id"]) == made
    assert linked.noted() == set()


def test_new_parts_of_an_item_go_once_the_server_turns_out_to_have_it(linked: Linked) -> None:
    made = made_here(linked, "items", mine(linked, "items"))
    text = made_here(linked, "contents", row("contents", item_id=made["id"], text="new"))
    assert linked.changes() == []
    apply(linked, "items", made)
    assert [change.key for change in linked.changes()] == [Key("contents", text["id"])]


# -- parents that are not here -------------------------------------------------------------------------------


def test_a_key_to_a_row_that_is_not_here_is_empty_until_it_comes(linked: Linked) -> None:
    home = row("organizations", slug="x")
    item = mine(linked, "items", organization_id=home["id"])
    assert apply(linked, "items", item).parked == 0
    assert linked.image("items", item["id"])["organization_id"] is None
    assert linked.rows("SELECT col, value FROM sync_loose") == [("organization_id", home["id"])]
    assert linked.noted() == set()
    apply(linked, "organizations", home)
    assert linked.image("items", item["id"]) == item
    assert (linked.rows("SELECT 1 FROM sync_loose"), linked.noted()) == ([], set())


def test_an_edit_of_a_row_with_a_loose_key_does_not_push_the_empty_key(linked: Linked) -> None:
    home = row("organizations", slug="x")
    item = mine(linked, "items", organization_id=home["id"])
    apply(linked, "items", item)
    linked.write("UPDATE items SET title = 'ours'")
    apply(linked, "items", item | {"type": "paper"})
    assert linked.base("items", item["id"])["organization_id"] is None
    apply(linked, "organizations", home)
    assert linked.image("items", item["id"])["organization_id"] == home["id"]
    assert linked.base("items", item["id"])["organization_id"] == home["id"]


def test_a_row_whose_parent_is_not_here_waits_and_comes_in_by_itself(linked: Linked) -> None:
    item = mine(linked, "items")
    text = row("contents", item_id=item["id"], text="words")
    model = came(linked, "ai_models", row("ai_models"))
    vector = row("embeddings", model_id=model["id"], content_id=text["id"])
    assert apply(linked, "contents", text).parked == 1
    assert apply(linked, "embeddings", vector).parked == 0  # its text may be empty
    assert conflicts(linked) == [("parked", "contents", text["id"])]
    apply(linked, "items", item)
    assert linked.image("contents", text["id"]) == text
    assert linked.image("embeddings", vector["id"]) == vector
    assert (conflicts(linked), linked.rows("SELECT 1 FROM sync_loose"), linked.noted()) == ([], [], set())
    assert [hit.title for hit in linked.store.search("words").rows] == ["t"]


def test_a_row_that_waits_for_two_parents_waits_for_both(linked: Linked) -> None:
    item, tag = mine(linked, "items"), row("tags")
    link = {"item_id": item["id"], "tag_id": tag["id"]}
    apply(linked, "item_tag_links", link)
    apply(linked, "items", item)
    assert [kind for kind, *_ in conflicts(linked)] == ["parked"]
    apply(linked, "tags", tag)
    assert linked.rows("SELECT item_id, tag_id FROM item_tag_links") == [(item["id"], tag["id"])]
    assert (conflicts(linked), linked.rows("SELECT 1 FROM sync_loose")) == ([], [])


def test_one_row_without_its_parent_does_not_stop_the_page(linked: Linked, item: Image) -> None:
    good = row("contents", item_id=item["id"])
    bad = row("contents", item_id=LAB)
    applied = apply(linked, "contents", bad, good)
    assert (applied.changed, applied.parked) == (1, 1)
    assert linked.rows("SELECT id FROM contents") == [(good["id"],)]


# -- rows that cannot come in --------------------------------------------------------------------------------


def unreadable(item: Image) -> Page:
    return Page("items", [], [], [Unreadable(item["id"], {"title": None}, "title: a value is needed")])


def test_an_unreadable_row_is_set_aside_and_comes_in_once_it_can_be_read(linked: Linked, item: Image) -> None:
    linked.write("UPDATE items SET title = 'ours'")
    assert apply_page(linked.store, unreadable(item)).parked == 1
    assert conflicts(linked) == [("unreadable", "items", item["id"])]
    with linked.store.reading() as connection:
        assert dirty.held(connection) == [(Key("items", item["id"]), "unreadable")]
    apply(linked, "items", item | {"type": "paper"})
    assert conflicts(linked) == []
    assert [change.key.pk for change in linked.changes()] == [item["id"]]


def test_an_unreadable_row_is_noted_once_however_often_it_comes(linked: Linked, item: Image) -> None:
    apply_page(linked.store, unreadable(item))
    apply_page(linked.store, unreadable(item))
    assert conflicts(linked) == [("unreadable", "items", item["id"])]


def test_a_row_that_sqlite_refuses_is_set_aside_alone(linked: Linked) -> None:
    good, bad = mine(linked, "items"), mine(linked, "items", created_at="yesterday")
    applied = apply(linked, "items", bad, good)
    assert (applied.changed, applied.parked) == (1, 1)
    assert linked.rows("SELECT id FROM items") == [(good["id"],)]
    assert conflicts(linked) == [("unreadable", "items", bad["id"])]
    apply(linked, "items", bad | {"created_at": STAMP})
    assert conflicts(linked) == []


def test_an_item_and_a_text_of_one_id_both_arrive(linked: Linked) -> None:
    item = came(linked, "items", mine(linked, "items"))
    apply(linked, "contents", row("contents", id=item["id"], item_id=item["id"], text="words"))
    assert linked.store.contents.count() == 1


def test_a_default_of_ours_is_no_opinion_where_both_sides_made_the_row(linked: Linked) -> None:
    made = made_here(linked, "users", row("users", email="bob@example.org", hashed_password=""))
    linked.write(f"UPDATE sync_state SET value = '{made['id']}' WHERE key = 'user_id'")
    apply(linked, "users", made | {"hashed_password": "h", "full_name": "Bob"})
    assert linked.image("users", made["id"])["full_name"] == "Bob"
    assert (conflicts(linked), linked.noted()) == ([], set())
