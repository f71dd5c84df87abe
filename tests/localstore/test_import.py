"""Import: formats, reports, standard input, and sources that cannot be used."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from localstore import InvalidValue, Store
from localstore.errors import TransferError
from localstore.importing import ImportOptions, ImportReport, import_files
from tests.localstore.bulk_programs import lines
from tests.localstore.snapshots import everything


def write(path: Path, *documents: Any) -> Path:
    path.write_text("".join(d if isinstance(d, str) else json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    return path


def test_lines_are_recognised_and_counted(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "n.jsonl", {"title": "one"}, {"title": "two", "tags": ["a"]})
    report = import_files(store, [source])
    assert (report.counts(), report.formats) == ({"added": 2}, ["jsonl"])
    assert report.seen == [f"{source}: read as jsonl: 1 files, 2 lines, 2 items, 0 bad; first keys: title"]
    assert import_files(store, [source]).counts() == {"skipped": 2}


def test_a_folder_imported_twice_does_not_double_and_a_changed_file_is_updated(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    write(folder / "a.md", "# A\n\ntext\n")
    write(folder / "b.md", "---\ntags: [x]\n---\n# B\n")
    assert import_files(store, [folder]).counts() == {"added": 2}
    assert store.items.get("A").meta_data["source"]["name"] == "notes"
    write(folder / "a.md", "# A\n\nother text\n")
    assert import_files(store, [folder]).counts() == {"updated": 1, "skipped": 1}
    assert [content.text for content in store.contents.of("A")] == ["# A\n\nother text"]


def test_several_sources_are_one_import_with_one_event(store: Store, tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", {"title": "a"})
    two = write(tmp_path / "two.csv", "title,text\nb,body\n")
    report = import_files(store, [one, two])
    assert (report.added, report.formats) == (2, ["jsonl", "csv"])
    (event,) = store.events.all({"event_type": "items.imported"})
    assert (event.payload["source"], event.payload["added"]) == ("one.jsonl, two.csv", 2)


def test_standard_input_is_read(store: Store) -> None:
    options = ImportOptions(stream=io.BytesIO(b'{"title": "from a pipe"}\n'), source="inbox")
    assert import_files(store, ["-"], options).added == 1
    assert store.items.get("from a pipe").meta_data["source"]["name"] == "inbox"


def test_progress_is_told_after_each_batch(store: Store, tmp_path: Path) -> None:
    told: list[int] = []
    import_files(store, [lines(tmp_path / "n.jsonl", 4_000)], progress=lambda report: told.append(report.added))
    assert told == sorted(set(told))
    assert (len(told) > 2, told[-1]) == (True, 4_000)


def test_a_bad_line_is_named_by_file_and_line_and_the_rest_goes_in(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "n.jsonl", {"title": "one"}, "{broken\n", {"title": 5}, {"title": "two"})
    report = import_files(store, [source])
    assert (report.added, report.bad_count) == (2, 2)
    assert [record.place for record in report.bad] == ["n.jsonl:2", "n.jsonl:3"]


def test_the_bad_are_shown_up_to_a_thousand_and_all_counted(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "n.jsonl", {"title": "one"}, *["{broken\n"] * 2500)
    report = import_files(store, [source])
    assert (report.added, report.bad_count, len(report.bad)) == (1, 2500, 1000)


def test_strict_names_the_line_and_keeps_nothing_of_the_batch(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "n.jsonl", {"title": "one"}, "{broken\n")
    before = everything(store)
    with pytest.raises(TransferError, match=r"^n\.jsonl:2: not JSON"):
        import_files(store, [source], ImportOptions(strict=True))
    assert everything(store) == before


def test_a_dry_run_says_what_would_happen_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "n.jsonl", {"title": "one"}, {"title": "one"}, "{broken\n")
    before = everything(store)
    report = import_files(store, [source], ImportOptions(dry_run=True))
    assert (report.dry_run, report.formats) == (True, ["jsonl"])
    assert report.counts() == {"added": 1, "duplicates": 1, "bad": 1}
    assert everything(store) == before


@pytest.mark.parametrize(
    ("name", "content", "format", "message"),
    [
        (
            "n.jsonl",
            b"{broken\n{worse\n",
            "jsonl",
            r"nothing could be imported; read as jsonl: 1 files, 2 lines, 0 items, 2 bad",
        ),
        ("n.jsonl", b"", "jsonl", r"nothing could be imported; read as jsonl"),
        ("n.jsonl", b"\x00\x01\x02", None, r"n\.jsonl is .*; no format fits: say --format"),
        ("n.xyz", b"just words", None, r"text beginning 'just words'; no format fits"),
        ("n.jsonl", b'{"title": "x"}', "xml", r"no format is called 'xml': choose from"),
        ("n.db", b"SQLite format 3\x00 and no more", "store", r"is not a store: say its format"),
    ],
)
def test_a_source_that_yields_nothing_says_what_was_seen(
    store: Store, tmp_path: Path, name: str, content: bytes, format: str | None, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    before = everything(store)
    with pytest.raises(TransferError, match=message):
        import_files(store, [tmp_path / name], ImportOptions(format=format))
    assert everything(store) == before


def test_a_missing_source_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match=r"gone\.jsonl: there is no such file or folder"):
        import_files(store, [tmp_path / "gone.jsonl"])


def test_no_source_is_a_question_of_usage(store: Store) -> None:
    with pytest.raises(InvalidValue, match="nothing to import: name a file or folder"):
        import_files(store, [])


def test_an_interrupted_import_keeps_its_batches_and_goes_on(store: Store, tmp_path: Path) -> None:
    source = lines(tmp_path / "n.jsonl", 3_000)

    def interrupt(report: ImportReport) -> None:
        if report.added:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_files(store, [source], progress=interrupt)
    kept = store.items.count()
    assert 0 < kept < 3_000
    (event,) = store.events.all({"event_type": "items.imported"})
    assert (event.payload["state"], event.payload["added"]) == ("stopped", kept)
    assert import_files(store, [source]).counts() == {"added": 3_000 - kept, "skipped": kept}
    assert store.check() == []
