"""A store with something of every kind, made once and copied for each test; and a way to run commands in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from localstore.store import Store
from tui.cli.program import program

Run = Callable[..., Result]
Shell = Callable[..., subprocess.CompletedProcess[str]]


def fill(folder: Path) -> None:
    """Make ``store.db`` and the files that the examples of the help name."""
    (folder / "paper.pdf").write_bytes(b"%PDF-1.4\nA paper.\n")
    (folder / "notes.txt").write_text("A text file.\n", encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / "notes" / "one.md").write_text("---\ntags: [nlp]\n---\n# First\n\nA note.\n", encoding="utf-8")
    (folder / "notes" / "two.md").write_text("# Second\n\nAnother note.\n", encoding="utf-8")
    (folder / "items.jsonl").write_text('{"title": "From a line", "tags": ["nlp"]}\n', encoding="utf-8")
    (folder / "table.csv").write_text("name,body\nA row,Its text\n", encoding="utf-8")
    with Store.open(folder / "store.db", email="ada@example.org", name="Ada Lovelace") as store:
        _fill(store, folder)


def _fill(store: Store, folder: Path) -> None:
    store.organizations.add("Lab", "lab")
    store.memberships.add("ada@example.org", "lab", "owner")
    store.users.add("grace@example.org", "Grace Hopper")
    store.tags.add("draft")
    reading = store.items.add("Reading list", text="Attention is all you need", tags=["todo"], meta_data={"year": 2021})
    store.contents.add(reading.id, "BERT: pre-training of deep bidirectional transformers", "assistant")
    store.files.attach(reading.id, folder / "notes.txt")
    store.ai_models.add("hash-8", "local", parameters={"dim": 8})
    content = store.contents.of(reading.id)[0]
    store.embeddings.add("hash-8", [0.5] * 8, content=content.id)
    store.items.add("A paper", type="paper", text="On transformers", tags=["nlp"], organization="lab")
    store.api_keys.new(description="backup", scopes=["items:read"])
    gone = store.items.add("Thrown away", text="Nothing")
    store.items.add("Last of all", text="The end", tags=["todo"])
    store.settings.set("events.enabled", True)
    store.items.delete(gone.id)
    store.items.edit("Last of all", description="Edited, then undone")
    store.undo()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "home"
    folder.mkdir()
    fill(folder)
    return folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with no store, no editor, no colours."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name, value in {
        "LOCALSTORE": str(folder / "store.db"),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "TMPDIR": str(folder),
        "COLUMNS": "80",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("VISUAL", "EDITOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def home(empty: Path, template: Path) -> Path:
    """The folder with the prepared store."""
    shutil.copytree(template, empty, dirs_exist_ok=True)
    return empty


@pytest.fixture
def run(empty: Path) -> Run:
    """Run a command in this process: ``run("list", "--json")``."""

    def call(*args: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(program, list(args), input=input, prog_name="localstore")

    return call


@pytest.fixture
def shell(empty: Path) -> Shell:
    """Run a line of the shell in which ``localstore`` is the program."""
    folder = empty / "bin"
    folder.mkdir()
    script = folder / "localstore"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m localstore "$@"\n', encoding="utf-8")
    script.chmod(0o755)

    def call(line: str, **env: str) -> subprocess.CompletedProcess[str]:
        given = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"} | env
        return subprocess.run(
            ["sh", "-c", line],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=empty,
            env=given,
            timeout=120,
        )

    return call
