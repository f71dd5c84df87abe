"""Rows that are gone on the server: what goes with them, and what must not be lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync.local.applying import apply_gone, apply_page
from sync.local.arrivals import Applied
from sync.shapes import Image
from tests.sync.local.linked import LAB, Linked, page, row

LATER = "2031-01-01T00:00:00.000000Z"


class Tree:
    """An item that both sides have, with a text, a vector, a file and a tag."""

    def __init__(self, linked: Linked, owner: str) -> None:
        self.linked = linked
        self.item = self.came("items", owner_id=owner, title="First")
        self.text = self.came("contents", item_id=self.item["id"], text="words")
        self.model = self.came("ai_models")
        self.vector = self.came("embeddings", model_id=self.model["id"], content_id=self.text["id"])
        self.file = self.came("file_assets", owner_id=owner, item_id=self.item["id"], path="p")
        self.tag = self.came("tags")
        self.link = {"item_id": self.item["id"], "tag_id": self.tag["id"]}
        apply_page(linked.store, page("item_tag_links", self.link))

    def came(self, tbl: str, **columns: Any) -> Image:
        image = row(tbl, **columns)
        apply_page(self.linked.store, page(tbl, image))
        return image


@pytest.fixture
def mine(linked: Linked) -> Tree:
    return Tree(linked, linked.store.local_user_id)


@pytest.fixture
def others(linked: Linked) -> Tree:
    user = row("users", email="bob@example.org")
    apply_page(linked.store, page("users", user))
    return Tree(linked, user["id"])


def gone(linked: Linked, tbl: str, *keys: str) -> Applied:
    return apply_gone(linked.store, tbl, keys)


def conflicts(linked: Linked) -> list[tuple[str, str]]:
    return linked.rows("SELECT kind, tbl FROM sync_conflict WHERE resolved_at IS NULL ORDER BY kind, tbl")


def there(linked: Linked) -> set[str]:
    tables = ("items", "contents", "embeddings", "file_assets", "item_tag_links")
    return {tbl for tbl in tables if linked.rows(f"SELECT 1 FROM {tbl}")}


# -- what is in step -----------------------------------------------------------------------------------------


def test_a_row_that_is_gone_goes_with_what_hangs_on_it(linked: Linked, others: Tree) -> None:
    applied = gone(linked, "items", others.item["id"])
    assert (applied.deleted, applied.conflicts) == (1, 0)
    assert there(linked) == {"file_assets"}
    assert (linked.noted(), conflicts(linked), linked.store.trash.count()) == (set(), [], 0)
    assert linked.store.check() == []


def test_a_row_of_mine_goes_to_the_trash_and_can_be_restored(linked: Linked, mine: Tree) -> None:
    gone(linked, "items", mine.item["id"])
    [entry] = linked.store.trash.entries()
    assert entry.label == "1 item deleted on the server"
    linked.store.trash.restore(entry.id)
    assert there(linked) == {"items", "contents", "embeddings", "file_assets", "item_tag_links"}
    assert linked.image("items", mine.item["id"]) == mine.item
    assert {tbl for tbl, _ in linked.noted()} >= {"items", "contents", "embeddings", "item_tag_links"}
    assert all(change.base is None for change in linked.changes() if change.key.tbl == "items")


def test_several_rows_of_mine_are_one_entry_of_the_trash(linked: Linked, mine: Tree) -> None:
    second = mine.came("items", owner_id=linked.store.local_user_id)
    gone(linked, "items", mine.item["id"], second["id"])
    assert [entry.label for entry in linked.store.trash.entries()] == ["2 items deleted on the server"]


def test_a_text_of_my_item_goes_to_the_trash_and_leaves_vectors_that_name_it(linked: Linked, mine: Tree) -> None:
    naming = json.dumps({"content_id": mine.text["id"]})
    other = mine.came("embeddings", model_id=mine.model["id"], item_id=mine.item["id"], meta_data=naming)
    gone(linked, "contents", mine.text["id"])
    assert linked.rows("SELECT id FROM embeddings") == [(other["id"],)]
    [entry] = linked.store.trash.entries()
    assert linked.rows("SELECT tbl FROM trash_rows WHERE trash_id = ? ORDER BY tbl", entry.id) == [
        ("contents",),
        ("embeddings",),
    ]
    assert linked.store.check() == []


def test_words_of_what_is_gone_are_not_found(linked: Linked, others: Tree) -> None:
    assert linked.store.search("words").rows
    gone(linked, "contents", others.text["id"])
    assert linked.store.search("words").rows == []


def test_the_local_user_is_never_deleted(linked: Linked, mine: Tree) -> None:
    assert gone(linked, "users", linked.store.local_user_id).deleted == 0
    assert there(linked) >= {"items"}


def test_what_is_not_here_is_no_matter(linked: Linked, mine: Tree) -> None:
    assert gone(linked, "items", LAB) == Applied()


def test_a_link_that_is_gone_goes_alone(linked: Linked, mine: Tree) -> None:
    assert gone(linked, "item_tag_links", "/".join(mine.link.values())).deleted == 1
    assert there(linked) == {"items", "contents", "embeddings", "file_assets"}


def test_deleted_on_both_sides_is_in_step(linked: Linked, mine: Tree) -> None:
    linked.write("DELETE FROM items")
    assert ("items", mine.item["id"]) in linked.noted()
    gone(linked, "items", mine.item["id"])
    assert ("items", mine.item["id"]) not in linked.noted()
    assert conflicts(linked) == []


# -- what only this file has ---------------------------------------------------------------------------------


def test_a_row_edited_here_goes_to_a_conflict_whole(linked: Linked, others: Tree) -> None:
    linked.write("UPDATE items SET title = 'ours'")
    whole = linked.image("items", others.item["id"])
    gone(linked, "items", others.item["id"])
    assert conflicts(linked) == [("deleted there", "items")]
    base, ours = linked.rows("SELECT base, ours FROM sync_conflict")[0]
    assert (json.loads(base), json.loads(ours)) == (others.item, whole)
    assert linked.noted() == set()


def test_a_moved_stamp_alone_is_no_edit(linked: Linked, others: Tree) -> None:
    linked.write(f"UPDATE items SET updated_at = '{LATER}'")
    gone(linked, "items", others.item["id"])
    assert conflicts(linked) == []


def test_an_edited_row_below_one_that_is_gone_goes_to_a_conflict_too(linked: Linked, others: Tree) -> None:
    linked.write("UPDATE contents SET text = 'ours'", "UPDATE embeddings SET vector = zeroblob(8)")
    gone(linked, "items", others.item["id"])
    assert conflicts(linked) == [("deleted there", "contents"), ("deleted there", "embeddings")]
    assert linked.value("SELECT json_extract(ours, '$.vector') FROM sync_conflict WHERE tbl = 'embeddings'") == "0" * 16
    assert linked.noted() == set()


def test_new_rows_below_one_that_is_gone_are_lifted_before_the_cascade(linked: Linked, others: Tree) -> None:
    new = linked.store.contents.add(others.item["id"], "never sent").id
    linked.store.embeddings.put_one("m", [1.0, 2.0], content=new)
    gone(linked, "items", others.item["id"])
    assert (
        conflicts(linked)
        == [
            ("deleted there", "items"),  # the Store touched it
            ("parent gone", "contents"),
            ("parent gone", "embeddings"),
        ][1:]
    )
    ours = linked.value("SELECT ours FROM sync_conflict WHERE tbl = 'contents'")
    assert json.loads(ours)["text"] == "never sent"


def test_private_rows_below_one_that_is_gone_are_lifted_too(linked: Linked, others: Tree) -> None:
    linked.write(
        f"INSERT INTO contents (item_id, text) VALUES ('{others.item['id']}', 'private')",
        "INSERT INTO sync_kept SELECT 'contents', id FROM contents WHERE text = 'private'",
        "DELETE FROM sync_dirty",
    )
    gone(linked, "items", others.item["id"])
    assert conflicts(linked) == [("parent gone", "contents")]
    assert linked.kept() == set()


def test_a_row_made_again_here_is_not_gone(linked: Linked, mine: Tree) -> None:
    linked.store.items.delete(mine.item["id"])
    linked.in_step()  # the deletion was pushed
    linked.store.undo()
    gone(linked, "items", mine.item["id"])
    assert linked.image("items", mine.item["id"])["title"] == "First"
    assert ("items", mine.item["id"]) in linked.noted() | linked.kept()


# -- keys that are emptied -----------------------------------------------------------------------------------


def test_a_key_emptied_by_a_deletion_is_no_edit_and_is_remembered(linked: Linked, others: Tree) -> None:
    gone(linked, "items", others.item["id"])
    assert linked.image("file_assets", others.file["id"])["item_id"] is None
    assert linked.rows("SELECT tbl, col, value FROM sync_loose") == [("file_assets", "item_id", others.item["id"])]
    apply_page(linked.store, page("items", others.item))
    assert linked.image("file_assets", others.file["id"]) == others.file


def test_an_edited_row_whose_key_is_emptied_has_not_edited_the_key(linked: Linked, others: Tree) -> None:
    linked.write("UPDATE file_assets SET filename = 'ours'")
    gone(linked, "items", others.item["id"])
    [change] = linked.changes()
    assert change.base
    assert change.ours
    assert (change.base["item_id"], change.ours["item_id"], change.ours["filename"]) == (None, None, "ours")


def test_a_row_that_waited_for_its_parent_and_is_gone_waits_no_longer(linked: Linked) -> None:
    text = row("contents", item_id=LAB)
    apply_page(linked.store, page("contents", text))
    assert conflicts(linked) == [("parked", "contents")]
    gone(linked, "contents", text["id"])
    assert (conflicts(linked), linked.rows("SELECT 1 FROM sync_loose")) == ([], [])


# -- moved here below what is gone ---------------------------------------------------------------------------


def move(linked: Linked, tbl: str, column: str, pk: str, to: str) -> None:
    linked.write(f"UPDATE {tbl} SET {column} = '{to}' WHERE id = '{pk}'")


def test_a_text_moved_below_an_item_that_is_gone_returns_with_its_vectors(linked: Linked, others: Tree) -> None:
    right = others.came("items", owner_id=others.item["owner_id"], title="Right")
    move(linked, "contents", "item_id", others.text["id"], right["id"])
    gone(linked, "items", right["id"])
    assert linked.image("contents", others.text["id"]) == others.text
    assert linked.image("embeddings", others.vector["id"]) == others.vector
    assert (linked.noted(), conflicts(linked)) == (set(), [("parent gone", "contents")])
    kept = linked.value("SELECT json_array(json_extract(ours, '$.item_id'), theirs ->> '$.title') FROM sync_conflict")
    assert json.loads(kept) == [right["id"], "Right"]
    assert linked.store.check() == []


def test_a_new_text_below_a_row_that_is_gone_still_goes_when_another_returns(linked: Linked, others: Tree) -> None:
    right = others.came("items", owner_id=others.item["owner_id"])
    move(linked, "contents", "item_id", others.text["id"], right["id"])
    linked.write(f"INSERT INTO contents (item_id, text) VALUES ('{right['id']}', 'new')")
    gone(linked, "items", right["id"])
    assert linked.rows("SELECT id FROM contents") == [(others.text["id"],)]
    assert conflicts(linked) == [("parent gone", "contents"), ("parent gone", "contents")]


def test_a_vector_moved_to_a_text_that_is_gone_returns_with_its_old_numbers(linked: Linked, others: Tree) -> None:
    text = others.came("contents", item_id=others.item["id"])
    move(linked, "embeddings", "content_id", others.vector["id"], text["id"])
    linked.write("UPDATE embeddings SET vector = zeroblob(8)")
    gone(linked, "contents", text["id"])
    assert linked.image("embeddings", others.vector["id"]) == others.vector
    assert (linked.noted(), conflicts(linked)) == (set(), [("parent gone", "embeddings")])


def test_a_vector_moved_to_a_text_that_returns_stays_with_it(linked: Linked, others: Tree) -> None:
    right = others.came("items", owner_id=others.item["owner_id"])
    text = others.came("contents", item_id=right["id"])
    move(linked, "contents", "item_id", others.text["id"], right["id"])
    other = others.came("embeddings", model_id=others.came("ai_models")["id"], content_id=text["id"])
    linked.write(f"DELETE FROM embeddings WHERE id = '{others.vector['id']}'")
    move(linked, "embeddings", "content_id", other["id"], others.text["id"])
    gone(linked, "items", right["id"])
    assert linked.image("embeddings", other["id"])["content_id"] == others.text["id"]
    assert ("embeddings", other["id"]) in linked.noted()


def test_a_row_that_both_sides_have_below_rows_that_are_gone_goes(linked: Linked, others: Tree) -> None:
    right = others.came("items", owner_id=others.item["owner_id"])
    move(linked, "contents", "item_id", others.text["id"], right["id"])
    gone(linked, "items", right["id"], others.item["id"])
    assert there(linked) == {"file_assets"}
    assert (linked.noted(), conflicts(linked)) == (set(), [("deleted there", "contents")])


def test_a_moved_row_whose_old_place_was_deleted_here_comes_in_again_with_that(linked: Linked, others: Tree) -> None:
    right = others.came("items", owner_id=others.item["owner_id"])
    move(linked, "contents", "item_id", others.text["id"], right["id"])
    linked.write(f"DELETE FROM items WHERE id = '{others.item['id']}'")
    gone(linked, "items", right["id"])
    assert conflicts(linked) == [("parent gone", "contents"), ("parked", "contents")]
    linked.in_step()
    apply_page(linked.store, page("items", others.item))
    assert linked.image("contents", others.text["id"]) == others.text
    assert conflicts(linked) == [("parent gone", "contents")]
