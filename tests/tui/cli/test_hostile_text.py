"""Stored text never steers a terminal: not in a list, not on a card, not in a message."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.store import Store
from tests.tui.cli.conftest import Run
from tui.cli import visible

HOSTILE = "[/red]\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x9b31m\x08\x7f\r{b}\u2066\u200f日本🦋"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
LISTS = [
    ["list"], ["list", "--csv"], ["list", "--json"], ["list", "--jsonl"], ["show", "-"], ["show", "-", "--json"],
    ["show", "-", "--messages"], ["search", "hostile"], ["search", "hostile", "--json"], ["tags"], ["tags", "--json"],
    ["users"], ["users", "--json"], ["orgs"], ["orgs", "--json"], ["members"], ["models"], ["models", "--json"],
    ["files"], ["files", "--json"], ["files", "verify"], ["events"], ["events", "--json"], ["settings"],
    ["settings", "--json"], ["api-keys"], ["api-keys", "--json"], ["trash"], ["trash", "--json"], ["undo", "--list"],
    ["undo", "--list", "--json"],
]  # fmt: skip


@pytest.fixture
def hostile(home: Path) -> Path:
    """The store with hostile text in every column that takes text."""
    odd = home / f"{HOSTILE.replace('/', '')}.txt"
    odd.write_text("x", encoding="utf-8")
    with Store.open(home / "store.db") as store:
        item = store.items.add(HOSTILE, type=HOSTILE, description=HOSTILE, tags=[HOSTILE], meta_data={HOSTILE: HOSTILE})
        store.contents.add(item.id, f"hostile {HOSTILE}", HOSTILE)
        store.items.add("long", text="hostile " + "x" * 1_000_000 + HOSTILE, type=HOSTILE)
        store.users.edit("grace@example.org", full_name=HOSTILE)
        store.organizations.edit("lab", name=HOSTILE, plan_type=HOSTILE)
        store.ai_models.add(HOSTILE, HOSTILE, HOSTILE, parameters={HOSTILE: HOSTILE})
        store.files.attach(item.id, odd, mime_type=HOSTILE)
        store.settings.set(HOSTILE, HOSTILE, known=False)
        store.api_keys.new(description=HOSTILE)
        store.items.delete(store.items.add(f"gone {HOSTILE}").id)
    return home


@pytest.mark.parametrize("args", LISTS)
def test_no_list_emits_a_control_character(args: list[str], hostile: Path, run: Run) -> None:
    ids = run("list", "--ids").stdout
    result = run(*args, input=ids if "-" in args else None)
    assert result.exit_code in (0, 3), result.stderr
    assert result.stdout
    assert RAW.findall(result.stdout) == [] and RAW.findall(result.stderr) == []


def test_json_gives_the_stored_text_back(hostile: Path, run: Run) -> None:
    found = json.loads(run("show", HOSTILE, "--json").stdout)
    assert (found["title"], found["meta_data"]) == (HOSTILE, {HOSTILE: HOSTILE})


@pytest.mark.parametrize(
    "args",
    [
        ["rm", HOSTILE],
        ["edit", HOSTILE, "--description", "x"],
        ["tag", "rm", HOSTILE, HOSTILE],
        ["show", "nothing " + HOSTILE],
        ["list", "--org", HOSTILE],
        ["undo"],
    ],
)
def test_no_message_emits_a_control_character(args: list[str], hostile: Path, run: Run) -> None:
    result = run(*args)
    assert result.stderr and RAW.findall(result.stderr) == []


def test_a_megabyte_line_makes_no_megabyte_list(hostile: Path, run: Run) -> None:
    assert len(run("search", "hostile").stdout) < 20_000


@given(st.text())
def test_a_line_has_no_control_character_and_no_line_end(text: str) -> None:
    shown = visible.one_line(text)
    assert RAW.findall(shown) == [] and "\n" not in shown and "\t" not in shown


@given(st.text())
def test_lines_keep_their_line_ends_and_nothing_else_that_moves_the_cursor(text: str) -> None:
    assert RAW.findall(visible.lines(text)) == []


@given(st.text(), st.integers(1, 40))
def test_a_fitted_text_takes_exactly_its_cells(text: str, cells: int) -> None:
    assert visible.width(visible.fitted(visible.one_line(text), cells)) == cells


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_escaped_json_means_the_same(value: object) -> None:
    text = visible.escaped(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert RAW.findall(text) == []


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("🦋", 2), ("ﬁ", 1), ("", 0)])
def test_width_counts_cells(text: str, cells: int) -> None:
    assert visible.width(text) == cells
    assert unicodedata.normalize("NFC", text) is not None


def test_a_cut_text_ends_in_an_ellipsis_and_never_splits_a_wide_character() -> None:
    assert visible.cut("日本語", 4) == "日…"
    assert visible.fitted("日本語", 4) == "日… "
