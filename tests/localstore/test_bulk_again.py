"""Importing again: what is the same is skipped, what changed there comes, what changed here too stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localstore import Freshness, Store, ids
from localstore.bulk import BulkReport
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord, TagRecord
from tests.localstore.snapshots import everything
from tests.localstore.test_bulk import in_step, note, put

STAMP = "2024-05-06T07:08:09.000000Z"


def texts(store: Store, ref: str) -> list[str]:
    return [str(content.text) for content in store.contents.of(ref)]


def edit_title(store: Store) -> None:
    store.items.edit("Title", title="Edited here")


def edit_text(store: Store) -> None:
    store.contents.edit(store.contents.of("Title")[0].id, text="edited here")


def add_text(store: Store) -> None:
    store.contents.add("Title", "added here")


def edit_meta(store: Store) -> None:
    store.items.edit_meta("Title", {"mine": 1})


def forget_source(store: Store) -> None:
    store.items.edit_meta("Title", {}, remove=["source"])


HERE: list[Callable[[Store], None]] = [edit_title, edit_text, add_text, edit_meta, forget_source]


def test_the_same_again_changes_nothing(store: Store) -> None:
    records = [note("Title", "k", "one", "two", tags=[TagRecord("a")], meta_data={"x": 1.0}) for _ in range(2)]
    put(store, records[0])
    before = everything(store)
    assert put(store, records[1]).counts() == {"skipped": 1}
    assert everything(store) == before


def test_what_changed_there_and_not_here_is_updated(store: Store) -> None:
    put(store, note("Title", "k", "one", "two", tags=[TagRecord("a")], meta_data={"x": 1}))
    old = store.items.get("Title")
    kept = store.contents.of("Title")[0]
    report = put(
        store, note("New", "k", "one", "2", "three", tags=[TagRecord("b")], meta_data={"y": 2}, description="d")
    )
    item = store.items.get("New")
    assert report.counts() == {"updated": 1}
    assert (item.id, texts(store, "New"), [tag.name for tag in item.tags]) == (old.id, ["one", "2", "three"], ["b"])
    assert (item.description, item.meta_data["y"], "x" in item.meta_data) == ("d", 2, False)
    assert (item.created_at, item.updated_at > old.updated_at) == (old.created_at, True)
    assert store.contents.of("New")[0].updated_at == kept.updated_at
    assert in_step(store)
    assert [hit.item_id for hit in store.search("three").rows] == [old.id]
    assert (
        put(
            store, note("New", "k", "one", "2", "three", tags=[TagRecord("b")], meta_data={"y": 2}, description="d")
        ).skipped
        == 1
    )


def test_a_text_that_its_source_has_no_more_goes_to_the_trash(store: Store) -> None:
    put(store, note("Title", "k", "one", "two"))
    put(store, note("Title", "k", "one"))
    assert texts(store, "Title") == ["one"]
    assert store.search("two").rows == []
    store.trash.restore(store.trash.entries()[0].id)
    assert texts(store, "Title") == ["one", "two"]


@pytest.mark.parametrize("here", HERE, ids=lambda f: f.__name__)
def test_what_changed_here_too_is_kept_and_reported(store: Store, here: Callable[[Store], None]) -> None:
    put(store, note("Title", "k", "one"))
    here(store)
    before = everything(store)
    report = put(store, note("New", "k", "changed there", place="n:4"))
    assert report.counts() == {"kept": 1}
    assert (report.conflicts[0].place, "was changed here too: ours stays" in report.conflicts[0].reason) == (
        "n:4",
        True,
    )
    assert everything(store) == before


@pytest.mark.parametrize("here", HERE, ids=lambda f: f.__name__)
def test_update_takes_theirs_and_loses_no_text_of_ours(store: Store, here: Callable[[Store], None]) -> None:
    put(store, note("Title", "k", "one"))
    here(store)
    ours = {row.text for row in store.contents.all()}
    report = put(store, note("New", "k", "changed there"), on_conflict="update")
    assert (report.counts(), texts(store, "New")) == ({"updated": 1}, ["changed there"])
    with store.reading() as connection:
        trashed = {
            row[0] for row in connection.execute("SELECT image->>'$.text' FROM trash_rows WHERE tbl = 'contents'")
        }
    assert trashed == ours
    assert in_step(store)
    assert put(store, note("New", "k", "changed there")).counts() == {"skipped": 1}


def test_copy_makes_a_second_item_once(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    edit_text(store)
    assert put(store, note("New", "k", "theirs"), on_conflict="copy").counts() == {"copied": 1}
    assert (texts(store, "Title"), texts(store, "New")) == (["edited here"], ["theirs"])
    assert put(store, note("New", "k", "theirs"), on_conflict="copy").counts() == {"skipped": 1}
    assert in_step(store)


def test_a_copy_takes_its_vectors_along(store: Store) -> None:
    vectors = [EmbeddingRecord("p", "one", [1.0]), EmbeddingRecord("p", "two", [2.0])]
    put(store, note("Title", "k", "one"))
    edit_text(store)
    put(store, ItemRecord("New", key="k", contents=[ContentRecord("t", embeddings=vectors)]), on_conflict="copy")
    assert [store.embeddings.state(one) for one in store.embeddings.of("New")] == [Freshness.FRESH] * 2


def test_tags_put_on_here_do_not_hold_an_update_up_and_stay(store: Store) -> None:
    put(store, note("Title", "k", "one", tags=[TagRecord("theirs")]))
    store.items.tag(["mine"], "Title")
    assert put(store, note("New", "k", "two", tags=[TagRecord("theirs")])).counts() == {"updated": 1}
    assert (texts(store, "New"), [tag.name for tag in store.items.get("New").tags]) == (["two"], ["mine", "theirs"])


def test_the_same_change_on_both_sides_is_no_conflict(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    store.items.edit("Title", title="New")
    assert put(store, note("New", "k", "one")).kept == 0
    assert put(store, note("New", "k", "one")).counts() == {"skipped": 1}


def test_an_undone_edit_is_no_change(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    edit_text(store)
    store.undo()
    assert put(store, note("New", "k", "two")).counts() == {"updated": 1}


def test_a_changed_text_makes_its_vector_stale(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    store.ai_models.add("m", "p")
    store.embeddings.put_one("m", [1.0], content=store.contents.of("Title")[0].id)
    assert put(store, note("Title", "k", "two")).counts() == {"updated": 1}
    assert store.embeddings.state(store.embeddings.of("Title")[0]) is Freshness.STALE


def test_what_was_deleted_here_comes_again(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    store.items.delete("Title")
    assert put(store, note("Title", "k", "one")).counts() == {"added": 1}


# -- records with their own UUID


OWN = "018f0000-0000-7000-8000-000000000001"


def own(title: str, *bodies: str, **columns: object) -> ItemRecord:
    contents = [ContentRecord(body, id=OWN[:-3] + f"1{n:02}") for n, body in enumerate(bodies)]
    return ItemRecord(title, id=OWN, contents=contents, **columns)  # type: ignore[arg-type]


def test_a_differing_record_with_a_uuid_is_kept_unless_told(store: Store) -> None:
    put(store, own("Title", "one", updated_at=STAMP))
    assert put(store, own("Other", "two", updated_at="2025-01-01T00:00:00Z")).counts() == {"kept": 1}
    assert put(store, own("Other", "two", updated_at="2025-01-01T00:00:00Z"), on_conflict="update").updated == 1
    assert (store.items.get(OWN).title, texts(store, OWN)) == ("Other", ["two"])
    assert put(store, own("Other", "two", updated_at="2025-01-01T00:00:00Z")).counts() == {"skipped": 1}


def test_a_record_made_from_the_version_that_is_here_is_an_update(store: Store) -> None:
    put(store, own("Title", "one", updated_at=STAMP))
    assert put(store, own("Edited in its file", "one", updated_at=STAMP)).counts() == {"updated": 1}
    assert put(store, own("Edited again", "one", updated_at=STAMP)).counts() == {"kept": 1}
    assert store.items.get(OWN).title == "Edited in its file"


def test_a_copy_of_a_record_with_a_uuid_has_ids_of_its_own(store: Store) -> None:
    put(store, own("Title", "one"))
    assert put(store, own("Other", "two"), on_conflict="copy").counts() == {"copied": 1}
    assert (texts(store, "Title"), texts(store, "Other")) == (["one"], ["two"])


# -- vectors and files


def with_vector(value: float) -> ItemRecord:
    vector = EmbeddingRecord("p", "m", [value, 0.0])
    return ItemRecord("Title", key="k", contents=[ContentRecord("one", embeddings=[vector])])


def vectors(store: Store) -> list[list[float]]:
    return [[float(x) for x in one.array] for one in store.embeddings.of("Title")]


def import_vector(store: Store, value: float, policy: str = "keep") -> BulkReport:
    return put(store, with_vector(value), on_conflict=policy)


def test_vectors_that_come_later_are_added(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    assert import_vector(store, 1.0).counts() == {"updated": 1}
    assert import_vector(store, 1.0).counts() == {"skipped": 1}
    assert vectors(store) == [[1.0, 0.0]]


def test_a_differing_vector_is_kept_unless_told(store: Store) -> None:
    import_vector(store, 1.0)
    assert import_vector(store, 2.0).counts() == {"kept": 1}
    assert vectors(store) == [[1.0, 0.0]]
    assert import_vector(store, 2.0, "update").counts() == {"updated": 1}
    assert vectors(store) == [[2.0, 0.0]]
    assert in_step(store)


def test_files_that_come_later_are_added(store: Store) -> None:
    put(store, note("Title", "k", "one"))
    record = note("Title", "k", "one", files=[FileRecord("file://h/x")])
    assert put(store, record).counts() == {"updated": 1}
    assert put(store, record).counts() == {"skipped": 1}
    assert [file.path for file in store.items.get("Title").files] == ["file://h/x"]


def test_a_text_of_another_item_is_refused_on_an_update_too(store: Store) -> None:
    taken = ids.new_id()
    put(store, note("Title", "k", "one"), ItemRecord("holder", key="h", contents=[ContentRecord("x", id=taken)]))
    report = put(store, ItemRecord("New", key="k", contents=[ContentRecord("y", id=taken)]))
    assert report.counts() == {"bad": 1}
    assert texts(store, "Title") == ["one"]
