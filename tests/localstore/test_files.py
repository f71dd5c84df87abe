import hashlib
import os
import resource
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localstore import InvalidValue, NotFound, Store, Taken
from localstore.attached.file_kinds import mime_type
from localstore.attached.file_paths import file_uri, local_file
from localstore.errors import StoreFull, StoreReadOnly
from localstore.ids import short
from localstore.models import FileAsset
from tests.localstore.snapshots import everything

HOST = socket.gethostname()


@pytest.fixture
def item(store: Store) -> str:
    return str(store.items.add("Paper").id)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    place = tmp_path / "paper.pdf"
    place.write_bytes(b"%PDF-1.7 words")
    return place


def kept(store: Store) -> list[Path]:
    return sorted(place for place in store.files.folder.rglob("*") if place.is_file())


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


# -- attaching


def test_an_attached_file_stays_where_it_is(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper)
    assert asset.path == f"file://{HOST}{paper}"
    assert (asset.filename, asset.mime_type, asset.size_bytes) == ("paper.pdf", "application/pdf", 14)
    assert asset.checksum == hashlib.sha256(b"%PDF-1.7 words").hexdigest()
    assert (asset.item_id, asset.owner_id) == (item, store.local_user_id)
    assert not store.files.folder.exists()


def test_a_copied_file_is_kept_beside_the_store_and_private(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper, copy=True)
    digest = hashlib.sha256(b"%PDF-1.7 words").hexdigest()
    place = Path(f"{store.path}.files", digest[:2], digest)
    assert asset.path == f"sha256:{digest}"
    assert kept(store) == [place]
    assert (mode(place), mode(place.parent), mode(store.files.folder)) == (0o600, 0o700, 0o700)
    paper.unlink()
    assert store.files.read(asset) == b"%PDF-1.7 words"


@pytest.mark.parametrize("copy", [False, True])
def test_an_item_moves_when_a_file_is_attached_and_the_event_names_it(
    store: Store, item: str, paper: Path, copy: bool
) -> None:
    before = store.items.get(item).updated_at
    store.files.attach(item, paper, copy=copy)
    event = store.events.page(limit=1).rows[0]
    assert store.items.get(item).updated_at > before
    assert (event.event_type, event.item_id, event.payload["filename"]) == ("file.attached", item, "paper.pdf")


def test_a_file_may_belong_to_no_item(store: Store, paper: Path) -> None:
    assert store.files.attach(None, paper).item_id is None


def test_files_of_an_item_are_listed_by_name(store: Store, item: str, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"b")
    (tmp_path / "a").write_bytes(b"a")
    store.files.attach(item, tmp_path / "b")
    store.files.attach(item, tmp_path / "a")
    assert [asset.filename for asset in store.files.of(item)] == ["a", "b"]


@pytest.mark.parametrize("name", ["ä ö#?%.txt", "a b", "新しい.md", "semi;colon&amp"])
def test_any_name_is_written_as_a_uri_and_found_again(store: Store, item: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x", encoding="utf-8")
    asset = store.files.attach(item, tmp_path / name)
    assert asset.filename == name
    assert asset.path.isascii()
    assert not set(asset.path) & set(" #?")
    assert store.files.local_path(asset) == tmp_path / name
    assert store.files.read(asset) == b"x"


def test_a_name_that_is_no_utf8_is_kept_byte_for_byte(store: Store, item: str, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"\xff\xfe.bin")
    place.write_bytes(b"x")
    asset = store.files.attach(item, place)
    assert asset.path.endswith("/%FF%FE.bin")
    assert asset.filename == "\ufffd\ufffd.bin"
    assert store.files.read(asset) == b"x"


def test_one_file_written_two_ways_is_one_path(store: Store, item: str, paper: Path) -> None:
    store.files.attach(item, paper)
    (paper.parent / "sub").mkdir()
    with pytest.raises(Taken, match="attached already"):
        store.files.attach(item, paper.parent / "sub" / ".." / "paper.pdf")


def test_a_path_attached_twice_is_refused_and_the_item_named(store: Store, item: str, paper: Path) -> None:
    held = store.files.attach(item, paper)
    other = store.items.add("Other").id
    before = everything(store)
    expected = rf"attached already to the item 'Paper' \(file {short(held.id)}\): detach it there first"
    with pytest.raises(Taken, match=expected) as error:
        store.files.attach(other, paper)
    assert (error.value.holder, error.value.path) == (held.id, "path")
    assert everything(store) == before


def test_the_same_content_copied_for_a_second_item_is_refused_and_the_first_named(
    store: Store, item: str, paper: Path, tmp_path: Path
) -> None:
    store.files.attach(item, paper, copy=True)
    (tmp_path / "same.pdf").write_bytes(paper.read_bytes())
    other = store.items.add("Other").id
    before, files = everything(store), kept(store)
    with pytest.raises(Taken, match="attached already to the item 'Paper'"):
        store.files.attach(other, tmp_path / "same.pdf", copy=True)
    assert everything(store) == before
    assert kept(store) == files


def test_a_file_that_belongs_to_no_item_is_named_when_it_is_taken(store: Store, item: str, paper: Path) -> None:
    store.files.attach(None, paper)
    with pytest.raises(Taken, match=r"attached already as 'paper\.pdf', to no item"):
        store.files.attach(item, paper)


def test_a_row_added_by_its_columns_takes_no_path_twice_either(store: Store, item: str) -> None:
    store.files.add(item_id=item, filename="x.bin", path="file://elsewhere/x.bin")
    with pytest.raises(Taken, match="attached already to the item 'Paper'"):
        store.files.add(filename="x.bin", path="file://elsewhere/x.bin")


def test_progress_tells_every_megabyte_and_ends_at_the_total(store: Store, item: str, tmp_path: Path) -> None:
    size = (2 << 20) + 5
    (tmp_path / "big.bin").write_bytes(b"x" * size)
    steps: list[tuple[int, int]] = []
    store.files.attach(item, tmp_path / "big.bin", copy=True, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1 << 20, size), (2 << 20, size), (size, size)]


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda place: None, "there is no file .*: check the path"),
        (lambda place: place.mkdir(), "is a folder: name a file in it"),
        (lambda place: place.symlink_to(place.with_name("gone")), "there is no file"),
        (lambda place: os.mkfifo(place), "is no ordinary file"),
        (lambda place: place.symlink_to("/proc/self/mem"), "cannot be read: Input/output error; check its permissions"),
    ],
    ids=["missing", "folder", "broken link", "pipe", "unreadable"],
)
def test_what_is_no_readable_file_is_refused(
    store: Store, item: str, tmp_path: Path, make: Callable[[Path], Any], message: str, copy: bool
) -> None:
    make(tmp_path / "it")
    before = everything(store)
    with pytest.raises(InvalidValue, match=f"path: .*{message}"):
        store.files.attach(item, tmp_path / "it", copy=copy)
    assert everything(store) == before
    assert kept(store) == []


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_a_path_that_cannot_be_is_refused(store: Store, item: str, path: str) -> None:
    with pytest.raises(InvalidValue, match="path: "):
        store.files.attach(item, path)


def test_attaching_to_no_item_that_exists_copies_nothing(store: Store, paper: Path) -> None:
    with pytest.raises(NotFound, match="There is no item"):
        store.files.attach("no such item", paper, copy=True)
    assert kept(store) == []


def test_a_store_open_for_reading_takes_no_file_and_makes_no_folder(store: Store, item: str, paper: Path) -> None:
    with Store.open(store.path, read_only=True) as reader, pytest.raises(StoreReadOnly, match="open it for writing"):
        reader.files.attach(item, paper, copy=True)
    assert not store.files.folder.exists()


def test_a_copy_that_finds_no_room_is_refused_and_leaves_nothing(store: Store, item: str, tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(b"x" * (3 << 20))
    before = everything(store)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 21, limits[1]))
    try:
        with pytest.raises(StoreFull, match=r"no room for the copy .*: free some space, or attach without copying"):
            store.files.attach(item, tmp_path / "big.bin", copy=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert everything(store) == before
    assert kept(store) == []


def test_a_folder_that_cannot_be_made_is_named(store: Store, item: str, paper: Path) -> None:
    store.files.folder.write_text("in the way")
    with pytest.raises((StoreReadOnly, StoreFull), match="cannot be written"):
        store.files.attach(item, paper, copy=True)


def test_killed_between_copy_and_row_leaves_at_worst_a_file_nobody_refers_to(
    store: Store, item: str, paper: Path
) -> None:
    code = (
        "import os, signal, sys\n"
        "from localstore import Store\n"
        "from localstore.attached import file_bytes\n"
        "settle = file_bytes.settle\n"
        "def then_die(*places):\n"
        "    settle(*places)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "file_bytes.settle = then_die\n"
        "Store.open(sys.argv[1]).files.attach(sys.argv[2], sys.argv[3], copy=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.path), item, str(paper)], check=False)
    assert done.returncode < 0
    assert store.files.count() == 0
    assert store.files.unreferenced() == kept(store)
    assert len(kept(store)) == 1
    assert store.files.attach(item, paper, copy=True).item_id == item
    assert store.files.unreferenced() == []


# -- kinds


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.pdf", b"", "application/pdf"),
        ("notes.md", b"# hi", "text/markdown"),
        ("rows.jsonl", b"{}", "application/jsonl"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.tar.gz", b"\x1f\x8b", "application/gzip"),
        ("noext", b"%PDF-1.4", "application/pdf"),
        ("noext", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("noext", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("noext", b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        ("noext", b"PK\x03\x04", "application/zip"),
        ("noext", b"SQLite format 3\0", "application/vnd.sqlite3"),
        ("wrong.txt", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("noext", "plain ä".encode(), "text/plain"),
        ("noext", "cut ä".encode()[:-1], "text/plain"),
        ("noext", b"\x00\x01\x02", None),
        ("noext", b"\xff\xff broken", None),
        ("noext", b"", None),
        ("data:text,html.png", b"", "image/png"),
    ],
)
def test_a_kind_is_told_by_name_and_first_bytes(name: str, head: bytes, kind: str | None) -> None:
    assert mime_type(name, head) == kind


def test_a_given_kind_wins(store: Store, item: str, paper: Path) -> None:
    assert store.files.attach(item, paper, mime_type="text/x-mine").mime_type == "text/x-mine"


# -- paths


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        (f"file://{HOST}/data/x.pdf", "/data/x.pdf"),
        (f"file://{HOST.upper()}/data/x.pdf", "/data/x.pdf"),
        ("file:///data/x.pdf", "/data/x.pdf"),
        ("file://localhost/data/a%20b", "/data/a b"),
        ("file://another-machine/data/x.pdf", None),
        ("s3://bucket/x.pdf", None),
        ("/data/x.pdf", None),
        (f"file://{HOST}/a%00b", None),
        ("file://[broken/x", None),
        ("", None),
    ],
)
def test_a_uri_is_a_path_on_the_machine_it_names(uri: str, place: str | None) -> None:
    assert local_file(uri) == (Path(place) if place else None)


def test_a_path_and_its_uri_are_one() -> None:
    assert local_file(file_uri(Path("/data/100% #1?.txt"))) == Path("/data/100% #1?.txt")


# -- reading and verifying


def elsewhere(store: Store) -> FileAsset:
    return store.files.add(filename="theirs.bin", path="file://another-machine/theirs.bin")


def test_a_file_on_another_machine_is_not_opened_but_named(store: Store) -> None:
    with pytest.raises(NotFound, match=r"'theirs\.bin' is on another machine: file://another-machine/theirs\.bin"):
        store.files.read(elsewhere(store))


def test_a_file_that_is_gone_is_not_opened(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper)
    paper.unlink()
    with pytest.raises(NotFound, match=r"'paper\.pdf' is not at .* any more: attach it again"):
        store.files.open(asset.id)


def change(place: Path) -> None:
    place.write_bytes(b"%PDF-1.7 sword")


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize(
    ("act", "status", "reason"),
    [
        (lambda place: None, "ok", ""),
        (lambda place: place.unlink(), "missing", "there is no file"),
        (change, "changed", "its content differs"),
        (lambda place: place.write_bytes(b"longer than it was"), "changed", "it has 18 bytes, and had 14"),
    ],
    ids=["untouched", "deleted", "same length", "other length"],
)
def test_verify_tells_what_became_of_a_file(
    store: Store, item: str, paper: Path, copy: bool, act: Callable[[Path], Any], status: str, reason: str
) -> None:
    asset = store.files.attach(item, paper, copy=copy)
    place = store.files.local_path(asset)
    assert place is not None
    act(place)
    before = everything(store)
    [found] = store.files.verify()
    assert (found.id, found.filename, found.item_id, found.local) == (asset.id, "paper.pdf", item, place)
    assert found.status == status
    assert reason in found.reason
    assert everything(store) == before


def test_verify_leaves_other_machines_files_to_them(store: Store) -> None:
    elsewhere(store)
    digest = "ab" * 32
    store.files.add(filename="copy.bin", path=f"sha256:{digest}", meta_data={"host": "another-machine"})
    assert [found.status for found in store.files.verify()] == ["elsewhere", "elsewhere"]


def test_verify_looks_at_the_named_files_only(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper)
    elsewhere(store)
    assert [found.id for found in store.files.verify([asset.id])] == [asset.id]


def test_verify_counts_the_bytes_of_all_files(store: Store, item: str, paper: Path, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"12345")
    store.files.attach(item, paper)
    store.files.attach(item, tmp_path / "b.txt")
    steps: list[tuple[int, int]] = []
    store.files.verify(progress=lambda done, total: steps.append((done, total)))
    assert steps == [(14, 19), (19, 19)]


def test_a_file_without_a_checksum_is_compared_by_size(store: Store, paper: Path) -> None:
    store.files.add(filename="paper.pdf", path=file_uri(paper), size_bytes=14)
    assert store.files.verify()[0].status == "ok"
    paper.write_bytes(b"short")
    assert store.files.verify()[0].status == "changed"


# -- editing and deleting


def test_moving_a_file_to_another_item_moves_both_items(store: Store, item: str, paper: Path) -> None:
    other = store.items.add("Other").id
    asset = store.files.attach(item, paper)
    before = [store.items.get(pk).updated_at for pk in (item, other)]
    store.files.edit(asset.id, item_id=other)
    after = [store.items.get(pk).updated_at for pk in (item, other)]
    assert after[0] > before[0]
    assert after[1] > before[1]


def test_a_deleted_copy_keeps_its_bytes_and_is_restored_with_them(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper, copy=True)
    entry = store.files.delete(asset.id)
    assert store.files.unreferenced() == []
    assert len(kept(store)) == 1
    store.trash.restore(entry.id)
    assert store.files.read(asset.id) == b"%PDF-1.7 words"


def test_a_deleted_item_sets_its_files_free(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper)
    entry = store.items.delete(item)
    assert entry.freed["file_assets"] == 1
    assert store.files.get(asset.id).item_id is None


def test_undoing_an_attachment_takes_the_row_and_redoing_brings_it_back(store: Store, item: str, paper: Path) -> None:
    asset = store.files.attach(item, paper, copy=True)
    store.undo()
    assert store.files.count() == 0
    assert store.files.unreferenced() == []
    store.redo()
    assert store.files.read(asset.id) == b"%PDF-1.7 words"


def test_bytes_without_a_row_are_listed_and_removed_on_request(
    store: Store, item: str, paper: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.txt").write_text("other")
    store.files.delete(store.files.attach(item, paper, copy=True).id)
    staying = store.files.attach(item, tmp_path / "other.txt", copy=True)
    store.trash.empty()
    [loose] = store.files.unreferenced()
    assert loose.read_bytes() == b"%PDF-1.7 words"
    assert store.files.unreferenced(remove=True) == [loose]
    assert kept(store) == [store.files.local_path(staying)]
    assert not loose.parent.exists() or loose.parent == kept(store)[0].parent


@pytest.mark.parametrize(("hours", "found"), [(1, 0), (48, 1)])
def test_an_unfinished_copy_is_loose_when_it_is_a_day_old(store: Store, hours: int, found: int) -> None:
    store.files.folder.mkdir()
    draft = store.files.folder / ".draft-0193"
    draft.write_bytes(b"half")
    os.utime(draft, (time.time() - hours * 3600,) * 2)
    assert len(store.files.unreferenced(remove=True)) == found
    assert draft.exists() is not bool(found)


def test_other_files_in_the_folder_are_left_alone(store: Store) -> None:
    store.files.folder.mkdir()
    (store.files.folder / "README").write_text("mine")
    assert store.files.unreferenced(remove=True) == []
    assert (store.files.folder / "README").exists()
