"""Editing in the person's own editor: what is saved, what is refused, what is kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import ids
from tests.tui.cli.conftest import Run
from tui.cli.draft import DraftMistake, compose, parse


def editor(home: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let the editor be a program that edits: ``text`` is the draft."""
    program = home / "editor.py"
    program.write_text(
        "import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\ntext = path.read_text(encoding='utf-8')\n"
        f"{script}\npath.write_text(text, encoding='utf-8')\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {program}")


def shown(run: Run, ref: str) -> Any:
    return json.loads(run("show", ref, "--json").stdout)


def drafts(home: Path) -> list[Path]:
    return sorted(home.glob("localstore-*.md"))


def test_an_edited_draft_is_saved_as_one_action(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(
        home,
        monkeypatch,
        "text = text.replace('title: Reading list', 'title: Changed').replace('2021', '2022')\n"
        "text = text.replace('Attention is all', 'Attention was all').replace('[ assistant ', '[ system ')\n"
        "text += '=====[ user ]=====\\nA third\\ntext\\n'",
    )
    assert run("edit", "Reading list", "--editor").exit_code == 0
    found = shown(run, "Changed")
    assert found["meta_data"] == {"year": 2022}
    assert [(part["role"], part["text"]) for part in found["contents"]] == [
        ("user", "Attention was all you need"),
        ("system", "BERT: pre-training of deep bidirectional transformers"),
        ("user", "A third\ntext"),
    ]
    assert drafts(home) == []
    run("undo")
    assert shown(run, "Reading list")["contents"][0]["text"] == "Attention is all you need"
    assert len(shown(run, "Reading list")["contents"]) == 2


def test_a_draft_left_as_it_was_changes_nothing(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(home, monkeypatch, "")
    before = shown(run, "Reading list")
    assert "Nothing changed" in run("edit", "Reading list", "--editor").stderr
    assert shown(run, "Reading list") == before and drafts(home) == []


@pytest.mark.parametrize(
    ("script", "part"),
    [
        ("text = text.replace('\"year\": 2021', '\"year\": ')", "line 10: the metadata is not JSON"),
        ("text = text.replace('title:', 'titel:')", "line 3: expected 'title"),
        ("text = text[:text.index('=====[ assistant')]", "is gone"),
        ("text = text.replace('[ user ', '[ user 0000')", "no text of this item"),
        ("text = text.replace('title: Reading list', 'title: ' + 'x' * 3000)", "title"),
    ],
)
def test_a_draft_that_cannot_be_saved_is_kept_and_nothing_changes(
    script: str, part: str, home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown(run, "Reading list")
    editor(home, monkeypatch, script)
    result = run("edit", "Reading list", "--editor")
    assert result.exit_code == 1 and part in result.stderr
    assert shown(run, "Reading list") == before
    kept = drafts(home)
    assert len(kept) == 1 and str(kept[0]) in result.stderr
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_a_change_made_meanwhile_keeps_the_draft(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(
        home,
        monkeypatch,
        "from localstore.store import Store\n"
        f"with Store.open({str(home / 'store.db')!r}) as store: store.items.edit('A paper', description='theirs')\n"
        "text = text.replace('On transformers', 'mine')",
    )
    result = run("edit", "A paper", "--editor")
    assert result.exit_code == 1 and "changed meanwhile" in result.stderr
    assert (shown(run, "A paper")["description"], len(drafts(home))) == ("theirs", 1)
    assert "mine" in drafts(home)[0].read_text(encoding="utf-8")


def test_an_editor_that_fails_changes_nothing(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "false")
    result = run("edit", "A paper", "--editor")
    assert result.exit_code == 1 and "exit code 1" in result.stderr


def test_no_editor_is_a_question_nobody_can_answer(home: Path, run: Run) -> None:
    result = run("edit", "A paper", "--editor")
    assert result.exit_code == 2 and "$EDITOR" in result.stderr and drafts(home) == []


def test_one_content_is_edited_alone(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(home, monkeypatch, "text = text.upper()")
    run("content", "edit", "A paper/1", "--editor")
    assert run("show", "A paper", "--text").stdout == "ON TRANSFORMERS"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\n=[] #:"), max_size=60)


@given(st.text(st.characters(categories=["L", "Zs"]), min_size=1).map(str.strip).filter(bool), TEXT, st.lists(TEXT))
def test_a_draft_reads_back_as_it_was_written(title: str, description: str, texts: list[str]) -> None:
    contents = [{"id": ids.new_id(), "role": "user", "text": text} for text in texts]
    item: dict[str, Any] = {"title": title, "type": "note", "description": description or None}
    item |= {"meta_data": {"a": [1]}, "contents": contents}
    text, mark = compose(item)
    draft = parse(text, mark, item)
    assert draft.columns == {name: value for name, value in item.items() if name != "contents"}
    assert draft.texts == {part["id"]: part["text"] for part in contents}
    assert draft.added == []


def test_a_mark_that_stands_in_a_text_is_made_longer() -> None:
    item = {"title": "x", "type": "note", "description": "=====[ user ]=====", "meta_data": {}, "contents": []}
    text, mark = compose(item)
    assert mark == "======" and parse(text, mark, item).columns["description"] == "=====[ user ]====="


def test_a_mistake_names_its_line() -> None:
    assert str(DraftMistake(4, "odd")) == "line 4: odd"
