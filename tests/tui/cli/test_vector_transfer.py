"""Vectors in and out on the command line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

from localstore.store import Store
from tests.tui.cli.conftest import Run

X = numpy.arange(24, dtype="f4").reshape(3, 8) / 8


@pytest.fixture
def vectors(home: Path) -> Path:
    numpy.savez(
        home / "v.npz", embeddings=X, ids=numpy.array(["a", "b", "c"]), texts=numpy.array(["one", "two", "six"])
    )
    return home / "v.npz"


def document(run: Run, *args: str) -> Any:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def count(home: Path) -> tuple[int, int]:
    with Store.open(home / "store.db") as store:
        return store.items.count(), store.embeddings.count()


def test_vectors_come_in_are_counted_and_a_second_time_skipped(vectors: Path, run: Run) -> None:
    first = run("import", "v.npz", "--model", "lab/m")
    assert first.exit_code == 0
    assert "Imported (npz): 3 added, 3 items made, 3 texts made." in first.stderr
    again = document(run, "import", "v.npz", "--model", "lab/m")
    assert (again["formats"], again["counts"]["skipped"], again["counts"]["added"]) == (["npz"], 3, 0)


def test_a_dry_run_of_vectors_writes_nothing(vectors: Path, home: Path, run: Run) -> None:
    before = count(home)
    assert document(run, "import", "v.npz", "--model", "lab/m", "--dry-run")["counts"]["added"] == 3
    assert count(home) == before


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ([], "say --model provider/name"),
        (
            ["--model", "hash-8", "--vector-column", "none"],
            "there is no array 'none'; there are embeddings, ids, texts",
        ),
        (["--model", "bare"], "spell it provider/name"),
        (["--model", "lab/m", "--type", "paper"], "leave out --type"),
        (["--model", "lab/m", "--format", "projector"], "written but not read"),
        (["--model", "lab/m", "--format", "npy"], "v.npz is no array of numpy"),
        (["--model", "lab/m", "--format", "parquet"], "is no Parquet file"),
        (["--model", "lab/m", "--format", "chroma"], "v.npz is not JSON"),
        (["--model", "lab/m", "--format", "sqlite-vec"], "SQLite cannot read it"),
    ],
)
def test_an_import_of_vectors_that_cannot_be_done_is_one_sentence(
    args: list[str], part: str, vectors: Path, home: Path, run: Run
) -> None:
    before = count(home)
    result = run("import", "v.npz", *args)
    assert (result.exit_code, result.stdout) == (1, "")
    assert part in result.stderr and "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert count(home) == before


def test_vectors_of_another_length_name_both_numbers(home: Path, run: Run) -> None:
    numpy.save(home / "v.npy", X[:, :5])
    result = run("import", "v.npy", "--model", "hash-8")
    assert result.exit_code == 1 and "5" in result.stderr and "8" in result.stderr


def test_columns_are_chosen_by_flags(vectors: Path, run: Run) -> None:
    flags = ["--vector-column", "embeddings", "--id-column", "texts", "--text-column", "ids", "--title-column", "ids"]
    assert run("import", "v.npz", "--model", "lab/m", *flags).exit_code == 0
    item = document(run, "show", "b")
    assert (item["contents"][0]["text"], item["meta_data"]["source"]["key"]) == ("b", "two")


def test_only_what_is_there_gets_vectors_when_that_is_wanted(vectors: Path, home: Path, run: Run) -> None:
    before = count(home)
    result = run("import", "v.npz", "--model", "hash-8", "--existing-only")
    assert result.exit_code == 1 and "3 of unknown keys left out" in result.stderr
    assert count(home) == before


def test_bad_rows_are_named_and_nothing_but_bad_rows_is_no_success(home: Path, run: Run) -> None:
    numpy.save(home / "v.npy", numpy.array([[1.0, numpy.nan], [1.0, 2.0]]))
    some = run("import", "v.npy", "--model", "lab/m")
    assert some.exit_code == 0 and "v.npy:row 0, column 1: left out" in some.stderr
    numpy.save(home / "w.npy", numpy.full((2, 2), numpy.inf))
    assert run("import", "w.npy", "--model", "lab/m").exit_code == 1


def test_a_table_is_chosen_by_flag(home: Path, run: Run) -> None:
    result = run("import", "store.db", "--format", "sqlite-vec", "--table", "none", "--model", "lab/m")
    assert result.exit_code == 1 and "there is no table 'none'" in result.stderr


@pytest.mark.parametrize("name", ["o.npz", "o.npy", "o.parquet"])
def test_vectors_go_out_by_the_name_of_the_file(name: str, home: Path, run: Run) -> None:
    made = document(run, "export", name, "--model", "local/hash-8")
    form = name.partition(".")[2]
    assert {**made, "notes": []} == {
        "format": form, "destination": name, "vectors": 1, "model": "local/hash-8", "notes": []
    }  # fmt: skip
    assert (home / name).stat().st_mode & 0o777 == 0o600
    again = document(run, "import", name, "--model", "local/hash-8")
    assert again["counts"]["skipped"] == 1


def test_an_export_tells_a_person_how_many_vectors_went_where(home: Path, run: Run) -> None:
    result = run("export", "map.tsv", "--format", "projector", "--model", "hash-8", "#todo")
    assert "Exported 1 vector of local/hash-8 as projector to map.tsv." in result.stderr
    assert "map.metadata.tsv" in result.stderr and (home / "map.metadata.tsv").exists()


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["o.npz", "--model", "none"], "none"),
        (["o.npz", "--model", "hash-8", "--tag", "nlp"], "no vector of local/hash-8 fits"),
        (["-", "--format", "parquet", "--model", "hash-8"], "name a file"),
        (["-", "--format", "npy", "--model", "hash-8"], "name one instead of -"),
        (["o.npz", "--format", "chroma"], "chroma is read but not written"),
    ],
)
def test_an_export_of_vectors_that_cannot_be_done_leaves_no_file(
    args: list[str], part: str, home: Path, run: Run
) -> None:
    result = run("export", *args)
    assert (result.exit_code, result.stdout) == (1, "") and part in result.stderr
    assert not list(home.glob("o.*")) and not list(home.glob(".o.*"))


def test_an_archive_goes_to_standard_output(home: Path, run: Run) -> None:
    result = run("export", "-", "--format", "npz", "--model", "hash-8")
    (home / "piped.npz").write_bytes(result.stdout_bytes)
    with numpy.load(home / "piped.npz") as arrays:
        assert arrays["embeddings"].shape == (1, 8)


def test_progress_shows_how_many_and_how_fast_on_a_terminal(home: Path) -> None:
    numpy.save(home / "many.npy", numpy.random.default_rng(0).normal(size=(60_000, 300)).astype("f4"))
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "localstore", "import", "many.npy", "--model", "lab/m"]
    with subprocess.Popen(command, stderr=follower, stdin=subprocess.DEVNULL) as process:
        os.close(follower)
        shown = _read_all(leader)
    os.close(leader)
    assert process.returncode == 0
    assert "/s" in shown and "60,000 added" in shown


def _read_all(terminal: int) -> str:
    parts: list[bytes] = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # Linux says so when the other side is closed
        pass
    return b"".join(parts).decode()
