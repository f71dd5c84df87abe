"""Recover: every row on a page that can be read comes into a new store, and what is lost is said."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from localstore import Store
from localstore.database import PAGE_SIZE
from localstore.errors import NotAStore, StoreDamaged, StoreMissing, TransferError
from localstore.recovery.recover import Recovered, RecoverReport, recover
from tests.localstore.rescued import Whole, flipped, whole, zeroed
from tests.localstore.world import Dump, dump


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return whole(tmp_path_factory.mktemp("sound") / "store.db", items=120, long=5)


class Bench:
    """Where damaged files are laid and what came of them."""

    def __init__(self, folder: Path) -> None:
        self.path, self.dest = folder / "damaged.db", folder / "saved.db"

    def recover(self, content: bytes) -> RecoverReport:
        """Recover a content, which must not change; return what was told."""
        self.path.write_bytes(content)
        report = recover(self.path, self.dest)
        assert self.path.read_bytes() == content
        return report


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def rows_of(bench: Bench) -> Dump:
    with Store.open(bench.dest, create=False) as store:
        assert store.check() == []
        return dump(store)


def told(report: RecoverReport, table: str) -> Recovered:
    return next(each for each in report.tables if each.table == table)


# -- what comes


def test_of_a_sound_file_everything_comes(sound: Whole, bench: Bench) -> None:
    report = bench.recover(sound.content)
    assert (report.complete, report.lines()) == (True, [f"Saved as {bench.dest}."])
    assert {each.table: each.lost for each in report.tables} == dict.fromkeys(sound.rows, 0)
    assert rows_of(bench) == sound.rows
    assert stat.S_IMODE(bench.dest.stat().st_mode) == 0o600


def test_what_is_only_in_the_log_comes_too(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        store.items.add("in the log", text="body")
        report = recover(store.path, tmp_path / "saved.db")
        assert report.complete
        expected = dump(store)
    with Store.open(tmp_path / "saved.db") as saved:
        assert dump(saved) == expected
        assert [hit.title for hit in saved.search("body").rows] == ["in the log"]


def test_a_damaged_page_of_the_log_costs_that_page_alone(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        path = store.path
        for title in ("first", "second", "third"):
            store.items.add(title)
        log = path.with_name("store.db-wal").read_bytes()
        shutil.copy(path, tmp_path / "copy.db")
    frames = range(32, len(log), PAGE_SIZE + 24)
    last = next(at for at in reversed(frames) if int.from_bytes(log[at : at + 4], "big") != 1)
    (tmp_path / "copy.db-wal").write_bytes(flipped(log, [(last + 24 + PAGE_SIZE // 2, 1)]))
    report = recover(tmp_path / "copy.db", tmp_path / "saved.db")
    assert report.log_frames_unreadable == 1
    with Store.open(tmp_path / "saved.db") as saved:
        assert {"first", "second"} <= {row.title for row in saved.items.rows().rows}


def test_an_unfinished_end_of_the_log_is_no_loss(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        path = store.path
        store.items.add("kept")
        log = path.with_name("store.db-wal").read_bytes()
        shutil.copy(path, tmp_path / "copy.db")
    unfinished = bytes([0, 0, 0, 9, 0, 0, 0, 0]) + log[40:56] + bytes(PAGE_SIZE)
    (tmp_path / "copy.db-wal").write_bytes(log + unfinished)
    assert recover(tmp_path / "copy.db", tmp_path / "saved.db").complete


def test_trash_drafts_and_the_local_user_come_and_the_undo_log_does_not(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db", email="ada@example.org") as store:
        item = store.items.add("Thrown away", text="body")
        store.items.delete(item.id)
        user, device = store.local_user_id, store.state.get("device_id")
    report = recover(tmp_path / "store.db", tmp_path / "saved.db")
    with Store.open(tmp_path / "saved.db") as saved:
        assert (saved.local_user_id, saved.history()) == (user, [])
        assert saved.state.get("device_id") not in (None, device)
        saved.trash.restore(saved.trash.entries()[0].id)
        assert [row.title for row in saved.items.rows().rows] == ["Thrown away"]
    assert report.local_rows == {"trash": 1, "trash_rows": 3}  # the item, its text, the event set free


def test_a_deleted_row_on_a_free_page_stays_deleted(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        kept = store.items.add("kept")
        gone = store.items.add("gone", text="x" * 500_000)
        store.items.delete(gone.id)
        store.trash.empty()
    recover(tmp_path / "store.db", tmp_path / "saved.db")
    with Store.open(tmp_path / "saved.db") as saved:
        assert [row.id for row in saved.items.rows().rows] == [kept.id]


# -- what damage costs


@pytest.mark.parametrize(
    ("name", "kind", "lost"),
    [
        ("items", "internal", 0),
        ("contents", "internal", 0),
        ("embeddings", "internal", 0),
        ("sqlite_schema", "internal", 0),
        ("items_title", "leaf", 0),
        ("sqlite_autoindex_items_1", "leaf", 0),
        ("text_index_data", "leaf", 0),
    ],
)
def test_no_row_is_lost_with_a_page_that_holds_none(
    sound: Whole, bench: Bench, name: str, kind: str, lost: int
) -> None:
    report = bench.recover(zeroed(sound.content, sound.numbers(name, kind)[0]))
    assert sum(each.lost or 0 for each in report.tables) == lost
    assert rows_of(bench) == sound.rows


def test_an_index_is_built_anew_and_no_loss(sound: Whole, bench: Bench) -> None:
    report = bench.recover(zeroed(sound.content, *sound.numbers("items_title", "leaf")))
    assert (report.complete, report.pages_unreadable["an index of items"] > 0) == (True, True)


def test_a_leaf_costs_its_rows_and_their_number_is_known(sound: Whole, bench: Bench) -> None:
    leaf = sound.numbers("contents", "leaf")[-1]
    report = bench.recover(zeroed(sound.content, leaf))
    expected = {key for (table, key), on in sound.places.items() if table == "contents" and leaf not in on}
    found = rows_of(bench)["contents"]
    assert found.keys() >= expected
    assert told(report, "contents").lost == len(sound.rows["contents"]) - len(found) > 0
    assert (report.complete, report.pages_unreadable) == (False, {"contents": 1})


def test_texts_of_lost_items_hang_on_items_that_stand_in_for_them(sound: Whole, bench: Bench) -> None:
    leaf = sound.numbers("items", "leaf")[0]
    report = bench.recover(zeroed(sound.content, leaf))
    found = rows_of(bench)
    assert found["contents"] == sound.rows["contents"]
    standing = [row for row in found["items"].values() if row["meta_data"] == '{"recovered":true}']
    assert report.stand_ins == {"items": len(standing)}
    assert {str(row["title"])[:16] for row in standing} <= {"Recovered: Text ", "Recovered: words"}
    assert found["items"].keys() <= sound.rows["items"].keys()


def test_of_a_long_text_whose_end_is_lost_the_beginning_comes(sound: Whole, bench: Bench) -> None:
    overflow = sound.numbers("contents", "overflow")[-1]
    report = bench.recover(zeroed(sound.content, overflow))
    before, after = sound.rows["contents"], rows_of(bench)["contents"]
    cut = [key for key in before if after[key] != before[key]]
    assert (len(cut), told(report, "contents").doubtful, report.complete) == (1, 1, False)
    assert str(before[cut[0]]["text"]).startswith(str(after[cut[0]]["text"]))
    assert len(str(after[cut[0]]["text"])) > 10_000


def test_a_vector_that_is_cut_is_lost_and_its_text_is_not(sound: Whole, bench: Bench) -> None:
    report = bench.recover(zeroed(sound.content, sound.numbers("embeddings", "overflow")[-1]))
    found = rows_of(bench)
    assert (told(report, "embeddings").lost, report.refused, report.complete) == (1, {"embeddings": 1}, False)
    assert found["contents"] == sound.rows["contents"]


@pytest.mark.parametrize("places", [[(0, 255)], [(16, 1), (17, 255)], [(100, 13)], [(at, 0x55) for at in range(100)]])
def test_a_broken_header_costs_nothing(sound: Whole, bench: Bench, places: list[tuple[int, int]]) -> None:
    bench.recover(flipped(sound.content, places))
    assert rows_of(bench) == sound.rows


def test_of_half_a_file_every_row_in_that_half_comes(sound: Whole, bench: Bench) -> None:
    half = len(sound.content) // PAGE_SIZE // 2
    report = bench.recover(sound.content[: half * PAGE_SIZE])
    there = {key for (table, key), on in sound.places.items() if table == "contents" and max(on) <= half}
    assert rows_of(bench)["contents"].keys() >= there
    assert report.pages_missing == report.pages - half > 0
    assert f"{report.pages_missing} of {report.pages} pages are not there" in " ".join(report.lines())


def test_a_lost_person_is_stood_in_for_by_one_who_may_not_sign_in(sound: Whole, bench: Bench) -> None:
    report = bench.recover(zeroed(sound.content, *sound.numbers("users", "leaf")))
    users = rows_of(bench)["users"]
    assert users.keys() == sound.rows["users"].keys()
    assert {row["email"][:9]: row["is_active"] for row in users.values() if row["email"][:9] == "recovered"} == {
        "recovered": 0
    }
    assert report.left_out == {"api_keys": 1}


def test_a_damaged_value_is_replaced_and_the_rest_of_the_row_stays(sound: Whole, bench: Bench) -> None:
    place = sound.content.index(b'{"\xc3\xbc":1.5}')
    report = bench.recover(flipped(sound.content, [(place, 0x20)]))
    row = next(row for row in rows_of(bench)["items"].values() if row["title"] == "Title")
    assert str(row["meta_data"]).startswith('{"recovered": "')
    assert told(report, "items").doubtful == 1


# -- what is refused


def test_a_new_name_is_needed_and_something_to_read(tmp_path: Path) -> None:
    (tmp_path / "there.db").write_text("precious")
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 200)
    with pytest.raises(TransferError, match="is there already"):
        recover(tmp_path / "noise", tmp_path / "there.db")
    with pytest.raises(StoreDamaged, match="Nothing of a store can be read"):
        recover(tmp_path / "noise", tmp_path / "saved.db")
    with pytest.raises(StoreMissing, match="There is no file"):
        recover(tmp_path / "missing.db", tmp_path / "saved.db")
    with pytest.raises(NotAStore, match="is a folder"):
        recover(tmp_path, tmp_path / "saved.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["noise", "there.db"]


def test_another_programs_file_has_nothing_of_a_store(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE notes (a, b)")
        other.execute("INSERT INTO notes VALUES (1, 'x')")
    other.close()
    with pytest.raises(StoreDamaged, match="is it one"):
        recover(tmp_path / "other.db", tmp_path / "saved.db")
