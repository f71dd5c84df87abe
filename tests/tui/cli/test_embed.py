"""``embed`` and ``embed setup``: from the command line to a service on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localstore.embedders import addresses, discovery, keys
from localstore.store import Store
from tests.localstore.embedders.service import SECRET, Reply, ScriptedService, nobody, running
from tests.tui.cli.conftest import Run
from tests.tui.cli.test_pipes_and_terminals import on_a_terminal


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with running() as started:
        yield started


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers at the usual addresses, whatever runs on this machine."""
    monkeypatch.setattr(discovery, "KNOWN", (("Ollama", nobody()),))
    monkeypatch.setattr(discovery.look, "__defaults__", (discovery.KNOWN, 1.0))


@pytest.fixture
def builtin(home: Path, run: Run) -> None:
    assert run("embed", "setup", "--builtin", "--dim", "16", "--quiet").exit_code == 0


def vectors(home: Path, model: str) -> int:
    with Store.open(home / "store.db") as store:
        return store.embeddings.count({"model_id": store.ai_models.resolve(model)})


# -- embed


def test_texts_are_embedded_and_it_says_how_many_and_how_fast(home: Path, run: Run, builtin: None) -> None:
    result = run("embed")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Embedded 4 texts with builtin/hashing-16 (lexical) in ")
    assert "/s." in result.stderr
    assert run("embed").stderr == (
        "Nothing to do: every text that was asked for has its vector of builtin/hashing-16 (lexical).\n"
    )
    assert vectors(home, "hashing-16") == 4 and vectors(home, "hash-8") == 1


def test_the_report_is_json_when_that_is_asked_for(home: Path, run: Run, builtin: None) -> None:
    found = json.loads(run("embed", "--json").stdout)
    assert found["embedded"] == found["total"] == 4
    assert {key: found[key] for key in ("model", "lexical", "skipped", "queued", "reason")} == {
        "model": "builtin/hashing-16",
        "lexical": True,
        "skipped": 0,
        "queued": 0,
        "reason": "",
    }
    assert found["truncated"] == found["failed"] == {"count": 0, "named": []}


def test_quiet_says_nothing(home: Path, run: Run, builtin: None) -> None:
    result = run("embed", "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("flags", "embedded"),
    [(["--stale"], 1), (["--all"], 4), (["--replace"], 2), (["--type", "paper"], 0), (["--all", "--type", "paper"], 1)],
)
def test_flags_and_filter_say_which_texts(home: Path, run: Run, builtin: None, flags: list[str], embedded: int) -> None:
    run("embed", "--quiet")
    with Store.open(home / "store.db") as store:
        store.contents.edit(store.contents.of("Last of all")[0].id, text="Changed")
    assert json.loads(run("embed", "--json", *flags).stdout)["embedded"] == embedded


def test_model_names_the_model_that_embeds_and_is_no_filter(home: Path, run: Run, builtin: None) -> None:
    run("embed", "setup", "--builtin", "--dim", "32", "--quiet")
    assert json.loads(run("embed", "--model", "hashing-16", "--json").stdout)["embedded"] == 4
    assert "The model; else the one that 'embed setup' chose." in " ".join(run("embed", "--help").stdout.split())
    assert "With a vector by this model." in " ".join(run("list", "--help").stdout.split())


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (["embed"], 1, "'localstore embed setup' finds one"),
        (["embed", "--model", "nope"], 1, "There is no model 'nope'"),
        (["embed", "--model", "hash-8"], 1, "No embedder for provider 'local'"),
        (["embed", "--stale", "--all"], 2, "give one"),
        (["embed", "nonsense"], 2, "No such command"),
        (["embed", "--type"], 2, "requires an argument"),
        (["embed", "setup", "--builtin", "--url", "http://x/v1"], 2, "leave the service's options out"),
        (["embed", "setup", "--key-env", "K"], 2, "name it with --url"),
        (["embed", "setup", "--url", "http://x/v1", "--key-env", "K", "--keyring"], 2, "not in both"),
        (["embed", "setup", "--url", "nowhere", "--model", "m"], 1, "no http or https URL"),
        (["embed", "setup", "--url", "http://me:pw@x/v1"], 1, "holds no password"),
        (["embed", "setup", "--builtin", "--dim", "0"], 2, "--dim"),
        (["embed", "setup", "--parameter", "x"], 2, "write K=text or K:=json"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(home: Path, run: Run, args: list[str], code: int, part: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert part in result.stderr and "Traceback" not in result.stderr


def test_without_a_store_there_is_nothing_to_embed(empty: Path, run: Run) -> None:
    assert "There is no store" in run("embed").stderr
    assert list(empty.iterdir()) == []


def test_a_service_that_is_down_leaves_a_queue_and_is_no_error(home: Path, run: Run, service: ScriptedService) -> None:
    run("embed", "setup", "--url", service.url, "--model", "m", "--parameter", "retries:=1", "--quiet")
    service.rule = lambda request: Reply(503, {"error": "loading"})
    result = run("embed")
    assert result.exit_code == 0
    assert f"{service.url} answers 503: loading: 4 texts waiting; 'localstore embed' goes on." in result.stderr
    service.rule = lambda request: Reply()
    assert "Embedded 4 texts" in run("embed").stderr


def test_texts_that_were_cut_are_named(home: Path, run: Run, service: ScriptedService) -> None:
    run("embed", "setup", "--url", service.url, "--model", "m", "--parameter", "max_chars:=20", "--quiet")
    said = run("embed").stderr
    assert "2 texts longer than the model takes (20 characters), embedded in part: Reading list (" in said
    with Store.open(home / "store.db") as store:
        assert sum(bool(row.meta_data.get("truncated")) for row in store.embeddings.all()) == 2


def test_texts_that_were_refused_are_named_and_wait_for_a_person(
    home: Path, run: Run, service: ScriptedService
) -> None:
    run("embed", "setup", "--url", service.url, "--model", "m", "--quiet")
    refused = "On transformers"
    service.rule = lambda request: Reply(400, {"error": "not that"}) if refused in request.texts else Reply()
    result = run("embed")
    assert result.exit_code == 3
    assert "Refused: A paper (" in result.stderr and "answers 400: not that" in result.stderr
    assert "Embedded 3 texts" in result.stderr


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(home: Path, run: Run, service: ScriptedService) -> None:
    run("embed", "setup", "--url", service.url, "--model", "m", "--parameter", "batch:=1", "--quiet")
    service.script = [Reply(), Reply(), Reply(hang=True)]
    with subprocess.Popen([sys.executable, "-m", "localstore", "embed"], stderr=subprocess.PIPE, text=True) as process:
        assert service.hanging.wait(30)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. The vectors made so far are stored: 'localstore embed' goes on." in said
    assert vectors(home, "m") == 2


# -- setup


def test_setup_takes_the_builtin_model_that_is_there_and_says_its_version(home: Path, run: Run) -> None:
    with Store.open(home / "store.db") as store:
        store.ai_models.add("hashing-16", "builtin", "1", parameters={"dim": 16})
        count = store.ai_models.count()
    assert run("embed", "setup", "--builtin", "--dim", "16").stdout == "builtin/hashing-16@1\n"
    with Store.open(home / "store.db") as store:
        assert store.ai_models.count() == count
        assert store.settings.get("embed.model").value == "builtin/hashing-16@1"


def test_setup_registers_the_one_embedding_model_of_a_service(home: Path, run: Run, service: ScriptedService) -> None:
    result = run("embed", "setup", "--url", service.url)
    assert (result.exit_code, result.stdout) == (0, "openai-compatible/nomic-embed-text\n")
    assert result.stderr == f"Vectors of 3 numbers, from {service.url}. 'localstore embed' makes them.\n"
    assert json.loads(run("settings", "get", "embed.model").stdout) == "openai-compatible/nomic-embed-text"


def test_setup_finds_the_service_on_this_machine(
    home: Path, run: Run, service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = (("Ollama", nobody()), ("LM Studio", service.url))
    monkeypatch.setattr(discovery.look, "__defaults__", (known, 1.0))
    document = json.loads(run("embed", "setup", "--json").stdout)
    assert (document["name"], document["parameters"]["url"]) == ("nomic-embed-text", service.url)
    assert run("embed", "setup", "--model", "chat-7b").stdout == "openai-compatible/chat-7b\n"
    missing = run("embed", "setup", "--model", "gpt")
    assert missing.exit_code == 1 and "No service here has a model 'gpt': there is nomic-embed-text" in missing.stderr


def test_setup_asks_a_program_to_choose_among_several(home: Path, run: Run, service: ScriptedService) -> None:
    service.models = ["bge-m3", "all-minilm"]
    result = run("embed", "setup", "--url", service.url)
    assert result.exit_code == 2
    assert "Which model? bge-m3" in result.stderr and "--model" in result.stderr
    assert [request.method for request in service.requests] == ["GET"]


def test_setup_without_a_service_says_what_to_do(empty: Path, run: Run, silent: None) -> None:
    result = run("embed", "setup")
    assert result.exit_code == 4
    assert "No embedding service answers on this machine (Ollama" in result.stderr and "--builtin" in result.stderr
    assert list(empty.iterdir()) == []


def test_setup_of_a_service_without_models_says_to_load_one(home: Path, run: Run, service: ScriptedService) -> None:
    service.models = []
    result = run("embed", "setup", "--url", service.url)
    assert result.exit_code == 4 and "lists no model: load one there" in result.stderr


def test_setup_of_a_model_that_fails_changes_nothing(home: Path, run: Run, service: ScriptedService) -> None:
    service.script = [Reply(404, {"error": "no model m"})]
    before = (home / "store.db").read_bytes()
    assert run("embed", "setup", "--url", service.url, "--model", "m").exit_code == 1
    assert (home / "store.db").read_bytes() == before


def test_a_person_at_a_terminal_picks_a_model(home: Path, service: ScriptedService) -> None:
    code, shown = on_a_terminal("embed", "setup", "--url", service.url, keys=["2"], columns=100)
    assert code == 0
    assert "1  nomic-embed-text" in shown and "2  chat-7b" in shown
    assert "openai-compatible/chat-7b" in shown


# -- the key


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SOME_KEY", SECRET)
    return SECRET


def everything_written(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_the_key_reaches_the_service_and_nothing_else(home: Path, run: Run, service: ScriptedService, key: str) -> None:
    said = run("embed", "setup", "--url", service.url, "--model", "m", "--key-env", "SOME_KEY")
    done = run("embed", "--json", "--debug")
    assert {request.authorization for request in service.requests} == {f"Bearer {SECRET}"}
    assert done.exit_code == 0
    assert SECRET not in said.output + said.stderr + done.output + done.stderr + everything_written(home)
    assert json.loads(run("events", "list", "--json").stdout)["items"]
    assert SECRET not in run("events", "list", "--json").stdout + run("models", "list", "--json").stdout


@pytest.mark.parametrize("status", [200, 400, 401, 404, 503])
@pytest.mark.parametrize("command", [["embed"], ["embed", "--json"], ["embed", "setup", "--url", "URL", "--key-env", "SOME_KEY"]])  # fmt: skip # noqa: E501
def test_a_service_that_echoes_the_key_does_not_get_it_printed(
    home: Path, run: Run, service: ScriptedService, key: str, status: int, command: list[str]
) -> None:
    setup = ["embed", "setup", "--url", service.url, "--model", "m", "--key-env", "SOME_KEY"]
    assert run(*setup, "--parameter", "retries:=1").exit_code == 0

    def echo(request: Any) -> Any:
        return {"error": {"message": f"bad key {request.authorization}"}, "data": request.authorization}

    service.rule = lambda request: Reply(status, echo)
    result = run(*[service.url if word == "URL" else word for word in command], "--debug")
    assert SECRET not in result.output + result.stderr + everything_written(home)


def test_setup_agrees_for_the_address_that_was_named_and_no_other(home: Path, run: Run) -> None:
    run("embed", "setup", "--url", "http://192.0.2.1:9/v1", "--model", "", "--key-env", "ABSENT")
    assert keys.is_allowed("ABSENT", addresses.read("http://192.0.2.1:9/v1"))
    assert not keys.is_allowed("ABSENT", addresses.read("http://192.0.2.2:9/v1"))


def test_a_model_of_elsewhere_cannot_send_a_variable_to_its_own_host(home: Path, run: Run, key: str) -> None:
    given = ["--parameter", "url=https://evil.example.org/v1", "--parameter", "key_env=SOME_KEY"]
    run("models", "add", "trojan", "openai-compatible", *given)
    result = run("embed", "--model", "trojan")
    assert result.exit_code == 1 and "SOME_KEY was not agreed for https://evil.example.org:443" in result.stderr


def test_nothing_is_imported_for_help_that_only_embedding_needs() -> None:
    code = (
        "import sys, json, tui.cli.commands.embed;"
        "print(json.dumps([m for m in ('httpx', 'numpy', 'peewee', 'localstore.embedders') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert json.loads(done.stdout) == []
