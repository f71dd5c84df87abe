"""Fine-tuning lines, ShareGPT and Alpaca: lines and lists, in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localstore.records import ContentRecord, ItemRecord
from localstore.transfer import ReadOptions
from tests.localstore.transfer.reading import bad, items, only, read_bytes, written

TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALLS = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}}]
LINE = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Weather in Ulm?"}, {"type": "image_url", "image_url": {}}],
        },
        {"role": "assistant", "content": None, "tool_calls": CALLS},
        {"role": "tool", "content": "rain", "tool_call_id": "c1", "name": "weather"},
        {"role": "assistant", "content": "Rain.", "weight": 0},
    ],
    "tools": TOOLS,
}


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def test_messages_become_a_conversation_called_by_its_question() -> None:
    found = only(read_bytes("messages", lines(LINE)))
    assert (found.title, found.type, found.meta_data) == ("Weather in Ulm?", "conversation", {"tools": TOOLS})
    assert [content.role for content in found.contents] == ["system", "user", "assistant", "tool", "assistant"]
    assert found.contents[2].meta_data == {"position": 2, "tool_calls": CALLS}
    assert [content.text for content in found.contents[2:]] == ["", "rain", "Rain."]


def test_messages_written_are_the_messages_read() -> None:
    found = items(read_bytes("messages", lines(LINE)))
    assert json.loads(written("messages", found)) == LINE


def test_a_text_that_was_edited_is_written_and_not_the_blocks_it_came_from() -> None:
    found = only(read_bytes("messages", lines(LINE)))
    found.contents[1].text = "Edited"
    assert json.loads(written("messages", [found]))["messages"][1]["content"] == "Edited"


def test_items_without_texts_are_not_written_as_messages() -> None:
    given = [ItemRecord("empty"), ItemRecord("note", contents=[ContentRecord("Hi")])]
    assert written("messages", given) == b'{"messages":[{"role":"user","content":"Hi"}]}\n'


def test_sharegpt_turns_get_the_usual_roles() -> None:
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}, {"from": "tool", "value": "{}", "n": 1}]
    found = only(read_bytes("sharegpt", lines({"id": "s1", "conversations": turns, "system": "S", "lang": "en"})))
    assert [(content.role, content.text) for content in found.contents] == [
        ("system", "S"),
        ("user", "Hi"),
        ("assistant", "Ho"),
        ("tool", "{}"),
    ]
    assert (found.key, found.meta_data, found.contents[3].meta_data) == ("s1", {"lang": "en"}, {"position": 3, "n": 1})


def test_alpaca_puts_the_input_under_the_instruction() -> None:
    found = only(read_bytes("alpaca", lines({"instruction": "Add.", "input": "1 + 1", "output": "2", "source": "x"})))
    asked, answer = found.contents
    assert (asked.role, asked.text, answer.role, answer.text) == ("user", "Add.\n\n1 + 1", "assistant", "2")
    assert asked.text[asked.meta_data["input_start"] :] == "1 + 1"
    assert (found.title, found.meta_data) == ("Add.", {"source": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messages", LINE),
        ("sharegpt", {"conversations": [{"from": "human", "value": "Hi"}]}),
        ("alpaca", {"instruction": "Add.", "input": "", "output": "2"}),
    ],
)
def test_a_list_reads_as_its_lines_do(name: str, value: Any) -> None:
    listed = read_bytes(name, json.dumps([value, value], indent=2).encode(), ReadOptions(type="chat"))
    lined = read_bytes(name, lines(value, value), ReadOptions(type="chat"))
    assert [record.contents for record in items(listed)] == [record.contents for record in items(lined)]
    assert [record.type for record in items(listed)] == ["chat", "chat"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("messages", {"messages": {}}, "messages: expected a list, got dict"),
        ("messages", {"messages": [{"content": "x"}]}, "messages[0].role: a value is needed"),
        ("messages", {"messages": [{"role": "user", "content": 5}]}, "messages[0].content: expected a list, got int"),
        ("messages", {"messages": [{"role": "user", "content": "a\0"}]}, "NUL at character 1"),
        ("messages", {"title": "x"}, "a conversation without messages"),
        ("messages", [1], "expected an object, got list"),
        ("sharegpt", {"conversations": [{"value": "x"}]}, "conversations[0].from: a value is needed"),
        ("sharegpt", {"conversations": ["x"]}, "conversations[0]: expected an object, got str"),
        ("alpaca", {"output": "x"}, "instruction: a value is needed"),
        ("alpaca", {"instruction": ["x"], "output": "x"}, "instruction: expected text, got list"),
    ],
)
def test_a_bad_conversation_is_reported_with_the_path_to_the_fault(name: str, value: Any, reason: str) -> None:
    good = {"messages": [{"role": "user", "content": "Hi"}], "conversations": [{"from": "human", "value": "Hi"}]}
    found = read_bytes(name, lines({**good, "instruction": "Hi"}, value))
    assert len(items(found)) == 1
    (problem,) = bad(found)
    assert (problem.place, reason in problem.reason) == ("stdin:2", True)
