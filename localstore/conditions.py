"""Condition: a path into ``meta_data``, an operator and a value, such as ``meta_data.year>2020``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from localstore import values
from localstore.errors import InvalidFilter
from localstore.tokens import unquoted

_WRITTEN = re.compile(r"(?P<path>[^=!<>~:]+(?:\[\d+\][^=!<>~:]*)*)(?P<op>:=|!=|=|<=|>=|<|>|~)(?P<value>.*)", re.DOTALL)
_STEP = re.compile(r'\.?(?:"(?P<quoted>[^"]*)"|\[(?P<index>\d+)\]|(?P<name>[^.\[\]"]+))')
_OPERATORS = {"=": "=", ":=": "=", "!=": "IS NOT", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """``path`` holds the steps below ``meta_data``; ``forced`` means: the value is JSON and only JSON."""

    path: tuple[str | int, ...]
    operator: str
    value: Any
    forced: bool = False

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read ``meta_data.lang=en``, ``meta.year>2020``, ``meta.title~draft``, ``meta.n:=1``.

        The value is JSON when it parses as JSON, else text; ``:=`` insists on JSON. Raises InvalidFilter.
        """
        match = _WRITTEN.fullmatch(text)
        if not match:
            raise InvalidFilter(f"{text!r} is no condition: write it like meta_data.lang=en")
        operator, raw = match["op"], unquoted(match["value"]) if '"' in match["value"] else match["value"]
        quoted = match["value"].startswith('"')
        value = raw if quoted or operator == "~" else _value(raw, operator)
        return cls(_path(match["path"].strip()), operator, value, operator == ":=" or quoted)

    def __str__(self) -> str:
        text = self.value if isinstance(self.value, str) else values.to_json(self.value)
        if isinstance(self.value, str) and (self.forced or not text or re.search(r"\s", text)):
            text = f'"{text}"'
        return f"meta_data{self.json_path[1:]}{self.operator}{text}"

    @property
    def json_path(self) -> str:
        """Return the path as SQLite's JSON functions take it."""
        return "$" + "".join(f"[{s}]" if isinstance(s, int) else f'."{s}"' for s in self.path)

    def sql(self, alias: str) -> tuple[Any, ...]:
        """Return the condition over ``alias.meta_data`` and its bindings."""
        column, path = f"{alias}.meta_data", self.json_path
        if self.operator == "~":
            return _contains(column, path, str(self.value))
        if self.value is None or isinstance(self.value, bool):
            return self._literal(column, path)
        if isinstance(self.value, dict | list):
            operator = _OPERATORS[self.operator]
            return (f"{column} -> ? {operator} json(?)", path, values.to_json(self.value))
        return self._compare(column, path)

    def _literal(self, column: str, path: str) -> tuple[Any, ...]:
        """true, false and null are told by their JSON type, for SQLite has numbers for them."""
        operator = "IS NOT" if self.operator == "!=" else "="
        return (f"json_type({column}, ?) {operator} ?", path, values.to_json(self.value))

    def _compare(self, column: str, path: str) -> tuple[Any, ...]:
        operator = _OPERATORS[self.operator]
        got = f"json_extract({column}, ?)"
        if self.operator in ("=", ":=", "!="):
            if isinstance(self.value, str) or self.forced:
                return (f"{got} {operator} ?", path, self.value)
            either = f"({got} = ? OR {got} = ?)"
            both = (path, self.value, path, values.to_json(self.value))
            return (either if operator == "=" else f"{either} IS NOT 1", *both)
        kinds = "('text')" if isinstance(self.value, str) else "('integer', 'real')"
        return (f"json_type({column}, ?) IN {kinds} AND {got} {operator} ?", path, path, self.value)


def _contains(column: str, path: str, needle: str) -> tuple[Any, ...]:
    escaped = re.sub(r"([\\%_])", r"\\\1", needle)
    got = f"CAST(json_extract({column}, ?) AS TEXT)"
    if needle.isascii():
        return (f"{got} LIKE ? ESCAPE '\\'", path, f"%{escaped}%")
    return (f"instr(fold({got}), fold(?)) > 0", path, needle)


def _value(raw: str, operator: str) -> Any:
    try:
        return values.check_json(json.loads(raw), "value")
    except ValueError:
        if operator == ":=":
            raise InvalidFilter(f"{raw!r} is not JSON: quote texts, or use = for text") from None
        return raw


def _path(text: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if not match:
            raise InvalidFilter(f"{text!r} is no path: write it like meta_data.source.name or meta_data.list[0]")
        index, name = match["index"], match["quoted"] if match["quoted"] is not None else match["name"]
        steps.append(int(index) if index else name)
        at = match.end()
    if len(steps) < 2 or steps[0] not in ("meta", "meta_data"):
        raise InvalidFilter(f"{text!r}: a path begins with meta_data, such as meta_data.lang")
    return tuple(steps[1:])
