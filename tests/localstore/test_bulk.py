"""The bulk writer: rows, names, full text, states and the one event; bad records are reported and the rest goes in."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from localstore import Filter, Freshness, InvalidValue, Store, freshness, ids, text
from localstore.bulk import Bulk, BulkReport
from localstore.bulk.pace import LEAST, MOST, TARGET, Pace
from localstore.errors import StoreFull, StoreReadOnly, TransferError
from localstore.records import BadRecord, ContentRecord, EmbeddingRecord, FileRecord, ItemRecord, TagRecord
from localstore.values import text_hash
from tests.localstore.snapshots import everything

STAMP = "2024-05-06T07:08:09.000000Z"


def put(store: Store, *records: ItemRecord | BadRecord, **options: object) -> BulkReport:
    with store.bulk(**{"source": "notes", **options}) as bulk:
        assert isinstance(bulk, Bulk)
        for record in records:
            bulk.put(record)
    return bulk.report


def note(title: str = "Title", key: str | None = "k", *texts: str, **columns: object) -> ItemRecord:
    return ItemRecord(title, key=key, contents=[ContentRecord(text) for text in texts], **columns)  # type: ignore[arg-type]


def in_step(store: Store) -> bool:
    with store.reading() as connection:
        return text.out_of_step(connection) == freshness.out_of_step(connection) == 0


def reasons(records: Sequence[BadRecord]) -> list[tuple[str, str]]:
    return [(record.place, record.reason) for record in records]


# -- rows


def test_a_record_becomes_an_item_with_all_that_hangs_on_it(store: Store) -> None:
    store.users.add("bob@example.org")
    store.organizations.add("Lab")
    record = ItemRecord(
        "Title",
        type="paper",
        description="about",
        key="a/b.md",
        meta_data={"year": 2020},
        tags=[TagRecord("ML", "#f80"), TagRecord("ml")],
        organization="lab",
        owner="bob@example.org",
        contents=[ContentRecord("first", embeddings=[EmbeddingRecord("p", "m", [1.0, 2.0])]), ContentRecord("second")],
        files=[FileRecord("file://host/a/b.pdf", size_bytes=3)],
        created_at=STAMP,
    )
    assert put(store, record).counts() == {"added": 1}
    item = store.items.get(ids.natural_id("import", "notes", "a/b.md"))
    assert (item.title, item.type, item.description, item.owner.email) == ("Title", "paper", "about", "bob@example.org")
    assert item.organization
    assert (item.organization.slug, [(tag.name, tag.color) for tag in item.tags]) == ("lab", [("ML", "#f80")])
    assert [content.text for content in store.contents.of(item.id)] == ["first", "second"]
    assert [(file.filename, file.owner_id) for file in item.files] == [("b.pdf", item.owner_id)]
    assert (item.created_at, item.updated_at) == (item.created_at, item.created_at)
    vector = store.embeddings.of(item.id)[0]
    assert (list(vector.array), vector.meta_data) == ([1.0, 2.0], {"text_sha256": text_hash("first")})
    assert store.embeddings.state(vector) is Freshness.FRESH
    assert [hit.item_id for hit in store.search("second").rows] == [item.id]


def test_source_says_where_an_item_came_from(store: Store) -> None:
    put(store, note(key="a.md"))
    source = store.items.get("Title").meta_data["source"]
    assert (source["name"], source["key"], len(source["sha256"]), len(source)) == ("notes", "a.md", 64, 3)


def test_a_record_with_a_uuid_keeps_it_and_gets_no_source(store: Store) -> None:
    pk, content = ids.new_id(), ids.new_id()
    put(store, ItemRecord("Own", id=pk.upper(), contents=[ContentRecord("text", id=content)]))
    assert store.items.get(pk).meta_data == {}
    assert [row.id for row in store.contents.of(pk)] == [content]


def test_two_stores_make_the_same_ids_of_the_same_source(store: Store, tmp_path: object) -> None:
    put(store, note("Title", "k", "one", "two"))
    with Store.open(f"{tmp_path}/other.db") as other:
        put(other, note("Title", "k", "one", "two"))
        assert {row.id for row in other.contents.all()} == {row.id for row in store.contents.all()}


def test_texts_without_times_keep_their_order(store: Store) -> None:
    put(store, note("Title", "k", *"zyxwvutsrq"))
    assert "".join(content.text for content in store.contents.of("Title")) == "zyxwvutsrq"


def test_texts_whose_times_contradict_their_order_get_positions(store: Store) -> None:
    late, early = "2024-01-02T00:00:00.000000Z", "2024-01-01T00:00:00.000000Z"
    put(
        store,
        ItemRecord("T", key="k", contents=[ContentRecord("1", created_at=late), ContentRecord("2", created_at=early)]),
    )
    assert [(c.text, c.meta_data["position"]) for c in store.contents.of("T")] == [("1", 1), ("2", 2)]


def test_stamps_are_written_as_carried(store: Store) -> None:
    put(store, ItemRecord("T", key="k", created_at="2020-01-01T00:00:00+02:00", updated_at=STAMP))
    with store.reading() as connection:
        row = connection.execute("SELECT created_at, updated_at FROM items").fetchone()
    assert row == ("2019-12-31T22:00:00.000000Z", STAMP)


def test_tags_are_found_by_name_in_any_case(store: Store) -> None:
    tag = store.tags.add("Straße")
    put(store, ItemRecord("T", key="k", tags=[TagRecord("STRASSE")]))
    assert [found.id for found in store.items.get("T").tags] == [tag.id]


def test_a_second_model_of_a_text_sits_on_the_item(store: Store) -> None:
    vectors = [EmbeddingRecord("p", "one", [1.0]), EmbeddingRecord("p", "two", [2.0, 3.0])]
    put(store, ItemRecord("T", key="k", contents=[ContentRecord("text", embeddings=vectors)]))
    content = store.contents.of("T")[0]
    first, second = sorted(store.embeddings.of("T"), key=lambda one: one.dim)
    assert (first.content_id, first.item_id) == (content.id, None)
    assert (second.content_id, second.item_id, second.meta_data["content_id"]) == (None, content.item_id, content.id)
    assert store.embeddings.state(second) is Freshness.FRESH


def test_full_text_and_states_are_in_step_and_the_triggers_speak_again(store: Store) -> None:
    put(store, note("Title", "k", "body"))
    put(store, note("Other title", "k", "other body"))
    assert in_step(store)
    assert store.state.get("applying") is None
    store.items.edit("Other title", title="spoken")
    assert [hit.title for hit in store.search("spoken").rows] == ["spoken"]


def test_many_records_go_in_over_several_batches(store: Store) -> None:
    report = put(store, *(note(f"n{number}", str(number), "text") for number in range(1500)))
    assert (report.added, store.items.count(), store.contents.count()) == (1500, 1500, 1500)
    assert in_step(store)


def test_an_import_leaves_one_event_with_its_counts_and_no_undo_entry(store: Store) -> None:
    before = store.history()
    put(store, *(note(f"n{number}", str(number), "text") for number in range(300)), BadRecord("x:1", "no"))
    (event,) = store.events.all({"event_type": "items.imported"})
    assert event.payload == {"source": "notes", "state": "finished", "added": 300, "bad": 1}
    assert store.history() == before


def test_an_import_that_changes_nothing_leaves_no_event(store: Store) -> None:
    put(store, note())
    put(store, note())
    assert len(store.events.all({"event_type": "items.imported"})) == 1


def test_an_import_is_taken_back_by_its_source(store: Store) -> None:
    put(store, note("a", "1"), note("b", "2"))
    store.items.add("mine")
    found = [row.id for row in store.items.rows(Filter.parse("meta_data.source.name=notes")).rows]
    store.items.delete(*found)
    assert [row.title for row in store.items.rows().rows] == ["mine"]
    assert store.undo()
    assert store.items.count() == 3


# -- bad records


BAD = {
    "owner": (note(owner="bob@example.org"), "owner: there is no user 'bob@example.org' here (add it first)"),
    "organization": (note(organization="lap"), "did you mean 'lab'?"),
    "title": (note("nul\0"), "title: NUL at character 3: remove it"),
    "surrogate": (note("T", "k", "\ud800"), "contents[0].text: lone surrogate U+D800 at character 0: remove it"),
    "integer": (note(meta_data={"a": [2**63]}), "meta_data.a[0]: 9223372036854775808 does not fit 64 bits"),
    "nan": (note(meta_data={"a": float("nan")}), "meta_data.a: nan has no place in JSON: use null"),
    "id": (ItemRecord("T", id="junk"), "id: 'junk' is not a UUID"),
    "time": (note(created_at="2024-01-01T00:00:00"), "created_at: 2024-01-01T00:00:00 has no time zone"),
    "tag": (note(tags=[TagRecord("#")]), "tag: a tag needs a name"),
    "vector": (note(embeddings=[EmbeddingRecord("p", "m", [1.0])]), "vector: 1 numbers, but vectors of p/m have 2"),
    "text twice": (
        ItemRecord("T", key="k", contents=[ContentRecord("a", key="1"), ContentRecord("b", key="1")]),
        "contents[1].id: the id '1' stands twice in this item",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_record_is_reported_with_its_place_and_the_rest_goes_in(store: Store, fault: str) -> None:
    store.organizations.add("Lab")
    store.ai_models.add("m", "p", parameters={"dim": 2})
    record, message = BAD[fault]
    report = put(store, note("before", "1"), replace(record, place="notes.jsonl:7"), note("after", "2"))
    assert (report.added, report.bad_count) == (2, 1)
    assert report.bad[0].place == "notes.jsonl:7"
    assert message in report.bad[0].reason
    assert {row.title for row in store.items.rows().rows} == {"before", "after"}


@pytest.mark.parametrize("fault", BAD)
def test_strict_stops_at_the_first_bad_record_and_nothing_of_its_batch_stays(store: Store, fault: str) -> None:
    store.organizations.add("Lab")
    store.ai_models.add("m", "p", parameters={"dim": 2})
    before = everything(store)
    with pytest.raises(TransferError, match=r"^record 2: "):
        put(store, note("before", "1"), BAD[fault][0], strict=True)
    assert everything(store) == before


def test_an_id_that_comes_twice_is_reported_with_both_places(store: Store) -> None:
    first, second = note("a", place="n.jsonl:1"), note("b", place="n.jsonl:9")
    report = put(store, first, second)
    assert (report.added, report.duplicates) == (1, 1)
    assert reasons(report.bad) == [("n.jsonl:9", "it has the same id as n.jsonl:1: only the first went in")]


def test_an_id_that_comes_twice_far_apart_is_reported_too(store: Store) -> None:
    many = [note(f"n{number}", str(number), "text") for number in range(800)]
    report = put(store, note("a", "x", place="n.jsonl:1"), *many, note("b", "x", place="n.jsonl:900"))
    assert reasons(report.bad) == [("n.jsonl:900", "it has the same id as n.jsonl:1: only the first went in")]


def test_a_text_of_another_item_is_refused_by_name_and_the_batch_goes_in(store: Store) -> None:
    content = ids.new_id()
    one = ItemRecord("holder", key="1", contents=[ContentRecord("x", id=content)], place="n:1")
    two = ItemRecord("taker", key="2", contents=[ContentRecord("y", id=content)], place="n:2")
    report = put(store, one, two, note("third", "3", "z"))
    assert (report.added, report.bad_count) == (2, 1)
    assert f"its text {ids.short(content)} belongs to the item 'holder' (" in report.bad[0].reason
    assert ", n:1) already" in report.bad[0].reason
    assert in_step(store)


def test_a_file_that_another_item_has_is_left_out_and_reported(store: Store) -> None:
    one = ItemRecord("holder", key="1", files=[FileRecord("file://h/x")], place="n:1")
    two = ItemRecord("taker", key="2", files=[FileRecord("file://h/x")], place="n:2")
    report = put(store, one)
    report = put(store, two)
    assert (report.added, report.files_left, store.files.count()) == (1, 1, 1)
    assert "the file 'file://h/x' is attached to the item 'holder' (" in report.bad[0].reason
    assert put(store, two).counts() == {"skipped": 1, "files_left": 1}


def test_a_dry_run_counts_and_changes_nothing(store: Store) -> None:
    put(store, note("there", "1"))
    before = everything(store)
    report = put(store, note("there", "1"), note("new", "2"), note("x", "2"), note("bad\0", "3"), dry_run=True)
    assert report.counts() == {"added": 1, "skipped": 1, "duplicates": 1, "bad": 1}
    assert everything(store) == before


def test_a_read_only_store_is_not_imported_into(store: Store) -> None:
    with (
        Store.open(store.path, read_only=True) as other,
        pytest.raises(StoreReadOnly, match="open it for writing to import"),
    ):
        put(other, note())


def test_an_unknown_policy_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match="on_conflict: 'theirs' is none of keep, update, copy"):
        put(store, note(), on_conflict="theirs")


# -- pace


def test_batches_grow_while_they_are_quick_and_shrink_when_they_are_slow() -> None:
    pace = Pace()
    start = pace.weight
    pace.took(int(start), TARGET / 10)
    grown = pace.weight
    pace.took(int(grown), TARGET * 10)
    assert start < grown > pace.weight


@pytest.mark.parametrize(("seconds", "limit"), [(1e-6, MOST), (60.0, LEAST)])
def test_batches_stay_within_limits(seconds: float, limit: int) -> None:
    pace = Pace()
    learn = partial(pace.took, seconds=seconds)
    deque((learn(int(pace.weight)) for _ in range(60)), maxlen=0)
    assert pace.weight == pytest.approx(limit, rel=0.5)


# -- beside others


def test_names_are_looked_up_anew_when_another_program_wrote(store: Store) -> None:
    with Store.open(store.path) as other, store.bulk(source="notes") as bulk:
        bulk.put(ItemRecord("one", key="1", tags=[TagRecord("a")], embeddings=[EmbeddingRecord("p", "m", [1.0])]))
        bulk.flush()
        other.tags.delete("a")
        other.ai_models.delete("m")
        bulk.put(ItemRecord("two", key="2", tags=[TagRecord("a")], embeddings=[EmbeddingRecord("p", "m", [1.0, 2.0])]))
    assert bulk.report.counts() == {"added": 2}
    assert [tag.name for tag in store.items.get("two").tags] == ["a"]
    assert store.check() == []


def test_a_thread_of_ours_may_write_between_two_batches(store: Store) -> None:
    with store.bulk(source="notes") as bulk:
        bulk.put(ItemRecord("one", key="1", tags=[TagRecord("a")]))
        bulk.flush()
        store.tags.delete("a")
        bulk.put(ItemRecord("two", key="2", tags=[TagRecord("a")]))
    assert [tag.name for tag in store.items.get("two").tags] == ["a"]


def test_a_full_disk_stops_with_a_sentence_and_keeps_the_finished_batches(store: Store) -> None:
    with store.database.writing() as connection:
        connection.pragma("max_page_count", int(str(connection.pragma("page_count"))) + 60)
    with pytest.raises(StoreFull, match="No room left for"), store.bulk(source="notes") as bulk:
        bulk.put(note("first", "first", "text"))
        bulk.flush()
        for number in range(3000):
            bulk.put(note(f"n{number}", str(number), "text " * 400))
    with store.database.writing() as connection:
        connection.pragma("max_page_count", 1_000_000)
    assert store.items.count() > 0
    assert store.check() == []
    (event,) = store.events.all({"event_type": "items.imported"})
    assert event.payload["added"] == store.items.count()


def test_a_bulk_write_that_fails_at_its_end_leaves_no_transaction_open(store: Store) -> None:
    same = "0198a5f0-0000-7000-8000-000000000001"
    with pytest.raises(TransferError), store.bulk(source="notes", strict=True) as bulk:
        bulk.put(ItemRecord("one", id=same))
        bulk.put(ItemRecord("two", id=same))
    kept = store.items.add("precious")
    with Store.open(store.path, timeout=1) as other:
        assert other.items.get(kept.id).title == "precious"
        other.items.add("from another")
    assert store.check() == []


def test_no_transaction_is_open_between_two_records(store: Store) -> None:
    with store.bulk(source="notes") as bulk, Store.open(store.path, timeout=1) as other:
        for number in range(20_000):
            bulk.put(note(f"n{number}", str(number), "text"))
        other.items.add("beside")
    assert store.items.count() == 20_001
