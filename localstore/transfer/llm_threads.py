"""The ``threads`` of an ``llm`` log: chains of messages that share their beginnings, each made of ``parts``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localstore.transfer.chat import Chat, Message
from localstore.transfer.checks import check_list, check_object, lenient_stamp
from localstore.transfer.json_text import parse
from localstore.transfer.log_database import LogDatabase, RowOfText, number_of, text_of

TURN = ("model", "resolved_model", "input_tokens", "output_tokens", "duration_ms", "datetime_utc")


def threads(database: LogDatabase) -> Iterator[RowOfText]:
    """Yield the rows of the threads."""
    return database.select("threads", ("id", "name", "tip_message_hash", "datetime_utc"), order=("datetime_utc", "id"))


def thread_chat(database: LogDatabase, thread: RowOfText) -> Chat:
    """Return the conversation that ends at a thread's tip; raises InvalidValue."""
    messages = [_message(database, row) for row in _chain(database, thread["tip_message_hash"])]
    return Chat(
        [message for message in messages if message.text.strip() or "parts" in message.meta_data],
        title=text_of(thread["name"], "name") or None,
        identifier=text_of(thread["id"], "id"),
        created_at=lenient_stamp(text_of(thread["datetime_utc"], "datetime_utc")),
    )


def _chain(database: LogDatabase, tip: bytes | None) -> list[RowOfText]:
    """Return the messages from the first to *tip*, each once even where the parents form a ring."""
    chain: dict[bytes, RowOfText] = {}
    while tip is not None and tip not in chain:
        found = next(database.select("messages", ("hash", "parent_hash", "role"), where=("hash", tip)), None)
        if found is None:
            break
        chain[tip] = found
        tip = found["parent_hash"]
    return list(reversed(chain.values()))


def _message(database: LogDatabase, row: RowOfText) -> Message:
    name = row["hash"] or b""
    texts, rest = [], []
    parts = database.select("parts", ("type", "text", "payload"), where=("message_hash", name), order=("position",))
    for part in parts:
        text, payload = _part(database, part)
        texts += [text] if text else []
        rest += [payload] if payload else []
    turn = next(database.select("turns", TURN, where=("tip_message_hash", name)), None)
    return Message(
        role=text_of(row["role"], "role") or "user",
        text="\n".join(texts),
        key=text_of(name, "hash"),
        created_at=lenient_stamp(text_of(turn["datetime_utc"], "datetime_utc")) if turn else None,
        meta_data=({"parts": rest} if rest else {}) | (_about(turn) if turn else {}),
    )


def _part(database: LogDatabase, row: RowOfText) -> tuple[str, dict[str, Any]]:
    """Return a part's text, and what else it holds: a tool's call, an attachment."""
    kind = text_of(row["type"], "parts.type")
    text = text_of(row["text"], "parts.text")
    payload = check_object(parse(row["payload"]), "parts.payload") if row["payload"] else {}
    if "text_ref" in payload:
        text = _joined(database, check_list(payload.pop("text_ref"), "parts.text_ref"))
    if kind == "tool_result" and isinstance(payload.get("output"), str):
        text = text or payload.pop("output")
    if kind == "reasoning":
        return "", {"type": kind, "text": text, **payload}
    return text, {"type": kind, **payload} if payload else {}


def _joined(database: LogDatabase, pieces: list[Any]) -> str:
    """Return a text that is stored as pieces of its own and references to shared fragments."""
    texts = []
    for piece in pieces:
        given = check_object(piece, "parts.text_ref")
        literal = given.get("literal")
        texts.append(literal if isinstance(literal, str) else _fragment(database, given.get("fragment")))
    return "".join(texts)


def _fragment(database: LogDatabase, identifier: Any) -> str:
    if not database.has("fragments", "id", "content"):
        return ""
    rows = database.select("fragments", ("content",), where=("id", str(identifier).encode()))
    return next((text_of(row["content"], "fragments.content") for row in rows), "")


def _about(turn: RowOfText) -> dict[str, Any]:
    about: dict[str, Any] = {
        "model": text_of(turn["resolved_model"] or turn["model"], "model"),
        "input_tokens": number_of(turn["input_tokens"]),
        "output_tokens": number_of(turn["output_tokens"]),
        "duration_ms": number_of(turn["duration_ms"]),
    }
    return {key: value for key, value in about.items() if value not in (None, "")}
