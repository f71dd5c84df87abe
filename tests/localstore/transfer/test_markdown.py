"""Markdown: folders and files of notes in, a folder out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.errors import TransferError
from localstore.records import ContentRecord, ItemRecord, TagRecord
from localstore.transfer import STREAM, ReadOptions, WriteOptions, named
from tests.localstore.transfer.reading import bad, items, only, read
from tests.localstore.transfer.strategies import calm, records

ID = "0198f0aa-1111-7222-8333-444455556666"


def note(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_note(folder: Path, text: str | bytes, options: ReadOptions | None = None) -> ItemRecord:
    return only(read("markdown", note(folder, "a note.md", text), options))


def test_a_folder_gives_one_item_per_note_with_its_relative_path_as_key(tmp_path: Path) -> None:
    note(tmp_path, "b.txt", "plain\n")
    note(tmp_path, "deep/er/a.md", "# A [[b]]\n")
    note(tmp_path, "picture.png", b"\x89PNG\0")
    note(tmp_path, ".obsidian/x.md", "hidden")
    note(tmp_path, ".hidden.md", "hidden")
    found = items(read("markdown", tmp_path))
    assert [(record.key, record.title, record.place) for record in found] == [
        ("b.txt", "b", "b.txt:1"),
        ("deep/er/a.md", "A [[b]]", "deep/er/a.md:1"),
    ]
    assert [record.contents[0].text for record in found] == ["plain", "# A [[b]]"]


def test_links_out_of_the_folder_and_rings_are_not_followed(tmp_path: Path) -> None:
    outside = note(tmp_path, "outside/secret.md", "secret")
    folder = note(tmp_path, "notes/a.md", "A").parent
    (folder / "link.md").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "ring.md").symlink_to(folder / "ring.md")
    (folder / "self").symlink_to(folder)
    (folder / "inside.md").symlink_to(folder / "a.md")
    options = ReadOptions()
    assert [record.key for record in items(read("markdown", folder, options))] == ["a.md", "inside.md"]
    assert "link.md is a link that leaves the folder or leads nowhere" in options.report.summary()


def test_front_matter_gives_title_tags_and_date_and_the_rest_is_meta_data(tmp_path: Path) -> None:
    text = (
        "---\ntitle: Der Titel\ntags: [a, '#b c', 2024]\naliases:\n- x\ndate: 2024-01-31\nid: zettel-1\n"
        "type: essay\nwhen: 2024-02-01 10:00:00\n---\n\nBody\n"
    )
    found = read_note(tmp_path, text)
    assert found.title == "Der Titel"
    assert [tag.name for tag in found.tags] == ["a", "b c", "2024"]
    assert found.created_at == "2024-01-31T00:00:00.000000Z"
    assert found.meta_data == {"aliases": ["x"], "type": "essay", "when": "2024-02-01T10:00:00", "id": "zettel-1"}
    assert (found.id, found.key, found.type) == (None, "a note.md", None)
    assert found.contents[0].text == "Body"


@pytest.mark.parametrize(
    ("written", "names"),
    [("a, b c", ["a", "b c"]), ("'#a #b'", ["a", "b"]), ("a", ["a"]), ("", []), ("[yes, 1.5]", ["true", "1.5"])],
)
def test_tags_may_be_a_text_or_a_list(tmp_path: Path, written: str, names: list[str]) -> None:
    found = read_note(tmp_path, f"---\ntags: {written}\n---\nx")
    assert [tag.name for tag in found.tags] == names


def test_a_uuid_in_the_front_matter_is_the_id(tmp_path: Path) -> None:
    assert read_note(tmp_path, f"---\nid: {ID.upper()}\n---\nx").id == ID


def test_a_date_that_is_none_stays_in_meta_data(tmp_path: Path) -> None:
    found = read_note(tmp_path, "---\ndate: one day\n---\nx")
    assert (found.created_at, found.meta_data) == (None, {"date": "one day"})


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n## Second *level*  ##\n# First\n", "Second *level*"),
        ("```\n# code\n```\n# Real\n", "Real"),
        ("#tag is no heading\n", "a note"),
        ("", "a note"),
        ("# " + "x" * 300, "x" * 199 + "…"),
        ("---\ntitle: 2024-01-31\n---\n# No", "2024-01-31"),
        ("---\ntitle:\n---\n# Yes", "Yes"),
    ],
)
def test_the_title_is_the_one_given_else_the_first_heading_else_the_name(tmp_path: Path, text: str, title: str) -> None:
    assert read_note(tmp_path, text).title == title


@pytest.mark.parametrize(
    "text",
    ["---\nno front matter, a rule\n", "---\njust text\n---\nmore\n", "text\n---\na: 1\n---\n", "----\na: 1\n---\n"],
)
def test_rules_are_not_front_matter(tmp_path: Path, text: str) -> None:
    found = read_note(tmp_path, text)
    assert (found.contents[0].text, found.meta_data) == (text.removesuffix("\n"), {})


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"---\ntitle: a\nfoo: b: c\n---\n", 3, "mapping values are not allowed"),
        (b"---\na: [1\n---\n", 3, "front matter: did not find expected"),
        (b"---\ntags: {a: 1}\n---\n", 1, "tags: expected names"),
        (b"---\ntitle: [a]\n---\n", 1, "title: expected text"),
        (b"---\na: &x [1]\nb: *x\n---\n", 1, "the alias \\*x is not read"),
        (b"---\na: " + b"[" * 9000 + b"]" * 9000 + b"\n---\n", 1, "nested deeper than 50"),
        (b"---\na: .nan\n---\n", 1, "front matter.a: nan has no place in JSON"),
        (b"---\na: 99999999999999999999\n---\n", 1, "does not fit 64 bits"),
        (b"---\na: !!python/object:os.system x\n---\n", 2, "could not determine a constructor"),
        (b"---\na: 2024-02-31\n---\n", 1, "cannot be read"),
        (b"---\na: !!binary aGk=\n---\n", 1, "bytes has no place in JSON"),
        (b"one\ntwo \xe9\n", 2, "byte 0xe9 is not UTF-8"),
        (b"a\0b", 1, "NUL at character 1"),
        (b"\0\x01\x02\xff\0\0\0\0" * 99, 1, "binary, no text"),
        ("text".encode("utf-16"), 1, "UTF-16"),
    ],
)
def test_a_bad_note_is_reported_and_the_others_go_on(tmp_path: Path, data: bytes, line: int, reason: str) -> None:
    note(tmp_path, "bad.md", data)
    note(tmp_path, "good.md", "fine")
    found = read("markdown", tmp_path)
    assert [record.key for record in items(found)] == ["good.md"]
    (problem,) = bad(found)
    assert problem.place == f"bad.md:{line}"
    assert reason.replace("\\", "") in problem.reason


def test_splitting_at_headings_keeps_position_span_and_a_key_that_survives_edits(tmp_path: Path) -> None:
    body = "intro\n\n# One\ntext\n\n# Two\n\n# Two\nagain"
    found = read_note(tmp_path, f"---\nx: 1\n---\n{body}\n", ReadOptions(split="headings"))
    assert [(content.key, content.text) for content in found.contents] == [
        ("0", "intro"),
        ("One", "# One\ntext"),
        ("Two", "# Two"),
        ("Two (2)", "# Two\nagain"),
    ]
    assert found.contents[1].meta_data == {"position": 1, "span": [7, 17], "heading": "One"}
    assert body[7:17] == "# One\ntext"


@calm
@given(st.text(st.sampled_from("ab .\n#"), max_size=200), st.integers(1, 50))
def test_pieces_are_no_longer_than_asked_and_hold_all_that_is_not_space(text: str, length: int) -> None:
    from localstore.transfer.sections import sections

    pieces = [text[one.start : one.end] for one in sections(text, str(length))]
    assert max(map(len, pieces), default=0) <= length
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize("split", ["0", "-1", "heading", "", "²"])
def test_an_unknown_split_is_refused(tmp_path: Path, split: str) -> None:
    with pytest.raises(TransferError, match="--split"):
        read_note(tmp_path, "x", ReadOptions(split=split))


@calm
@given(st.lists(records, max_size=3))
def test_a_folder_written_and_read_holds_the_same_items(given_records: list[ItemRecord]) -> None:
    expected = [comparable(record) for record in given_records]
    with TemporaryDirectory() as place:
        folder = Path(place) / "out"
        assert named("markdown").write(given_records, folder, WriteOptions()) == len(given_records)
        found = read("markdown", folder)
    assert bad(found) == []
    assert sorted(map(repr, (comparable(record) for record in items(found)))) == sorted(map(repr, expected))


def comparable(record: ItemRecord) -> ItemRecord:
    """What a note can carry: not vectors and files, nor the difference between nothing and an empty text."""
    contents = [replace(content, embeddings=[], role=content.role or "user") for content in record.contents]
    tags = [TagRecord(tag.name, tag.color or None) for tag in record.tags]
    plain: dict[str, Any] = {
        name: getattr(record, name) or None for name in ("type", "description", "organization", "owner")
    }
    return replace(record, contents=contents, tags=tags, embeddings=[], files=[], place="", key=None, title="", **plain)


def test_titles_become_safe_file_names_that_differ(tmp_path: Path) -> None:
    titles = ["a/b:c", "A B C", "", "..", "CON", "x" * 500, "é" * 300, "line\nbreak"]
    given_records = [ItemRecord(title, id=f"0198f0aa-1111-7222-8333-44445555000{n}") for n, title in enumerate(titles)]
    named("markdown").write(given_records, tmp_path / "out", WriteOptions())
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == len({name.casefold() for name in names}) == len(titles)
    assert "a b c.md" in names and "A B C 55550001.md" in names and "note CON.md" in names
    assert max(len(name.encode()) for name in names) <= 200


def test_a_folder_that_holds_something_is_not_written_to(tmp_path: Path) -> None:
    note(tmp_path, "out/mine.md", "keep")
    with pytest.raises(TransferError, match="not an empty folder"):
        named("markdown").write([ItemRecord("x")], tmp_path / "out", WriteOptions())
    with pytest.raises(TransferError, match="name one instead of -"):
        named("markdown").write([], STREAM, WriteOptions())


def test_several_contents_come_back_with_their_ids_and_exact_texts(tmp_path: Path) -> None:
    contents = [ContentRecord("\n one\n", "user", id=ID), ContentRecord("", "assistant", id=ID[:-1] + "7")]
    named("markdown").write([ItemRecord("Chat", id=ID, contents=contents)], tmp_path / "out", WriteOptions())
    assert only(read("markdown", tmp_path / "out")).contents == contents
