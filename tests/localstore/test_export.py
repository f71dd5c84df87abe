"""Export: the same bytes again, filters, formats, and nothing half-written."""

from __future__ import annotations

import io
import json
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localstore import Filter, InvalidFilter, Store, demo
from localstore.bulk import Bulk
from localstore.errors import TransferError
from localstore.exporting import export
from localstore.importing import ImportOptions, import_files
from localstore.records import ItemRecord
from localstore.transfer.item_writer import item_line
from tests.localstore.transfer.strategies import records


def exported(store: Store, **options: object) -> bytes:
    stream = io.BytesIO()
    export(store, "-", stream=stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def people(store: Store, lines: bytes) -> None:
    """Add the owners and organizations that lines name."""
    documents = [json.loads(line) for line in lines.splitlines()]
    for email in sorted({d["owner"] for d in documents if d["owner"]} - {store.local_user.email}):
        store.users.add(email)
    for slug in sorted({d["organization"] for d in documents if d["organization"]}):
        store.organizations.add(slug, slug=slug)


def again(lines: bytes, folder: Path) -> bytes:
    """Import lines into an empty store and export them again."""
    with Store.open(folder / "again.db", email="other@example.org") as store:
        people(store, lines)
        report = import_files(store, ["-"], ImportOptions(stream=io.BytesIO(lines)))
        assert report.bad == []
        assert store.check() == []
        assert import_files(store, ["-"], ImportOptions(stream=io.BytesIO(lines))).counts() == {"skipped": report.added}
        return exported(store)


def test_the_demo_data_exported_imported_and_exported_is_the_same_bytes(tmp_path: Path) -> None:
    with Store.open(tmp_path / "demo.db") as store:
        demo.fill(store)
        with store.database.writing() as connection:
            connection.execute("DELETE FROM file_assets")  # their bytes are kept beside that store alone
        lines = exported(store)
    assert lines.count(b"\n") > 150
    assert again(lines, tmp_path) == lines


def put_all(store: Store, found: list[ItemRecord]) -> Bulk:
    with Bulk(store) as bulk:
        for record in found:
            bulk.put(record)
    return bulk


def clean(record: ItemRecord) -> ItemRecord:
    """Leave people out, and names that only differ from one another in ways a store does not tell apart."""
    record.organization = record.owner = None
    record.tags = [tag for tag in record.tags if tag.name == tag.name.strip() and tag.name.strip("# ")][:1]
    record.files = [file for file in record.files if file.path and file.filename][:1]
    for content in record.contents:
        content.embeddings = content.embeddings[:1]
    return record


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(records.map(clean), min_size=1, max_size=4, unique_by=lambda record: record.id))
def test_anything_that_was_imported_exports_the_same_twice(found: list[ItemRecord]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder) / "one.db", email="one@example.org") as store:
            bulk = put_all(store, found)
            lines = exported(store)
            assert lines.count(b"\n") == bulk.report.added
        assert again(lines, Path(folder)) == lines


def test_a_line_that_went_in_comes_out_as_it_was(store: Store) -> None:
    record = ItemRecord(
        "Title", type="note", id="018f0000-0000-7000-8000-000000000001", meta_data={"b": 1.5, "a": [None, "é"]}
    )
    record.created_at = record.updated_at = "2024-01-01T00:00:00.000001Z"
    import_files(store, ["-"], ImportOptions(stream=io.BytesIO(item_line(record))))
    assert exported(store) == item_line(record)


def test_only_what_matches_is_exported_in_order_of_id(store: Store) -> None:
    [store.items.add(f"n{number}", tags=["odd"] if number % 2 else [], text="words") for number in range(250)]
    titles = [json.loads(line)["title"] for line in exported(store, where=Filter.parse("#odd words")).splitlines()]
    assert titles == [f"n{number}" for number in range(1, 250, 2)]


def test_an_unknown_name_in_the_filter_leaves_the_destination_alone(store: Store, tmp_path: Path) -> None:
    store.organizations.add("Lab")
    with pytest.raises(InvalidFilter, match="there is no organization 'lap': did you mean 'lab'"):
        export(store, tmp_path / "x.jsonl", where=Filter(organization="lap"))
    assert not (tmp_path / "x.jsonl").exists()


def test_an_export_is_private_and_counted(store: Store, tmp_path: Path) -> None:
    store.items.add("one")
    told: list[int] = []
    done = export(store, tmp_path / "x.jsonl", progress=told.append)
    assert (done.items, done.format, done.destination) == (1, "jsonl", str(tmp_path / "x.jsonl"))
    assert stat.S_IMODE((tmp_path / "x.jsonl").stat().st_mode) == 0o600


def test_progress_is_told_every_thousand_items(store: Store, tmp_path: Path) -> None:
    put_all(store, [ItemRecord(f"n{number}", key=str(number)) for number in range(2100)])
    told: list[int] = []
    export(store, tmp_path / "x.jsonl", progress=told.append)
    assert told == [1000, 2000]


def test_an_export_sees_one_state_of_the_file(store: Store, tmp_path: Path) -> None:
    [store.items.add(f"n{number}") for number in range(5)]

    def write(_: int) -> None:
        raise AssertionError

    with Store.open(store.path) as beside, store.reading():
        store.items.count()
        beside.items.add("later")
        assert export(store, tmp_path / "x.jsonl", progress=write).items == 5


@pytest.mark.parametrize(
    ("dest", "format", "message"),
    [
        ("x.xyz", None, "which format"),
        ("x.jsonl", "llm-logs", "read but not written"),
        ("no/where.jsonl", None, "cannot be written"),
    ],
)
def test_a_destination_that_cannot_be_used_is_refused(
    store: Store, tmp_path: Path, dest: str, format: str | None, message: str
) -> None:
    store.items.add("one")
    with pytest.raises(TransferError, match=message):
        export(store, tmp_path / dest, format)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db", "store.db-shm", "store.db-wal"]


def test_a_folder_of_notes_comes_back_as_it_was(store: Store, tmp_path: Path) -> None:
    store.items.add("A note", text="its text", tags=["t"], meta_data={"n": 1})
    export(store, tmp_path / "vault")
    lines = exported(store)
    with Store.open(tmp_path / "second.db", email="second@example.org") as second:
        import_files(second, [tmp_path / "vault"])
        assert exported(second) == lines
        assert import_files(second, [tmp_path / "vault"]).counts() == {"skipped": 1}


def test_an_export_never_replaces_a_database_or_the_kept_files(store: Store) -> None:
    store.items.add("one")
    before = store.path.read_bytes()
    with pytest.raises(TransferError, match="is a SQLite file"):
        export(store, store.path, "jsonl")
    with pytest.raises(TransferError, match="folder of the store's files"):
        export(store, store.files.folder / "all.jsonl")
    assert store.path.read_bytes() == before
