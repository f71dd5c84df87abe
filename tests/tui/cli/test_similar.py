"""``similar`` and ``search --hybrid``: what is nearest, for people and for programs."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from localstore import embedders
from localstore.store import Store
from tests.tui.cli.conftest import Run, Shell
from tests.tui.cli.test_pipes_and_terminals import on_a_terminal
from tui.cli.nearest_list import nearness
from tui.cli.visible import width

TEXTS = {"cat": [1.0, 0.0], "kitten": [0.9, 0.2], "dog": [0.5, 0.8], "tax": [-1.0, 0.1]}
HIT = ["rank", "score", "item_id", "content_id", "embedding_id", "title", "snippet"]
ROOM = 80


@pytest.fixture
def animals(empty: Path) -> Path:
    """A store whose one model has vectors of two numbers."""
    with Store.open(empty / "store.db", email="ada@example.org") as store:
        store.ai_models.add("animals", "meaning", parameters={"dim": 2})
        for text, vector in TEXTS.items():
            item = store.items.add(text.title(), text=text, type="paper" if text == "dog" else "note", tags=[text])
            store.embeddings.put_one("animals", vector, content=store.contents.of(item.id)[0].id)
    return empty


class Meanings:
    """Stands for a service that cannot be here."""

    lexical = False
    dim, batch, limit = 2, 8, None

    def embed(self, texts: Sequence[str], kind: str = "document") -> Any:
        return numpy.array([TEXTS[text] for text in texts], dtype=numpy.float32)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    there = embedders.providers() | {"meaning": SimpleNamespace(embedder=lambda _: Meanings())}
    monkeypatch.setattr(embedders, "providers", lambda: there)


def found(run: Run, *args: str, input: str | bytes | None = None) -> Any:
    result = run("similar", *args, "--json", input=input)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def titles(document: Any) -> list[str]:
    return [hit["title"] for hit in document["hits"]]


def saved(folder: Path, array: Any, name: str = "q.npy") -> str:
    numpy.save(folder / name, array)
    return name


# -- what is asked ----------------------------------------------------------------------------------------


def test_the_json_has_the_keys_of_the_contract(animals: Path, run: Run, service: None) -> None:
    document = found(run, "cat")
    assert list(document) == ["model", "metric", "exact", "elapsed_ms", "hits"]
    assert (document["model"], document["metric"], document["exact"]) == ("meaning/animals", "cosine", True)
    assert [list(hit) for hit in document["hits"]] == [HIT] * 4
    assert [hit["rank"] for hit in document["hits"]] == [1, 2, 3, 4]
    assert titles(document) == ["Cat", "Kitten", "Dog", "Tax"]


def test_a_text_of_several_words_needs_no_quotes(
    animals: Path, run: Run, service: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TEXTS, "small cat", [0.0, 1.0])
    assert titles(found(run, "small", "cat"))[0] == "Dog"


def test_more_like_an_item_leaves_it_out(animals: Path, run: Run) -> None:
    assert titles(found(run, "--like", "Cat")) == ["Kitten", "Dog", "Tax"]


def test_a_content_is_named_by_its_number(animals: Path, run: Run) -> None:
    assert titles(found(run, "--like", "Cat/1", "-k", "1")) == ["Kitten"]


@pytest.mark.parametrize("given", ["[0.9, 0.1]", "0.9 0.1\n", "0.9,0.1"])
def test_a_vector_is_read_from_stdin(animals: Path, run: Run, given: str) -> None:
    assert titles(found(run, "--vector", "-", "-k", "2", input=given)) == ["Kitten", "Cat"]


def test_a_vector_is_read_from_a_file(animals: Path, run: Run) -> None:
    assert titles(found(run, "--vector", saved(animals, numpy.array([0.0, 1.0])))) == ["Dog", "Kitten", "Tax", "Cat"]


@pytest.mark.parametrize(("k", "count"), [("1", 1), ("3", 3), ("99", 4), ("all", 4)])
def test_k_is_at_most_what_there_is_and_may_be_all(animals: Path, run: Run, k: str, count: int) -> None:
    assert len(found(run, "--vector", saved(animals, [1.0, 0.0]), "-k", k)["hits"]) == count


def test_a_filter_and_a_least_score_hold(animals: Path, run: Run) -> None:
    query = saved(animals, numpy.array([1.0, 0.0]))
    assert titles(found(run, "--vector", query, "--type", "note", "--min-score", "0.5")) == ["Cat", "Kitten"]
    assert titles(found(run, "--vector", query, "--tag", "dog")) == ["Dog"]


def test_model_names_the_one_that_is_asked(animals: Path, run: Run) -> None:
    with Store.open(animals / "store.db") as store:
        store.ai_models.add("second", "meaning")
        store.embeddings.put_one("second", [1.0, 2.0, 3.0], item="Tax")
    query = saved(animals, numpy.array([1.0, 2.0, 3.0]))
    assert titles(found(run, "--vector", query, "--model", "second")) == ["Tax"]
    refused = run("similar", "--vector", query)
    assert refused.exit_code == 1
    assert "meaning/animals, meaning/second" in refused.stderr and "--model" in refused.stderr


@pytest.mark.parametrize(("metric", "best"), [("cosine", 1.0), ("dot", 1.0), ("l2", 0.0)])
def test_the_metric_is_said(animals: Path, run: Run, metric: str, best: float) -> None:
    document = found(run, "--vector", saved(animals, [1.0, 0.0]), "--metric", metric)
    assert (document["metric"], document["hits"][0]["score"]) == (metric, pytest.approx(best))


def test_several_vectors_are_a_batch(animals: Path, run: Run) -> None:
    document = found(run, "--vector", saved(animals, numpy.array([[1.0, 0.0], [-1.0, 0.0]])), "-k", "1")
    assert list(document) == ["model", "metric", "exact", "elapsed_ms", "queries"]
    assert [list(query) for query in document["queries"]] == [["hits"], ["hits"]]
    assert list(map(titles, document["queries"])) == [["Cat"], ["Tax"]]


def test_one_row_is_a_batch_of_one(animals: Path, run: Run) -> None:
    document = found(run, "--vector", "-", "-k", "1", input="[[1, 0]]")
    assert list(map(titles, document["queries"])) == [["Cat"]]


def test_lines_hold_a_hit_each_and_of_a_batch_the_query(animals: Path, run: Run) -> None:
    one = run("similar", "--vector", saved(animals, [1.0, 0.0]), "-k", "2", "--jsonl").stdout.splitlines()
    assert [list(json.loads(line)) for line in one] == [HIT, HIT]
    many = run("similar", "--vector", saved(animals, numpy.eye(2)), "-k", "1", "--jsonl").stdout.splitlines()
    assert [json.loads(line)["query"] for line in many] == [0, 1]


@pytest.mark.parametrize(("rows", "shape"), [(numpy.eye(2), (2, 3)), ([1.0, 0.0], (1, 3))])
def test_out_writes_ids_and_scores_in_a_private_file(
    animals: Path, run: Run, rows: Any, shape: tuple[int, int]
) -> None:
    result = run("similar", "--vector", saved(animals, numpy.asarray(rows)), "-k", "3", "--out", "out.npz")
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{shape[0]} × {shape[1]}" in result.stderr
    with numpy.load(animals / "out.npz", allow_pickle=False) as read:
        assert read["ids"].shape == read["scores"].shape == read["item_ids"].shape == shape
        assert read["scores"][0, 0] == pytest.approx(1.0)
    assert stat.S_IMODE((animals / "out.npz").stat().st_mode) == 0o600


def test_out_and_json_give_both(animals: Path, run: Run) -> None:
    assert len(found(run, "--vector", saved(animals, numpy.eye(2)), "--out", "out.npz")["queries"]) == 2
    assert (animals / "out.npz").exists()


# -- what a person reads ----------------------------------------------------------------------------------


def test_a_pipe_gets_bars_scores_and_titles_that_stand_below_each_other(animals: Path, run: Run) -> None:
    result = run("similar", "--vector", saved(animals, [1.0, 0.0]), "-k", "3")
    heads, snippets = result.stdout.splitlines()[::2], result.stdout.splitlines()[1::2]
    assert [re.fullmatch(r"[█▏▎▍▌▋▊▉ ]{8}  (\S+)  (\w+) +(\w+) +[0-9a-f]{8}", head).groups() for head in heads] == [  # type: ignore[union-attr]
        ("1.0000", "Cat", "note"),
        ("0.9762", "Kitten", "note"),
        ("0.5300", "Dog", "paper"),
    ]
    assert [line.strip() for line in snippets] == ["cat", "kitten", "dog"]
    assert len({head.index(title) for head, title in zip(heads, ("Cat", "Kitten", "Dog"), strict=True)}) == 1


def test_the_last_line_says_how_the_answer_came_about(animals: Path, run: Run) -> None:
    result = run("similar", "--vector", saved(animals, [1.0, 0.0]), "-k", "3")
    assert re.fullmatch(r"3 nearest of 4 by meaning/animals, cosine, exact, [\d.]+ m?s\n", result.stderr)


def test_an_approximate_answer_says_so_and_how_to_measure_it(animals: Path, run: Run) -> None:
    with Store.open(animals / "store.db") as store:
        store.ai_models.add("many", "p")
        rows = numpy.random.default_rng(0).standard_normal((3000, 8))
        store.embeddings.put("many", [f"key {at}" for at in range(3000)], rows)
    result = run("similar", "--vector", saved(animals, rows[0]), "--model", "many", "--fast", "-k", "2")
    assert "cosine, approximate," in result.stderr
    assert "approximate: 'localstore vectors recall' measures it" in result.stderr


def test_a_lexical_model_is_labelled(empty: Path, run: Run) -> None:
    with Store.open(empty / "store.db", email="ada@example.org") as store:
        model = store.ai_models.add("words", "builtin", parameters={"dim": 32})
        item = store.items.add("A", text="attention")
        store.embeddings.put_one("words", embedders.embedder(model).embed(["attention"])[0], item=item.id)
    assert "lexical: compares words, not meanings" in run("similar", "attention").stderr


def test_distances_are_shown_as_distances(animals: Path, run: Run) -> None:
    lines = run("similar", "--vector", saved(animals, [1.0, 0.0]), "--metric", "l2").stdout.splitlines()[::2]
    shown = [float(line[8:].split()[0]) for line in lines]
    assert shown == sorted(shown) and shown[0] == 0 and lines[0][10:].split()[0] == "0"


def test_a_least_score_above_zero_with_l2_is_explained(animals: Path, run: Run) -> None:
    result = run("similar", "--vector", saved(animals, [1.0, 0.0]), "--metric", "l2", "--min-score", "2")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "--min-score -2 takes distances up to that" in result.stderr


def test_nothing_near_enough_is_no_error(animals: Path, run: Run) -> None:
    result = run("similar", "--vector", saved(animals, [0.0, -1.0]), "--min-score", "0.99")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Nothing near enough of 4")


@pytest.mark.parametrize("rows", [[1.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]])
def test_a_filter_that_leaves_no_vector_is_named_as_the_reason(animals: Path, run: Run, rows: Any) -> None:
    result = run("similar", "--vector", saved(animals, rows), "--type", "prompt")
    assert result.exit_code == 0
    assert "The filter leaves no vectors of meaning/animals: nothing was compared." in result.stderr


def test_the_time_in_json_has_three_decimals(animals: Path, run: Run) -> None:
    spent = found(run, "--like", "Cat")["elapsed_ms"]
    assert spent == round(spent, 3)


def test_quiet_says_nothing(animals: Path, run: Run) -> None:
    assert run("similar", "--vector", saved(animals, [1.0, 0.0]), "--quiet").stderr == ""


def test_on_a_terminal_lines_fit_and_long_titles_are_cut(animals: Path) -> None:
    with Store.open(animals / "store.db") as store:
        item = store.items.add("日本語の長い題名 " * 20, text="word " * 200, type="conversation")
        store.embeddings.put_one("animals", [1.0, 0.0], item=item.id)
    saved(animals, [1.0, 0.0])
    code, shown = on_a_terminal("similar", "--vector", "q.npy", columns=ROOM, NO_COLOR="1")
    plain = [line.rpartition("\x1b[K")[2] for line in shown.split("\n")]
    assert code == 0
    assert [line for line in plain if width(line) > ROOM] == []
    assert "…" in shown


def test_colours_are_for_terminals_that_want_them(animals: Path) -> None:
    saved(animals, [1.0, 0.0])
    assert "\x1b[36m" in on_a_terminal("similar", "--vector", "q.npy")[1]
    assert "\x1b[36m" not in on_a_terminal("similar", "--vector", "q.npy", NO_COLOR="1")[1]


def test_where_output_is_ascii_bars_are_too(animals: Path, shell: Shell) -> None:
    done = shell("echo 1 0 | localstore similar --vector - -k 2", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("########  1.0000  Cat")


@pytest.mark.parametrize(
    ("metric", "score", "best", "part"),
    [("cosine", 0.5, 0.9, 0.5), ("dot", 3.0, 6.0, 0.5), ("dot", -1.0, -0.5, 0.0), ("l2", 0.0, 0.0, 1.0)],
)
def test_a_bar_tells_nearness_in_every_metric(metric: str, score: float, best: float, part: float) -> None:
    assert nearness(metric, score, best) == part


def test_hostile_texts_reach_no_terminal(animals: Path, run: Run) -> None:
    with Store.open(animals / "store.db") as store:
        item = store.items.add("\x1b[2J[/red]\u202e", text="\x1b]0;owned\x07")
        store.embeddings.put_one("animals", [1.0, 0.0], content=store.contents.of(item.id)[0].id)
    saved(animals, [1.0, 0.0])
    outputs = [run("similar", "--vector", "q.npy", *more).stdout for more in ([], ["--json"], ["--jsonl"])]
    assert [re.findall("[\x1b\x07\u202e]", output) for output in outputs] == [[], [], []]


# -- bad input --------------------------------------------------------------------------------------------


def save_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps([1.0]))


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ([], 2, "Give one of TEXT, --vector FILE and --like ID"),
        (["cat", "--like", "Cat"], 2, "Give one of TEXT"),
        ([" "], 2, "Give one of TEXT"),
        (["--like", "Cat", "-k", "0"], 2, "neither a whole number above 0 nor 'all'"),
        (["--like", "Cat", "-k", "-3"], 2, "neither a whole number above 0 nor 'all'"),
        (["--like", "Cat", "-k", "some"], 2, "neither a whole number above 0 nor 'all'"),
        (["--like", "Cat", "--metric", "hamming"], 2, "'hamming' is not one of"),
        (["--like", "Nobody"], 1, "'Nobody'"),
        (["--like", "Cat/7"], 1, "no number 7"),
        (["--like", "Cat", "--model", "nowhere"], 1, "nowhere"),
        (["--like", "Cat", "--org", "nowhere"], 1, "nowhere"),
        (["--like", "Cat", "--min-score", "nan"], 1, "nan"),
        (["--vector", "missing.npy"], 1, "missing.npy: cannot be read"),
        (["--vector", "three.npy"], 1, "3 numbers, but vectors of this model have 2"),
        (["--vector", "rows.npy"], 1, "3 numbers, but vectors of this model have 2"),
        (["--vector", "nan.npy"], 1, "nan at 1"),
        (["--vector", "zero.npy"], 1, "zero vector"),
        (["--vector", "objects.npy"], 1, "holds Python objects, which are never loaded"),
        (["--vector", "pickle.npy"], 1, "is a pickle"),
        (["--vector", "cut.npy"], 1, "cut off"),
        (["--vector", "words.txt"], 1, "words.txt: 'some' (word 1) is not a number: write numbers, such as 0.1 0.2"),
        (["--vector", "good.npy", "--out", "none/out.npz"], 1, "cannot be written"),
        (["--vector", "good.npy", "--out", "folder.npz"], 1, "is a folder"),
        (["--vector", "good.npy", "--out", "o.txt"], 2, "'o.txt' must end in .npz"),
        (["cat"], 1, "meaning"),
    ],
)
def test_bad_input_is_one_sentence(animals: Path, run: Run, args: list[str], code: int, message: str) -> None:
    saved(animals, numpy.zeros(3) + 1, "three.npy")
    saved(animals, numpy.ones((2, 3)), "rows.npy")
    saved(animals, numpy.array([1.0, numpy.nan]), "nan.npy")
    saved(animals, numpy.zeros(2), "zero.npy")
    saved(animals, numpy.array([1.0, 0.0]), "good.npy")
    saved(animals, numpy.array([1.0, None], dtype=object), "objects.npy")
    save_pickle(animals / "pickle.npy")
    out = io.BytesIO()
    numpy.save(out, numpy.ones(2))
    (animals / "cut.npy").write_bytes(out.getvalue()[:-3])
    (animals / "folder.npz").mkdir()
    (animals / "words.txt").write_text("some words")
    result = run("similar", *args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert "unexpected" not in result.stderr and result.stderr.count("\n") <= (1 if code == 1 else 4)


@pytest.mark.parametrize("args", [["text"], ["--like", "@last"], ["--vector", "-"]])
def test_a_store_without_vectors_says_how_to_get_some(empty: Path, run: Run, args: list[str]) -> None:
    run("add", "Alone")
    result = run("similar", *args, input="1 2 3")
    assert result.exit_code == 1
    assert "localstore embed" in result.stderr or "localstore import" in result.stderr


def test_without_a_store_none_is_made(empty: Path, run: Run) -> None:
    assert run("similar", "text").exit_code == 1
    assert not (empty / "store.db").exists()


def test_a_store_that_may_only_be_read_answers(animals: Path, run: Run) -> None:
    saved(animals, [1.0, 0.0])
    os.chmod(animals / "store.db", 0o400)  # noqa: PTH101
    assert run("similar", "--vector", "q.npy", "-k", "1").exit_code == 0


# -- search --hybrid --------------------------------------------------------------------------------------


def test_a_hybrid_search_tells_how_each_item_was_found(animals: Path, run: Run, service: None) -> None:
    lines = run("search", "--hybrid", "cat", "--limit", "2").stdout.splitlines()[::2]
    assert [line[10:] for line in lines] == ["Cat  (note, by words and meaning)", "Kitten  (note, by meaning)"]


def test_a_hybrid_search_for_a_program_has_the_ranks(animals: Path, run: Run, service: None) -> None:
    document = json.loads(run("search", "--hybrid", "cat", "--limit", "1", "--json").stdout)
    assert (document["items"][0]["by_words"], document["items"][0]["by_meaning"], document["next"]) == (1, 1, "1")


def test_without_hybrid_model_is_a_filter_as_before(animals: Path, run: Run) -> None:
    run("add", "Another", "--text", "cat")
    assert len(json.loads(run("search", "cat", "--json").stdout)["items"]) == 2
    assert len(json.loads(run("search", "cat", "--model", "animals", "--json").stdout)["items"]) == 1


def test_a_hybrid_search_without_a_real_embedder_says_what_to_do(animals: Path, run: Run) -> None:
    result = run("search", "--hybrid", "cat")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing here embeds a query for meaning/animals" in result.stderr and "embed setup" in result.stderr
