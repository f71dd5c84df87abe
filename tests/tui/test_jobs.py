"""Jobs: long work with progress, stopped between two transactions, never lost from sight."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

from localstore.errors import InvalidValue
from localstore.store import Store
from tests.tui.pilot import driving
from tui.jobs import Job, JobState
from tui.messages import Written
from tui.screens.work.jobs import JobsScreen
from tui.widgets.reading.reader import Reader


async def test_a_job_ends_with_a_word_and_the_screens_catch_up(store: Store, path: Path) -> None:
    async with driving(path) as ui:

        def work(job: Job) -> Written:
            job.tell(1, 2)
            new = ui.app.store.items.add("Made by a job")
            return Written("added", (new.id,), "Made one item")

        job = ui.app.jobs.start("Make an item", work)
        await ui.settle()
        assert job.state is JobState.DONE
        assert ui.toasts[-1] == "Made one item"
        assert ui.titles[0] == "Made by a job"


async def test_a_job_that_is_stopped_says_how_far_it_was_and_ends(store: Store, path: Path) -> None:
    begun = threading.Event()

    def work(job: Job) -> Written:
        for number in range(1, 10**6):
            job.tell(number, 10**6)
            begun.set()
        raise AssertionError("nobody stopped it")

    async with driving(path) as ui:
        job = ui.app.jobs.start("Count", work)
        begun.wait()
        ui.app.jobs.stop(job)
        await ui.settle()
        assert job.state is JobState.STOPPED
        assert job.words.startswith("Count: stopped after")


async def test_a_job_that_waits_and_is_stopped_never_starts(store: Store, path: Path) -> None:
    gate = threading.Event()

    def waits(job: Job) -> Written:
        gate.wait()
        return Written("nothing")

    async with driving(path) as ui:
        ui.app.jobs.start("First", waits)
        second = ui.app.jobs.start("Second", lambda job: Written("never", word="never"))
        ui.app.jobs.stop(second)
        gate.set()
        await ui.settle()
        assert second.state is JobState.STOPPED
        assert "never" not in ui.toasts


async def test_a_job_that_fails_says_why_in_one_sentence(store: Store, path: Path) -> None:
    def work(job: Job) -> Written:
        raise InvalidValue("there is no such place: name another")

    async with driving(path) as ui:
        job = ui.app.jobs.start("Export", work)
        await ui.settle()
        assert job.state is JobState.FAILED
        assert ui.toasts[-1].startswith("Export: there is no such place")


async def test_quitting_while_a_job_runs_asks_first(store: Store, path: Path) -> None:
    begun, gate = threading.Event(), threading.Event()

    def work(job: Job) -> Written:
        begun.set()
        gate.wait()
        return Written("nothing")

    async with driving(path) as ui:
        ui.app.jobs.start("Tag all", work)
        begun.wait()
        await ui.app.action_leave()
        await ui.pilot.pause()
        assert ui.static("#question") == "Quit while a job runs? Tag all"
        gate.set()
        await ui.settle()


def counting(job: Job) -> Written:
    for number in itertools.count(1):
        job.tell(number)
    raise AssertionError("nobody stopped it")


async def test_the_list_of_jobs_shows_what_runs_and_x_stops_the_chosen_one(store: Store, path: Path) -> None:
    begun = threading.Event()

    def slowly(job: Job) -> Written:
        begun.set()
        return counting(job)

    async with driving(path) as ui:
        ui.app.jobs.start("First", slowly)
        ui.app.jobs.start("Second", lambda job: Written("nothing", word="Done second"))
        begun.wait()
        ui.app.action_visit(11)
        await ui.pilot.pause()
        await ui.pilot.pause()
        screen = ui.app.screen
        assert isinstance(screen, JobsScreen)
        assert [job.name for job in screen.rows()] == ["Second", "First"]
        screen.table.action_down()
        screen.action_stop()
        await ui.settle()
        rows = ui.picture().split("\n")
        assert "done" in rows[1]
        assert "stopped" in rows[2]


async def test_enter_shows_how_a_job_went_with_its_further_lines(store: Store, path: Path) -> None:
    def work(job: Job) -> Written:
        job.details = ["[/red] line 3: not JSON"]
        return Written("nothing", word="Went well")

    async with driving(path) as ui:
        ui.app.jobs.start("Look", work)
        await ui.settle()
        ui.app.action_visit(11)
        await ui.settle()
        await ui.press("enter")
        text = ui.app.screen.query_one(Reader).plain_text
        assert "Went well" in text
        assert "[/red] line 3: not JSON" in text
        await ui.press("escape", "x", "escape")
        assert ui.toasts[-1] == "This job does not run."
        assert ui.app.screen is ui.items


async def test_without_jobs_the_list_says_what_belongs_there(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.action_visit(11)
        await ui.settle()
        assert "No jobs yet" in ui.picture()


async def test_a_round_with_the_server_is_a_line_among_the_jobs(store: Store, path: Path) -> None:
    begun, gate = threading.Event(), threading.Event()

    def carry() -> None:
        begun.set()
        gate.wait()

    async with driving(path) as ui:
        ui.app.syncing.run("verify", "verifying", carry)
        begun.wait()
        ui.app.action_visit(11)
        await ui.pilot.pause()
        screen = ui.app.screen
        assert isinstance(screen, JobsScreen)
        assert [job.name for job in screen.rows()] == ["Sync: verifying"]
        gate.set()
        await ui.settle()
        assert screen.rows() == []


async def test_a_job_that_failed_half_way_lets_the_lists_catch_up(store: Store, path: Path) -> None:
    def work(job: Job) -> Written:
        ui.app.store.items.add("Committed before")
        raise InvalidValue("then it broke")

    async with driving(path) as ui:
        ui.app.jobs.start("Add", work)
        await ui.settle()
        assert ui.titles[0] == "Committed before"
