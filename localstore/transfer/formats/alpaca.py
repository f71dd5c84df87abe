"""Alpaca: ``instruction``, ``input`` and ``output``, in lines or in one list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localstore.errors import InvalidValue
from localstore.records import ItemRecord
from localstore.transfer.chat import Chat, Message, conversation, others
from localstore.transfer.checks import check_object
from localstore.transfer.documents import read_documents
from localstore.transfer.format import Format, Read, ReadOptions
from localstore.transfer.sample import Sample
from localstore.values import check_text


def recognise(sample: Sample) -> int:
    """JSON objects with ``instruction`` and ``output``."""
    return 85 if sample.kind == "file" and {"instruction", "output"} <= set(sample.keys) else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per example."""
    return read_documents(source, options, _conversation)


def _conversation(value: Any, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    """The instruction is the first paragraph of what is asked, the input the second; ``meta_data`` keeps the cut."""
    given = check_object(value, "")
    instruction, extra, output = (_text(given, key) for key in ("instruction", "input", "output"))
    if not instruction.strip():
        raise InvalidValue("a value is needed, got none", "instruction")
    asked = Message("user", f"{instruction}\n\n{extra}" if extra else instruction)
    if extra:
        asked.meta_data["input_start"] = len(instruction) + 2
    system = _text(given, "system")
    messages = [*([Message("system", system)] if system else []), asked, Message("assistant", output)]
    rest = others(given, "instruction", "input", "output", "system", "title", "id")
    chat = Chat(messages, title=given.get("title"), identifier=given.get("id"), meta_data=rest)
    return conversation(chat, raw, place, options)


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    return "" if value is None else check_text(value, key)


FORMAT = Format(
    name="alpaca",
    summary="Alpaca instructions (instruction, input, output)",
    extensions=(),
    recognise=recognise,
    reader=read,
)
