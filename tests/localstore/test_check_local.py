"""Check of what the file keeps for itself: full text and codes beside their rows, the trash, the undo log, files."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import Store, ids
from localstore.checking.finding import Finding
from localstore.errors import NotFound
from tests.localstore.damage import loosely

NOBODY = "00000000-0000-7000-8000-000000000000"
SILENTLY = (
    "INSERT INTO local_state VALUES ('applying', '1')",
    "{}",
    "DELETE FROM local_state WHERE key = 'applying'",
)


def silently(store: Store, statement: str) -> None:
    """Change rows as somebody does who switches the triggers off."""
    loosely(store, *(each.format(statement) for each in SILENTLY))


def kinds(findings: list[Finding]) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.table, one.repaired) for one in findings]


@pytest.fixture
def world(store: Store) -> Store:
    """A store with three items, their texts and vectors, and codes."""
    store.ai_models.add("m", "p")
    for number in range(3):
        item = store.items.add(f"Title {number}", text=f"body {number}")
        store.embeddings.put_one("m", [1.0 + number, 2.0], content=store.contents.of(item.id)[0].id)
    store.embeddings.rebuild("m")
    return store


# -- derived from rows


def test_a_text_that_changed_unheard_is_noticed_by_a_deep_check(world: Store) -> None:
    silently(world, "UPDATE contents SET text = 'body unheard' WHERE text = 'body 1'")
    assert world.check() == []
    (found,) = [one for one in world.check(deep=True) if one.kind == "text"]
    assert (found.count, found.row) == (1, world.contents.of("Title 1")[0].id)
    assert ("text", "text_index", True) in kinds(world.check(deep=True, repair=True))
    assert [hit.title for hit in world.search("unheard").rows] == ["Title 1"]
    assert world.check(deep=True) == []


def test_a_title_that_changed_unheard_is_noticed_too(world: Store) -> None:
    silently(world, "UPDATE items SET title = 'body' WHERE title = 'Title 1'")
    found = [one for one in world.check(deep=True) if one.kind == "text"]
    assert [one.count for one in found] == [2]


def test_a_state_of_a_vector_that_is_not_what_the_text_says_is_noticed_by_a_deep_check(world: Store) -> None:
    loosely(world, "UPDATE embedding_states SET state = 3 WHERE embedding_id = (SELECT min(id) FROM embeddings)")
    assert world.check() == []
    assert kinds(world.check(deep=True)) == [("state", "embedding_states", False)]
    assert kinds(world.check(deep=True, repair=True)) == [("state", "embedding_states", True)]
    assert world.check(deep=True) == []


NEW = (
    "UPDATE embeddings SET vector = x'0000a0400000a040', updated_at = '{}' WHERE id = (SELECT min(id) FROM embeddings)"
)
CODES = {
    "a vector was edited": NEW.format("2999-01-01T00:00:00.000000Z"),
    "a vector was added": (
        "INSERT INTO embeddings (model_id, item_id, vector, dim)"
        " SELECT model_id, (SELECT min(id) FROM items), vector, 2 FROM embeddings LIMIT 1"
    ),
    "a vector was deleted": "DELETE FROM embeddings WHERE id = (SELECT min(id) FROM embeddings)",
}


@pytest.mark.parametrize("what", CODES)
def test_codes_that_missed_a_change_are_noticed_by_a_plain_check(world: Store, what: str) -> None:
    loosely(world, CODES[what], "DELETE FROM vector_changes")
    assert ("codes", "vector_blocks", False) in kinds(world.check())
    assert ("codes", "vector_blocks", True) in kinds(world.check(repair=True))
    assert "codes" not in [one.kind for one in world.check(deep=True)]


def test_codes_of_a_vector_whose_time_was_kept_are_compared_by_a_deep_check(world: Store) -> None:
    loosely(world, NEW.format("2000-01-01T00:00:00.000000Z"), "DELETE FROM vector_changes")
    assert world.check() == []
    assert ("codes", "vector_blocks", False) in kinds(world.check(deep=True))


def test_codes_of_a_model_that_is_gone_are_dropped(world: Store) -> None:
    loosely(world, f"UPDATE vector_models SET model_id = '{NOBODY}'")
    assert kinds(world.check(repair=True)) == [("reference", "vector_blocks", True)]
    assert world.check() == []


# -- the trash


@pytest.fixture
def deleted(world: Store) -> Store:
    world.items.delete("Title 2")
    return world


def test_images_without_an_entry_get_one_from_which_they_are_restored(deleted: Store) -> None:
    loosely(deleted, "DELETE FROM trash", "DELETE FROM undo_log")
    assert kinds(deleted.check(repair=True)) == [("trash", "trash_rows", True)]
    assert deleted.check() == []
    (entry,) = deleted.trash.entries()
    assert entry.deleted == {"items": 1, "contents": 1, "embeddings": 1}
    deleted.trash.restore(entry.id)
    assert deleted.contents.of("Title 2")[0].text == "body 2"


def test_a_deletion_that_holds_nothing_is_removed_with_the_undo_that_needs_it(deleted: Store) -> None:
    loosely(deleted, "DELETE FROM trash_rows")
    assert kinds(deleted.check()) == [("trash", "trash", False)]
    assert kinds(deleted.check(repair=True)) == [("trash", "trash", True), ("undo", "undo_log", True)]
    assert (deleted.check(), deleted.trash.entries()) == ([], [])


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("'no'", "not an image"),
        ("'{}'", "it lacks"),
        ("json_set(image, '$.vector', 'xyz')", "not an image: non-hexadecimal"),
    ],
    ids=["no JSON", "no columns", "no hex"],
)
def test_an_image_that_cannot_become_a_row_again_is_told(deleted: Store, image: str, why: str) -> None:
    loosely(deleted, f"UPDATE trash_rows SET image = {image} WHERE tbl = 'embeddings'")
    (found,) = deleted.check(repair=True)
    assert (found.table, found.repaired, found.row) == ("trash_rows", False, deleted.trash.entries()[0].id)
    assert why in found.message


def test_the_bytes_of_a_deleted_file_that_are_gone_are_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("bytes")
    asset = store.files.attach(None, tmp_path / "paper.txt", copy=True)
    place = store.files.local_path(asset)
    assert place
    store.files.delete(asset.id)
    place.unlink()
    (found,) = store.check(repair=True)
    assert (found.kind, found.row, found.repaired) == ("file", asset.id, False)
    assert "the bytes of 1 files in the trash are gone, such as 'paper.txt'" in found.message


# -- the undo log


def test_an_undo_that_finds_no_deletion_is_forgotten_so_that_those_before_it_can_be_undone(deleted: Store) -> None:
    deleted.items.edit("Title 1", title="Title one")
    deleted.items.delete("Title 0")
    loosely(deleted, "DELETE FROM trash_rows", "DELETE FROM trash")
    with pytest.raises(NotFound, match="left the trash"):
        deleted.undo()
    (found,) = deleted.check(repair=True)
    assert (found.kind, found.count, found.repaired) == ("undo", 2, True)
    assert deleted.check() == []
    assert deleted.undo().startswith("edit")


def test_an_undo_log_that_was_used_both_ways_is_sound(deleted: Store) -> None:
    deleted.trash.restore("@last")
    deleted.items.delete("Title 2")
    deleted.items.add("new")
    assert deleted.check() == []
    deleted.undo()
    deleted.undo()
    assert deleted.check() == []
    deleted.undo()
    deleted.undo()
    assert deleted.check() == []
    deleted.redo()
    assert deleted.check() == []


def test_an_entry_of_the_undo_log_that_says_nothing_is_forgotten(world: Store) -> None:
    loosely(world, "UPDATE undo_log SET changes = '[]' WHERE seq = (SELECT max(seq) FROM undo_log)")
    assert kinds(world.check(repair=True)) == [("undo", "undo_log", True)]
    assert world.check() == []


# -- people who may be the same


def test_addresses_that_differ_in_capitals_alone_are_told_and_left_to_a_person(store: Store) -> None:
    person = ids.new_id()
    loosely(store, f"INSERT INTO users (id, email) VALUES ('{person}', 'ADA@example.org')")
    (found,) = store.check(repair=True)
    assert (found.kind, found.table, found.repaired) == ("duplicate", "users", False)
    assert "differ from others in capitals alone" in found.message
