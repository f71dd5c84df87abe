"""``vectors``: figures, recall, duplicates, two models compared, codes made anew."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

from localstore.ids import short
from localstore.store import Store
from tests.tui.cli import vectored
from tests.tui.cli.conftest import Run
from tests.tui.cli.test_pipes_and_terminals import on_a_terminal
from tui.cli.nearest_list import heights
from tui.cli.visible import width

ROOM = 80


@pytest.fixture
def models(home: Path) -> Path:
    """The prepared store with vectors of two more models."""
    vectored.fill(home / "store.db")
    return home


@pytest.fixture
def many(empty: Path) -> Path:
    """A store with 400 vectors by one model; every second pair is nearly the same."""
    with Store.open(empty / "store.db", email="ada@example.org") as store:
        rows = numpy.random.default_rng(0).standard_normal((200, 8))
        store.ai_models.add("m", "p")
        keys = [f"key {at:03}" for at in range(400)]
        store.embeddings.put("m", keys, numpy.repeat(rows, 2, axis=0) + 1e-4 * numpy.eye(400, 8))
    return empty


def document(run: Run, *args: str) -> Any:
    result = run("vectors", *args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


# -- stats ------------------------------------------------------------------------------------------------


def test_without_a_word_the_figures_are_shown(models: Path, run: Run) -> None:
    assert run("vectors").stdout == run("vectors", "stats").stdout != ""


def test_figures_of_every_model_are_a_list_for_a_program(models: Path, run: Run) -> None:
    items = document(run, "stats")["items"]
    assert [each["model"] for each in items] == ["builtin/words", "local/hash-8", "local/words-16"]
    assert [(each["count"], each["dim"], each["lengths"]) for each in items] == [
        (3, 64, {"64": 3}),
        (1, 8, {"8": 1}),
        (3, 16, {"16": 3}),
    ]
    assert [each["measured"] for each in document(run, "stats", "--quick")["items"]] == [False] * 3


def test_figures_of_one_model(models: Path, run: Run) -> None:
    assert [each["model"] for each in document(run, "stats", "--model", "hash-8")["items"]] == ["local/hash-8"]


def test_figures_for_a_person_name_what_is_to_be_done(models: Path, run: Run) -> None:
    run("content", "edit", "Reading list/1", "--text", "Another text")
    shown = run("vectors", "stats", "--model", "words").stdout
    assert re.search(r"vectors +3 × 64", shown)
    assert re.search(r"texts +.*1 fresh, 2 stale", shown)
    assert re.search(r"without +2 items", shown)


def test_faults_are_named(models: Path, run: Run) -> None:
    with Store.open(models / "store.db") as store, store.database.writing() as connection:
        blob = numpy.array([numpy.nan, 0, 0], dtype="<f4").tobytes()
        sql = "UPDATE embeddings SET vector = ?, dim = 3 WHERE id = (SELECT max(id) FROM embeddings WHERE dim = 64)"
        connection.execute(sql, (blob,))
    shown = run("vectors", "stats", "--model", "words").stdout
    assert "1 with NaN or infinity" in shown
    assert "vectors of several numbers of dimensions: 1 of 3, 2 of 64" in shown


def test_a_store_without_models_says_how_to_get_one(empty: Path, run: Run) -> None:
    run("add", "Alone")
    result = run("vectors")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "embed setup" in result.stderr
    assert document(run, "stats") == {"items": [], "next": None}


@pytest.mark.parametrize(("counts", "shown"), [([0, 1, 8, 16], " ▂▅█"), ([], ""), ([0], " "), ([5], "█")])
def test_counts_are_columns_of_eight_heights(counts: list[int], shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.nearest_list.plain_signs", lambda: False)
    assert heights(counts) == shown


# -- recall -----------------------------------------------------------------------------------------------


def test_recall_is_measured_on_ones_own_vectors(many: Path, run: Run) -> None:
    found = document(run, "recall", "-k", "3", "--sample", "20")
    assert (found["model"], found["k"], found["sampled"], found["total"]) == ("p/m", 3, 20, 400)
    assert 0 <= found["worst"] <= found["recall"] <= 1
    assert found["exact_ms"] > 0 and found["fast_ms"] > 0


def test_recall_for_a_person(many: Path, run: Run) -> None:
    shown = run("vectors", "recall", "--sample", "9").stdout
    assert re.search(r"asked +9 of 400 vectors, 10 neighbours of each", shown)
    assert re.search(r"recall@10 +[01]\.\d{4}  .{8}  worst", shown)


# -- duplicates -------------------------------------------------------------------------------------------


def test_two_texts_of_one_item_are_told_apart(empty: Path, run: Run) -> None:
    with Store.open(empty / "store.db", email="ada@example.org") as store:
        store.ai_models.add("m", "p")
        item = store.items.add("Twins", text="first of both")
        store.contents.add(item.id, "second of both")
        for content in store.contents.of(item.id):
            store.embeddings.put_one("m", [1.0, 2.0], content=content.id)
    shown = run("vectors", "duplicates").stdout
    assert f"{short(item.id)}/1" in shown and f"{short(item.id)}/2" in shown
    assert "first of both (Twins)" in shown and "second of both (Twins)" in shown


def test_pairs_are_a_list_for_a_program(many: Path, run: Run) -> None:
    found = document(run, "duplicates", "--min-score", "0.999")
    assert (found["model"], found["metric"], found["exact"], found["vectors"], found["next"]) == (
        "p/m", "cosine", True, 400, None,
    )  # fmt: skip
    assert list(found["items"][0]) == ["score", "a", "b", "item_a", "item_b", "title_a", "title_b", "same_text"]
    scores = [pair["score"] for pair in found["items"]]
    assert len(scores) == 100 and scores == sorted(scores, reverse=True)


def test_a_pipe_gets_every_pair_and_a_limit_the_best(many: Path, run: Run) -> None:
    result = run("vectors", "duplicates", "--min-score", "0.999")
    assert len(result.stdout.splitlines()) == 200
    assert result.stderr == "400 vectors by p/m compared, cosine, exact\n"
    best = run("vectors", "duplicates", "--min-score", "0.999", "--limit", "3").stdout.splitlines()
    assert [line[:6] for line in best] == sorted((line[:6] for line in result.stdout.splitlines()), reverse=True)[:3]


def test_lines_hold_a_pair_each(many: Path, run: Run) -> None:
    lines = run("vectors", "duplicates", "--min-score", "0.999", "--jsonl").stdout.splitlines()
    titles = {(pair["title_a"], pair["title_b"]) for pair in map(json.loads, lines)}
    assert {tuple(sorted(pair)) for pair in titles} == {(f"key {at:03}", f"key {at + 1:03}") for at in range(0, 400, 2)}


def test_a_filter_limits_what_is_compared(many: Path, run: Run) -> None:
    assert document(run, "duplicates", "--words", '"key 000"')["vectors"] == 1


def test_no_pair_is_told(many: Path, run: Run) -> None:
    result = run("vectors", "duplicates", "--words", '"key 000"')
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("No pair with a cosine of 0.95 or more.")


def test_on_a_terminal_pairs_fit_and_the_progress_leaves_nothing(many: Path) -> None:
    code, shown = on_a_terminal("vectors", "duplicates", "--limit", "5", columns=ROOM, NO_COLOR="1")
    lines = [line.rpartition("\x1b[K")[2] for line in shown.split("\n")]
    assert code == 0
    assert lines[0].split()[:4] == ["SCORE", "TEXT", "A", "B"]
    assert [line for line in lines if width(line) > ROOM] == []


# -- compare ----------------------------------------------------------------------------------------------


def test_two_models_are_compared(models: Path, run: Run) -> None:
    found = document(run, "compare", "words", "words-16", "-k", "1")
    assert (found["model_a"], found["model_b"], found["texts_shared"]) == ("builtin/words", "local/words-16", 3)
    assert list(found["worst"][0]) == ["item_id", "title", "overlap"]


def test_a_comparison_for_a_person_names_what_they_disagree_on(empty: Path, run: Run) -> None:
    with Store.open(empty / "store.db", email="ada@example.org") as store:
        rows, keys = numpy.random.default_rng(0).standard_normal((2, 60, 4)), [f"key {at:02}" for at in range(60)]
        [store.ai_models.add(name, "p") for name in "ab"]
        [store.embeddings.put(name, keys, rows[at]) for at, name in enumerate("ab")]
    shown = run("vectors", "compare", "a", "b").stdout
    assert re.search(r"models +p/a and p/b\nasked +60 of 60 texts", shown)
    assert re.search(r"overlap@10 +0\.\d{4}", shown)
    assert re.search(r"They disagree most on\n0\.\d\d  \w{8}  key \d\d", shown)


# -- rebuild ----------------------------------------------------------------------------------------------


def test_codes_are_made_anew(many: Path, run: Run) -> None:
    assert document(run, "rebuild") == {"vectors": 400}
    assert document(run, "rebuild", "--model", "m") == {"vectors": 400}
    assert run("vectors", "rebuild").stderr == "Made the codes of 400 vectors.\n"


# -- bad input and being stopped --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["stats", "--model", "nowhere"], 1, "nowhere"),
        (["recall"], 1, "local/words-16"),
        (["recall", "--model", "hash-8"], 1, "has 1 vectors"),
        (["recall", "-k", "0"], 2, "0 is not in the range"),
        (["duplicates"], 1, "name one with --model"),
        (["duplicates", "--model", "words", "--min-score", "2"], 1, "2.0 is no cosine"),
        (["duplicates", "--model", "words", "--min-score", "nan"], 1, "nan is no cosine"),
        (["duplicates", "--model", "words", "--limit", "0"], 2, "0 is not in the range"),
        (["duplicates", "--model", "words", "--org", "nowhere"], 1, "nowhere"),
        (["compare", "words"], 2, "Missing argument 'B'"),
        (["compare", "words", "words"], 1, "one model"),
        (["compare", "words", "hash-8"], 1, "1 texts in common"),
        (["compare", "words", "nowhere"], 1, "nowhere"),
        (["rebuild", "--model", "nowhere"], 1, "nowhere"),
        (["unknown"], 2, "No such command 'unknown'"),
    ],
)
def test_bad_input_is_one_sentence(models: Path, run: Run, args: list[str], code: int, message: str) -> None:
    result = run("vectors", *args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert "unexpected" not in result.stderr


@pytest.mark.parametrize("args", [["recall"], ["duplicates"], ["compare", "a", "b"]])
def test_a_store_without_vectors_is_told(empty: Path, run: Run, args: list[str]) -> None:
    run("add", "Alone")
    result = run("vectors", *args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)


def test_ctrl_c_stops_a_long_comparison_cleanly(many: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from localstore.vectors.insight import duplicates\n"
        "whole = duplicates.Duplicates._near\n"
        "def near(*args):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return whole(*args)\n"
        "duplicates.Duplicates._near = near\n"
        "from tui.cli.program import program\n"
        "program.main(['vectors', 'duplicates', '--json'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (128 + signal.SIGINT, "")
    assert done.stderr == "\nStopped. Nothing was changed.\n"


def test_a_store_that_may_only_be_read_has_figures_and_pairs(many: Path, run: Run) -> None:
    os.chmod(many / "store.db", 0o400)  # noqa: PTH101
    assert run("vectors", "stats").exit_code == 0
    assert run("vectors", "duplicates").exit_code == 0
    assert run("vectors", "recall", "--sample", "2").exit_code == 0
