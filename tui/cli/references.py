"""How a person names rows on the command line: ids, ends of ids, titles, ``@last``, ``-`` for ids on stdin."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from localstore.store import Store

_PLACE = re.compile(r"(?P<item>.+)/(?P<number>\d+)")


def from_input(given: Iterable[str]) -> list[str]:
    """Return the references given, ``-`` replaced by the lines of stdin; each once."""
    found: list[str] = []
    for ref in given:
        found += _input_lines() if ref == "-" else [ref]
    return list(dict.fromkeys(found))


def _input_lines() -> list[str]:
    return [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]


def text_of(given: str) -> str:
    """Return a text option, read from stdin when it is ``-``."""
    return sys.stdin.read() if given == "-" else given


def content_id(store: Store, ref: str) -> str:
    """Return the id of a content: its own, or ``ITEM/2`` for the second of an item."""
    match = _PLACE.fullmatch(ref)
    if not match:
        return store.contents.resolve(ref)
    from localstore.errors import NotFound

    contents = store.contents.of(match["item"])
    number = int(match["number"])
    if not 1 <= number <= len(contents):
        some = f"{len(contents)} content{'s' if len(contents) != 1 else ''}"
        raise NotFound(f"{match['item']!r} has {some}, no number {number}: 'localstore show' shows them.")
    return contents[number - 1].id


def meta_changes(pairs: Iterable[str]) -> dict[str, Any]:
    """Read ``K=text`` and ``K:=json`` into a dictionary; usage error for anything else."""
    from localstore import values

    found: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        as_json = key.endswith(":")
        key = key.removesuffix(":")
        if not sign or not key:
            raise click.UsageError(f"--meta {pair!r}: write K=text or K:=json")
        try:
            found[key] = values.from_json(value) if as_json else value
        except ValueError as error:
            raise click.UsageError(
                f"--meta {pair!r}: the value is not JSON ({error}); for text write {key}=…"
            ) from None
    return found
