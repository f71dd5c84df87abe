"""The embedding model and the text that the benchmarks measure on: small, made on the spot, the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.bench.vectors import corpus, model, world

TALK = [
    f"the {animal} {does} in the {place} while the {other} watches"
    for animal in ("cat", "dog")
    for does in ("sleeps", "eats", "plays")
    for place in ("garden", "kitchen")
    for other in ("owner", "neighbour")
] + [
    f"the {server} {answers} a {request} over the {network} after a timeout"
    for server in ("server", "host")
    for answers in ("answers", "refuses", "drops")
    for request in ("request", "query")
    for network in ("socket", "network")
]


@pytest.fixture(scope="module")
def trained() -> model.Model:
    return model.train(TALK, 8, seed=3, words=60, contexts=40)


def test_equal_passages_and_seed_make_an_equal_model(trained: model.Model) -> None:
    again = model.train(TALK, 8, seed=3, words=60, contexts=40)
    assert again.vocabulary == trained.vocabulary
    assert np.allclose(again.vectors, trained.vectors, atol=1e-4)


@pytest.mark.parametrize(("word", "like"), [("cat", "dog"), ("server", "host"), ("garden", "kitchen")])
def test_words_used_alike_are_near(trained: model.Model, word: str, like: str) -> None:
    vectors = model.unit(trained.vectors.copy())
    order = np.argsort(-(vectors @ vectors[trained.vocabulary[word]]), kind="stable")
    names = [name for name in np.array(list(trained.vocabulary))[order] if name != word]
    assert like in names[:3]


def test_passages_become_unit_vectors_nearest_to_their_own_topic(trained: model.Model) -> None:
    asked = trained.embed(["a dog plays in the kitchen", "the host drops a query"])
    scores = asked @ trained.embed(TALK).T
    assert np.allclose(np.linalg.norm(asked, axis=1), 1, atol=1e-5)
    assert scores[0].argmax() < 24 <= scores[1].argmax()


def test_fewer_dimensions_are_the_first_of_more(trained: model.Model) -> None:
    few = model.train(TALK, 4, seed=3, words=60, contexts=40)
    assert np.allclose(few.vectors, trained.vectors[:, :4], atol=1e-3)


def test_a_passage_without_a_known_word_is_a_unit_vector_all_the_same(trained: model.Model) -> None:
    assert trained.embed(["zzz qqq", "", "cat"])[:2].tolist() == [[1.0, *[0.0] * 7]] * 2


def test_docstrings_are_read_without_importing_and_bad_syntax_is_passed_over(tmp_path: Path) -> None:
    code = 'raise SystemExit\n\ndef act():\n    """Words of a\n    docstring."""\n'
    (tmp_path / "fine.py").write_text(code, encoding="utf-8")
    (tmp_path / "bad.py").write_text("def (", encoding="utf-8")
    assert [list(corpus.docstrings_of(tmp_path / name)) for name in ("fine.py", "bad.py")] == [
        ["Words of a\ndocstring."],
        [],
    ]


@pytest.mark.parametrize(
    ("roff", "plain"),
    [
        (r"\fBls\fP \- list", "ls - list"),
        (r"a\(aqs \*(lqname\*(rq", "a's name"),
        ('.\\" a comment', ""),
        (r"\m[blue]\s-1SIZE\s+1\m[]\&", "SIZE"),
    ],
)
def test_roff_is_read_as_words(roff: str, plain: str) -> None:
    assert corpus.plain(roff) == plain


def test_passages_have_40_to_120_words() -> None:
    cut = list(corpus.cut(iter(["short words here"] * 30 + ["long " * 300, "rest"])))
    assert [len(passage.split()) for passage in cut] == [42, 42, 120, 120, 66]


def test_passages_hold_only_what_a_store_takes() -> None:
    cut = list(corpus.cut(iter(["a \0 b\ud800c " * 20])))
    assert cut == [" ".join(["a bc"] * 20)]


def test_windows_slide_over_neighbours_when_text_is_short() -> None:
    assert list(corpus.windows(["a b c d", "e f g h", "i j k l"], 3)) == ["c d e f", "g h i j", "b c d e"]


def test_recall_counts_ties_whichever_was_taken(tmp_path: Path) -> None:
    matrix = np.repeat(np.eye(4, dtype=np.float32), 10, axis=0)
    vectors = world.Vectors(tmp_path / "set")
    world.save(vectors, matrix, matrix[:2].copy())
    assert vectors.recall(0, [*range(10)]) == 1
    assert vectors.recall(0, [*range(5), *range(10, 15)]) == 0.5


def test_the_tenth_is_that_of_a_float64_brute_force() -> None:
    rows = world.mixture(500, 16, seed=5)
    queries = world.perturbed(rows[:7])
    scores = queries.astype(np.float64) @ rows.T.astype(np.float64)
    assert np.allclose(world.tenth(rows, queries, step=90), np.sort(scores, axis=1)[:, -10], atol=1e-12)
