"""Whatever stands in preferences, drafts and the file beside the store, the UI begins and says what it left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import Store
from localstore.errors import InvalidValue, LocalstoreError
from tests.fuzz.facts import a_store, check_sentence, check_sound
from tests.fuzz.mutation import ODD_VALUES, mutants, runs
from tui import session

pytestmark = pytest.mark.slow
NAMES = [*session.SHAPES[session.LIST], *session.SHAPES[session.PLACE], "other", ""]
KEPT = {"line": "type:note", "sort": "title", "row": "x", "theme": "nord", "rail": True, "screen": "Tags", "top": 3}
TEXTS = [json.dumps(KEPT).encode(), b"{}", b"[]", b"null", b'"x"', b"1", b"", b"[" * 5_000, b"{", b"NaN", b"9" * 5_000]
VALUES = st.one_of(st.sampled_from(ODD_VALUES), st.text(max_size=20), st.integers())


@pytest.fixture(scope="module")
def kept() -> Iterator[Store]:
    with a_store() as (store, _):
        yield store


def put(store: Store, key: str, value: Any) -> None:
    """Write what another program may have written, past the door; the table itself takes nothing but JSON."""
    with suppress(InvalidValue), store.database.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO preferences (key, value) VALUES (?, ?)", (key, value))


def check_begins(store: Store) -> None:
    found = session.read(store)
    for fault in found.faults:
        check_sentence(fault)
    given = {session.LIST: found.of_list, session.PLACE: found.place}
    wrong = [
        (n, v)
        for key, kept in given.items()
        for n, v in kept.items()
        if not isinstance(v, session.SHAPES[key].get(n, object))
    ]
    assert wrong == []


@runs(60)
@given(key=st.sampled_from([session.LIST, session.PLACE]), data=mutants(TEXTS), blob=st.booleans())
def test_any_bytes_in_what_was_remembered_are_left_out_and_said(kept: Store, key: str, data: bytes, blob: bool) -> None:
    put(kept, key, data if blob else data.decode("utf-8", "replace"))
    check_begins(kept)


@runs(60)
@given(
    of_list=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5),
    place=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5),
)
def test_any_values_in_what_was_remembered_are_used_or_left_out(
    kept: Store, of_list: dict[str, Any], place: dict[str, Any]
) -> None:
    put(kept, session.LIST, json.dumps(of_list))
    put(kept, session.PLACE, json.dumps(place))
    check_begins(kept)


@runs(50)
@given(
    key=st.sampled_from(["ui", "session", "é 日", ""]),
    value=VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
)
def test_any_value_is_kept_as_it_was_or_refused(kept: Store, key: str, value: Any) -> None:
    try:
        kept.preferences.set(key, value)
    except LocalstoreError as error:
        check_sentence(str(error))
        return
    assert kept.preferences.get(key) == value
    kept.preferences.remove(key)
    assert kept.preferences.get(key, "gone") == "gone"


@runs(50)
@given(name=st.text(max_size=20), text=st.text(max_size=60))
def test_any_draft_is_kept_as_it_was_or_refused(kept: Store, name: str, text: str) -> None:
    try:
        kept.drafts.keep(name, text)
    except InvalidValue as error:
        check_sentence(str(error))
        return
    found = kept.drafts.get(name)
    assert found and found.text == text
    kept.drafts.drop(name)
    assert kept.drafts.get(name) is None


@runs(50)
@given(
    mutants(
        [
            b'["2026-01-01T00:00:00Z", "a text"]',
            b"[]",
            b"{}",
            b"null",
            b'{"a": 1, "b": 2}',
            b"[" * 20_000,
            b"[1, 2]",
            b'"ab"',
        ]
    )
)
def test_any_file_of_a_draft_beside_the_store_is_read_or_passed_over(
    kept: Store, tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))
        file = kept.drafts.spare_file("new")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        found = kept.drafts.get("new")
        assert found is None or isinstance(found.text, str)
        kept.drafts.drop("new")


SETTINGS = [
    "sort.items",
    "import.split",
    "theme",
    "embed.model",
    "events.enabled",
    "search.limit",
    "other",
    "",
    "\0",
    "\ud800",
]


@runs(50)
@given(
    key=st.sampled_from(SETTINGS) | st.text(max_size=12),
    value=VALUES,
    scope=st.sampled_from(["system", "user", "organization", "x"]),
)
def test_any_setting_is_kept_or_refused(kept: Store, key: str, value: Any, scope: str) -> None:
    try:
        kept.settings.set(key, value, scope=scope, known=False)
    except LocalstoreError as error:
        check_sentence(str(error))
    check_sound(kept)


def test_the_folder_of_drafts_may_be_missing(kept: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "nowhere"))
    assert kept.drafts.get("new") is None
