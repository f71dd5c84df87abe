"""Lanes: order, replacement, interruption, errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localstore import Store
from localstore.errors import Interrupted, NotFound
from tui.lanes import Lane, Urgency
from tui.messages import Failed, Loaded, OverBudget

WAIT = 5


class Ear:
    """Hears messages, as a widget does."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.came = threading.Semaphore(0)

    def post_message(self, message: Any) -> bool:
        self.heard.append(message)
        self.came.release()
        return True

    def wait(self, count: int) -> list[Any]:
        [self.came.acquire(timeout=WAIT) for _ in range(count)]
        return [getattr(message, "value", message) for message in self.heard]


class Query:
    """Slow work that an interruption stops, as a query is stopped."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.stop = threading.Event()
        self.finish = threading.Event()
        self.runs = 0

    def interrupt(self, thread: int = 0) -> None:
        self.stop.set()

    def __call__(self) -> Loaded:
        self.runs += 1
        self.stop.clear()
        self.started.release()
        while not self.finish.is_set():
            if self.stop.wait(0.001):
                raise Interrupted("The query was stopped.")
        return Loaded("slow", "slow")


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def query() -> Query:
    return Query()


@pytest.fixture
def lane(query: Query) -> Iterator[Lane]:
    lane = Lane("test", query.interrupt)
    yield lane
    query.finish.set()
    lane.close()


def test_work_comes_back_as_a_message(lane: Lane, ear: Any) -> None:
    lane.submit(ear, lambda: Loaded("a", threading.current_thread().name))
    assert ear.wait(1) == ["localstore test"]


def test_an_error_comes_back_as_a_message(lane: Lane, ear: Any) -> None:
    def fail() -> Loaded:
        raise NotFound("There is no such thing.")

    lane.submit(ear, fail, key="x")
    ear.wait(1)
    assert isinstance(ear.heard[0], Failed)
    assert str(ear.heard[0].error) == "There is no such thing."


def test_a_fault_of_the_program_is_a_sentence_too(lane: Lane, ear: Any) -> None:
    lane.submit(ear, lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    ear.wait(1)
    assert "ZeroDivisionError" in str(ear.heard[0].error)
    lane.submit(ear, lambda: Loaded("b", "still there"))
    assert ear.wait(1)[-1] == "still there"


def test_what_is_urgent_stops_what_is_slow_which_starts_again(lane: Lane, ear: Any, query: Query) -> None:
    lane.submit(ear, query, urgency=Urgency.FACETS)
    query.started.acquire(timeout=WAIT)
    lane.submit(ear, lambda: Loaded("rows", "rows"), urgency=Urgency.ROWS)
    assert ear.wait(1) == ["rows"]
    query.finish.set()
    assert ear.wait(1) == ["rows", "slow"]
    assert query.runs == 2


def test_a_newer_job_of_a_key_replaces_the_older_even_while_it_runs(lane: Lane, ear: Any, query: Query) -> None:
    lane.submit(ear, query, key="detail", urgency=Urgency.DETAIL)
    query.started.acquire(timeout=WAIT)
    lane.submit(ear, lambda: Loaded("detail", "old"), key="detail", urgency=Urgency.DETAIL)
    lane.submit(ear, lambda: Loaded("detail", "new"), key="detail", urgency=Urgency.DETAIL)
    lane.submit(ear, lambda: Loaded("last", "last"), urgency=Urgency.FACETS)
    assert ear.wait(2)[-2:] in (["new", "last"], ["old", "new"])
    assert "slow" not in ear.heard


def test_work_over_its_budget_is_stopped_and_said(lane: Lane, ear: Any, query: Query) -> None:
    lane.submit(ear, query, key="types", urgency=Urgency.FACETS, budget=0.01)
    ear.wait(1)
    assert isinstance(ear.heard[0], OverBudget)
    assert ear.heard[0].key == "types"


def test_an_interruption_that_was_meant_for_another_job_does_no_harm(lane: Lane, ear: Any, query: Query) -> None:
    lane.submit(ear, query, urgency=Urgency.ROWS)
    query.started.acquire(timeout=WAIT)
    query.interrupt()
    query.started.acquire(timeout=WAIT)
    query.finish.set()
    assert ear.wait(1) == ["slow"]


def test_a_closed_lane_takes_no_work(ear: Any) -> None:
    lane = Lane("closed")
    lane.close()
    lane.submit(ear, lambda: Loaded("a", "a"))
    assert lane.idle
    assert ear.heard == []


def test_work_that_is_no_query_hears_that_nobody_waits_for_it(ear: Any) -> None:
    lane = Lane("test")
    begun, heard = threading.Event(), threading.Event()

    def work() -> Loaded:
        begun.set()
        while not lane.given_up():
            pass
        heard.set()
        return Loaded("slow", "too late")

    lane.submit(ear, work, key="a")
    assert begun.wait(WAIT)
    lane.submit(ear, lambda: Loaded("a", "new"), key="a")
    assert heard.wait(WAIT)
    assert ear.wait(1) == ["new"]
    lane.close()


def test_stopping_one_lane_leaves_the_queries_of_another_alone(tmp_path: Path, ear: Any) -> None:
    with Store.open(tmp_path / "two.db") as store:
        lanes = [Lane(name, store.interrupt) for name in ("quick", "slow")]
        begun, go_on = threading.Event(), threading.Event()

        def slow() -> Loaded:
            with store.reading() as connection:
                begun.set()
                assert go_on.wait(WAIT)
                (count,) = connection.execute("SELECT count(*) FROM pragma_function_list").fetchone()
            return Loaded("slow", "done" if count else "")

        lanes[1].submit(ear, slow)
        assert begun.wait(WAIT)
        lanes[0].submit(ear, lambda: Loaded("a", "first"), key="a")
        assert ear.wait(1) == ["first"]
        lanes[0]._stop()
        go_on.set()
        assert ear.wait(2) == ["first", "done"]
        for lane in lanes:
            lane.close()
