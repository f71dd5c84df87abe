"""Exact lookups: equal to comparing with every vector in float64, whatever the vectors are like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from localstore import Filter, Store
from localstore.errors import Ambiguous, InvalidFilter, InvalidValue, NotFound
from localstore.vectors import blocks, codes, kernels, scan
from tests.localstore.vectors.shapes import KINDS, ROWS, Matrix, expected, filled, true_scores

METRICS = ("cosine", "dot", "l2")


def found_ids(store: Store, query: object, **more: object) -> list[str]:
    return [match.embedding_id for match in store.embeddings.nearest(query, **more).matches]  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[*KINDS, "one dimension", "4,096 dimensions"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Matrix]]:
    rng = np.random.default_rng(7)
    dims = {"one dimension": 1, "4,096 dimensions": 4096}
    matrix = KINDS.get(request.param, KINDS["gaussian"])(rng, dims.get(request.param, 96))
    with filled(tmp_path_factory.mktemp("vectors") / "vectors.db", matrix) as store:
        yield store, matrix


def directed(store: Store) -> NDArray[np.float64]:
    """Return the vectors that have a direction, in order of id."""
    matrix = store.embeddings.matrix()[1].astype(np.float64)
    return matrix[matrix.any(axis=1)]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("k", [1, 10, 300, None])
def test_an_exact_lookup_equals_comparing_with_every_vector(
    world: tuple[Store, Matrix], metric: str, k: int | None
) -> None:
    store, _ = world
    ids, matrix = store.embeddings.matrix()
    rng = np.random.default_rng(11)
    some = directed(store)
    queries = [some[5], rng.standard_normal(matrix.shape[1]), some[9] * 3.0 + 1e-3]
    found = [found_ids(store, query, k=k, metric=metric) for query in queries]
    assert found == [expected(ids, true_scores(metric, matrix, query), k) for query in queries]


@pytest.mark.parametrize("metric", METRICS)
def test_a_batch_finds_for_each_query_what_it_finds_alone(world: tuple[Store, Matrix], metric: str) -> None:
    store, _ = world
    ids, matrix = store.embeddings.matrix()
    rng = np.random.default_rng(13)
    queries = directed(store)[:40] + 0.01 * rng.standard_normal((40, matrix.shape[1]))
    batch = store.embeddings.nearest_batch(queries, k=7, metric=metric)
    assert batch.exact and batch.ids.shape == (40, 7)
    assert batch.ids.tolist() == [expected(ids, true_scores(metric, matrix, query), 7) for query in queries]


@pytest.mark.parametrize("metric", METRICS)
def test_a_first_lookup_that_keeps_nothing_finds_the_same(
    world: tuple[Store, Matrix], metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = world
    query = directed(store)[3] + 0.01
    warm = found_ids(store, query, metric=metric)
    with Store.open(store.path) as another:
        assert found_ids(another, query, metric=metric) == warm


@pytest.mark.parametrize("metric", METRICS)
def test_the_numpy_kernels_give_the_same_answer(
    world: tuple[Store, Matrix], metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = world
    queries = directed(store)[:3] + 0.01
    before = found_ids(store, queries[0], metric=metric)
    many = store.embeddings.nearest_batch(queries, metric=metric).ids.tolist()
    monkeypatch.setattr(kernels, "numkong", None)
    assert found_ids(store, queries[0], metric=metric) == before
    assert store.embeddings.nearest_batch(queries, metric=metric).ids.tolist() == many


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_every_number_of_threads_finds_the_same(
    world: tuple[Store, Matrix], metric: str, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = world
    ids, matrix = store.embeddings.matrix()
    query = directed(store)[17] * 1.5
    monkeypatch.setenv("LOCALSTORE_VECTOR_THREADS", threads)
    monkeypatch.setattr(scan, "ALONE", 1)
    monkeypatch.setattr(scan, "CHUNK", 100)
    assert found_ids(store, query, metric=metric) == expected(ids, true_scores(metric, matrix, query), 10)


@pytest.mark.parametrize("metric", METRICS)
def test_a_least_score_keeps_all_that_reach_it(world: tuple[Store, Matrix], metric: str) -> None:
    store, _ = world
    ids, matrix = store.embeddings.matrix()
    query = directed(store)[5] + 1e-3
    scores = true_scores(metric, matrix, query)
    floor = float(np.nanquantile(scores, 0.97))
    wanted = expected(ids, np.where(scores >= floor, scores, np.nan), None)
    assert found_ids(store, query, k=None, metric=metric, min_score=floor) == wanted
    assert found_ids(store, query, k=3, metric=metric, min_score=floor) == wanted[:3]
    batch = store.embeddings.nearest_batch(query[None], k=None, metric=metric, min_score=floor)
    assert batch.ids[0].tolist() == wanted


def test_zero_vectors_have_no_cosine_and_are_counted(tmp_path: Path) -> None:
    matrix = KINDS["with_zeros"](np.random.default_rng(3), 16)
    with filled(tmp_path / "zeros.db", matrix) as store:
        zeros = int((~matrix.any(axis=1)).sum())
        answers = [store.embeddings.nearest(matrix[1], metric=metric) for metric in ("cosine", "cosine", "dot")]
        assert [(answer.zeros, answer.searched) for answer in answers[:2]] == [(zeros, ROWS - zeros)] * 2
        assert (answers[2].zeros, answers[2].searched) == (0, ROWS)


# -- bounds -----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(
    st.integers(1, 70),
    st.integers(0, 2**32 - 1),
    st.sampled_from(METRICS),
    st.floats(-30, 30),
    st.floats(-30, 30),
)
def test_the_true_key_lies_within_the_slack_of_its_estimate(
    dim: int, seed: int, metric: str, size: float, query_size: float
) -> None:
    rng = np.random.default_rng(seed)
    matrix = (rng.standard_normal((30, dim)) * 10.0 ** (size + rng.integers(-3, 3, (30, 1)))).astype(np.float32)
    query = codes.encode_query(rng.standard_normal(dim) * 10.0**query_size)
    ids = np.frombuffer(rng.bytes(16 * 30), dtype="S16")
    coded = codes.encode(ids, matrix, np.zeros(dim, dtype=np.float32))
    matrix = matrix[np.argsort(ids)]
    share = codes.estimate(metric, coded.scales, coded.losses, coded.norms)
    exact = matrix.astype(np.longdouble)
    true = exact @ query.exact.astype(np.longdouble)
    if metric == "cosine":
        true /= np.sqrt((exact**2).sum(axis=1)) * np.longdouble(query.norm)
    elif metric == "l2":
        true = 2 * true - (exact**2).sum(axis=1)
    largest = float(coded.norms.max())
    for weights, products in (
        (codes.factors(metric, query, dim, largest), kernels.dots(coded.codes, query.code)),
        (codes.whole_factors(metric, query, dim, largest), coded.codes.astype(np.float64) @ query.exact),
    ):
        keys = products * share.gain * weights.gain + (0 if share.offset is None else share.offset)
        slack = scan._slack(share.slope, share.base, weights)
        assert (np.abs(keys - true) <= slack).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_integer_products_are_exact_with_and_without_the_kernels(dim: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    some = rng.integers(-127, 128, (count, dim)).astype(np.int8)
    query = rng.integers(-127, 128, dim).astype(np.int8)
    true = some.astype(np.int64) @ query.astype(np.int64)
    assert (kernels.dots(some, query) == true).all()
    assert (kernels._products(some, query[None])[:, 0] == true).all()
    assert (kernels.dots_of(some, kernels.packed(query[None]))[:, 0] == true).all()


# -- questions --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    matrix = KINDS["unit"](np.random.default_rng(1), 8)
    with filled(tmp_path_factory.mktemp("plain") / "plain.db", matrix) as store:
        yield store


@pytest.mark.parametrize(
    ("query", "more", "message"),
    [
        ([1.0] * 7, {}, r"^query: 7 numbers, but vectors of this model have 8$"),
        ([1.0] * 7 + [float("nan")], {}, r"^query: nan at 7 is no number to compare: mend the query$"),
        ([1.0] * 7 + [float("inf")], {}, r"^query: inf at 7 is no number to compare: mend the query$"),
        ([0.0] * 8, {}, r"^query: a zero vector has no direction, so no cosine: ask by dot or l2$"),
        ([1.0] * 8, {"k": 0}, r"^k: 0 matches cannot be asked for: give a whole number above 0$"),
        ([1.0] * 8, {"k": -3}, r"^k: -3 matches cannot be asked for: give a whole number above 0$"),
        ([1.0] * 8, {"k": 2.5}, r"^k: 2.5 matches cannot be asked for: give a whole number above 0$"),
        ([1.0] * 8, {"metric": "hamming"}, r"^metric: there is no metric 'hamming': choose cosine, dot, l2$"),
        ([1e300] * 8, {"metric": "dot"}, r"^query: 1e\+300 is larger than any float32: scale the query down$"),
        (np.ma.masked_array([1.0] * 8), {}, r"^query: a masked array has numbers that are none: fill it first"),
        ([1.0] * 8, {"k": "3"}, r"^k: '3' matches cannot be asked for: give a whole number above 0$"),
        ([1.0] * 8, {"k": True}, r"^k: True matches cannot be asked for: give a whole number above 0$"),
        ([1.0] * 8, {"where": 3}, r"^where: '3' is no filter: give Filter\.parse"),
        ([1.0] * 8, {"min_score": "a"}, r"^min_score: 'a' is no score to reach: give a number$"),
        ([1.0] * 8, {"min_score": float("nan")}, r"^min_score: nan is no score to reach: give a number$"),
        ([[1.0] * 8], {}, r"^query: an array of shape \(1, 8\): expected 1 dimension$"),
        (["a"] * 8, {}, r"^query: an array of <U1 holds no numbers to compare: make it one with np\.asarray"),
        (np.array([object()] * 8), {}, r"^query: an array of object holds no numbers to compare: make it one"),
        ("  ", {}, r"^query: an empty text is near to nothing: write something$"),
        (None, {}, r"^ask by a vector or a text, or by 'like' an item, content or embedding: one of them$"),
        ([1.0] * 8, {"like": "row 1"}, r"^ask by a vector or a text, or by 'like'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    plain: Store, query: object, more: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidValue, match=message):
        plain.embeddings.nearest(query, **more)  # type: ignore[arg-type]


def test_a_store_without_vectors_says_how_to_get_some(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty.db") as store, pytest.raises(NotFound, match="There are no vectors yet: 'loc"):
        store.embeddings.nearest([1.0])


def test_a_model_without_vectors_says_how_to_get_some(plain: Store) -> None:
    plain.ai_models.add("bare", "test")
    with pytest.raises(NotFound, match=r"The model test/bare has no vectors yet: 'localstore embed --model test/bare'"):
        plain.embeddings.nearest([1.0], model="bare")


@pytest.mark.parametrize("factor", [1e300, 1e155, 1e-155, 1e-200, 5e-320])
def test_the_size_of_a_query_is_nothing_to_its_cosines(plain: Store, factor: float) -> None:
    query = np.random.default_rng(3).standard_normal(8)
    for _ in range(2):
        assert found_ids(plain, query * factor) == found_ids(plain, query) if factor > 1e-300 else True
        scores = [match.score for match in plain.embeddings.nearest(query * factor, k=None).matches]
        assert max(np.abs(scores)) <= 1 + 1e-12


@pytest.mark.parametrize("metric", ["dot", "l2"])
@pytest.mark.parametrize("factor", [1e-30, 1e-160, 1e-250])
def test_the_smallest_queries_are_answered_exactly(plain: Store, metric: str, factor: float) -> None:
    ids, matrix = plain.embeddings.matrix()
    query = np.random.default_rng(3).standard_normal(8) * factor
    assert found_ids(plain, query, metric=metric) == expected(ids, true_scores(metric, matrix, query), 10)


def test_any_kind_of_whole_number_and_a_find_line_will_do(plain: Store) -> None:
    assert len(found_ids(plain, [1.0] * 8, k=np.int64(3), where="type:vector")) == 3


def test_a_batch_is_no_wider_than_there_are_vectors(tmp_path: Path) -> None:
    with filled(tmp_path / "few.db", np.eye(4, dtype=np.float32)) as store:
        batch = store.embeddings.nearest_batch(np.eye(4)[:2], k=10**30)
        assert batch.ids.shape == (2, 4)


def test_the_model_that_was_chosen_to_embed_is_asked_when_nobody_says(tmp_path: Path) -> None:
    with filled(tmp_path / "two.db", np.eye(4, dtype=np.float32)) as store:
        store.embeddings.put("test/other", ["x"], np.eye(3, dtype=np.float32)[:1])
        store.settings.set("embed.model", "test/other")
        assert store.embeddings.nearest([1.0] * 3).model == "test/other"


def test_two_models_with_vectors_have_to_be_told_apart(tmp_path: Path) -> None:
    with filled(tmp_path / "two.db", np.eye(4, dtype=np.float32)) as store:
        store.embeddings.put("test/other", ["x"], np.eye(3, dtype=np.float32)[:1])
        with pytest.raises(Ambiguous, match=r"Which model\? There are vectors of test/m, test/other: name one"):
            store.embeddings.nearest([1.0] * 4)
        assert len(store.embeddings.nearest([1.0] * 3, model="other").matches) == 1


def test_more_matches_than_there_are_vectors_are_all_of_them(tmp_path: Path) -> None:
    with filled(tmp_path / "few.db", np.eye(4, dtype=np.float32)) as store:
        answer = store.embeddings.nearest([1.0, 0, 0, 0], k=50)
        assert (len(answer.matches), answer.exact, answer.matches[0].title) == (4, True, "row 0")


def test_more_like_an_item_leaves_the_item_out(plain: Store) -> None:
    ids, matrix = plain.embeddings.matrix()
    item = plain.items.get("row 12")
    (own,) = plain.embeddings.of(item.id)
    scores = true_scores("cosine", matrix, np.asarray(own.array, dtype=np.float64))
    wanted = [pk for pk in expected(ids, scores, 11) if pk != own.id]
    assert found_ids(plain, None, like="row 12") == wanted
    assert found_ids(plain, None, like=str(own.id)) == wanted


def test_more_like_a_content_leaves_it_out_and_an_item_stands_for_the_mean_of_its_contents(tmp_path: Path) -> None:
    matrix = np.array([[1, 0], [0, 3], [1, 1], [1, -1]], dtype=np.float32)
    with Store.open(tmp_path / "contents.db") as store:
        item = store.items.add("two texts", contents=[{"text": "one"}, {"text": "other"}])
        contents = [str(content.id) for content in store.contents.of(str(item.id))]
        store.embeddings.put("test/m", [*contents, "both", "far"], matrix)
        by_content = store.embeddings.nearest(like=contents[0]).matches
        by_item = store.embeddings.nearest(like=str(item.id)).matches
    assert [match.title for match in by_content] == ["both", "far", "two texts"]
    assert [(match.title, round(match.score, 9)) for match in by_item] == [("both", 1.0), ("far", 0.0)]


def test_batches_of_vectors_are_the_matrix_in_pieces(plain: Store) -> None:
    ids, matrix = plain.embeddings.matrix()
    pieces = list(plain.embeddings.batches(size=1000))
    assert [len(some) for some, _ in pieces] == [1000, 1000, 600]
    assert np.concatenate([some for some, _ in pieces]).tolist() == ids.tolist() == sorted(ids.tolist())
    assert (np.concatenate([some for _, some in pieces]) == matrix).all()
    with pytest.raises(InvalidValue, match=r"^size: 0 vectors at a time are none"):
        next(plain.embeddings.batches(size=0))


def test_like_something_that_is_not_there_is_an_error(plain: Store) -> None:
    with pytest.raises(NotFound, match=r"^There is no item, content or embedding 'nothing': give an id, its end"):
        plain.embeddings.nearest(like="nothing")


def test_like_something_without_a_vector_is_an_error(plain: Store) -> None:
    bare = plain.items.add(title="bare")
    with pytest.raises(NotFound, match="has no vector by this model: 'localstore embed' makes it"):
        plain.embeddings.nearest(like=bare.id)


def test_a_text_is_embedded_by_the_models_own_embedder(tmp_path: Path) -> None:
    with Store.open(tmp_path / "texts.db") as store:
        store.ai_models.add("hashing", "builtin", parameters={"dim": 64})
        from localstore.embedders import embedder

        made = embedder(store.ai_models.get("hashing"))
        texts = ["retry with backoff", "the quick brown fox", "vectors in a file"]
        store.embeddings.put("builtin/hashing", ["a", "b", "c"], made.embed(texts), texts=texts)
        answer = store.embeddings.nearest("quick foxes", k=2)
        assert (answer.matches[0].snippet, answer.lexical) == ("the quick brown fox", True)


def test_the_models_own_metric_is_the_default(tmp_path: Path) -> None:
    matrix = np.array([[1, 0], [5, 5]], dtype=np.float32)
    with filled(tmp_path / "own.db", matrix) as store:
        assert store.embeddings.nearest([1, 0]).metric == "cosine"
        store.ai_models.edit_parameters("m", {"metric": "dot"})
        answer = store.embeddings.nearest([1, 0])
        assert (answer.metric, answer.matches[0].score) == ("dot", 5.0)


# -- filters ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sorted_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Items of several types, tags and organizations."""
    matrix = KINDS["clustered"](np.random.default_rng(5), 24)
    with filled(tmp_path_factory.mktemp("filters") / "filters.db", matrix) as store:
        lab = store.organizations.add("Lab", slug="lab").id
        tag = store.tags.add("todo").id
        with store.database.writing() as connection:
            connection.execute("UPDATE items SET type = 'paper' WHERE rowid % 2 = 0")
            connection.execute("UPDATE items SET type = 'rare' WHERE rowid % 500 = 1")
            connection.execute("UPDATE items SET organization_id = ? WHERE rowid % 3 = 0", (lab,))
            connection.execute("UPDATE items SET meta_data = '{\"n\":1}' WHERE rowid % 5 = 0")
            connection.execute(
                "INSERT INTO item_tag_links (item_id, tag_id) SELECT id, ? FROM items WHERE rowid % 10 = 0", (tag,)
            )
        yield store


LINES = [
    "type:paper",
    "type:rare",
    "#todo",
    "any:todo",
    "org:lab",
    "type:paper #todo org:lab",
    "meta_data.n=1",
    "type:no",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("metric", METRICS)
def test_a_filter_lets_through_what_it_lets_through_in_a_list(sorted_out: Store, line: str, metric: str) -> None:
    where = Filter.parse(line)
    ids, matrix = sorted_out.embeddings.matrix(where=where)
    query = sorted_out.embeddings.matrix()[1][100].astype(np.float64)
    wanted = expected(ids, true_scores(metric, matrix, query), 10)
    found = [found_ids(sorted_out, query, where=where, metric=metric) for _ in range(3)]
    assert found == [wanted] * 3
    batch = sorted_out.embeddings.nearest_batch(query[None], where=where, metric=metric).ids[0]
    assert [pk for pk in batch.tolist() if pk] == wanted


def test_a_filter_that_names_nothing_there_is_refused(sorted_out: Store) -> None:
    with pytest.raises(InvalidFilter, match=r"there is no organization 'labb': did you mean 'lab'\?"):
        sorted_out.embeddings.nearest([1.0] * 24, where=Filter(organization="labb"))


# -- approximate ------------------------------------------------------------------------------------------------


def test_an_approximate_lookup_says_so_and_scores_truly(plain: Store) -> None:
    ids, matrix = plain.embeddings.matrix()
    query = matrix[7].astype(np.float64) + 0.01
    scores = dict(zip(ids.tolist(), true_scores("cosine", matrix, query).tolist(), strict=True))
    for _ in range(2):  # the first keeps nothing, the second looks at the codes too
        answer = plain.embeddings.nearest(query, exact=False)
        assert not answer.exact and len(answer.matches) == 10
        assert [match.score for match in answer.matches] == [scores[m.embedding_id] for m in answer.matches]


@pytest.mark.parametrize("line", ["type:paper", "#todo", "meta_data.n=1", "type:rare"])
def test_an_approximate_lookup_obeys_a_filter(sorted_out: Store, line: str) -> None:
    where = Filter.parse(line)
    allowed = {*sorted_out.embeddings.matrix(where=where)[0].tolist()}
    query = sorted_out.embeddings.matrix()[1][100]
    answers = [sorted_out.embeddings.nearest(query, where=where, exact=False) for _ in range(3)]
    assert all({match.embedding_id for match in answer.matches} <= allowed for answer in answers)


def test_few_bits_apart_means_few_degrees_apart() -> None:
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((4000, 256)).astype(np.float32)
    query = matrix[0] + 0.3 * rng.standard_normal(256)
    mean = codes.mean_direction(matrix)
    ids = np.frombuffer(rng.bytes(16 * 4000), dtype="S16")
    coded = codes.encode(np.sort(ids), matrix, mean)
    bits = codes.sign_bits(query[None], np.array([np.linalg.norm(query)]), mean)[:, 0]
    rows, distances = scan.nearest_bits(coded.bits, bits, None, 5)
    assert rows[np.argmin(distances)] == 0


def test_the_blocks_hold_every_row_once(plain: Store) -> None:
    with plain.reading() as connection:
        (model,) = blocks.coded_models(connection)
        assert sum(block.count for block in blocks.listed(connection, model)) == ROWS
