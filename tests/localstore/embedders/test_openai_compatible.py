"""The HTTP provider against a real server that misbehaves on command."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

import numpy
import pytest

from localstore.embedders import embedder
from localstore.embedders.limits import RefusedText
from localstore.embedders.openai_compatible import ServiceEmbedder
from localstore.errors import EmbedderUnavailable, InvalidValue
from tests.localstore.embedders.service import Reply, Request, ScriptedService, Waits, answer, model, nobody, vector_of


def made(url: str, waits: Waits | None = None, **parameters: Any) -> ServiceEmbedder:
    return ServiceEmbedder(model(url, **parameters), (waits or Waits()).retries)


def embed(service: ScriptedService, *texts: str, **parameters: Any) -> list[list[float]]:
    found: list[list[float]] = made(service.url, **parameters).embed(texts).tolist()
    return found


# -- what is asked


def test_texts_become_vectors_in_their_order(service: ScriptedService) -> None:
    found = made(service.url).embed(["one", "three"])
    assert found.dtype == numpy.float32
    assert found.tolist() == [vector_of("one"), vector_of("three")]
    assert service.requests[0].path == "/v1/embeddings"
    assert service.requests[0].document == {"model": "m", "input": ["one", "three"]}


def test_the_registered_model_gets_this_embedder(service: ScriptedService) -> None:
    assert embedder(model(service.url)).embed(["one"]).tolist() == [vector_of("one")]


def test_no_text_is_not_asked_for(service: ScriptedService) -> None:
    assert made(service.url, dim=3).embed([]).shape == (0, 3)
    assert service.requests == []


def test_texts_go_in_batches(service: ScriptedService) -> None:
    assert len(embed(service, "a", "b", "c", "d", "e", batch=2)) == 5
    assert service.asked == [["a", "b"], ["c", "d"], ["e"]]


def test_the_services_name_of_the_model_and_the_length_wished_for_are_sent(service: ScriptedService) -> None:
    embed(service, "a", model="text-embedding-3-small", dimensions=3)
    assert service.requests[0].document == {"model": "text-embedding-3-small", "input": ["a"], "dimensions": 3}


@pytest.mark.parametrize(("kind", "sent"), [("query", "query: cat"), ("document", "passage: cat")])
def test_queries_and_documents_get_their_prefix(service: ScriptedService, kind: str, sent: str) -> None:
    made(service.url, query_prefix="query: ", document_prefix="passage: ").embed(["cat"], kind)
    assert service.asked == [[sent]]


@pytest.mark.parametrize(
    ("parameters", "text", "sent", "over"),
    [
        ({"max_chars": 4}, "abcdef", "abcd", True),
        ({"max_chars": 6}, "abcdef", "abcdef", False),
        ({"max_chars": 6, "document_prefix": "d: "}, "abcdef", "d: abc", True),
        ({"max_tokens": 1}, "ééé", "éé", True),
        ({"max_tokens": 1}, "abcd", "abcd", False),
        ({"max_tokens": 1}, "a日本", "a日", True),
    ],
)
def test_what_is_longer_than_the_limit_is_cut_and_can_be_told(
    service: ScriptedService, parameters: dict[str, Any], text: str, sent: str, over: bool
) -> None:
    using = made(service.url, **parameters)
    using.embed([text])
    assert service.asked == [[sent]]
    assert using.limit is not None and using.limit.over(text) is over


def test_without_a_limit_nothing_is_cut(service: ScriptedService) -> None:
    using = made(service.url)
    using.embed(["x" * 100_000])
    assert using.limit is None and len(service.asked[0][0]) == 100_000


# -- replies


def shuffled(request: Request) -> Any:
    reply = answer(request.texts)
    reply["data"].reverse()
    return reply


def bare(request: Request) -> Any:
    return {"data": [{"embedding": vector_of(text)} for text in request.texts]}


def in_base64(request: Request) -> Any:
    rows = [struct.pack("<3f", *vector_of(text)) for text in request.texts]
    return {"data": [{"index": n, "embedding": base64.b64encode(row).decode()} for n, row in enumerate(rows)]}


@pytest.mark.parametrize("body", [shuffled, bare, in_base64])
def test_a_reply_in_another_order_without_numbers_or_in_base64_is_read(service: ScriptedService, body: Any) -> None:
    service.script = [Reply(body=body)]
    assert embed(service, "one", "three", "seven") == [vector_of("one"), vector_of("three"), vector_of("seven")]


def rows(*vectors: Any, index: list[Any] | None = None) -> dict[str, Any]:
    numbers = index or list(range(len(vectors)))
    return {"data": [{"index": n, "embedding": each} for n, each in zip(numbers, vectors, strict=True)]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (rows([1, 2, 3]), "1 vectors for 2 texts"),
        (rows([1], [2], [3]), "3 vectors for 2 texts"),
        (rows([1, 2, 3], [1, 2]), "several lengths: 2, 3"),
        (rows([], []), "several lengths: 0"),
        (rows([1, 2], [3, 4]), "vectors of 2 numbers, but this model's have 3"),
        (rows([1, 2, 3], [1, math.nan, 3]), "number 2 of vector 2 in the reply is nan"),
        (rows([1, 2, math.inf], [1, 2, 3]), "number 3 of vector 1 in the reply is inf"),
        (rows([1, 2, 1e300], [1, 2, 3]), "number 3 of vector 1 in the reply is inf"),
        (rows([1, 2, 10**400], [1, 2, 3]), "vector 1 in the reply"),
        (rows([1, 2, 3], [1, 2, 3], index=[0, 0]), "numbers its vectors"),
        (rows([1, 2, 3], [1, 2, 3], index=[1, 2]), "numbers its vectors"),
        (rows([1, 2, 3], [1, 2, 3], index=[0, None]), "numbers its vectors"),
        (rows([1, 2, 3], ["1", 2, 3]), "vector 2 in the reply is no list of numbers"),
        (rows([1, 2, 3], [True, 2, 3]), "vector 2 in the reply is no list of numbers"),
        (rows([1, 2, 3], None), "vector 2 in the reply is no list of numbers"),
        (rows([1, 2, 3], "AAA="), "no base64 of float32"),
        (rows([1, 2, 3], "%%%"), "no base64 of float32"),
        ({"data": "none"}, 'no list "data"'),
        ({"data": [1, 2]}, 'no list "data"'),
        ({}, 'no list "data"'),
        (b"[1, 2]", 'no list "data"'),
        (b"<html>Welcome</html>", "not JSON; it begins '<html>Welcome"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "not JSON"),
    ],
)
def test_a_reply_that_makes_no_sense_is_refused_and_says_why(service: ScriptedService, body: Any, message: str) -> None:
    service.script = [Reply(body=body)]
    with pytest.raises(InvalidValue) as caught:
        embed(service, "one", "two", dim=3)
    assert message in str(caught.value) and service.url in str(caught.value)


def test_batches_of_several_lengths_are_refused(service: ScriptedService) -> None:
    service.script = [Reply(body=rows([1, 2])), Reply(body=rows([1, 2, 3]))]
    with pytest.raises(InvalidValue, match="vectors of several lengths"):
        embed(service, "a", "b", batch=1)


# -- down, busy, slow


def test_a_service_that_is_not_there_is_unavailable_after_its_retries() -> None:
    waits, url = Waits(most=3), nobody()
    with pytest.raises(EmbedderUnavailable) as caught:
        made(url, waits).embed(["a"])
    assert str(caught.value) == f"{url} cannot be reached (connect error): is the service running there?"
    assert waits.slept == [0.25, 0.5, 1.0]
    assert caught.value.exit_code == 4


def test_a_service_that_is_slow_is_unavailable_at_once(service: ScriptedService) -> None:
    service.script, waits = [Reply(hang=True)], Waits()
    with pytest.raises(EmbedderUnavailable, match=r"no answer within 0\.05 seconds"):
        made(service.url, waits, timeout=0.05).embed(["a"])
    assert waits.slept == []


def test_a_reply_that_never_ends_is_slow_though_each_part_comes_in_time(service: ScriptedService) -> None:
    waits = Waits(moments=[0.0, 500.0])
    with pytest.raises(EmbedderUnavailable, match="no answer within 120 seconds"):
        made(service.url, waits).embed(["a"])


def test_a_busy_service_is_asked_again_when_it_says(service: ScriptedService) -> None:
    service.script, waits = [Reply(429, headers={"Retry-After": "7"})], Waits()
    assert made(service.url, waits).embed(["a"]).tolist() == [vector_of("a")]
    assert waits.slept == [7.0]


def test_a_service_that_asks_to_wait_for_long_is_not_waited_for(service: ScriptedService) -> None:
    service.script, waits = [Reply(429, headers={"Retry-After": "3600"})], Waits()
    with pytest.raises(EmbedderUnavailable, match="answers 429; it asks to wait '3600'"):
        made(service.url, waits).embed(["a"])
    assert waits.slept == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_service_that_fails_twice_is_asked_a_third_time(service: ScriptedService, status: int) -> None:
    service.script, waits = [Reply(status, b"busy"), Reply(status, b"busy")], Waits()
    assert made(service.url, waits).embed(["a"]).tolist() == [vector_of("a")]
    assert waits.slept == [0.25, 0.5]


def test_a_service_that_goes_on_failing_is_unavailable(service: ScriptedService) -> None:
    service.rule = lambda request: Reply(503, {"error": {"message": "loading\n the model"}})
    with pytest.raises(EmbedderUnavailable, match="answers 503: loading the model"):
        made(service.url, Waits(most=2)).embed(["a"])
    assert len(service.requests) == 3


# -- texts that are refused


@pytest.mark.parametrize(
    ("status", "message", "too_long"),
    [
        (400, "the input length exceeds the context length", True),
        (500, "input is too large to process. increase the physical batch size", True),
        (413, "request entity", True),
        (400, "This model's maximum context length is 8192 tokens", True),
        (422, "bad characters", False),
        (400, "no", False),
    ],
)
def test_a_text_that_is_refused_is_told_from_a_service_that_fails(
    service: ScriptedService, status: int, message: str, too_long: bool
) -> None:
    service.rule = lambda request: Reply(status, {"error": message})
    with pytest.raises(RefusedText, match=f"answers {status}: {message}") as caught:
        made(service.url).embed(["a"])
    assert caught.value.too_long is too_long
    assert len(service.requests) == 1


def test_a_text_on_which_the_service_always_fails_is_refused_when_others_work(service: ScriptedService) -> None:
    service.rule = lambda request: Reply(500, {"error": "NaN"}) if request.texts == ["poison"] else Reply()
    with pytest.raises(RefusedText, match="answers 500: NaN"):
        made(service.url, Waits(most=1)).embed(["poison"])


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(404, {"error": {"message": "model 'm' not found"}}), "answers 404: model 'm' not found: is the model"),
        (Reply(404, b"<h1>no</h1>"), "answers 404: is the model loaded there"),
        (Reply(401, b""), "answers 401; it wants a key"),
        (Reply(301, b"", {"Location": "http://127.0.0.1:1/x"}), "redirects to http://127.0.0.1:1/x: set the URL"),
        (Reply(307, b""), "redirects to nowhere"),
        (Reply(418, {"detail": "a teapot"}), "answers 418: a teapot"),
        (Reply(400, {"error": {"message": "x" * 5000}}), "x" * 200),
    ],
)
def test_any_other_answer_says_what_to_set(service: ScriptedService, reply: Reply, message: str) -> None:
    service.script = [reply]
    with pytest.raises(InvalidValue) as caught:
        embed(service, "a")
    assert message in str(caught.value)
    assert len(str(caught.value)) < 500
    assert len(service.requests) == 1


# -- parameters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"url": None}, "parameters.url: openai-compatible/m names no address"),
        ({"url": 7}, "'7' of openai-compatible/m is not a text"),
        ({"url": "localhost:11434"}, "no http or https URL"),
        ({"url": "ftp://x/v1"}, "no http or https URL"),
        ({"url": "http://[::1/v1"}, "is no URL"),
        ({"url": "http://x:99999/v1"}, "is no URL"),
        ({"url": "http://localhost/v1?x=1"}, "something behind its path"),
        ({"batch": 0}, "parameters.batch: '0' of openai-compatible/m is not a whole number from 1"),
        ({"max_chars": True}, "parameters.max_chars: 'True'"),
        ({"timeout": -1}, "parameters.timeout: '-1' of openai-compatible/m is not a number above 0"),
        ({"query_prefix": 1}, "parameters.query_prefix"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_by_name(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        embedder(model("http://localhost:1/v1", **parameters))
    assert message in str(caught.value)


def test_a_password_in_the_url_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidValue) as caught:
        embedder(model("http://me:hunter2@localhost/v1"))
    assert "hunter2" not in str(caught.value)
