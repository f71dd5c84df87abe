"""Unique values that a file's rows bring and other rows here hold."""

from __future__ import annotations

from localstore import Store
from sync.conflicts import conflicts
from tests.sync.files.carrying import Pair, one


def test_what_belongs_to_the_same_person_belongs_to_them_there(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("Mine")
    pair_of_stores.carry(laptop, desk, share="all")
    assert one(desk, "SELECT owner_id FROM items") == desk.local_user_id
    assert one(desk, "SELECT count(*) FROM users") == 1


def test_the_same_tag_made_on_both_is_one(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("A", tags=["todo"])
    desk.items.add("B", tags=["todo"])
    done = pair_of_stores.carry(laptop, desk, share="all")
    assert (one(desk, "SELECT count(*) FROM tags"), done.conflicts) == (1, 0)


def test_a_slug_that_is_taken_gets_a_suffix_and_the_conflict_says_so(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    lab = laptop.organizations.add("Lab", "lab")
    laptop.items.add("In the lab", organization=str(lab.id))
    desk.organizations.add("Another lab", "lab")
    done = pair_of_stores.carry(laptop, desk, share="org")
    assert done.conflicts == 1
    assert desk.organizations.get(lab.id).slug == "lab-2"
    assert one(desk, "SELECT organization_id FROM items") == lab.id


def test_vectors_of_one_text_by_two_models_are_both_kept(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("One", text="words")
    pair_of_stores.carry(laptop, desk, share="all")
    text = laptop.contents.of(item.id)[0].id
    laptop.ai_models.add("of-laptop", "local", parameters={"dim": 2})
    desk.ai_models.add("of-desk", "local", parameters={"dim": 2})
    laptop.embeddings.add("of-laptop", [1, 2], content=text)
    desk.embeddings.add("of-desk", [3, 4], content=text)
    done = pair_of_stores.carry(laptop, desk)
    sql = "SELECT count(*) FROM embeddings WHERE item_id = ? AND json_extract(meta_data, '$.content_id') = ?"
    assert (one(desk, sql, item.id, text), done.conflicts) == (1, 0)
    assert one(desk, "SELECT count(*) FROM embeddings WHERE content_id = ?", text) == 1


def test_of_one_models_two_vectors_of_a_text_one_stays(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("One", text="words")
    laptop.ai_models.add("of-both", "local", parameters={"dim": 2})
    pair_of_stores.carry(laptop, desk, share="all")
    text = laptop.contents.of(item.id)[0].id
    with desk.database.writing() as connection:
        model = one(desk, "SELECT id FROM ai_models")
        sql = "INSERT INTO embeddings (model_id, content_id, vector, dim) VALUES (?, ?, zeroblob(8), 2)"
        connection.execute(sql, (model, text))
    laptop.embeddings.add("of-both", [1, 2], content=text)
    pair_of_stores.carry(laptop, desk)
    assert one(desk, "SELECT count(*) FROM embeddings") == 1
    assert one(desk, "SELECT vector FROM embeddings") == one(laptop, "SELECT vector FROM embeddings")


def test_a_file_record_whose_path_is_taken_by_another_file_waits(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    attached(laptop, "One", "1" * 64)
    attached(desk, "Two", "2" * 64)
    done = pair_of_stores.carry(laptop, desk, share="all")
    (waiting,) = conflicts(desk).rows
    assert (done.conflicts, waiting.tbl, one(desk, "SELECT filename FROM file_assets")) == (1, "file_assets", "Two")
    assert waiting.ours and waiting.ours["filename"] == "One"


def test_the_same_file_on_both_is_one_record(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    attached(laptop, "One", "1" * 64)
    attached(desk, "One", "1" * 64)
    done = pair_of_stores.carry(laptop, desk, share="all")
    assert (done.conflicts, one(desk, "SELECT count(*) FROM file_assets")) == (0, 1)


def attached(store: Store, name: str, checksum: str) -> None:
    """Note a file of one path on an item of its own."""
    item = store.items.add(name)
    sql = "INSERT INTO file_assets (owner_id, item_id, filename, path, checksum) VALUES (?, ?, ?, 'file://h/f', ?)"
    with store.database.writing() as connection:
        connection.execute(sql, (store.local_user_id, item.id, name, checksum))
