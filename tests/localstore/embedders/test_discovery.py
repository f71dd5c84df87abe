"""Which services answer, and what their models are called."""

from __future__ import annotations

import pytest

from localstore.embedders import discovery, prefixes
from localstore.errors import EmbedderUnavailable, InvalidValue
from tests.localstore.embedders.service import Reply, ScriptedService, nobody


def test_services_that_answer_are_found_with_embedding_models_first(service: ScriptedService) -> None:
    found = discovery.look([("Nobody", nobody()), ("Ollama", service.url)], timeout=5)
    assert [(each.label, each.url, each.models) for each in found] == [
        ("Ollama", service.url, ("nomic-embed-text", "chat-7b"))
    ]
    assert found[0].likely == ("nomic-embed-text",)


@pytest.mark.parametrize(
    "reply", [Reply(body=b"<html>"), Reply(404), Reply(500), Reply(body={"data": 3}), Reply(302), Reply(hang=True)]
)
def test_something_else_at_a_port_is_passed_over(service: ScriptedService, reply: Reply) -> None:
    service.script = [reply]
    assert discovery.look([("Ollama", service.url)], timeout=0.2) == []


def test_an_address_that_was_named_and_is_silent_is_an_error() -> None:
    with pytest.raises(EmbedderUnavailable, match="cannot be reached"):
        discovery.models_at("", nobody())


def test_an_address_that_is_none_is_an_error() -> None:
    with pytest.raises(InvalidValue, match="no http or https URL"):
        discovery.models_at("", "localhost")


def test_names_of_models_lose_their_control_characters(service: ScriptedService) -> None:
    service.models = ["bge\x1b[2J-small", "bge\x1b[2J-small", "  "]
    assert discovery.models_at("", service.url).models == ("bge [2J-small",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nomic-embed-text:latest", {"query_prefix": "search_query: ", "document_prefix": "search_document: "}),
        ("intfloat/e5-small-v2", {"query_prefix": "query: ", "document_prefix": "passage: "}),
        ("multilingual-e5-base", {"query_prefix": "query: ", "document_prefix": "passage: "}),
        ("mxbai-embed-large", {"query_prefix": "Represent this sentence for searching relevant passages: "}),
        ("text-embedding-3-small", {}),
        ("all-minilm", {}),
        ("bge-m3", {}),
    ],
)
def test_families_that_were_trained_with_prefixes_get_them(name: str, expected: dict[str, str]) -> None:
    assert prefixes.usual(name) == expected
