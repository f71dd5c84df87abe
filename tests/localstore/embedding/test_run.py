"""The run: what is embedded, what is left alone, and that stopping it loses nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import apsw
import numpy
import pytest

from localstore import Freshness, InvalidValue, NotFound, Store
from localstore.embedders.limits import Limit
from localstore.embedding import run, waiting
from localstore.embedding.selection import _CONDITIONS
from localstore.errors import EmbedderUnavailable, StoreReadOnly
from localstore.filters import Filter
from localstore.ids import natural_id
from localstore.values import text_hash
from tests.localstore.children import ROOT
from tests.localstore.embedding.fakes import Fake, fill, refusing
from tests.localstore.snapshots import everything

DUE = _CONDITIONS["due"]


@pytest.fixture
def model(store: Store) -> str:
    return str(store.ai_models.add("fake", "somewhere").id)


def vectors(store: Store) -> dict[str, list[float]]:
    return {str(row.id): row.array.tolist() for row in store.embeddings.all()}


# -- what


def test_texts_without_a_vector_get_one_and_only_once(store: Store, model: str) -> None:
    contents = fill(store, "one", "three")
    first, second = Fake(), Fake()
    report = run(store, model, embedder=first)
    assert (report.total, report.embedded, report.queued) == (2, 2, 0)
    assert run(store, model, embedder=second).total == 0
    assert second.asked == []
    assert vectors(store) == {
        natural_id("embedding", model, pk): [n, 1, 2] for pk, n in zip(contents, (3, 5), strict=True)
    }


def test_the_registered_embedder_is_taken_when_none_is_given(store: Store, hashing: str) -> None:
    fill(store, "one two")
    report = run(store, "builtin/hash")
    assert (report.model, report.model_id, report.lexical, report.embedded) == ("builtin/hash", hashing, True, 1)
    assert [row.dim for row in store.embeddings.all()] == [8]


def test_a_vector_remembers_the_text_and_sits_on_the_content(store: Store, model: str) -> None:
    (content,) = fill(store, "one")
    run(store, model, embedder=Fake())
    (made,) = store.embeddings.all()
    assert (made.content_id, made.item_id, made.meta_data) == (content, None, {"text_sha256": text_hash("one")})
    assert store.embeddings.state(made) is Freshness.FRESH
    assert store.check() == []


@pytest.mark.parametrize(
    ("which", "texts"),
    [("due", ["new", "newer"]), ("missing", ["new"]), ("stale", ["newer"]), ("all", ["new", "newer", "same"])],
)
def test_which_texts_is_chosen(store: Store, model: str, which: str, texts: list[str]) -> None:
    _, changed = fill(store, "same", "old")
    run(store, model, embedder=Fake())
    store.contents.edit(changed, text="newer")
    fill(store, "new")
    fake = Fake()
    assert run(store, model, which=which, embedder=fake).embedded == len(texts)
    assert sorted(fake.seen) == texts


def test_a_vector_of_which_nobody_knows_the_text_is_left_alone_unless_all_are_asked_for(
    store: Store, model: str
) -> None:
    (content,) = fill(store, "one")
    made = store.embeddings.put_one(model, [7, 7, 7], content=content)
    store.embeddings.edit(made.id, meta_data={"mine": 1})
    assert run(store, model, embedder=Fake()).total == 0
    run(store, model, which="all", embedder=Fake())
    assert store.embeddings.get(made.id).meta_data == {"mine": 1, "text_sha256": text_hash("one")}
    assert vectors(store) == {made.id: [3, 1, 2]}


def test_a_filter_says_of_which_items(store: Store, model: str) -> None:
    fill(store, "paper", type="paper")
    fill(store, "note")
    fake = Fake()
    run(store, model, Filter(types=("paper",)), embedder=fake)
    assert fake.seen == ["paper"]
    assert (waiting(store, model), waiting(store, model, Filter(types=("paper",)))) == (1, 0)


def test_all_texts_of_an_item_without_a_vector_are_embedded_though_the_first_gives_it_one(
    store: Store, model: str
) -> None:
    item = store.items.add("Two", text="one").id
    store.contents.add(item, "three")
    assert run(store, model, Filter(without=("embedding",)), batch=1, embedder=Fake()).embedded == 2


def test_a_word_that_names_no_texts_is_refused(store: Store, model: str) -> None:
    with pytest.raises(InvalidValue, match="which: 'most' names no texts"):
        run(store, model, which="most", embedder=Fake())


def test_empty_texts_are_skipped_and_counted_and_do_not_wait(store: Store, model: str) -> None:
    fill(store, "one", " \n\t", "\u00a0")
    fake = Fake()
    report = run(store, model, embedder=fake)
    assert (report.embedded, report.skipped, fake.seen) == (1, 2, ["one"])
    assert waiting(store, model) == 0


def test_short_texts_go_with_short_ones(store: Store, model: str) -> None:
    fill(store, *["x" * size for size in (50, 1, 60, 2)])
    fake = Fake()
    run(store, model, batch=2, embedder=fake)
    assert [[len(text) for text in batch] for batch in fake.asked] == [[1, 2], [50, 60]]


# -- several models


def test_another_models_vector_keeps_its_place(store: Store, model: str) -> None:
    (content,) = fill(store, "one")
    other = store.ai_models.add("other", "somewhere").id
    first = store.embeddings.put_one(other, [9, 9], content=content)
    run(store, model, embedder=Fake())
    (ours,) = [row for row in store.embeddings.all() if row.id != first.id]
    assert (ours.content_id, ours.meta_data["content_id"]) == (None, content)
    assert store.embeddings.get(first.id).array.tolist() == [9, 9]
    store.contents.edit(content, text="three")
    assert run(store, model, embedder=Fake()).embedded == 1
    assert store.embeddings.get(ours.id).array.tolist() == [5, 1, 2]
    assert store.embeddings.count() == 2 and store.check() == []


@pytest.mark.parametrize("had_one", [False, True])
def test_replace_takes_the_place_of_another_models_vector(store: Store, model: str, had_one: bool) -> None:
    (content,) = fill(store, "one")
    other = store.ai_models.add("other", "somewhere").id
    store.embeddings.put_one(other, [9, 9], content=content)
    if had_one:
        run(store, model, embedder=Fake())
    report = run(store, model, replace=True, embedder=Fake())
    assert (report.embedded, report.replaced) == (1, 1)
    (ours,) = store.embeddings.all()
    assert (ours.model_id, ours.content_id, ours.item_id) == (model, content, None)
    assert ours.meta_data == {"text_sha256": text_hash("one")}
    assert run(store, model, replace=True, embedder=Fake()).total == 0
    assert store.check() == []


def test_a_whole_items_vector_is_another_thing_and_stays(store: Store, model: str) -> None:
    item = store.items.add("Paper", text="one").id
    whole = store.embeddings.put_one(model, [9, 9, 9], item=item)
    assert run(store, model, embedder=Fake()).embedded == 1
    assert store.embeddings.get(whole.id).array.tolist() == [9, 9, 9]
    assert store.embeddings.count() == 2


def test_a_second_models_vector_is_found_by_its_item_not_among_all_of_that_model(store: Store, model: str) -> None:
    fill(store, "one")
    seen: list[str] = []
    store.database._writer.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: seen.append(event["sql"]))
    run(store, model, embedder=Fake())
    store.database._writer.trace_v2(0, None)
    (asked,) = {sql for sql in seen if sql.startswith("SELECT id FROM embeddings WHERE content_id = ?3")}
    with store.reading() as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {asked}", ("i", "m", "c")).fetchall()
        due = connection.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM contents c WHERE {DUE}", ("m",)).fetchall()
    assert "embeddings_item_id" in str(plan)
    assert str(due).count("embeddings_item_id") == str(due).count("embeddings_content_id") == 1
    assert "embeddings_model_id" not in str(due)


# -- limits, refusals


def test_texts_over_the_limit_are_counted_three_are_named_and_all_are_marked(store: Store, model: str) -> None:
    fill(store, "abc", "abcd", "abcde", "abcdef", "abcdefg")
    report = run(store, model, embedder=Fake(limit=Limit(3, "characters", lambda text: len(text) > 3)))
    assert (report.limit, report.truncated.count) == ("3 characters", 4)
    assert [each.title for each in report.truncated.named] == ["About abcd", "About abcde", "About abcdef"]
    marked = [row.array[0] for row in store.embeddings.all() if row.meta_data.get("truncated")]
    assert sorted(map(int, marked)) == [4, 5, 6, 7]


def test_the_mark_goes_when_the_text_fits_again(store: Store, model: str) -> None:
    (content,) = fill(store, "abcd")
    limit = Limit(3, "characters", lambda text: len(text) > 3)
    run(store, model, embedder=Fake(limit=limit))
    store.contents.edit(content, text="abc")
    run(store, model, embedder=Fake(limit=limit))
    (made,) = store.embeddings.all()
    assert made.meta_data == {"text_sha256": text_hash("abc")}


def test_a_text_the_service_calls_too_long_is_cut_until_it_is_taken(store: Store, model: str) -> None:
    fill(store, "short", "x" * 1000, "y" * 900)
    report = run(store, model, embedder=Fake(refusing(too_long=100)))
    assert (report.embedded, report.truncated.count, report.failed.count) == (3, 2, 0)
    assert sorted(int(row.array[0]) for row in store.embeddings.all()) == [5, 56, 56]
    assert waiting(store, model) == 0


def test_a_refused_text_is_named_and_the_others_are_embedded(store: Store, model: str) -> None:
    fill(store, "one", "bad words", "three", "fourth", "and five")
    report = run(store, model, embedder=Fake(refusing("bad")))
    assert (report.embedded, report.failed.count, report.queued) == (4, 1, 0)
    assert [(each.title, each.reason) for each in report.failed.named] == [
        ("About bad words", "answers 400: no such words")
    ]
    assert waiting(store, model) == 1


def test_when_every_text_is_refused_it_is_not_the_texts(store: Store, model: str) -> None:
    fill(store, *[f"bad {n}" for n in range(40)])
    fake = Fake(refusing("bad"))
    with pytest.raises(InvalidValue, match="answers 400: no such words"):
        run(store, model, embedder=fake)
    assert len(fake.asked) < 20


def test_vectors_of_zeros_are_stored_and_counted(store: Store, hashing: str) -> None:
    fill(store, "?!", "word")
    report = run(store, hashing)
    assert (report.embedded, report.zeros) == (2, 1)


class Wrong(Fake):
    def __init__(self, made: Any) -> None:
        super().__init__()
        self.made = made

    def embed(self, texts: Sequence[str], kind: str = "document") -> Any:
        return numpy.array(self.made, dtype=numpy.float32)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([[1, 2, 3]], r"shape \(1, 3\) for 2 texts"),
        ([1, 2], r"shape \(2,\) for 2 texts"),
        ([[1, 2], [1, numpy.nan]], "number 2 of the vector of text 2 is nan"),
        ([[1, 2], [3, 4]], "vectors of 2 numbers now, but those stored have 3: register it under another name"),
    ],
)
def test_vectors_that_make_no_sense_are_refused_and_nothing_of_the_batch_is_stored(
    store: Store, model: str, made: Any, message: str
) -> None:
    fill(store, "first")
    run(store, model, embedder=Fake())
    fill(store, "one", "two")
    before = everything(store)
    with pytest.raises(InvalidValue, match=message):
        run(store, model, embedder=Wrong(made))
    assert everything(store) == before


# -- stopping


class GoesAway(Fake):
    """Works for some batches, then raises."""

    def __init__(self, error: BaseException, after: int = 2) -> None:
        super().__init__()
        self.error, self.after = error, after

    def embed(self, texts: Sequence[str], kind: str = "document") -> Any:
        if len(self.asked) == self.after:
            raise self.error
        return super().embed(texts, kind)


def test_a_service_that_goes_away_leaves_a_queue_and_the_next_run_goes_on(store: Store, model: str) -> None:
    fill(store, *[f"text {n}" for n in range(10)])
    report = run(store, model, batch=3, embedder=GoesAway(EmbedderUnavailable("http://x cannot be reached")))
    assert (report.embedded, report.queued, report.reason) == (6, 4, "http://x cannot be reached")
    assert waiting(store, model) == 4
    fake = Fake()
    assert run(store, model, embedder=fake).embedded == 4
    assert len(fake.seen) == 4 and store.embeddings.count() == 10


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InvalidValue("nonsense")])
def test_what_is_finished_stays_whatever_ends_the_run(store: Store, model: str, error: BaseException) -> None:
    fill(store, *[f"text {n}" for n in range(10)])
    with pytest.raises(type(error)):
        run(store, model, batch=3, embedder=GoesAway(error))
    assert store.embeddings.count() == 6
    assert store.events.page(limit=1).rows[0].payload["embedded"] == 6


def test_a_run_that_is_cancelled_stops_between_batches(store: Store, model: str) -> None:
    fill(store, *[f"text {n}" for n in range(10)])
    fake = Fake()
    report = run(store, model, batch=4, embedder=fake, cancelled=lambda: len(fake.asked) == 1)
    assert (report.embedded, report.queued, report.reason) == (4, 6, "it was stopped")


def test_progress_counts_to_the_whole(store: Store, model: str) -> None:
    fill(store, *[f"text {n}" for n in range(10)], " ")
    seen: list[tuple[int, int]] = []
    run(store, model, batch=4, embedder=Fake(), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 11), (8, 11), (11, 11)]


def test_a_text_edited_while_it_is_embedded_is_stale_not_wrong(store: Store, model: str) -> None:
    (content,) = fill(store, "old")
    run(store, model, embedder=Fake(lambda texts: store.contents.edit(content, text="newer")))
    (made,) = store.embeddings.all()
    assert made.meta_data["text_sha256"] == text_hash("old")
    assert store.embeddings.state(made) is Freshness.STALE
    assert run(store, model, embedder=Fake()).embedded == 1
    assert waiting(store, model) == 0


def test_a_text_deleted_while_it_is_embedded_is_gone(store: Store, model: str) -> None:
    fill(store, "stays")
    (content,) = fill(store, "goes away")
    report = run(store, model, embedder=Fake(lambda texts: store.contents.delete(content)))
    assert (report.embedded, report.gone, report.queued) == (1, 1, 0)
    assert store.check() == []


def test_texts_deleted_before_their_batch_are_gone(store: Store, model: str) -> None:
    _, second = fill(store, "a", "bb")

    def delete(texts: Sequence[str]) -> None:
        if list(texts) == ["a"]:
            store.contents.delete(second)

    report = run(store, model, batch=1, embedder=Fake(delete))
    assert (report.embedded, report.gone, report.queued) == (1, 1, 0)


def test_no_transaction_is_open_while_texts_are_embedded(store: Store, model: str) -> None:
    fill(store, "one")
    free: list[bool] = []

    def look(texts: Sequence[str]) -> None:
        with Store.open(store.path, timeout=0.0) as other:
            other.items.add("written meanwhile")
            free.append(True)

    run(store, model, embedder=Fake(look))
    assert free == [True]


def test_a_run_that_is_killed_keeps_its_finished_batches_and_the_next_goes_on(store: Store, hashing: str) -> None:
    fill(store, *[f"text {n}" for n in range(20)])
    command = [sys.executable, "-m", "tests.localstore.embedding.programs", str(store.path), hashing]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout and child.stdout.readline() == "batch 3\n"
        child.kill()
    assert store.embeddings.count() == 10
    assert run(store, hashing).embedded == 10
    assert store.embeddings.count() == 20 and store.check() == []


# -- notes


def test_a_run_leaves_one_event_with_counts_and_no_text(store: Store, model: str) -> None:
    fill(store, "secret words", " ")
    before = store.events.count()
    run(store, model, embedder=Fake())
    event = store.events.page(limit=1).rows[0]
    assert store.events.count() == before + 1
    assert (event.event_type, event.model_id) == ("embedding.run", model)
    assert event.payload == {"model": "somewhere/fake", "embedded": 1, "skipped": 1}


def test_a_run_that_did_nothing_leaves_no_event(store: Store, model: str) -> None:
    before = everything(store)
    run(store, model, embedder=Fake())
    assert everything(store) == before


def test_a_store_that_is_read_only_is_refused_before_anything_is_asked(store: Store, model: str) -> None:
    with Store.open(store.path, read_only=True) as reader, pytest.raises(StoreReadOnly):
        run(reader, model, embedder=Fake())


def test_a_model_without_an_embedder_names_those_there_are(store: Store, model: str) -> None:
    with pytest.raises(NotFound, match=r"No embedder for provider 'somewhere'.*builtin.*openai-compatible"):
        run(store, model)
