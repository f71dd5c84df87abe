"""Condition: a path into ``meta_data``, an operator and a value, such as ``meta_data.year>2020``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from localstore import values
from localstore.errors import InvalidFilter, InvalidValue
from localstore.finding.tokens import QUOTED, in_quotes, unquoted

_WRITTEN = re.compile(rf'(?P<path>(?:{QUOTED}|[^=!<>~:"])+)(?P<op>:=|!=|=|<=|>=|<|>|~)(?P<value>.*)', re.DOTALL)
_STEP = re.compile(rf'\.?(?:(?P<quoted>{QUOTED})|\[(?P<index>\d{{1,18}})\]|(?P<name>[^.\[\]"]+))', re.DOTALL)
_RANGES = ("<", "<=", ">", ">=")
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
            raise InvalidFilter(f"{text[:60]!r} is no condition: write it like meta_data.lang=en")
        operator, raw = match["op"], match["value"]
        is_text = operator == "~" or (raw.startswith('"') and operator != ":=")
        at = match.start("value")
        value = unquoted(raw) if is_text else _value(raw, operator, at)
        if operator in _RANGES and (isinstance(value, bool) or not isinstance(value, str | int | float)):
            raise InvalidFilter(f"{values.to_json(value)[:60]} is neither more nor less than anything: use = or !=", at)
        return cls(_path(match["path"].strip()), operator, value, operator == ":=")

    def __str__(self) -> str:
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{in_quotes(step)}" for step in self.path)
        return f"meta_data{path}{self.operator}{self._value_text()}"

    def _value_text(self) -> str:
        if self.forced or not isinstance(self.value, str):
            return values.to_json(self.value).replace('\\"', "\\u0022")
        plain = self.value and not re.search(r'[\s"]', self.value)
        if plain and (self.operator == "~" or _value(self.value, "=") == self.value):
            return self.value
        return in_quotes(self.value)

    @property
    def json_path(self) -> str:
        """Return the path as SQLite's JSON functions take it."""
        return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{_label(s)}" for s in self.path)

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
            if isinstance(self.value, str):
                return (f"{got} {operator} ?", path, self.value)
            number = f"(json_type({column}, ?) IN ('integer', 'real', 'text') AND {got} IN (?, ?))"
            spelled = self.value if self.forced else values.to_json(self.value)
            return (number if operator == "=" else f"{number} IS NOT 1", path, path, self.value, spelled)
        kinds = "('text')" if isinstance(self.value, str) else "('integer', 'real')"
        return (f"json_type({column}, ?) IN {kinds} AND {got} {operator} ?", path, path, self.value)


def _contains(column: str, path: str, needle: str) -> tuple[Any, ...]:
    escaped = re.sub(r"([\\%_])", r"\\\1", needle)
    got = f"CAST(json_extract({column}, ?) AS TEXT)"
    if needle.isascii():
        return (f"{got} LIKE ? ESCAPE '\\'", path, f"%{escaped}%")
    return (f"instr(fold({got}), fold(?)) > 0", path, needle)


def _value(raw: str, operator: str, at: int = 0) -> Any:
    """Read JSON; what is none, or none that a store holds (``NaN``), is text unless ``:=`` insists."""
    try:
        return values.check_json(json.loads(raw), "value")
    except (ValueError, RecursionError, InvalidValue) as error:
        if operator != ":=":
            return unquoted(raw)
        reason = str(error) if isinstance(error, InvalidValue) else f"{raw[:60]!r} is not JSON"
        raise InvalidFilter(f"{reason}: quote texts, or use = for text", at) from None


def _label(key: str) -> str:
    """Write a key for SQLite's JSON path, which knows the escapes of JSON."""
    return json.dumps(key, ensure_ascii=False)


def _path(text: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if not match:
            raise InvalidFilter(f"{text[:60]!r} is no path: write it like meta_data.source.name or meta_data.list[0]")
        index, name = match["index"], unquoted(match["quoted"]) if match["quoted"] else match["name"]
        steps.append(int(index) if index else name)
        at = match.end()
    if len(steps) < 2 or steps[0] not in ("meta", "meta_data"):
        raise InvalidFilter(f"{text[:60]!r}: a path begins with meta_data, such as meta_data.lang")
    return tuple(steps[1:])
