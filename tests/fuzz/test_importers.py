"""Whatever a file holds, an import ends in time with a report or a sentence, and the store stays sound and counted."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import Store
from localstore.database import PAGE_SIZE
from localstore.errors import LocalstoreError
from localstore.filters import Filter
from localstore.importing import IN_A_ROW, ImportOptions, ImportReport, import_files
from localstore.records import ContentRecord, ItemRecord
from localstore.transfer.registry import detect, readers
from tests.fuzz.facts import a_store, check_sentence, check_sound, everything, in_time
from tests.fuzz.mutation import CORPUS, LONG, mutants, runs, seeds

NAMES = sorted(readers())
WORDS = [
    *(b"title", b"contents", b"text", b"embedding", b"embeddings", b"vector", b"messages", b"role", b"ids", b"id"),
    *(b"descr", b"fortran_order", b"shape", b"(1000000000000,3)", b"'<f2'", b"'|O'", b"'<U99'", b"float[0]", b"vec0"),
    *(b"\n---\n", b"# ", b"- ", b": ", b"&a ", b"*a", b"<<: ", b"!!python/object", b"```", b"PK\x03\x04", b"PAR1"),
]
FILES = [path.relative_to(CORPUS).as_posix() for path in seeds("importers")]


@dataclass
class Tried:
    """What came of an import: its report as far as it came, and the sentence of a refusal."""

    report: ImportReport | None = None
    refusal: str = ""
    kept: dict[str, int] = field(default_factory=dict)


def source_of(name: str, data: bytes, folder: Path, original: str) -> Path:
    """Put the bytes where an import finds them; notes stand in a folder, each under its name."""
    place = folder / "given" / original
    place.parent.mkdir()
    place.write_bytes(data)
    return place.parent if name == "markdown" else place


def tried(store: Store, source: Path, **options: Any) -> Tried:
    found = Tried()
    try:
        found.report = import_files(store, [source], ImportOptions(**options), lambda report: _noted(found, report))
    except LocalstoreError as error:
        found.refusal = str(error)
    return found


def _noted(found: Tried, report: ImportReport) -> None:
    found.kept = report.counts()
    found.report = report


def counted(store: Store) -> tuple[int, int]:
    with store.reading() as connection:
        row = connection.execute("SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM embeddings)").fetchone()
    return int(row[0]), int(row[1])


def check_import(name: str, data: bytes, original: str, *, format: str | None, bad_share: str = "keep") -> Tried:
    """Import twice for show and once truly; assert all that must hold."""
    with a_store() as (store, folder), in_time():
        source = source_of(name, data, folder, original)
        before, were = everything(store), counted(store)
        options: dict[str, Any] = {"format": format, "all_branches": True, "on_conflict": bad_share}
        options["model"] = "lab/m" if name in VECTORS else None
        rehearsed = tried(store, source, dry_run=True, **options)
        assert everything(store) == before
        done = tried(store, source, **options)
        check_told(done, original)
        check_told(rehearsed, original)
        check_counts(store, done, were, name)
        check_sound(store)
    return done


def check_told(found: Tried, original: str) -> None:
    if found.refusal:
        check_sentence(found.refusal, "given" if original.endswith(".md") else original)
    for record in (found.report.bad if found.report else [])[:50]:
        check_sentence(record.place)
        check_sentence(record.reason)
    for said in found.report.seen + found.report.notes if found.report else []:
        check_sentence(said)


def check_counts(store: Store, done: Tried, were: tuple[int, int], name: str) -> None:
    """What is here now is what was here and what the report says."""
    items, vectors = counted(store)
    report = done.report or ImportReport()
    made = report.items_made if name in VECTORS else report.added + report.copied
    assert items - were[0] == made
    assert name not in VECTORS or vectors - were[1] == report.added


VECTORS = {name for name, entry in readers().items() if entry.holds_vectors}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_spoiled_file_does_more_than_be_refused(name: str) -> None:
    paths = seeds(f"importers/{name}")

    @runs(14)
    @given(path=st.sampled_from(paths), data=st.data(), known=st.booleans())
    def check(path: Path, data: st.DataObject, known: bool) -> None:
        spoiled = data.draw(mutants([path.read_bytes()], WORDS))
        check_import(name, spoiled, path.name, format=name if known else None)

    check()


@pytest.mark.parametrize("file", FILES)
def test_every_file_of_the_corpus_is_read_or_refused(file: str) -> None:
    path = CORPUS / file
    check_import(file.split("/")[1], path.read_bytes(), path.name, format=file.split("/")[1])


@pytest.mark.parametrize("file", [file for file in FILES if "/broke/" not in file])
def test_every_seed_is_recognised_and_brings_something(file: str, tmp_path: Path) -> None:
    name = file.split("/")[1]
    copied = Path(shutil.copy(CORPUS / file, tmp_path))
    assert detect(tmp_path if name == "markdown" else copied).name == name
    done = check_import(name, (CORPUS / file).read_bytes(), copied.name, format=None)
    assert done.report and done.report.added and not done.refusal


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store of a few hundred pages, closed: its bytes."""
    path = tmp_path_factory.mktemp("another") / "other.db"
    with Store.open(path, email="eve@example.org") as store, store.bulk(source="x") as bulk:
        for number in range(400):
            bulk.put(ItemRecord(title=f"theirs {number}", contents=[ContentRecord(text=f"words {number} " * 40)]))
    return path.read_bytes()


def damaged(data: bytes, seed: int) -> bytes:
    """Spoil a store as a disk does: bits, bytes and whole pages, or its end."""
    dice, spoiled = random.Random(seed), bytearray(data)
    for _ in range(dice.randint(1, 4)):
        start, length = dice.randrange(100, len(data)), dice.choice([1, 1, 8, 500, PAGE_SIZE])
        spoiled[start : start + length] = dice.randbytes(min(length, len(data) - start))
    return bytes(spoiled[: len(data) if seed % 5 else dice.randrange(len(data))])


@pytest.mark.parametrize("seed", range(200 if LONG else 12))
def test_another_store_whose_pages_are_damaged_comes_in_whole_or_not_at_all(
    seed: int, another: bytes, tmp_path: Path
) -> None:
    source = tmp_path / "damaged.db"
    source.write_bytes(damaged(another, seed))
    with a_store() as (store, _), in_time():
        before = everything(store)
        done = tried(store, source)
        check_told(done, source.name)
        assert done.refusal == "" or "UTF-8" in done.refusal or everything(store) == before
        check_sound(store)


@pytest.mark.parametrize("format", ["chatgpt", "claude"])
def test_a_folder_of_spoiled_chats_is_read_as_far_as_each_chat_can_be(format: str, tmp_path: Path) -> None:
    (seed,) = (path for path in seeds(f"importers/{format}") if path.suffix == ".json" and "broke" not in path.parts)
    (tmp_path / "chats").mkdir()
    whole = seed.read_bytes()
    for number, text in enumerate([whole, whole[: len(whole) // 2], b'[{"title":', b"", b"[[[", whole]):
        (tmp_path / "chats" / f"conversations-{number:03}.json").write_bytes(text)
    with a_store() as (store, _), in_time():
        done = tried(store, tmp_path / "chats", format=format)
        check_told(done, "chats")
        assert done.report and done.report.added and done.report.bad_count >= 2 and not done.refusal
        check_sound(store)


@pytest.mark.parametrize("line", [b"[", b'{"id": 7}'])
def test_a_source_of_nothing_but_bad_records_is_given_up(line: bytes, tmp_path: Path) -> None:
    source = tmp_path / "bad.jsonl"
    source.write_bytes(b'{"title": "good"}\n' + (line + b"\n") * (IN_A_ROW + 5))
    with a_store() as (store, _):
        done = tried(store, source, format="jsonl")
        check_sentence(done.refusal, f"bad.jsonl:{IN_A_ROW + 1}: 10,000 records in a row")
        assert store.items.count(Filter(words="good")) == 1


def test_bad_records_with_good_ones_between_them_are_all_counted(tmp_path: Path) -> None:
    source = tmp_path / "bad.jsonl"
    source.write_bytes(b"".join(b"x\n" * (IN_A_ROW - 1) + b'{"title": "%s"}\n' % title for title in (b"a", b"b")))
    with a_store() as (store, _):
        done = tried(store, source, format="jsonl")
        assert done.report and done.report.added == 2 and done.report.bad_count == 2 * IN_A_ROW - 2
