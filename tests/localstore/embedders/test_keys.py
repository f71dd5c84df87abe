"""Keys: from the environment or the keyring, to the one address they are for, and shown to nobody."""

from __future__ import annotations

import copy
import json
import pickle
import stat
import sys
import traceback
from types import ModuleType
from typing import Any

import pytest

from localstore.embedders import addresses, keys
from localstore.embedders.openai_compatible import ServiceEmbedder
from localstore.errors import InvalidValue, LocalstoreError, NotFound
from tests.localstore.embedders.service import SECRET, Reply, ScriptedService, Waits, model, vector_of

REMOTE = addresses.read("https://api.example.org/v1")


def made(service: ScriptedService, **parameters: Any) -> ServiceEmbedder:
    return ServiceEmbedder(model(service.url, **parameters), Waits(most=1).retries)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SOME_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    return SECRET


# -- where it goes


def test_the_key_of_the_named_variable_goes_to_the_service(service: ScriptedService, key: str) -> None:
    made(service, key_env="SOME_KEY").embed(["a"])
    assert service.requests[0].authorization == f"Bearer {SECRET}"


def test_a_model_that_names_no_variable_sends_no_key(service: ScriptedService, key: str) -> None:
    made(service).embed(["a"])
    assert service.requests[0].authorization is None


def test_another_machine_gets_a_key_only_after_somebody_agreed_here(key: str) -> None:
    using = ServiceEmbedder(model(REMOTE.url, key_env="SOME_KEY"))
    with pytest.raises(InvalidValue, match=r"SOME_KEY was not agreed for https://api\.example\.org:443: to send it"):
        using.embed(["a"])


@pytest.mark.parametrize(
    ("url", "variable", "agreed"),
    [
        ("https://api.example.org/other", "SOME_KEY", True),
        ("https://api.example.org:8443/v1", "SOME_KEY", False),
        ("http://api.example.org/v1", "SOME_KEY", False),
        ("https://api.example.org.evil.org/v1", "SOME_KEY", False),
        ("https://api.example.org/v1", "OPENAI_API_KEY", False),
    ],
)
def test_what_was_agreed_holds_for_one_variable_and_one_origin(key: str, url: str, variable: str, agreed: bool) -> None:
    keys.allow("SOME_KEY", REMOTE)
    assert keys.is_allowed(variable, addresses.read(url)) is agreed


def test_what_was_agreed_is_kept_without_the_secret_and_for_the_owner_alone(key: str) -> None:
    keys.allow("SOME_KEY", REMOTE)
    keys.allow("OTHER_KEY", REMOTE)
    path = keys.agreed_path()
    assert json.loads(path.read_text(encoding="utf-8")) == {REMOTE.origin: ["OTHER_KEY", "SOME_KEY"]}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"https://api.example.org:443": "SOME_KEY"}'])
def test_a_damaged_list_of_agreements_agrees_to_nothing(text: str) -> None:
    path = keys.agreed_path()
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert not keys.is_allowed("SOME_KEY", REMOTE)


def test_a_redirect_is_not_followed_so_the_key_goes_nowhere_else(service: ScriptedService, key: str) -> None:
    service.script = [Reply(307, b"", {"Location": f"{service.url}/elsewhere"})]
    with pytest.raises(InvalidValue, match="redirects to"):
        made(service, key_env="SOME_KEY").embed(["a"])
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.9:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://localhost.example.org/v1", False),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://192.168.1.4/v1", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, here: bool) -> None:
    assert addresses.read(url).is_here is here


# -- that it is not shown


def test_a_variable_that_is_not_set_is_named(service: ScriptedService) -> None:
    with pytest.raises(InvalidValue, match=r"parameters\.key_env: the environment variable NO_KEY is not set"):
        made(service, key_env="NO_KEY").embed(["a"])


@pytest.mark.parametrize("bad", ["sk-with a blank", "sk-\u20ac", "sk-line\nbreak", "sk-\x07bell"])
def test_a_key_that_no_header_takes_is_refused_and_not_shown(
    service: ScriptedService, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", bad)
    with pytest.raises(InvalidValue) as caught:
        made(service, key_env="SOME_KEY").embed(["a"])
    assert bad not in shown(caught.value) and "SOME_KEY" in str(caught.value)
    assert service.requests == []


def shown(error: BaseException) -> str:
    """All that anybody could print of an error: words, notes, arguments, traceback, what it came from."""
    chain = [error, error.__cause__, error.__context__]
    return "".join(traceback.format_exception(error)) + "".join(
        f"{each!r}{vars(each) if each else ''}" for each in chain
    )


def echoes(prefix: str, suffix: str = "") -> Any:
    """A service that answers with the header it got."""
    return lambda request: {"error": {"message": f"{prefix}{request.authorization}{suffix}"}}


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 413, 418, 422, 429, 500, 503])
def test_a_service_that_echoes_the_key_does_not_get_it_shown(service: ScriptedService, key: str, status: int) -> None:
    service.rule = lambda request: Reply(status, echoes("bad key: "))
    with pytest.raises(LocalstoreError) as caught:
        made(service, key_env="SOME_KEY").embed(["a"])
    assert SECRET not in shown(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        lambda request: request.authorization.encode(),
        lambda request: {"data": [{"index": request.authorization, "embedding": [1]}]},
        lambda request: {"data": [{"index": 0, "embedding": request.authorization}]},
        lambda request: {"data": [{"index": 0, "embedding": {"k": request.authorization}}]},
        echoes("", suffix="x" * 400),
        echoes("x" * 170),
        lambda request: {"error": request.authorization[7:-3]},
        lambda request: {"error": request.authorization[-12:]},
    ],
)
def test_no_part_of_the_key_is_shown_whatever_the_answer(service: ScriptedService, key: str, body: Any) -> None:
    service.rule = lambda request: Reply(200 if b"data" in str(body(request)).encode() else 400, body)
    with pytest.raises(LocalstoreError) as caught:
        made(service, key_env="SOME_KEY").embed(["a"])
    parts = [SECRET[at : at + 8] for at in range(len(SECRET) - 7)]
    assert [part for part in parts if part in shown(caught.value)] == []


def test_a_redirect_to_an_address_with_the_key_does_not_show_it(service: ScriptedService, key: str) -> None:
    service.script = [Reply(302, b"", {"Location": f"http://evil.example.org/?key={SECRET}"})]
    with pytest.raises(InvalidValue) as caught:
        made(service, key_env="SOME_KEY").embed(["a"])
    assert SECRET not in shown(caught.value) and "(the key)" in str(caught.value)


def test_a_key_shows_itself_in_no_text_and_is_not_stored() -> None:
    key = keys.Key(SECRET, "SOME_KEY")
    assert SECRET not in f"{key} {key!r}"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        copy.copy(key)


# -- the keyring


class Ring(ModuleType):
    """A keyring in memory."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, user: str) -> str | None:
        if self.broken:
            raise RuntimeError(f"locked, with {SECRET}")
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, secret: str) -> None:
        self.kept[service, user] = secret


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    made = Ring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    return made


def test_a_key_is_kept_in_the_keyring_for_its_origin(service: ScriptedService, ring: Ring) -> None:
    address = addresses.read(service.url)
    keys.into_keyring(address, SECRET)
    assert ring.kept == {("localstore", address.origin): SECRET}
    assert made(service, keyring=True).embed(["a"]).tolist() == [vector_of("a")]
    assert service.requests[0].authorization == f"Bearer {SECRET}"


def test_a_keyring_without_the_key_says_how_to_put_it_there(service: ScriptedService, ring: Ring) -> None:
    with pytest.raises(InvalidValue, match="the keyring has no key for http://127"):
        made(service, keyring=True).embed(["a"])


def test_a_keyring_that_fails_is_one_sentence_without_what_it_said(service: ScriptedService, ring: Ring) -> None:
    ring.broken = True
    with pytest.raises(InvalidValue, match=r"keyring does not work here \(RuntimeError\)") as caught:
        made(service, keyring=True).embed(["a"])
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_without_the_keyring_package_the_extra_is_named(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(NotFound, match=r"pip install 'localstore\[keyring\]'"):
        made(service, keyring=True).embed(["a"])
