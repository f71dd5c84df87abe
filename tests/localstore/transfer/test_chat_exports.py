"""The exports of ChatGPT and Claude: files, ZIPs, folders; trees, rings and blocks."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localstore.errors import TransferError
from localstore.transfer import ReadOptions, archive, detect
from tests.localstore.transfer.reading import bad, items, only, read, read_bytes

FIXTURES = Path(__file__).parent / "fixtures"


def chatgpt(**given: Any) -> bytes:
    return json.dumps([{"title": "T", "id": "x", **given}]).encode()


def node(text: str, parent: str | None, *children: str) -> dict[str, Any]:
    message = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [text]}}
    return {"message": message, "parent": parent, "children": list(children)}


def test_a_chatgpt_conversation_is_its_open_branch() -> None:
    first = items(read("chatgpt", FIXTURES / "chatgpt.json"))[0]
    assert (first.title, first.type, first.id) == (
        "Sorting a list",
        "conversation",
        "68a1c0de-1111-4222-8333-abcdefabcdef",
    )
    assert [(content.key, content.role, content.text) for content in first.contents] == [
        ("n1", "user", "How do I sort this?"),
        ("n3", "assistant", "sorted(x)"),
        ("n4", "assistant", "Use sorted().\nIt is stable."),
    ]
    assert first.created_at == "2023-11-14T22:13:20.250000Z"
    assert first.contents[0].meta_data["parts"][0]["asset_pointer"] == "file-service://file-1"
    assert first.contents[1].meta_data == {"position": 1, "content_type": "code", "recipient": "python"}
    assert first.contents[2].meta_data == {"position": 2, "model_slug": "gpt-4o"}


def test_all_branches_are_read_when_asked_for() -> None:
    first = items(read("chatgpt", FIXTURES / "chatgpt.json", ReadOptions(all_branches=True)))[0]
    assert [(content.key, content.meta_data["branch"]) for content in first.contents] == [
        ("n1", "open"),
        ("n3", "open"),
        ("n4", "open"),
        ("n2", "other"),
    ]
    assert first.contents[3].meta_data["parent"] == "n1"


@pytest.mark.parametrize("all_branches", [False, True])
def test_a_ring_of_parents_ends_and_an_untitled_chat_is_called_by_its_question(all_branches: bool) -> None:
    second = items(read("chatgpt", FIXTURES / "chatgpt.json", ReadOptions(all_branches=all_branches)))[1]
    assert (second.title, second.key, second.created_at) == ("Round and", "short", None)
    assert [content.text for content in second.contents] == ["Thinking", "Round and\nround"]


def test_a_very_deep_tree_is_walked_without_recursion() -> None:
    mapping = {f"n{n}": node(f"text {n}", f"n{n - 1}" if n else None, f"n{n + 1}") for n in range(5000)}
    found = only(read_bytes("chatgpt", chatgpt(mapping=mapping, current_node="n4999"), ReadOptions(all_branches=True)))
    assert [content.text for content in found.contents] == [f"text {n}" for n in range(5000)]


@pytest.mark.parametrize(
    "given",
    [
        {"mapping": None},
        {"mapping": {}},
        {"mapping": {"a": None}},
        {"mapping": {"a": node("x\0", None)}, "current_node": "a"},
        {"mapping": {"a": {**node("x", None), "message": {"content": []}}}, "current_node": ["a"]},
        {"mapping": {"a": node("x", None)}, "title": 5},
    ],
)
def test_a_broken_conversation_is_reported_and_the_rest_goes_on(given: dict[str, Any]) -> None:
    good = {"title": "G", "id": "g", "mapping": {"a": node("fine", None)}, "current_node": "a"}
    found = read_bytes("chatgpt", json.dumps([{"title": "T", "id": "x", **given}, good]).encode())
    assert [record.title for record in items(found)] == ["G"]
    assert [problem.place for problem in bad(found)] == ["stdin:1 (element 1)"]


def test_a_claude_conversation_has_its_blocks_and_attachments() -> None:
    found = read("claude", FIXTURES / "claude.json")
    (record,) = items(found)
    assert (record.title, record.id) == ("Haiku", "3f0e0000-aaaa-4bbb-8ccc-dddddddddddd")
    assert [(content.key, content.role, content.text) for content in record.contents] == [
        ("m1", "user", "Write a haiku"),
        ("m2", "assistant", "Old pond\na frog leaps in"),
    ]
    assert record.contents[0].meta_data["attachments"][0]["extracted_content"] == "A frog."
    assert record.contents[1].meta_data["blocks"] == [{"type": "thinking", "thinking": "5-7-5"}]
    assert record.created_at == "2025-02-03T10:00:00.123456Z"
    assert [problem.reason for problem in bad(found)] == ["a conversation without messages"]


@pytest.mark.parametrize("name", ["chatgpt", "claude"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zips_and_unpacked_folders_are_recognised_and_read_alike(tmp_path: Path, name: str, method: int) -> None:
    data = (FIXTURES / f"{name}.json").read_bytes()
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", method) as made:
        made.writestr("user.json", "{}")
        made.writestr("conversations.json", data)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "conversations.json").write_bytes(data)
    expected = [record.contents for record in items(read(name, FIXTURES / f"{name}.json"))]
    assert [detect(place).name for place in (packed, tmp_path / "folder")] == [name, name]
    assert [record.contents for record in items(read(name, packed))] == expected
    assert [record.contents for record in items(read(name, tmp_path / "folder"))] == expected
    assert items(read(name, packed))[0].place == "export.zip/conversations.json:2 (element 1)"


def test_a_decompression_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FROM", 1 << 20)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("conversations.json", b'[{"mapping":{}},' + b" " * (8 << 20) + b"]")
    with pytest.raises(TransferError, match="once unpacked, which no export has"):
        read("chatgpt", bomb)


def test_a_damaged_zip_and_one_without_conversations_are_refused(tmp_path: Path) -> None:
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("other.json", "[]")
    with pytest.raises(TransferError, match=r"no conversations\.json in this ZIP; it holds other\.json"):
        read("claude", packed)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("conversations.json", (FIXTURES / "claude.json").read_bytes())
    data = bytearray(packed.read_bytes())
    data[80:120] = bytes(40)
    packed.write_bytes(data)
    with pytest.raises(TransferError, match="damaged"):
        read("claude", packed)


def test_a_cut_off_export_gives_what_was_whole_and_says_where_it_ends() -> None:
    data = (FIXTURES / "claude.json").read_bytes()
    found = read_bytes("claude", data[:-60])
    assert len(items(found)) == 1
    assert "the list does not end" in bad(found)[0].reason


def test_messages_that_share_an_id_are_told_apart() -> None:
    message = {"uuid": "m", "sender": "human", "text": "Hi"}
    found = only(read_bytes("claude", json.dumps([{"uuid": "c", "chat_messages": [message, message]}]).encode()))
    assert [content.key for content in found.contents] == ["m", "m (2)"]


def test_reasons_and_places_hold_nothing_that_moves_a_cursor() -> None:
    (problem,) = bad(read_bytes("jsonl", b'{"title":"x","a\\u001b[2J":18446744073709551615}'))
    assert problem.reason.startswith("meta_data.a·[2J: ")
