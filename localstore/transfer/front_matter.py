"""Front matter: the YAML mapping between two ``---`` lines at the top of a note (as Jekyll, Hugo and Obsidian have it).

It is read with PyYAML's safe loader. Aliases are refused, because nine of them can stand for a billion values, and so
is deep nesting, because the C loader crashes the process at some thousand levels (tried with PyYAML 6.0.3).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import yaml

from localstore.errors import InvalidValue
from localstore.transfer.checks import BadLine
from localstore.values import check_json

LONGEST = 256 * 1024
DEEPEST = 50
_BLOCK = re.compile(r"---[ \t]*\r?\n(?P<yaml>.*?)(?:(?<=\n)|\A)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TROUBLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def split_front_matter(text: str) -> tuple[dict[str, Any], int]:
    """Return the mapping at the top of *text* and where the body starts; ``({}, 0)`` when there is none.

    Raises InvalidValue when there is one that cannot be read.
    """
    match = _BLOCK.match(text, 0, LONGEST) if text.startswith("---") else None
    if match is None:
        return {}, 0
    found = _load(match["yaml"])
    if found is None:
        return {}, match.end()
    if not isinstance(found, dict):
        return {}, 0
    checked: dict[str, Any] = check_json(_plain(found), "front matter")
    return checked, match.end()


def front_matter(mapping: dict[str, Any]) -> str:
    """Return *mapping* as front matter, with the two lines around it."""
    body = yaml.dump(mapping, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{body}---\n"


def _load(block: str) -> Any:
    try:
        _check_shape(block)
        return yaml.load(block, Loader=_LOADER)  # a safe loader: it makes no objects
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        problem = str(error.problem).splitlines()[0]
        raise BadLine(f"front matter: {problem}: quote the value or mend it", line) from None
    except yaml.YAMLError as error:
        raise InvalidValue(f"front matter: {str(error).splitlines()[0]}") from None
    except _TROUBLE as error:
        raise InvalidValue(f"front matter holds a value that cannot be read ({error})") from None


def _check_shape(block: str) -> None:
    depth = 0
    for event in yaml.parse(block, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidValue(f"front matter: the alias *{event.anchor} is not read: write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InvalidValue(f"front matter is nested deeper than {DEEPEST} levels: flatten it")


def _plain(value: Any) -> Any:
    """Return YAML's values as JSON has them: dates as text, keys as text, sets as lists."""
    if isinstance(value, dict):
        return {scalar_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set):
        return sorted(map(scalar_text, value))
    return value.isoformat() if isinstance(value, date | datetime) else value


def scalar_text(value: Any) -> str:
    """Return a scalar as the text a person wrote, as far as YAML tells."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return "" if value is None else str(value)
