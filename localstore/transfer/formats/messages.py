"""Fine-tuning lines as OpenAI takes them: ``{"messages": [{"role", "content"}, …], "tools": […]}``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from localstore.errors import InvalidValue
from localstore.records import ContentRecord, ItemRecord
from localstore.transfer.chat import Chat, Message, block_text, conversation, others
from localstore.transfer.checks import check_list, check_object
from localstore.transfer.destination import writing
from localstore.transfer.documents import read_documents
from localstore.transfer.format import Format, Read, ReadOptions, WriteOptions
from localstore.transfer.sample import Sample

KEPT = ("tool_calls", "tool_call_id", "name", "weight", "function_call", "refusal")


def recognise(sample: Sample) -> int:
    """JSON objects with ``messages``."""
    return 85 if sample.kind == "file" and "messages" in sample.keys else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per line."""
    return read_documents(source, options, _conversation)


def _conversation(value: Any, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    given = check_object(value, "")
    entries = check_list(given.get("messages"), "messages")
    chat = Chat(
        [_message(check_object(entry, f"messages[{n}]"), n) for n, entry in enumerate(entries)],
        title=given.get("title"),
        identifier=given.get("id"),
        meta_data=others(given, "messages", "title", "id"),
    )
    return conversation(chat, raw, place, options)


def _message(given: dict[str, Any], number: int) -> Message:
    """Parts of a content that are no text (images, sound) are kept beside it, so that export finds them."""
    text, rest = block_text(given.get("content"), f"messages[{number}].content")
    if "role" not in given:
        raise InvalidValue("a value is needed, got none", f"messages[{number}].role")
    meta = others(given, "role", "content")
    if rest:
        meta["content"] = given["content"]
    return Message(role=given["role"], text=text, meta_data=meta)


def write(records: Iterable[ItemRecord], dest: Path, options: WriteOptions) -> int:
    """Write one line per item that has contents; return how many."""
    count = 0
    with writing(dest, options) as stream:
        for record in records:
            if record.contents:
                stream.write(orjson.dumps(_line(record), option=orjson.OPT_APPEND_NEWLINE))
                count += 1
    return count


def _line(record: ItemRecord) -> dict[str, Any]:
    tools = record.meta_data.get("tools")
    return {"messages": [_entry(content) for content in record.contents]} | ({"tools": tools} if tools else {})


def _entry(content: ContentRecord) -> dict[str, Any]:
    meta = content.meta_data
    calls = {key: meta[key] for key in KEPT if key in meta}
    text: Any = content.text
    if isinstance(parts := meta.get("content"), list) and block_text(parts, "content")[0] == text:
        text = parts  # nobody edited the text since the import
    return {"role": content.role, "content": None if not text and "tool_calls" in calls else text, **calls}


FORMAT = Format(
    name="messages",
    summary='chat lines for fine-tuning ({"messages": […]})',
    extensions=(),
    recognise=recognise,
    reader=read,
    writer=write,
)
