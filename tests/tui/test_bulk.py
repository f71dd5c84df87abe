"""Marks and what is done to them: at once when there are some, as a job when there are many; one undo takes it back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from localstore import deeds
from localstore.closure import Preview
from localstore.embedding.registration import register_builtin
from localstore.filters import Filter
from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tui import targets
from tui.jobs import Job, JobState
from tui.messages import Written
from tui.screens.dialogs.delete import DeletePreview
from tui.screens.items.items import ItemsScreen


@pytest.fixture
def many(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Sixty-three items; more than twenty are many, of which ten are done at a time."""
    monkeypatch.setattr(targets, "MANY", 20)
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(deeds, name, 10)
    for number in range(60):
        store.items.add(f"Item {number}", type="note")
    return store


def job(ui: Driver) -> Job:
    return ui.app.jobs.all[-1]


async def test_all_in_the_filter_but_one_are_tagged_by_a_job_and_one_undo_takes_it_back(
    many: Store, path: Path
) -> None:
    async with driving(path) as ui:
        await ui.press("*", "space", "t")
        assert ui.static("#question") == "Tag 62 items"
        await ui.write("fresh")
        await ui.press("enter")
        assert (job(ui).name, job(ui).state, job(ui).done) == ("Tag 62 items", JobState.DONE, 62)
        assert ui.toasts[-1] == "Tags changed on 62 items · u undo"
        assert many.items.count(Filter.parse("#fresh")) == 62
        assert ui.items.table.row.tags == ("fresh",)
        await ui.press("u")
        assert many.items.count(Filter.parse("#fresh")) == 0


async def test_a_job_that_is_stopped_says_what_it_did_and_u_takes_that_back(
    many: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = Job.tell

    def told(self: Job, done: int, total: int = 0, words: str = "") -> None:
        self.stop_asked = done >= 30
        tell(self, done, total, words)

    monkeypatch.setattr(Job, "tell", told)
    async with driving(path) as ui:
        await ui.press("*", "T")
        await ui.write("paper")
        await ui.press("enter")
        assert job(ui).state is JobState.STOPPED
        assert ui.toasts[-1] == "Give 63 items a type: stopped after 30 of 63 · u takes them back."
        assert ui.items.rail.counts["types"]["paper"] == 31
        await ui.press("u")
        assert many.items.count(Filter.parse("type:paper")) == 1


async def test_marked_items_move_to_an_organization_and_to_none(store: Store, path: Path) -> None:
    lab = store.organizations.add("Laboratory", slug="lab")
    async with driving(path) as ui:
        await ui.press("space", "space", "m")
        assert ui.static("#question") == "Move “Reading list” and 1 more to…"
        await ui.write("labo")
        await ui.press("enter")
        assert ui.toasts[-1] == "Moved 2 items · u undo"
        assert store.items.count({"organization_id": lab.id}) == 2
        await ui.press("m")
        await ui.write("none")
        await ui.press("enter")
        assert store.items.count({"organization_id": lab.id}) == 0
        await ui.press("u")
        assert store.items.count({"organization_id": lab.id}) == 2


async def test_one_item_gets_another_type(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("T")
        await ui.write("draft")
        await ui.press("enter")
        assert ui.items.table.row.type == "draft"
        assert ui.toasts[-1] == "The type changed of 1 item · u undo"


async def test_deleting_many_is_a_job_after_a_preview_with_counts(many: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("*", "d")
        assert ui.static("#question") == "Delete 63 items?"
        assert ui.static("#text").split()[:2] == ["63", "items"]
        await ui.press("y")
        assert job(ui).name == "Delete 63 items"
        assert ui.toasts[-1] == "63 items in Trash · u undo"
        assert ui.titles == []
        assert not ui.items.table.marks
        await ui.press("u")
        assert len(ui.titles) == 63


async def test_what_is_marked_is_embedded_by_the_chosen_model(store: Store, path: Path) -> None:
    register_builtin(store)
    async with driving(path) as ui:
        await ui.press("*", "E")
        assert job(ui).state is JobState.DONE
        assert ui.toasts[-1].startswith("● embedded 3 texts with")
        await ui.press("E")
        assert ui.toasts[-1].startswith("Nothing to embed")
    assert store.items.count(Filter.parse("has:embedding")) == 3


async def test_without_a_model_embedding_says_how_to_get_one(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("E")
        assert "embed setup" in ui.toasts[-1]


async def test_the_preview_of_a_deletion_serves_any_noun(store: Store, path: Path) -> None:
    heard: list[bool | None] = []
    async with driving(path) as ui:
        tags = ui.app.store.tags
        preview = DeletePreview("Delete the tag #nlp?", lambda: tags.preview("nlp"))
        ui.app.push_screen(preview, heard.append)
        await ui.settle()
        assert ui.static("#text").split("\n")[0].split()[:2] == ["1", "tag"]
        await ui.press("enter")
        ui.app.push_screen(DeletePreview("Delete nothing?", Preview), heard.append)
        await ui.settle()
        assert ui.static("#text") == "Nothing is left to delete: it is gone already."
        await ui.press("y")
    assert heard == [None, True]


@pytest.mark.parametrize("key", ["t", "m", "T", "d", "E", "I"])
async def test_a_store_open_for_reading_takes_no_deed(store: Store, path: Path, key: str) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press(key)
        assert isinstance(ui.app.screen, ItemsScreen)
        assert "start without --read-only" in ui.toasts[-1]


async def test_hand_made_edits_get_their_turn_while_a_job_runs(many: Store, path: Path) -> None:
    async with driving(path) as ui:
        began, go_on = threading.Event(), threading.Event()

        def slow(job: Job) -> Written:
            from localstore import item_deeds

            def told(done: int, total: int) -> None:
                if done == 10:
                    began.set()
                    go_on.wait(10)
                job.tell(done, total)

            keys = [row.id for row in many.items.rows(limit=63).rows]
            item_deeds.retype(ui.app.store, keys, "paper", told)
            return Written("many", word="Done · u undo")

        ui.app.jobs.start("Slowly", slow)
        began.wait(10)
        ui.app.write(lambda: Written("added", (ui.app.store.items.add("By hand").id,), "Added"))
        ui.app.writer.submit(ui.app, lambda: go_on.set())
        await ui.settle()
        assert many.items.count(Filter.parse("type:paper")) == 63
        assert "By hand" in ui.titles
        await ui.press("u")
        assert many.items.count(Filter.parse("type:paper")) == 1
