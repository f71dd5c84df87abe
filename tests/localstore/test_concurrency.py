"""Several threads, stores and processes at once: each sees its own file, in one state, and no reader waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localstore import InvalidValue, LocalstoreError, NotFound, Store, StoreError
from localstore.errors import Interrupted, StoreBusy
from tests.localstore import programs
from tests.localstore.children import running
from tests.localstore.snapshots import everything

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_two_stores_with_two_threads_each_read_relations_from_their_own_file(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    with Store.open(tmp_path / "one.db") as one, Store.open(tmp_path / "two.db") as two:

        def write_and_read(store: Store, name: str, number: int) -> set[str]:
            found = set()
            for turn in range(15):
                item = store.items.add(f"{name} {number}.{turn}", text=name, tags=[name])
                found |= {item.contents.first().text, *(tag.name for tag in item.tags), item.owner.items.first().type}  # type: ignore[union-attr]
            return found

        jobs = [threads.submit(write_and_read, s, n, k) for s, n in ((one, "one"), (two, "two")) for k in range(2)]
        assert [job.result() for job in jobs] == [{"one", "note"}] * 2 + [{"two", "note"}] * 2
        assert (one.items.count(), two.items.count()) == (30, 30)


def test_a_row_of_one_store_reads_its_relations_inside_a_block_of_another(tmp_path: Path) -> None:
    with Store.open(tmp_path / "one.db") as one, Store.open(tmp_path / "two.db") as two:
        mine = one.items.add("mine", text="of one")
        two.items.add("other", text="of two")
        with two.reading():
            assert [content.text for content in mine.contents] == ["of one"]
            assert two.contents.page().rows[0].text == "of two"


def test_actions_of_many_threads_are_one_after_the_other(store: Store, threads: ThreadPoolExecutor) -> None:
    item = store.items.add("counted", meta_data={"n": 0})

    def count(_: int) -> None:
        with store.database.writing():
            store.items.edit_meta(item.id, {"n": store.items.get(item.id).meta_data["n"] + 1})

    list(threads.map(count, range(40)))
    assert store.items.get(item.id).meta_data == {"n": 40}


def test_reading_does_not_wait_for_another_process_that_writes(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store, running(programs.hold, path) as child:
        store.items.add("before")
        assert child.says() == "holding"
        assert [row.title for row in store.items.rows().rows] == ["before"]  # while the child still waits for us
        child.hear()
        assert child.says() == "committed"
        assert store.items.count() == 2


def test_reading_does_not_wait_for_a_thread_of_ours_that_writes(store: Store, threads: ThreadPoolExecutor) -> None:
    holding, go = threading.Event(), threading.Event()

    def hold() -> None:
        with store.database.writing():
            store.items.add("held")
            holding.set()
            go.wait(60)

    job = threads.submit(hold)
    holding.wait(60)
    found = [store.items.count(), len(store.search("held").rows), store.data_version() >= 0]
    go.set()
    job.result()
    assert found == [0, 0, True]


def test_a_write_beside_a_thread_of_ours_that_writes_too_long_is_refused(
    store: Store, threads: ThreadPoolExecutor
) -> None:
    def write() -> None:
        with store.database.writing(timeout=0.01):
            store.items.add("never")

    with store.database.writing():
        refusal = threads.submit(write).exception()
    assert isinstance(refusal, StoreBusy)
    assert store.items.count() == 0


def test_a_reading_block_sees_one_state_while_another_process_commits(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store, running(programs.hold, path) as child:
        assert child.says() == "holding"
        with store.reading():
            before = store.items.count()
            child.hear()
            assert child.says() == "committed"
            assert (before, store.items.count(), store.contents.count()) == (0, 0, 0)
        assert store.items.count() == 1


def test_the_data_version_moves_when_another_process_commits_and_not_by_our_own_writes(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store, running(programs.hold, path) as child:
        assert child.says() == "holding"
        before = store.data_version()
        child.hear()
        assert child.says() == "committed"
        after = store.data_version()
        store.items.add("ours")
        assert (before == after, after == store.data_version()) == (False, True)


# -- blocks in blocks ---------------------------------------------------------------------------------------


def test_reading_inside_writing_sees_what_was_written(store: Store) -> None:
    with store.database.writing():
        item = store.items.add("new")
        assert store.items.get(item.id).title == "new"
        with store.reading():
            assert store.items.count() == 1


def test_a_block_that_fails_leaves_nothing_although_the_outer_one_goes_on(store: Store) -> None:
    with store.database.writing():
        store.items.add("first")
        with pytest.raises(InvalidValue):
            store.items.add("half", text="written", contents=[{"text": "bad\0"}], tags=["lost"])
        store.items.add("second")
    assert sorted(row.title for row in store.items.rows().rows) == ["first", "second"]
    assert (store.contents.count(), store.tags.count(), len(store.history())) == (0, 0, 2)


def test_an_outer_block_that_fails_leaves_nothing_of_the_inner_ones(store: Store) -> None:
    before = everything(store)
    with pytest.raises(NotFound), store.database.writing():
        store.items.add("first")
        store.items.get("ffffffff")
    assert everything(store) == before


def test_a_cursor_kept_from_a_block_does_not_show_its_state_to_the_next(store: Store) -> None:
    store.items.add("one")
    with store.reading() as connection:
        kept = connection.execute("SELECT id FROM items")
    store.items.add("two")
    assert store.items.count() == 2
    del kept


# -- interrupting and closing -------------------------------------------------------------------------------


def test_interrupting_stops_a_long_query_and_the_store_goes_on(store: Store, threads: ThreadPoolExecutor) -> None:
    running_now = threading.Event()

    def note() -> bool:
        running_now.set()
        return False

    def ask() -> None:
        with store.reading() as connection:
            connection.set_progress_handler(note, 1000)
            try:
                connection.execute(ENDLESS).fetchall()
            finally:
                connection.set_progress_handler(None)

    job = threads.submit(ask)
    running_now.wait(60)
    store.interrupt()
    with pytest.raises(Interrupted, match=r"^The query was stopped\.$"):
        job.result(60)
    assert store.items.add("after").title == "after"
    assert store.items.count() == 1


def test_closing_with_a_lent_connection_lets_the_reader_finish(store: Store) -> None:
    store.items.add("kept")
    with store.reading() as connection:
        store.close()
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (1,)
    store.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.items.count(),
        lambda store: store.items.add("x"),
        lambda store: store.search("x"),
        lambda store: store.undo(),
        lambda store: store.data_version(),
    ],
)
def test_a_store_used_after_closing_says_so(store: Store, use: Callable[[Store], object]) -> None:
    store.close()
    with pytest.raises(StoreError, match=r"^The store .*store\.db was closed: open it again\.$"):
        use(store)


def test_relations_of_a_closed_store_say_so(store: Store) -> None:
    item = store.items.add("kept", text="words")
    store.close()
    with pytest.raises(StoreError, match="was closed: open it again"):
        list(item.contents)


def test_closing_inside_a_writing_block_keeps_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with pytest.raises(LocalstoreError), Store.open(path) as store, store.database.writing():
        store.items.add("lost")
        store.close()
    with Store.open(path) as store:
        assert store.items.count() == 0


def test_a_read_only_store_refuses_to_write(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.items.add("kept")
    with Store.open(path, read_only=True) as store:
        before = everything(store)
        with pytest.raises(StoreError, match=r"store\.db is open for reading only: open it for writing to change it\."):
            store.items.add("refused")
        assert everything(store) == before
