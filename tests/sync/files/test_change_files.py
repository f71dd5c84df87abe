"""Change files carry what changed from one store to another, each once, in order, merged as a pull merges."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

from localstore import Store
from localstore.errors import TransferError
from sync.conflicts import conflicts
from sync.errors import Cancelled
from sync.files.change_import import import_changes
from sync.files.changefile import export_changes
from tests.localstore.world import dump, populate
from tests.sync.files.carrying import Pair, one, titles


def test_the_first_file_has_all_that_is_shared_and_the_next_only_what_changed(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One", text="words", tags=["todo"])
    two = laptop.items.add("Two")
    first = pair_of_stores.carry(laptop, desk, share="all")
    assert titles(desk) == {"One", "Two"}
    laptop.items.edit(two.id, title="Two, edited")
    second = pair_of_stores.carry(laptop, desk)
    assert titles(desk) == {"One", "Two, edited"}
    assert (first.rows["items"], second.rows["items"]) == (2, 1)


def test_a_row_of_each_table_arrives_as_it_was(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    populate(laptop)
    pair_of_stores.carry(laptop, desk, share="all")
    here, there = dump(laptop), dump(desk)
    owners = {laptop.local_user_id: desk.local_user_id}
    expected = {
        pk: row | {"owner_id": owners.get(row["owner_id"], row["owner_id"])} for pk, row in here["items"].items()
    }
    assert there["items"] == expected
    for_all = ("organizations", "contents", "embeddings", "ai_models", "tags", "item_tag_links")
    assert [there[table] for table in for_all] == [here[table] for table in for_all]


def test_nobody_elses_secrets_are_in_the_file(pair_of_stores: Pair) -> None:
    populate(pair_of_stores.laptop)
    path = pair_of_stores.export(pair_of_stores.laptop, share="all")
    assert "argon2id" not in path.read_text(encoding="utf-8")


def test_a_profile_travels_and_passwords_stay(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("Mine")
    pair_of_stores.carry(laptop, desk, share="all")
    desk.users.set_password("ada@example.org", "of the desk")
    laptop.users.set_password("ada@example.org", "of the laptop")
    kept = desk.local_user.hashed_password
    laptop.users.edit("ada@example.org", full_name="Ada Lovelace")
    path = pair_of_stores.export(laptop)
    import_changes(desk, path)
    assert (desk.local_user.full_name, desk.local_user.hashed_password) == ("Ada Lovelace", kept)
    assert laptop.local_user.hashed_password not in path.read_text(encoding="utf-8")


def test_deleted_rows_are_deleted_there(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    gone = laptop.items.add("Gone", text="words", tags=["todo"])
    laptop.items.add("Stays")
    pair_of_stores.carry(laptop, desk, share="all")
    laptop.items.delete(gone.id)
    done = pair_of_stores.carry(laptop, desk)
    assert titles(desk) == {"Stays"}
    assert done.deleted == {"items": 1, "contents": 1, "item_tag_links": 1}
    assert one(desk, "SELECT count(*) FROM contents") == 0


def test_changes_of_different_columns_go_together(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Title", description="Words")
    pair_of_stores.carry(laptop, desk, share="all")
    laptop.items.edit(item.id, title="Title of the laptop")
    desk.items.edit(item.id, description="Words of the desk")
    done = pair_of_stores.carry(laptop, desk)
    here = desk.items.get(item.id)
    assert (here.title, here.description, done.conflicts) == ("Title of the laptop", "Words of the desk", 0)


def test_changes_of_the_same_value_wait_for_a_person_and_neither_is_lost(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Title")
    pair_of_stores.carry(laptop, desk, share="all")
    laptop.items.edit(item.id, title="Of the laptop")
    desk.items.edit(item.id, title="Of the desk")
    done = pair_of_stores.carry(laptop, desk)
    (waiting,) = conflicts(desk).rows
    assert (done.conflicts, desk.items.get(item.id).title) == (1, "Of the laptop")
    assert waiting.ours and waiting.ours["title"] == "Of the desk"


def test_an_edit_of_what_was_deleted_there_is_kept(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Title")
    pair_of_stores.carry(laptop, desk, share="all")
    laptop.items.delete(item.id)
    desk.items.edit(item.id, title="Edited")
    pair_of_stores.carry(laptop, desk)
    (waiting,) = conflicts(desk).rows
    assert titles(desk) == set()
    assert waiting.ours and waiting.ours["title"] == "Edited"


def test_a_row_deleted_here_and_edited_there_stays_deleted_and_is_kept(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Title")
    pair_of_stores.carry(laptop, desk, share="all")
    desk.items.delete(item.id)
    laptop.items.edit(item.id, title="Edited")
    done = pair_of_stores.carry(laptop, desk)
    (waiting,) = conflicts(desk).rows
    assert (titles(desk), done.conflicts) == (set(), 1)
    assert waiting.theirs and waiting.theirs["title"] == "Edited"


def test_what_hung_here_on_a_row_deleted_there_is_kept(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Title")
    pair_of_stores.carry(laptop, desk, share="all")
    desk.contents.add(item.id, "Written on the desk")
    with desk.database.writing() as connection:  # the item itself is as it came
        connection.execute("UPDATE items SET updated_at = ?", (one(laptop, "SELECT updated_at FROM items"),))
    laptop.items.delete(item.id)
    pair_of_stores.carry(laptop, desk)
    kept = [waiting.ours for waiting in conflicts(desk).rows if waiting.tbl == "contents"]
    assert [image["text"] for image in kept if image] == ["Written on the desk"]


def test_importing_twice_changes_nothing_and_says_so(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Title")
    path = pair_of_stores.export(laptop, share="all")
    import_changes(desk, path)
    desk.items.edit(item.id, title="Edited since")
    before = dump(desk)
    again = import_changes(desk, path)
    assert (again.again, again.rows, dump(desk)) == (True, {}, before)


def test_a_gap_is_refused_by_number_and_hash(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One")
    pair_of_stores.carry(laptop, desk, share="all")
    laptop.items.add("Two")
    missing = pair_of_stores.export(laptop)
    laptop.items.add("Three")
    third = pair_of_stores.export(laptop)
    sha256 = hashlib.sha256(missing.read_bytes()).hexdigest()
    with pytest.raises(TransferError, match=f"file 2 is not here; the one before it has the sha256 {sha256}"):
        import_changes(desk, third)
    import_changes(desk, missing)
    import_changes(desk, third)
    assert titles(desk) == {"One", "Two", "Three"}


def test_two_missing_files_are_both_named(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One")
    pair_of_stores.export(laptop, share="all")
    laptop.items.add("Two")
    pair_of_stores.export(laptop)
    laptop.items.add("Three")
    with pytest.raises(TransferError, match="files 1 to 2 are not here"):
        pair_of_stores.carry(laptop, desk)


def test_files_back_and_forth_come_to_rest(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("Of the laptop", tags=["todo"])
    desk.items.add("Of the desk", tags=["todo"])
    pair_of_stores.carry(laptop, desk, share="all")
    pair_of_stores.carry(desk, laptop, share="all")
    assert titles(laptop) == titles(desk) == {"Of the laptop", "Of the desk"}
    echo = pair_of_stores.carry(laptop, desk)  # what came from the desk, handed on to whoever reads this chain
    assert (echo.rows, echo.conflicts) == ({}, 0)
    assert export_changes(laptop, pair_of_stores.name()).count == 0
    assert export_changes(desk, pair_of_stores.name()).count == 0


def test_only_what_is_shared_is_in_the_file(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    lab = laptop.organizations.add("Lab", "lab")
    laptop.items.add("In the lab", organization=str(lab.id))
    laptop.items.add("Private")
    pair_of_stores.carry(laptop, desk)
    assert titles(desk) == {"In the lab"}


def test_with_nothing_new_no_file_is_written(pair_of_stores: Pair) -> None:
    laptop = pair_of_stores.laptop
    laptop.items.add("One")
    pair_of_stores.export(laptop, share="all")
    done = export_changes(laptop, pair_of_stores.folder / "none.changes")
    assert (done.count, done.number) == (0, 2)
    assert not done.path.exists()


def test_a_file_names_the_one_before_by_its_hash_and_is_private(pair_of_stores: Pair) -> None:
    laptop = pair_of_stores.laptop
    laptop.items.add("One")
    first = pair_of_stores.export(laptop, share="all")
    laptop.items.add("Two")
    second = pair_of_stores.export(laptop)
    header = json.loads(second.read_text(encoding="utf-8").splitlines()[0])
    assert (header["format"], header["version"], header["number"]) == ("localstore-changes", 1, 2)
    assert header["previous"] == hashlib.sha256(first.read_bytes()).hexdigest()
    assert stat.S_IMODE(second.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_replaced(pair_of_stores: Pair) -> None:
    path = pair_of_stores.folder / "kept.changes"
    path.write_text("precious", encoding="utf-8")
    pair_of_stores.laptop.items.add("One")
    with pytest.raises(TransferError, match="is there already"):
        export_changes(pair_of_stores.laptop, path, share="all")
    assert path.read_text(encoding="utf-8") == "precious"


def test_a_folder_that_is_not_there_is_one_sentence_and_the_rows_go_into_the_next_file(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One")
    with pytest.raises(TransferError, match="cannot be written"):
        export_changes(laptop, pair_of_stores.folder / "missing" / "x.changes", share="all")
    pair_of_stores.carry(laptop, desk)
    assert titles(desk) == {"One"}


def test_a_stopped_export_leaves_nothing_and_loses_nothing(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One")
    with pytest.raises(Cancelled):
        export_changes(laptop, pair_of_stores.name(), share="all", cancelled=lambda: True)
    assert list(pair_of_stores.folder.glob("*changes*")) == []
    pair_of_stores.carry(laptop, desk)
    assert titles(desk) == {"One"}


def test_a_row_touched_while_the_file_was_written_goes_into_the_next(
    pair_of_stores: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.files import changefile

    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    item = laptop.items.add("Before")
    acknowledge = changefile._acknowledge

    def edit_first(store: Store, path: Path) -> None:
        store.items.edit(item.id, title="After")
        acknowledge(store, path)

    monkeypatch.setattr(changefile, "_acknowledge", edit_first)
    first = pair_of_stores.export(laptop, share="all")
    monkeypatch.undo()
    import_changes(desk, first)
    assert titles(desk) == {"Before"}
    assert pair_of_stores.carry(laptop, desk).conflicts == 0
    assert titles(desk) == {"After"}


def test_a_program_that_ended_after_naming_the_file_finds_it_again(
    pair_of_stores: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.files import changefile

    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One")

    def die(store: Store, path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(changefile, "_acknowledge", die)
    first = pair_of_stores.name()
    with pytest.raises(KeyboardInterrupt):
        export_changes(laptop, first, share="all")
    monkeypatch.undo()
    laptop.items.add("Two")
    second = pair_of_stores.export(laptop)
    import_changes(desk, first)
    assert import_changes(desk, second).rows["items"] == 1
    assert titles(desk) == {"One", "Two"}


def test_a_program_that_ended_before_naming_the_file_names_it_the_next_time(
    pair_of_stores: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.files import changefile

    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("One")

    def die(temporary: Path, dest: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(changefile, "_name", die)
    first = pair_of_stores.name()
    with pytest.raises(KeyboardInterrupt):
        export_changes(laptop, first, share="all")
    monkeypatch.undo()
    laptop.items.add("Two")
    second = pair_of_stores.export(laptop)
    import_changes(desk, first)
    import_changes(desk, second)
    assert titles(desk) == {"One", "Two"}


def test_a_stopped_import_goes_on_where_it_stopped(pair_of_stores: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.files.change_import.AT_ONCE", 2)
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    [laptop.items.add(f"Item {number}") for number in range(5)]
    path = pair_of_stores.export(laptop, share="all")
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        import_changes(desk, path, cancelled=lambda: next(answers))
    assert len(titles(desk)) == 3  # four lines, of which one is the person
    done = import_changes(desk, path)
    assert len(titles(desk)) == 5
    assert done.rows["items"] == 2


def test_a_bad_row_is_named_by_line_and_the_others_come_in(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.items.add("Good")
    bad = laptop.items.add("Bad")
    with laptop.database.writing() as connection:
        connection.execute("UPDATE items SET title = 'a' || char(0) WHERE id = ?", (bad.id,))
    done = pair_of_stores.carry(laptop, desk, share="all")
    assert titles(desk) == {"Good"}
    assert done.refused[0].startswith("line ") and "NUL" in done.refused[0]


def test_vectors_arrive_byte_by_byte_and_are_found(pair_of_stores: Pair) -> None:
    laptop, desk = pair_of_stores.laptop, pair_of_stores.desk
    laptop.ai_models.add("hash-2", "local", parameters={"dim": 2})
    item = laptop.items.add("One", text="words")
    laptop.embeddings.add("hash-2", [0.1, -2.5], content=laptop.contents.of(item.id)[0].id)
    pair_of_stores.carry(laptop, desk, share="all")
    sql = "SELECT vector FROM embeddings"
    assert one(desk, sql) == one(laptop, sql) != None  # noqa: E711
    assert [match.item_id for match in desk.embeddings.nearest([0.1, -2.5], model="hash-2").matches] == [item.id]


def test_what_came_in_is_found_by_its_words(pair_of_stores: Pair) -> None:
    pair_of_stores.laptop.items.add("One", text="attention")
    pair_of_stores.carry(pair_of_stores.laptop, pair_of_stores.desk, share="all")
    assert len(pair_of_stores.desk.search("attention").rows) == 1
