"""Chats: messages in order become one item of type ``conversation`` with one content per message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from localstore.errors import InvalidValue, TransferError
from localstore.records import ContentRecord, ItemRecord
from localstore.transfer.archive import conversation_members, opened_member
from localstore.transfer.checks import check_list, identity, key_of, short_text
from localstore.transfer.documents import Build, Stream, opened, records
from localstore.transfer.format import STREAM, Read, ReadOptions
from localstore.transfer.ordinary import check_inside
from localstore.transfer.titles import given_title, title_of
from localstore.values import check_json, check_text

CONVERSATION = "conversation"
UNTITLED = "Conversation"


@dataclass(slots=True)
class Message:
    """One message; ``key`` names it within its conversation."""

    role: str
    text: str
    key: str | None = None
    created_at: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Chat:
    """A conversation as its source has it; ``identifier`` may be a UUID, a key or nothing."""

    messages: list[Message]
    title: Any = None
    identifier: Any = None
    created_at: str | None = None
    updated_at: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)


def conversation(chat: Chat, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    """Return the item of a conversation; raises InvalidValue, also when there are no messages."""
    if not chat.messages:
        raise InvalidValue("a conversation without messages")
    own, key = identity(chat.identifier)
    return ItemRecord(
        title=_title(chat),
        type=options.type or CONVERSATION,
        id=own,
        key=key if own or key else key_of(raw),
        meta_data=check_json(chat.meta_data, "meta_data"),
        contents=_contents(chat.messages),
        created_at=chat.created_at,
        updated_at=chat.updated_at,
        place=place,
    )


def _title(chat: Chat) -> str:
    if chat.title is not None and (given := given_title(check_text(chat.title, "title"))):
        return given
    asked = (message.text for message in chat.messages if message.role == "user" and message.text.strip())
    return title_of(check_text(next(asked, ""), "text"), "") or title_of(chat.messages[0].text, UNTITLED)


def _contents(messages: list[Message]) -> list[ContentRecord]:
    """Return a content for each message; a key that stands twice gets a number."""
    used: dict[str, int] = {}
    found = []
    for number, message in enumerate(messages):
        content = _content(message, number)
        key = content.key or ""
        used[key] = used.get(key, 0) + 1
        if used[key] > 1:
            content.key = f"{key} ({used[key]})"
        found.append(content)
    return found


def _content(message: Message, number: int) -> ContentRecord:
    path = f"messages[{number}]"
    return ContentRecord(
        text=check_text(message.text, f"{path}.text"),
        role=short_text(message.role, f"{path}.role"),
        key=str(number) if message.key is None else short_text(message.key, f"{path}.id"),
        meta_data=check_json({"position": number, **message.meta_data}, f"{path}.meta_data"),
        created_at=message.created_at,
    )


def present(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return those of the named keys that hold anything."""
    return {name: value[name] for name in names if value.get(name) not in (None, "", [], {})}


def others(value: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the keys that are not named and hold anything."""
    return {name: item for name, item in value.items() if name not in names and item not in (None, "", [], {})}


def block_text(blocks: Any, path: str) -> tuple[str, list[Any]]:
    """Return the text of a message's content (text, none, or a list of blocks) and the blocks that are no text."""
    if blocks is None or isinstance(blocks, str):
        return blocks or "", []
    texts, rest = [], []
    for block in check_list(blocks, path):
        text = block.get("text") if isinstance(block, dict) else block
        if isinstance(text, str):
            texts.append(text)
        elif block is not None:
            rest.append(block)
    return "\n".join(texts), rest


def read_export(source: Path, options: ReadOptions, build: Build) -> Iterator[Read]:
    """Yield the conversations of a ``conversations.json``, of a ZIP with it, or of the folder that the ZIP was."""
    if source == STREAM or not (source.is_dir() or is_zipfile(source)):
        with opened(source, options) as (name, stream):
            yield from _counted(name, stream, options, build)
    elif source.is_dir():
        for path in _files(source):
            with opened(path, options) as (name, stream):
                yield from _counted(name, stream, options, build)
    else:
        with _opened_zip(source) as archive:
            for member in conversation_members(archive):
                with opened_member(archive, member) as unpacked:
                    yield from _counted(f"{source.name}/{member.filename}", unpacked, options, build)


def _files(folder: Path) -> list[Path]:
    found = sorted([*folder.glob("conversations.json"), *folder.glob("conversations-*.json")])
    if not found:
        raise TransferError(f"{folder}: there is no conversations.json in this folder")
    for path in found:
        check_inside(folder, path)
    return found


def _counted(name: str, stream: Stream, options: ReadOptions, build: Build) -> Iterator[Read]:
    options.report.files += 1
    return records(name, stream, options, build)


@contextmanager
def _opened_zip(source: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(source)
    except (BadZipFile, OSError, NotImplementedError) as error:
        raise TransferError(f"{source}: this ZIP file is damaged ({error}): copy it again") from None
    with archive:
        if not conversation_members(archive):
            names = ", ".join(archive.namelist()[:5]) or "nothing"
            raise TransferError(f"{source}: there is no conversations.json in this ZIP; it holds {names}")
        yield archive
