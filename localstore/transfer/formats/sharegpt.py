"""ShareGPT: ``{"conversations": [{"from": "human", "value": "…"}, …]}``, in lines or in one list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localstore.errors import InvalidValue
from localstore.records import ItemRecord
from localstore.transfer.chat import Chat, Message, conversation, others
from localstore.transfer.checks import check_list, check_object
from localstore.transfer.documents import read_documents
from localstore.transfer.format import Format, Read, ReadOptions
from localstore.transfer.sample import Sample
from localstore.values import check_text

ROLES = {"human": "user", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant"}


def recognise(sample: Sample) -> int:
    """JSON objects with ``conversations``."""
    return 85 if sample.kind == "file" and "conversations" in sample.keys else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per conversation."""
    return read_documents(source, options, _conversation)


def _conversation(value: Any, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    given = check_object(value, "")
    entries = check_list(given.get("conversations"), "conversations")
    chat = Chat(
        [_message(check_object(entry, f"conversations[{n}]"), n) for n, entry in enumerate(entries)],
        title=given.get("title"),
        identifier=given.get("id"),
        meta_data=others(given, "conversations", "title", "id"),
    )
    system = given.get("system")
    if isinstance(system, str) and system and chat.messages and chat.messages[0].role != "system":
        chat.messages.insert(0, Message("system", system, key="system"))
        del chat.meta_data["system"]
    return conversation(chat, raw, place, options)


def _message(given: dict[str, Any], number: int) -> Message:
    path = f"conversations[{number}]"
    if "from" not in given:
        raise InvalidValue("a value is needed, got none", f"{path}.from")
    role = check_text(given["from"], f"{path}.from")
    text = check_text(given.get("value") or "", f"{path}.value")
    return Message(ROLES.get(role, role), text, key=str(number), meta_data=others(given, "from", "value"))


FORMAT = Format(
    name="sharegpt",
    summary="ShareGPT conversations",
    extensions=(),
    recognise=recognise,
    reader=read,
)
