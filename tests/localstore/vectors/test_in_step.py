"""Codes stay in step with rows whatever tool writes them, are folded in, and are made anew when in doubt."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from localstore import Filter, InvalidValue, Store
from localstore.errors import Interrupted
from localstore.vectors import blocks, building, holding, keys
from tests.localstore.vectors.shapes import ROWS, expected, filled, true_scores, unit

DIM = 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path / "vectors.db", unit(np.random.default_rng(4), DIM)) as store:
        fold(store)
        store.embeddings.nearest(QUERY)
        store.embeddings.nearest(QUERY)  # the second keeps the codes
        yield store


def fold(store: Store) -> int:
    """Bring what waits into blocks."""
    with store.database.writing() as connection:
        return building.fold(connection)


QUERY = np.random.default_rng(8).standard_normal(DIM)


def found(store: Store, **more: object) -> list[str]:
    return [match.embedding_id for match in store.embeddings.nearest(QUERY, **more).matches]  # type: ignore[arg-type]


def truth(store: Store, where: Filter | None = None) -> list[str]:
    ids, matrix = store.embeddings.matrix(where=where)
    return expected(ids, true_scores("cosine", matrix, QUERY), 10)


def noted(store: Store) -> int:
    with store.reading() as connection:
        return blocks.count_changed(connection)


def coded_rows(store: Store) -> dict[bytes, int]:
    """Return how often each id stands in the blocks, less what is dead."""
    counts: dict[bytes, int] = {}
    with store.reading() as connection:
        for model in blocks.coded_models(connection):
            dead = blocks.dead(connection, model)
            for block in blocks.listed(connection, model):
                alive = ~blocks.unpacked(dead.get(block.id), block.count)
                for pk in keys.written(blocks.read_ids(connection, block)[alive]):
                    counts[pk.encode()] = counts.get(pk.encode(), 0) + 1
    return counts


def near(offset: float = 0.01) -> bytes:
    return (QUERY + offset).astype("<f4").tobytes()


FOREIGN = {
    "an insert": "INSERT INTO embeddings (model_id, item_id, vector, dim, meta_data)"
    ' SELECT model_id, item_id, :near, dim, \'{"content_id":"x"}\' FROM embeddings LIMIT 1',
    "an update": "UPDATE embeddings SET vector = :near WHERE id = :worst",
    "a deletion": "DELETE FROM embeddings WHERE id = :best",
    "a replacement by id": "INSERT OR REPLACE INTO embeddings (id, model_id, item_id, vector, dim)"
    " SELECT id, model_id, item_id, :near, dim FROM embeddings WHERE id = :worst",
    "the deletion of an item": "PRAGMA foreign_keys = ON;"
    "DELETE FROM items WHERE id = (SELECT item_id FROM embeddings WHERE id = :best)",
}


@pytest.mark.parametrize("change", FOREIGN)
def test_what_another_program_writes_is_seen_at_once(store: Store, change: str) -> None:
    first = found(store)
    worst = store.embeddings.nearest(QUERY, k=None).matches[-1].embedding_id
    with closing(sqlite3.connect(store.path)) as other:
        *before, sql = FOREIGN[change].split(";")
        for statement in before:
            other.execute(statement)
        other.execute(sql, {"near": near(), "best": first[0], "worst": worst})
        other.commit()
    assert found(store) == truth(store) != first
    with Store.open(store.path) as another:
        assert found(another) == truth(store)


def test_a_vector_that_a_foreign_replacement_took_unheard_is_not_found(store: Store) -> None:
    """``content_id`` is unique: OR REPLACE deletes the row that has it, and fires no trigger of deletion."""
    item = store.items.add(title="with a text", text="words")
    content = store.contents.of(item.id)[0].id
    store.embeddings.put_one("m", QUERY.astype(np.float32), content=content)
    lost = found(store)[0]
    with closing(sqlite3.connect(store.path)) as other:
        sql = "INSERT OR REPLACE INTO embeddings (model_id, content_id, vector, dim) SELECT model_id, ?, ?, dim"
        other.execute(f"{sql} FROM embeddings LIMIT 1", (content, (-QUERY).astype("<f4").tobytes()))
        other.commit()
    assert lost not in found(store) and found(store) == truth(store)
    store.items.add(title="settles what was noted")
    assert lost not in found(store) and found(store) == truth(store)


def test_a_row_that_vanished_without_a_note_is_left_out_and_the_next_takes_its_place(store: Store) -> None:
    first = found(store)
    with store.database.writing() as connection:
        connection.execute("DELETE FROM embeddings WHERE id = ?", (first[0],))
        connection.execute("DELETE FROM vector_changes")
    for _ in range(2):
        assert found(store) == truth(store) == [*first[1:], found(store)[-1]]
    assert store.embeddings.nearest_batch(QUERY[None]).ids[0].tolist() == truth(store)


def test_an_undone_deletion_brings_vectors_back(store: Store) -> None:
    first = found(store)
    store.embeddings.delete(first[0])
    assert found(store) == truth(store) != first
    store.undo()
    assert found(store) == first


def test_noted_rows_are_folded_into_blocks(store: Store) -> None:
    some = unit(np.random.default_rng(9), DIM)[:700]
    for start in range(0, 700, 100):  # too few at a time for blocks of their own
        store.embeddings.put("m", [f"late {n}" for n in range(start, start + 100)], some[start : start + 100])
    late = [match.embedding_id for match in store.embeddings.nearest(QUERY, k=None).matches if match.title[0] == "l"]
    gone = [match.embedding_id for match in store.embeddings.nearest(QUERY, k=40).matches]
    store.embeddings.delete(*gone)
    assert noted(store) == len({*gone, *late})
    before = truth(store)
    assert fold(store) == len({*gone, *late})
    assert (noted(store), found(store)) == (0, before)
    counts = coded_rows(store)
    assert (len(counts), {*counts.values()}) == (ROWS + 700 - 40, {1})
    assert not {pk.encode() for pk in gone} & {*counts}


def test_a_lookup_folds_when_many_are_noted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "NOTED", 5)
    store.embeddings.put("m", [f"late {n}" for n in range(20)], unit(np.random.default_rng(9), DIM)[:20])
    assert noted(store) == 20
    assert found(store) == truth(store)
    assert noted(store) == 0


def test_every_vector_put_in_numbers_is_coded_once_or_noted(store: Store) -> None:
    store.embeddings.put("m", [f"late {n}" for n in range(1500)], unit(np.random.default_rng(9), DIM)[:1500])
    assert (len(coded_rows(store)) + noted(store), {*coded_rows(store).values()}) == (ROWS + 1500, {1})
    assert found(store) == truth(store)


def test_ids_that_were_deleted_and_put_again_are_coded_once(store: Store) -> None:
    names = [f"late {n}" for n in range(1500)]
    matrix = unit(np.random.default_rng(9), DIM)[:1500]
    store.embeddings.put("m", names, matrix)
    late = [row.id for row in store.items.rows(limit=4200).rows if row.title.startswith("late")]
    store.items.delete(*late)
    store.embeddings.put("m", names, -matrix)
    assert found(store) == truth(store)
    fold(store)
    assert {*coded_rows(store).values()} == {1}
    assert found(store) == truth(store)


def test_replaced_vectors_are_found_by_their_new_numbers(store: Store) -> None:
    ids, matrix = store.embeddings.matrix()
    store.embeddings.put("m", ids.tolist(), -matrix)
    assert found(store) == truth(store)


def test_rebuilding_gives_the_same_answers(store: Store) -> None:
    before = found(store)
    assert store.embeddings.rebuild() == ROWS
    assert found(store) == before


def test_a_build_that_was_abandoned_is_done_again(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute("UPDATE vector_models SET built = 0, touched = '2020-01-01T00:00:00.000000Z'")
        connection.execute("DELETE FROM vector_blocks")
    assert found(store) == truth(store)
    assert len(coded_rows(store)) == ROWS


def test_while_another_program_builds_every_row_is_looked_at(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute("UPDATE vector_models SET built = 0, touched = strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z'")
        connection.execute("DELETE FROM vector_blocks")
    assert found(store) == truth(store)
    assert coded_rows(store) == {}


def test_a_build_that_is_stopped_leaves_no_codes_and_the_next_lookup_makes_them(store: Store) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.embeddings.rebuild(progress=stop)
    assert coded_rows(store) == {}
    with pytest.raises(Interrupted):
        store.embeddings.nearest(QUERY, cancelled=lambda: True)
    assert found(store) == truth(store)
    assert len(coded_rows(store)) == ROWS


def test_codes_that_do_not_fit_in_memory_are_read_for_each_lookup(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALSTORE_VECTOR_MEMORY", "0")
    store.embeddings._lookups.holding._models.clear()
    assert [found(store) for _ in range(3)] == [truth(store)] * 3
    assert store.embeddings.nearest_batch(QUERY[None]).ids[0].tolist() == truth(store)
    held = store.embeddings._lookups.holding.of(str(store.ai_models.get("m").id))
    assert held.index._pieces == ()


@pytest.mark.parametrize(("name", "value"), [("THREADS", "many"), ("THREADS", "0"), ("MEMORY", "-1")])
def test_a_setting_of_lookups_that_makes_no_sense_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LOCALSTORE_VECTOR_{name}", value)
    with pytest.raises(InvalidValue, match=rf"^LOCALSTORE_VECTOR_{name}: '{value}' is no number of"):
        found(store)


def test_a_deleted_model_leaves_no_codes(store: Store) -> None:
    store.ai_models.delete("m", cascade=True)
    with store.reading() as connection:
        assert connection.execute("SELECT (SELECT count(*) FROM vector_blocks)").fetchone() == (0,)
    store.undo()
    assert found(store) == truth(store)


def test_a_read_only_store_without_codes_is_searched_all_the_same(tmp_path: Path) -> None:
    with filled(tmp_path / "plain.db", unit(np.random.default_rng(4), DIM)) as store:
        with store.database.writing() as connection:
            connection.execute("DELETE FROM vector_blocks; DELETE FROM vector_models")
        wanted = truth(store)
    with Store.open(tmp_path / "plain.db", read_only=True) as store:
        assert found(store) == wanted


def test_a_lookup_within_an_action_sees_what_the_action_wrote(store: Store) -> None:
    first = found(store)
    with pytest.raises(ZeroDivisionError), store.database.writing() as connection:
        connection.execute("DELETE FROM embeddings WHERE id = ?", (first[0],))
        assert found(store) == truth(store) == [*first[1:], found(store)[-1]]
        raise ZeroDivisionError
    assert found(store) == first


# -- filters kept in memory -------------------------------------------------------------------------------------


def test_a_filter_kept_in_memory_learns_what_changed(store: Store) -> None:
    papers, todo = Filter.parse("type:paper"), Filter.parse("#todo")
    item = store.items.get("row 5")
    assert (found(store, where=papers), found(store, where=Filter(types=("vector",)))) == ([], found(store))
    store.items.edit(item.id, type="paper")
    assert found(store, where=papers) == truth(store, papers) != []
    store.tags.add("todo")
    assert found(store, where=todo) == []
    store.items.tag(["todo"], item.id)
    assert found(store, where=todo) == truth(store, todo) != []
    store.items.untag(["todo"], item.id)
    assert found(store, where=todo) == []


def test_a_filter_kept_in_memory_learns_what_another_program_changed(store: Store) -> None:
    papers = Filter.parse("type:paper")
    assert [found(store, where=papers) for _ in range(2)] == [[], []]
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("UPDATE items SET type = 'paper' WHERE rowid % 3 = 0")
        other.commit()
    assert found(store, where=papers) == truth(store, papers)
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("UPDATE items SET type = 'note' WHERE rowid % 2 = 0")
        other.commit()
    assert found(store, where=papers) == truth(store, papers)


def test_a_filter_is_worked_out_anew_when_the_changes_are_no_longer_known(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = Filter.parse("type:paper")
    assert [found(store, where=papers) for _ in range(2)] == [[], []]
    monkeypatch.setattr(blocks, "NOTED", 3)
    with store.database.writing() as connection:
        connection.execute("UPDATE items SET type = 'paper' WHERE rowid % 3 = 0")
        blocks.trim_item_changes(connection)
    assert found(store, where=papers) == truth(store, papers) != []


# -- damage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [*blocks.PARTS, "checks"])
@pytest.mark.parametrize("reopened", [True, False], ids=["reopened", "in memory"])
def test_a_flipped_byte_in_the_codes_is_noticed_mended_and_the_answer_right(
    store: Store, part: str, reopened: bool
) -> None:
    wanted = found(store)
    with store.database.writing() as connection:
        damaged = f"substr({part}, 1, 4) || 'z' || substr({part}, 6)"
        cast = "TEXT" if part == "checks" else "BLOB"
        connection.execute(f"UPDATE vector_blocks SET {part} = CAST({damaged} AS {cast})")
    with Store.open(store.path) as another:
        chosen = another if reopened else store
        chosen.embeddings._lookups.holding._models.clear()
        assert found(chosen) == wanted
        assert found(chosen, exact=False)
        assert (found(chosen), len(coded_rows(chosen))) == (wanted, ROWS)


def test_damaged_codes_of_a_read_only_store_are_done_without(store: Store) -> None:
    wanted = found(store)
    with store.database.writing() as connection:
        connection.execute("UPDATE vector_blocks SET codes = zeroblob(length(codes))")
    with Store.open(store.path, read_only=True) as another:
        assert found(another) == wanted


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM vector_blocks",
        "DELETE FROM vector_blocks WHERE id = (SELECT max(id) FROM vector_blocks)",
        "INSERT INTO vector_blocks SELECT id / 2, model_id, count, checks, ids, bits, facts, codes FROM vector_blocks",
        "INSERT OR REPLACE INTO vector_dead SELECT id, zeroblob(512) FROM vector_blocks LIMIT 1",
        "UPDATE vector_dead SET rows = zeroblob(length(rows))",
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_blocks_that_are_missing_doubled_or_revived_are_noticed_and_made_anew(
    store: Store, sql: str, exact: bool
) -> None:
    store.embeddings.delete(found(store)[0])
    fold(store)
    wanted = truth(store)
    with store.database.writing() as connection:
        connection.execute(sql)
    with Store.open(store.path) as another:
        found(another, exact=exact)
        assert (found(another), another.check(deep=True)) == (wanted, [])


def test_damaged_codes_do_not_keep_vectors_from_being_put(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute("DELETE FROM vector_blocks")
    store.embeddings.put("m", [f"late {n}" for n in range(1500)], unit(np.random.default_rng(9), DIM)[:1500])
    assert found(store) == truth(store)


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_another_program_spoiled_is_no_match_of_anything(store: Store, metric: str, bad: float) -> None:
    spoiled = near()[4:] + np.float32(bad).tobytes()
    lost = found(store, metric=metric)[0]
    with store.database.writing() as connection:
        connection.execute("UPDATE embeddings SET vector = ? WHERE id = ?", (spoiled, lost))
    ids, matrix = store.embeddings.matrix()
    keep = np.isfinite(matrix).all(axis=1)
    wanted = expected(ids[keep], true_scores(metric, matrix[keep], QUERY), 10)
    for _ in range(2):
        assert found(store, metric=metric) == wanted
        assert store.embeddings.nearest_batch(QUERY[None], metric=metric).ids[0].tolist() == wanted
        assert lost not in found(store, metric=metric, exact=False)
        with Store.open(store.path) as another:
            assert found(another, metric=metric) == wanted
        store.embeddings.rebuild()


def test_codes_cut_short_are_noticed(store: Store) -> None:
    wanted = found(store)
    with store.database.writing() as connection:
        connection.execute("UPDATE vector_blocks SET codes = substr(codes, 1, 100)")
    with Store.open(store.path) as another:
        assert [found(another), found(another)] == [wanted, wanted]


# -- check ------------------------------------------------------------------------------------------------------

FAULTS = {
    "damaged": ("UPDATE vector_blocks SET codes = zeroblob(length(codes))", r"^the codes of a model are damaged"),
    "lacking": ("DELETE FROM vector_blocks", r"^the codes of a model are damaged \(blocks are missing"),
    "too many": (
        "DELETE FROM embeddings WHERE rowid % 100 = 0; DELETE FROM vector_changes",
        rf"^the codes of {ROWS // 100} vectors are out of step:",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_check_finds_and_mends_codes_that_are_wrong(store: Store, fault: str) -> None:
    sql, message = FAULTS[fault]
    assert store.check(deep=True) == []
    with store.database.writing() as connection:
        connection.execute(sql)
    (finding,) = store.check()
    assert re.match(message, finding.message) and finding.kind == "codes"
    assert [each.repaired for each in store.check(repair=True)] == [True]
    assert (store.check(deep=True), found(store)) == ([], truth(store))


def test_a_deep_check_compares_the_codes_with_the_rows(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute("UPDATE embeddings SET vector = ? WHERE rowid = 7", (near(),))
        connection.execute("UPDATE embeddings SET updated_at = created_at WHERE rowid = 7")
        connection.execute("DELETE FROM vector_changes")
    assert store.check() == []
    (finding,) = store.check(deep=True, repair=True)
    assert (finding.count, finding.repaired, found(store)) == (1, True, truth(store))
