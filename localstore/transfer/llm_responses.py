"""The ``responses`` of an ``llm`` log, with their texts in columns or in ``parts``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from localstore.transfer.chat import Chat, Message
from localstore.transfer.checks import lenient_stamp
from localstore.transfer.json_text import parse
from localstore.transfer.log_database import LogDatabase, RowOfText, number_of, text_of

COLUMNS = (
    *("id", "model", "resolved_model", "prompt", "system", "response", "reasoning", "conversation_id"),
    *("datetime_utc", "options_json", "input_tokens", "output_tokens", "duration_ms"),
)
PARTS = ("direction", "role", "part_type", "content", "content_json", "tool_name")


def grouped_responses(database: LogDatabase) -> Iterator[list[RowOfText]]:
    """Yield the responses of each conversation in order; one that is in none comes alone."""
    rows = database.select("responses", COLUMNS, order=("conversation_id", "datetime_utc", "id"))
    for identifier, group in groupby(rows, key=lambda row: row["conversation_id"]):
        if identifier is None:
            yield from ([row] for row in group)
        else:
            yield list(group)


def response_chat(database: LogDatabase, rows: list[RowOfText]) -> Chat:
    """Return the conversation of some responses; raises InvalidValue for text that is no UTF-8."""
    identifier = rows[0]["conversation_id"] or rows[0]["id"]
    messages: list[Message] = []
    system = ""
    for row in rows:
        said = text_of(row["system"], "system")
        if said and said != system:
            messages.append(Message("system", said, key=f"{_id(row)} system", created_at=_stamp(row)))
        system = said
        messages += _from_parts(database, row) or _from_columns(row)
    return Chat(
        messages,
        title=_name(database, rows[0]["conversation_id"]),
        identifier=text_of(identifier, "id"),
        created_at=_stamp(rows[0]),
        updated_at=_stamp(rows[-1]),
        meta_data={"model": text_of(rows[0]["model"], "model")},
    )


def _name(database: LogDatabase, conversation_id: bytes | None) -> str | None:
    if conversation_id is None or not database.has("conversations", "id", "name"):
        return None
    rows = database.select("conversations", ("name",), where=("id", conversation_id))
    return next((text_of(row["name"], "name") for row in rows), None)


def _from_columns(row: RowOfText) -> list[Message]:
    found = []
    if prompt := text_of(row["prompt"], "prompt"):
        found.append(Message("user", prompt, key=f"{_id(row)} prompt", created_at=_stamp(row)))
    if response := text_of(row["response"], "response"):
        found.append(Message("assistant", response, f"{_id(row)} response", _stamp(row), _about(row)))
    return found


def _from_parts(database: LogDatabase, row: RowOfText) -> list[Message]:
    if not database.has("parts", "response_id", "content") or row["id"] is None:
        return []
    parts = database.select("parts", PARTS, where=("response_id", row["id"]), order=("direction", "order", "id"))
    found = []
    for number, part in enumerate(parts):
        answer = part["direction"] == b"output"
        text = text_of(part["content"], "parts.content")
        kind = text_of(part["part_type"], "parts.part_type") or "text"
        meta: dict[str, Any] = {} if kind == "text" else {"part_type": kind}
        if part["tool_name"]:
            meta["tool_name"] = text_of(part["tool_name"], "parts.tool_name")
        role = text_of(part["role"], "parts.role") or ("assistant" if answer else "user")
        if text or part["content_json"]:
            meta |= {"content": parse(part["content_json"])} if part["content_json"] else {}
            meta |= _about(row) if answer else {}
            found.append(Message(role, text, f"{_id(row)} part {number}", _stamp(row), meta))
    return found


def _id(row: RowOfText) -> str:
    return text_of(row["id"], "id")


def _stamp(row: RowOfText) -> str | None:
    return lenient_stamp(text_of(row["datetime_utc"], "datetime_utc"))


def _about(row: RowOfText) -> dict[str, Any]:
    """Return what is known of how an answer was made."""
    about: dict[str, Any] = {
        "model": text_of(row["resolved_model"] or row["model"], "model"),
        "reasoning": text_of(row["reasoning"], "reasoning"),
        "options": parse(row["options_json"]) if row["options_json"] else None,
        "input_tokens": number_of(row["input_tokens"]),
        "output_tokens": number_of(row["output_tokens"]),
        "duration_ms": number_of(row["duration_ms"]),
    }
    return {key: value for key, value in about.items() if value not in (None, "", {})}
