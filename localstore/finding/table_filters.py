r"""Filters of one table: words in its texts, and ``column=value``; secrets and vectors are never looked at.

Words are parts of any text of a row, or of what its foreign keys point to. ``role=owner``, ``user=ada@example.org``,
``size_bytes>1000``, ``updated>7d``, ``description=null``, ``path~report``; quotes hold blanks together, ``\"`` is one
within.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from localstore import ids, tables, times, values
from localstore.errors import InvalidFilter, InvalidValue
from localstore.events import SECRET
from localstore.filters import nearest
from localstore.finding.tokens import TOKEN, check_quotes, unquoted
from localstore.lists import labels
from localstore.models import Row
from localstore.schema import field_type

LONGEST_WORD = 1_000
_TEST = re.compile(r"(?P<column>[A-Za-z_]+)(?P<sign>!=|<=|>=|=|<|>|~)(?P<value>.*)", re.DOTALL)
_SIGNS = {"=": "IS", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

Sql = tuple[str, list[Any]]


@dataclass(frozen=True)
class Comparison:
    """One ``column sign value`` and where it stands."""

    column: str
    sign: str
    value: str
    position: int


@dataclass(frozen=True)
class TableFilter:
    """What a line asks of the rows of a table; an empty one asks nothing."""

    table: str
    words: tuple[str, ...] = ()
    tests: tuple[Comparison, ...] = ()

    @classmethod
    def parse(cls, table: str, line: str) -> TableFilter:
        """Read a line; InvalidFilter, with the position, for what cannot be asked of this table."""
        check_quotes(line)
        words, tests = [], []
        for match in TOKEN.finditer(line):
            token, at = match.group(), match.start()
            _check_word(token, at)
            if found := _TEST.fullmatch(token):
                column = _column(table, found["column"], at)
                tests.append(Comparison(column, found["sign"], unquoted(found["value"]), at))
            elif word := unquoted(token):
                words.append(word)
        made = cls(table, tuple(words), tuple(tests))
        made.sql()
        return made

    def __bool__(self) -> bool:
        return bool(self.words or self.tests)

    @property
    def model(self) -> type[Row]:
        """The table's model."""
        return tables.model_of(self.table)

    def sql(self) -> Sql:
        """Return a condition over alias ``t`` and its bindings."""
        parts, bindings = [], []
        for sql, bound in [*map(self._word, self.words), *map(self._test, self.tests)]:
            parts.append(f"({sql})")
            bindings += bound
        return " AND ".join(parts) or "1", bindings

    def _word(self, word: str) -> Sql:
        parents = labels.parents(self.model)
        parts, bindings = [], []
        for column in searched(self.model):
            sql, bound = self._in_parent(column, word) if column in parents else part_of(f"t.{column}", word)
            parts.append(sql)
            bindings += bound
        if ids.as_id(word) and tables.is_stamped(self.model):
            parts.append("t.id = ?")
            bindings.append(word.lower())
        return " OR ".join(parts), bindings

    def _in_parent(self, column: str, word: str) -> Sql:
        """Look for the parents first: the foreign key has an index."""
        parent = labels.parents(self.model)[column]
        sql, bound = part_of(labels.name(parent, "p"), word)
        return f"t.{column} IN (SELECT p.id FROM {parent._meta.table_name} p WHERE {sql})", bound

    def _test(self, test: Comparison) -> Sql:
        try:
            return self._condition(test)
        except InvalidValue as error:
            raise InvalidFilter(str(error), test.position) from None

    def _condition(self, test: Comparison) -> Sql:
        field = tables.field_of(self.model, test.column)
        column, kind = f"t.{test.column}", field_type(field)
        if test.value == "null" and test.sign in ("=", "!="):
            return f"{column} IS {'NOT ' if test.sign == '!=' else ''}NULL", []
        if kind == "ID":
            return self._reference(test, column)
        if test.sign == "~":
            return part_of(column, test.value)
        if kind == "JSON":
            return f"{column} {_SIGNS[test.sign]} ?", [_document(test.value)]
        return f"{column} {_SIGNS[test.sign]} ?", [_value(kind, test)]

    def _reference(self, test: Comparison, column: str) -> Sql:
        """Name another row by its id, the end of one, or what it is called."""
        if test.sign not in ("=", "!=", "~"):
            raise InvalidValue(f"{test.column} is neither more nor less than anything: use = or ~")
        parts, bindings = [f"{column} = ?"], [test.value.lower()]
        if len(test.value) >= 4 and set(test.value.lower()) <= set("0123456789abcdef-"):
            parts.append(f"substr({column}, -length(?)) = ?")
            bindings += [test.value.lower()] * 2
        if test.column in labels.parents(self.model):
            sql, bound = self._in_parent(test.column, test.value) if test.sign == "~" else self._called(test)
            parts.append(sql)
            bindings += bound
        found = " OR ".join(parts)
        return (f"({found}) IS NOT 1" if test.sign == "!=" else found), bindings

    def _called(self, test: Comparison) -> Sql:
        parent = labels.parents(self.model)[test.column]
        name, note = (sql.format(t="p") for sql in labels.LABELS[str(parent._meta.table_name)][:2])
        same = f"SELECT p.id FROM {parent._meta.table_name} p WHERE ? IN (fold({name}), fold({note}))"
        return f"t.{test.column} IN ({same})", [ids.fold(test.value)]


def searched(model: type[Row]) -> list[str]:
    """Return the columns in which words are looked for: texts and foreign keys, no secrets."""
    kinds = {f.column_name: field_type(f) for f in model._meta.sorted_fields}
    parents = labels.parents(model)
    return [name for name, kind in kinds.items() if (kind == "TEXT" or name in parents) and name not in SECRET]


def part_of(sql: str, word: str) -> Sql:
    """Return the condition that a text has *word* in it, whatever the case."""
    if not word.isascii():
        return f"instr(fold({sql}), ?) > 0", [ids.fold(word)]
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    return f"{sql} LIKE ? ESCAPE '\\'", [f"%{escaped}%"]


def _check_word(token: str, at: int) -> None:
    try:
        values.check_text(token, "", LONGEST_WORD)
    except InvalidValue as error:
        raise InvalidFilter(f"this cannot be looked for ({error})", at) from None


def _column(table: str, named: str, at: int) -> str:
    """Return the column that a person means by ``user``, ``user_id`` or ``updated``."""
    model = tables.model_of(table)
    known = [name for name in tables.columns(model) if name not in SECRET and name not in tables.blobs(model)]
    folded = named.casefold()
    for name in (folded, f"{folded}_id", f"{folded}_at"):
        if name in known:
            return name
    raise InvalidFilter(f"{table} has no column {named!r}{nearest(folded, known)}", at)


def _value(kind: str, test: Comparison) -> Any:
    if kind == "BOOL":
        if test.value.casefold() in (*_YES, *_NO):
            return int(test.value.casefold() in _YES)
        raise InvalidValue(f"{test.column} is true or false, not {test.value!r}")
    if kind == "BIGINT":
        if re.fullmatch(r"-?\d{1,18}", test.value):
            return int(test.value)
        raise InvalidValue(f"{test.column} is a whole number, not {test.value!r}")
    return times.since(test.value) if kind == "UTC" else test.value


def _document(typed: str) -> str:
    """Return the stored text of a JSON value; what is no JSON is a text."""
    try:
        return values.to_json(values.check_json(json.loads(typed), "value"))
    except (ValueError, RecursionError):
        return values.to_json(typed)
