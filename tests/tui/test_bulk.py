"""Marks and what is done to them: at once when there are some, as a job when there are many; one undo takes it back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localstore.deeds import deeds
from localstore.deeds.closure import Preview
from localstore.embedding.registration import register_builtin
from localstore.filters import Filter
from localstore.store import Store
from tests.tui.pilot import PATIENCE, Driver, driving
from tests.tui.scripted_sync import until
from tui import targets
from tui.jobs import Job, JobState
from tui.messages import Written
from tui.screens.dialogs.delete import DeletePreview
from tui.screens.items.items import ItemsScreen
from tui.words import COUNTING


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
            from localstore.deeds import item_deeds

            def told(done: int, total: int) -> None:
                if done == 10:
                    began.set()
                    go_on.wait(PATIENCE)
                job.tell(done, total)

            keys = [row.id for row in many.items.rows(limit=63).rows]
            item_deeds.retype(ui.app.store, keys, "paper", told)
            return Written("many", word="Done · u undo")

        ui.app.jobs.start("Slowly", slow)
        began.wait(PATIENCE)
        ui.app.write(lambda: Written("added", (ui.app.store.items.add("By hand").id,), "Added"))
        ui.app.writer.submit(ui.app, lambda: go_on.set())
        await ui.settle()
        assert many.items.count(Filter.parse("type:paper")) == 63
        assert "By hand" in ui.titles
        await ui.press("u")
        assert many.items.count(Filter.parse("type:paper")) == 1


@contextmanager
def held(ui: Driver) -> Iterator[None]:
    """Keep the reader busy, so that what is asked for waits."""
    free = threading.Event()
    ui.app.reader.submit(ui.app, lambda: (free.wait(PATIENCE), None)[1])
    try:
        yield
    finally:
        free.set()


async def keys(ui: Driver, *names: str) -> None:
    for name in names:
        ui._send(name)
        await asyncio.sleep(0.05)


async def test_all_in_a_filter_that_is_still_read_waits(many: Store, path: Path) -> None:
    async with driving(path) as ui:
        with held(ui):
            ui.items.find_line.put("type:paper")
            await until(ui, lambda: ui.items.line == "type:paper")
            await keys(ui, "*", "t")
            await until(ui, lambda: ui.toasts)
            assert isinstance(ui.app.screen, ItemsScreen)
            assert ui.toasts[-1] == COUNTING
        await ui.settle()
        await ui.press("t")
        assert ui.static("#question") == "Tag 1 item"


async def test_all_in_a_list_that_is_not_counted_waits_and_says_so(many: Store, path: Path) -> None:
    for number in range(100):
        many.items.add(f"More {number}")
    async with driving(path) as ui:
        ui.items.table.blocks.total = None
        await ui.press("*")
        assert "+ marked" in ui.picture()
        await ui.press("t")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.toasts[-1] == COUNTING


async def test_all_that_is_to_be_ranked_waits_for_the_ranking(many: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.items.where = Filter.parse("~words")
        ui.items._words = "ranking"
        await keys(ui, "*", "d")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.toasts[-1] == COUNTING
        ui.items._words = ""


@pytest.mark.parametrize("more", [5, 40])
async def test_items_that_came_after_the_question_are_asked_about_again(store: Store, path: Path, more: int) -> None:
    async with driving(path) as ui:
        await ui.press("*", "t")
        assert ui.static("#question") == "Tag 3 items"
        await ui.write("fresh")
        for number in range(more):
            store.items.add(f"New {number}")
        await ui.press("enter")
        assert ui.static("#question") == f"Tag {3 + more} items?"
        assert "you were asked about 3 items" in ui.static("#text")
        assert store.items.count(Filter.parse("#fresh")) == 0
        store.items.add("Later still")
        await ui.press("y")
        assert store.items.count(Filter.parse("#fresh")) == 3 + more


async def test_a_job_asks_again_about_items_that_came_after_the_question(many: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("*", "t")
        await ui.write("fresh")
        many.items.add("New")
        await ui.press("enter")
        assert ui.static("#question") == "Tag 64 items?"
        assert "The list has 64 items by now, not 63: nothing was done yet." in ui.toasts
        assert many.items.count(Filter.parse("#fresh")) == 0
        await ui.press("y")
        assert many.items.count(Filter.parse("#fresh")) == 64
        await ui.press("u")
        assert many.items.count(Filter.parse("#fresh")) == 0


async def test_nothing_is_done_when_none_of_the_items_is_left(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("*", "t")
        await ui.write("fresh")
        store.items.delete(*(row.id for row in store.items.rows().rows))
        await ui.press("enter")
        assert "has none of the items any more" in ui.toasts[-1]


async def test_a_deletion_says_that_there_are_more_than_were_asked_about(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("*")
        store.items.add("New")
        await ui.press("d")
        assert ui.static("#question") == "Delete 4, not 3? The list changed meanwhile."
        await ui.press("y")
        assert store.items.count() == 0


async def test_deletions_of_tags_and_records_say_that_there_are_more(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "*")
        store.tags.add("another")
        await ui.press("d")
        assert ui.static("#question") == "Delete 3, not 2? The list changed meanwhile."
        await ui.press("escape", "escape", "escape", "8")
        ui.app.screen.use("items")  # type: ignore[attr-defined]
        await ui.settle()
        ui.app.screen.table.focus()  # type: ignore[attr-defined]
        await ui.press("*")
        store.items.add("New")
        await ui.press("d")
        assert ui.static("#question") == "Delete 4 items?"
