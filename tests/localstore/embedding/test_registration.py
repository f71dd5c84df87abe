"""The model that embeds: registered with what the service answers, chosen by name, setting, or being the only one."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import InvalidValue, NotFound, Store
from localstore.embedders.retries import Retries
from localstore.embedding import chosen, run
from localstore.embedding.registration import register_builtin, register_service
from localstore.errors import EmbedderUnavailable
from tests.localstore.embedders.service import Reply, ScriptedService, nobody
from tests.localstore.embedding.fakes import fill
from tests.localstore.snapshots import everything

ONCE = Retries(most=0)


def test_a_service_is_asked_for_one_vector_and_becomes_the_default(store: Store, service: ScriptedService) -> None:
    row = register_service(store, f"{service.url}/", "nomic-embed-text")
    prefixes = {"query_prefix": "search_query: ", "document_prefix": "search_document: "}
    assert (row.provider, row.name, row.version) == ("openai-compatible", "nomic-embed-text", None)
    assert row.parameters == {"url": service.url, "dim": 3} | prefixes
    assert store.settings.get("embed.model").value == "openai-compatible/nomic-embed-text"
    assert len(service.requests) == 1
    fill(store, "one")
    assert run(store, chosen(store)).embedded == 1
    assert service.asked[-1] == ["search_document: one"]


def test_a_name_of_ones_own_keeps_the_services(store: Store, service: ScriptedService) -> None:
    row = register_service(store, service.url, "m", name="mine", dim=3, parameters={"key_env": "HOME"})
    assert row.name == "mine"
    assert row.parameters == {"url": service.url, "model": "m", "dim": 3, "dimensions": 3, "key_env": "HOME"}
    assert service.requests[0].document == {"model": "m", "input": ["probe"], "dimensions": 3}


def test_registered_again_it_is_the_same_row_with_the_new_address(store: Store, service: ScriptedService) -> None:
    first = register_service(store, service.url, "m", parameters={"key_env": "HOME", "batch": 7})
    store.ai_models.edit_parameters(first.id, {"url": "http://localhost:1/v1"})
    again = register_service(store, service.url, "m")
    assert again.id == first.id
    assert again.parameters == {"url": service.url, "dim": 3, "batch": 7}


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(body={"data": [{"embedding": [0, 0, 0]}]}), "answers with zeros: it is no embedding model"),
        (Reply(404, {"error": "no such model"}), "no such model"),
        (Reply(body=b"hello"), "not JSON"),
        (Reply(400, {"error": "this model does not support embeddings"}), "does not support embeddings"),
    ],
)
def test_a_model_that_makes_no_vector_is_not_registered(
    store: Store, service: ScriptedService, reply: Reply, message: str
) -> None:
    service.script, before = [reply], everything(store)
    with pytest.raises(InvalidValue, match=message):
        register_service(store, service.url, "m", retries=ONCE)
    assert everything(store) == before


def test_a_service_that_is_down_is_not_registered(store: Store) -> None:
    before = everything(store)
    with pytest.raises(EmbedderUnavailable):
        register_service(store, nobody(), "m", retries=ONCE)
    assert everything(store) == before


def test_a_row_with_vectors_of_another_length_is_not_changed(store: Store, service: ScriptedService) -> None:
    (content,) = fill(store, "one")
    row = store.ai_models.add("m", "openai-compatible")
    store.embeddings.put_one(row.id, [1, 2], content=content)
    before = everything(store)
    with pytest.raises(InvalidValue, match="3, but the model's vectors have 2 numbers"):
        register_service(store, service.url, "m")
    assert everything(store) == before


def test_the_builtin_model_needs_nothing(store: Store) -> None:
    row = register_builtin(store)
    assert (row.provider, row.name, row.parameters) == ("builtin", "hashing-384", {"dim": 384})
    assert register_builtin(store).id == row.id
    assert chosen(store).id == row.id


@pytest.mark.parametrize("with_vectors", ["1", "2", None])
def test_a_builtin_model_that_is_there_is_taken_whatever_its_version(store: Store, with_vectors: str | None) -> None:
    (content,) = fill(store, "one")
    made = {
        version: store.ai_models.add("hashing-4", "builtin", version, parameters={"dim": 4, "seed": 7})
        for version in ("1", "2", None)
    }
    store.embeddings.put_one(made[with_vectors].id, [1, 2, 3, 4], content=content)
    row = register_builtin(store, dim=4)
    assert (row.id, row.parameters) == (made[with_vectors].id, {"dim": 4, "seed": 7})
    assert store.ai_models.count() == 3
    assert chosen(store).id == row.id


def test_a_builtin_model_of_another_length_is_not_the_one_that_is_wished(store: Store) -> None:
    other = store.ai_models.add("words", "builtin", "1", parameters={"dim": 8})
    row = register_builtin(store, name="words", dim=4)
    assert (row.version, row.parameters) == (None, {"dim": 4})
    assert store.ai_models.get(other.id).parameters == {"dim": 8}


# -- which


def test_the_only_model_with_an_embedder_is_taken(store: Store, hashing: str) -> None:
    store.ai_models.add("gpt", "somewhere")
    assert chosen(store).id == hashing


def test_a_named_model_comes_before_the_setting(store: Store, hashing: str) -> None:
    register_builtin(store, dim=16)
    assert chosen(store, "hash").id == hashing
    assert chosen(store).name == "hashing-16"


def test_of_two_models_one_must_be_named(store: Store, hashing: str) -> None:
    store.ai_models.add("hash-9", "builtin", parameters={"dim": 9})
    with pytest.raises(NotFound, match=r"2 models to embed with: choose one with --model \(builtin/hash"):
        chosen(store)


def test_without_a_model_setup_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="'localstore embed setup' finds one"):
        chosen(store)


def test_a_setting_that_names_no_model_says_so(store: Store, hashing: str) -> None:
    store.settings.set("embed.model", "gone")
    with pytest.raises(NotFound, match=r"setting embed\.model names no model here.*--model"):
        chosen(store)
    with pytest.raises(NotFound, match="There is no model 'other'"):
        chosen(store, "other")
