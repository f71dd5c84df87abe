"""What is written stays where it was asked for, whatever titles and rows say; what lies elsewhere is neither read nor
written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import Store
from localstore.errors import TransferError
from localstore.exporting import export
from localstore.transfer.folder import file_name
from sync.files.changefile import export_changes
from sync.files.sql_export import export_sql

ODD_TITLES = [
    "../../escaped", "/etc/escaped", "..", ".", "~", "C:\\escaped", "..\\escaped", "-rf", ".hidden", "CON", "aux.txt",
    "a" * 300, "é" * 200, "UPPER", "upper", "nul\tline\nline", "\u202egnp.exe", "a/../../b", "trailing. . .", "\x1b[2J",
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", email="ada@example.org") as made:
        yield made


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_notes_named_by_hostile_titles_are_files_of_the_folder(store: Store, tmp_path: Path) -> None:
    for title in ODD_TITLES:
        store.items.add(title, text="text")
    outside = below(tmp_path)
    export(store, tmp_path / "vault", "markdown")
    assert {name for name in below(tmp_path) - outside if not name.startswith("vault")} == set()
    found = sorted(path for path in (tmp_path / "vault").iterdir())
    assert len(found) == len(ODD_TITLES)
    assert len({path.name.casefold() for path in found}) == len(found)
    assert [path for path in found if path.is_dir() or path.name.startswith(".") or len(path.name.encode()) > 255] == []


@given(st.text(max_size=300), st.text(max_size=12))
def test_a_name_is_one_part_of_a_path_on_every_system(title: str, identifier: str) -> None:
    name = file_name(title, identifier.replace("/", ""), set())
    assert Path(name).name == name and not set(name) & set('<>:"/\\|?*\0')
    assert not name.startswith(".") and len(name.encode("utf-8", "replace")) <= 255


def test_a_file_export_replaces_a_link_and_not_what_it_leads_to(store: Store, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "precious")
    export(store, tmp_path / "out.jsonl", "jsonl")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "out.jsonl").is_symlink()


@pytest.mark.parametrize("leads_to", ["missing", "full"])
def test_a_folder_export_writes_through_no_link(store: Store, tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "own.txt").write_text("precious")
    (tmp_path / "vault").symlink_to(tmp_path / leads_to)
    store.items.add("A note", text="text")
    with pytest.raises(TransferError):
        export(store, tmp_path / "vault", "markdown")
    assert below(tmp_path / "full") == {"own.txt"} and not (tmp_path / "missing").exists()


def test_a_folder_with_something_in_it_is_not_written_over(store: Store, tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "own.txt").write_text("precious")
    with pytest.raises(TransferError, match="not an empty folder"):
        export(store, tmp_path / "vault", "markdown")


# -- rows of others name files of ours

SECRET = "a-secret-of-this-machine"
PATHS = [
    "sha256:../../secret",
    "sha256:" + "/" * 64,
    "file:///etc/../{0}/secret",
    "file://localhost{0}/secret",
    "{0}/secret",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_file_that_a_row_names_is_read_into_no_export_and_never_deleted(
    store: Store, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    item = store.items.add("From a colleague", organization=str(store.organizations.add("Lab", "lab").id))
    row = store.files.add(item_id=item.id, filename="../../x", path=path.format(tmp_path), size_bytes=1, checksum="0")
    store.files.verify()
    export(store, tmp_path / "out.jsonl", "jsonl")
    export_sql(store, tmp_path / "out.sql")
    export_changes(store, tmp_path / "out.changes", share="all")
    store.files.unreferenced(remove=True)
    store.files.delete(str(row.id))
    store.trash.empty()
    store.files.unreferenced(remove=True)
    written = [path for path in tmp_path.glob("out.*") if SECRET in path.read_text()]
    assert (written, (tmp_path / "secret").read_text()) == ([], SECRET)


@pytest.mark.parametrize("path", ["sha256:../../secret", "sha256:" + "0" * 63 + "/", "SHA256:" + "0" * 64, "sha256:"])
def test_only_a_whole_hash_names_a_kept_file(store: Store, path: str) -> None:
    row = store.files.add(filename="x", path=path, size_bytes=0)
    assert store.files.local_path(row) is None
