"""Many items on the command line: in parts, as one deed; what two hundred items at once cannot show, 450 do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localstore.records import ContentRecord, ItemRecord
from localstore.store import Store
from tests.tui.cli.conftest import Run

COUNT = 450


@pytest.fixture
def ids(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """More items than a part takes, their ids a line each; from fifty on a deed goes by parts."""
    monkeypatch.setattr("tui.cli.questions.MANY", 50)
    monkeypatch.setattr("tui.cli.commands.tag.MANY", 50)
    with Store.open(home / "store.db") as store:
        with store.bulk(source="many") as bulk:
            for number in range(COUNT):
                bulk.put(ItemRecord(title=f"Number {number}", contents=[ContentRecord(text="One of many")]))
        with store.reading() as connection:
            found = connection.execute("SELECT id FROM items WHERE title LIKE 'Number %'").fetchall()
    return "\n".join(key for (key,) in found)


def counts(home: Path) -> tuple[int, int]:
    """Return how many items there are, and how many entries the trash has of the last deletion."""
    with Store.open(home / "store.db") as store:
        newest = store.trash.entries()[0]
        return store.items.count(), sum(each.label == newest.label for each in store.trash.entries())


def test_many_go_in_parts_that_the_trash_shows_and_restores_as_one_deletion(home: Path, run: Run, ids: str) -> None:
    gone = json.loads(run("rm", "-", "--yes", "--json", input=ids).stdout)
    assert gone["deleted"] == {"items": COUNT, "contents": COUNT}
    left, parts = counts(home)
    assert left == 3 and parts > 1
    shown = json.loads(run("trash", "--json").stdout)["items"]
    assert [(each["id"], each["deleted"]) for each in shown[:1]] == [(gone["trash"], gone["deleted"])]
    assert len(shown) == 2 and len(shown[0]["roots"]) == COUNT
    back = run("trash", "restore", gone["trash"])
    assert f"Restored {COUNT} items, {COUNT} contents" in back.stderr
    assert counts(home)[0] == COUNT + 3


def test_one_undo_takes_a_deletion_in_parts_back(home: Path, run: Run, ids: str) -> None:
    run("rm", "-", "--yes", input=ids)
    assert run("undo").exit_code == 0
    assert counts(home)[0] == COUNT + 3


def test_many_are_tagged_and_untagged_as_one_action(home: Path, run: Run, ids: str) -> None:
    assert json.loads(run("tag", "add", "many", "-", "--json", input=ids).stdout) == {"tagged": COUNT}
    assert json.loads(run("tag", "rm", "many", "-", "--json", input=ids).stdout) == {"untagged": COUNT}
    run("undo")
    run("undo")
    assert "many" not in run("list", "--csv").stdout


def test_ctrl_c_between_two_parts_keeps_what_is_done_and_says_how_to_go_on(
    home: Path, run: Run, ids: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("localstore.deeds.deeds.time.sleep", stop)
    stopped = run("rm", "-", "--yes", input=ids)
    assert stopped.exit_code == 130
    assert "'localstore undo' takes it back; the same command does the rest" in stopped.stderr
    monkeypatch.undo()
    left, parts = counts(home)
    assert 3 < left < COUNT + 3 and parts == 1
