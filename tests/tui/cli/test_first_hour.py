"""The first hour in small: what docs/start.md promises, in an empty HOME, through the real command line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import apsw
import pytest

from tests.localstore.embedders import service
from tests.postgres import Server
from tests.tui.cli.conftest import Run

pytestmark = pytest.mark.postgres
CHATS = Path(__file__).parents[2] / "localstore" / "transfer" / "fixtures"
ODD = "Ünïcode “näme” #1.md"
LOGS = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT,
    conversation_id TEXT, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, options_json TEXT);
INSERT INTO conversations VALUES ('01hc', 'Pelicans', 'gpt-4o');
INSERT INTO responses VALUES ('01r1', 'gpt-4o', 'Names for a pelican?', 'Be kind', 'Percy', '01hc',
    '2024-05-01T10:00:01', 10, 20, '{}');
"""


@dataclass
class Newcomer:
    """Somebody at a shell, in a folder, with an empty HOME."""

    run: Run
    folder: Path

    def gets(self, *words: str, code: int = 0) -> str:
        """Type a command, see it end with *code*, and read what it prints."""
        done = self.run(*words)
        assert done.exit_code == code, (words, done.output)
        return done.stdout

    def reads(self, *words: str, code: int = 0) -> Any:
        """The same as a script reads it."""
        return json.loads(self.gets(*words, "--json", code=code))

    def titles(self, *words: str) -> set[str]:
        """The titles that a list has."""
        return {item["title"] for item in self.reads("list", *words)["items"]}


@pytest.fixture
def newcomer(run: Run, empty: Path) -> Newcomer:
    return Newcomer(run, empty)


def test_the_first_hour(newcomer: Newcomer, postgres_server: Server) -> None:
    looks_around(newcomer)
    brings_notes(newcomer)
    brings_chats(newcomer)
    finds_and_edits(newcomer)
    with service.running() as embedder:
        embeds(newcomer, embedder.url)
    with postgres_server.database() as server:
        shares(newcomer, server)
        settles_a_conflict(newcomer)
    backs_up_and_restores(newcomer)


def looks_around(newcomer: Newcomer) -> None:
    refused = newcomer.run("list")
    assert refused.exit_code == 1 and "'localstore demo'" in refused.stderr
    demo = newcomer.reads("demo")
    assert demo["items"] > 200 and not (newcomer.folder / "store.db").exists()


def brings_notes(newcomer: Newcomer) -> None:
    notes = newcomer.folder / "notes"
    (notes / "sub folder").mkdir(parents=True)
    (notes / "retry.md").write_text("# Retrying\n\nWait longer after each failure.\n", encoding="utf-8")
    front = "---\ntags: [nlp, draft]\nlang: en\n---\n# Tokenisers\n\nByte pairs.\n"
    (notes / "sub folder" / ODD).write_text(front, encoding="utf-8")
    (notes / "-dash.txt").write_text("A plain text.\n", encoding="utf-8")
    (notes / "broken.md").write_text("---\nbad: [unclosed\n---\nText\n", encoding="utf-8")
    (notes / "picture.png").write_bytes(b"\x89PNG")
    first = newcomer.run("import", "notes")
    assert first.exit_code == 0 and "broken.md:" in first.stderr and "3 added, 1 bad" in first.stderr
    assert "3 skipped" in newcomer.run("import", "notes").stderr
    assert newcomer.titles() == {"Retrying", "Tokenisers", "-dash"}


def brings_chats(newcomer: Newcomer) -> None:
    with ZipFile(newcomer.folder / "chatgpt.zip", "w") as archive:
        archive.write(CHATS / "chatgpt.json", "conversations.json")
    with apsw.Connection(str(newcomer.folder / "logs.db")) as logs:
        logs.execute(LOGS)
    logs.close()
    newcomer.gets("import", "chatgpt.zip")
    newcomer.gets("import", str(CHATS / "claude.json"))
    newcomer.gets("import", "logs.db")
    assert {"Haiku", "Pelicans", "Sorting a list"} < newcomer.titles("type:conversation")


def finds_and_edits(newcomer: Newcomer) -> None:
    assert newcomer.reads("search", "pelican")["items"][0]["title"] == "Pelicans"
    assert newcomer.titles("#nlp", "meta_data.lang=en") == {"Tokenisers"}
    assert "meta_data.lang=en" in newcomer.run("list", "lang=en").stderr
    assert "meta_data.lang=en" in newcomer.run("list", "lang:en").stderr
    assert "'localstore search'" in newcomer.run("show", "Pelican").stderr
    assert "'localstore tag add'" in newcomer.run("edit", "Pelicans").stderr
    newcomer.gets("edit", "Retrying", "--title", "Retry politely", "--text", "Wait longer, and add jitter.")
    newcomer.gets("rm", "Retry politely")
    newcomer.gets("undo")
    assert newcomer.gets("show", "Retry politely", "--text") == "Wait longer, and add jitter."


def embeds(newcomer: Newcomer, url: str) -> None:
    refused = newcomer.run("similar", "byte pairs")
    assert refused.exit_code == 1 and "'localstore embed setup'" in refused.stderr
    newcomer.gets("embed", "setup", "--url", url, "--model", "nomic-embed-text")
    done = newcomer.reads("embed")
    assert done["embedded"] == done["total"] > 8
    found = newcomer.reads("similar", "Byte pairs", "-k", "3")
    assert found["exact"] and len(found["hits"]) == 3


def shares(newcomer: Newcomer, server: str) -> None:
    newcomer.gets("sync", "server", "init", server)
    unknown = newcomer.run("sync", "link", server, "--yes")
    assert unknown.exit_code == 1 and "--create-user" in unknown.stderr
    linked = newcomer.run("sync", "link", server, "--create-user", "--yes")
    assert linked.exit_code == 0 and "'localstore sync share all'" in linked.stderr
    newcomer.gets("sync", "share", "all")
    newcomer.gets("sync", "--yes")
    email = newcomer.reads("sync", "status")["user"]
    newcomer.gets("--store", "desk.db", "init", "--email", email)
    newcomer.gets("--store", "desk.db", "sync", "link", server, "--share", "all", "--device", "desk", "--yes")
    newcomer.gets("--store", "desk.db", "sync", "--yes")
    assert newcomer.titles("--store", "desk.db") == newcomer.titles()


def settles_a_conflict(newcomer: Newcomer) -> None:
    newcomer.gets("--store", "desk.db", "edit", "Haiku", "--title", "Haiku at the desk")
    newcomer.gets("--store", "desk.db", "sync")
    newcomer.gets("edit", "Haiku", "--title", "Haiku on the train")
    newcomer.gets("sync", code=3)
    assert "Haiku at the desk" in newcomer.titles()
    assert len(newcomer.reads("sync", "conflicts", code=3)["items"]) == 1
    newcomer.gets("sync", "resolve", "@last", "mine")
    newcomer.gets("sync")
    newcomer.gets("--store", "desk.db", "sync")
    assert "Haiku on the train" in newcomer.titles("--store", "desk.db")


def backs_up_and_restores(newcomer: Newcomer) -> None:
    before = newcomer.titles()
    newcomer.gets("backup", "today.db")
    newcomer.gets("rm", "Pelicans", "Tokenisers", "--yes")
    assert newcomer.titles() < before
    newcomer.gets("restore", "today.db", "--yes")
    assert newcomer.titles() == before
    assert newcomer.reads("check")["items"] == []
