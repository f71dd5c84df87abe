"""The Claude export: ``conversations.json``, or the ZIP it comes in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localstore.records import ItemRecord
from localstore.transfer.chat import Chat, Message, block_text, conversation, present, read_export
from localstore.transfer.checks import check_list, check_object, lenient_stamp
from localstore.transfer.format import Format, Read, ReadOptions
from localstore.transfer.sample import Sample

ROLES = {"human": "user"}


def recognise(sample: Sample) -> int:
    """Conversations with ``chat_messages``."""
    return 90 if sample.kind in ("file", "zip", "folder") and "chat_messages" in sample.keys else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per conversation."""
    return read_export(source, options, _conversation)


def _conversation(value: Any, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    given = check_object(value, "")
    entries = check_list(given.get("chat_messages"), "chat_messages")
    chat = Chat(
        [_message(check_object(entry, f"chat_messages[{n}]"), n) for n, entry in enumerate(entries)],
        title=given.get("name"),
        identifier=given.get("uuid"),
        created_at=lenient_stamp(given.get("created_at")),
        updated_at=lenient_stamp(given.get("updated_at")),
        meta_data=present(given, "summary", "model", "project", "project_uuid"),
    )
    return conversation(chat, raw, place, options)


def _message(given: dict[str, Any], number: int) -> Message:
    """Newer exports leave ``text`` empty and put blocks under ``content``; what is no text there is kept."""
    text, rest = block_text(given.get("content"), f"chat_messages[{number}].content")
    sender = given.get("sender") or "user"
    return Message(
        role=ROLES.get(sender, sender) if isinstance(sender, str) else sender,
        text=given.get("text") or text,
        key=given.get("uuid"),
        created_at=lenient_stamp(given.get("created_at")),
        meta_data=({"blocks": rest} if rest else {}) | present(given, "attachments", "files", "files_v2"),
    )


FORMAT = Format(
    name="claude",
    summary="the Claude export (conversations.json or its ZIP)",
    extensions=(".json", ".zip"),
    recognise=recognise,
    reader=read,
)
