"""Damaged files, and which rows lie on pages that were left alone, as SQLite's own table of pages tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from localstore import Store
from localstore.database import PAGE_SIZE
from localstore.models import BY_NAME
from tests.localstore.world import Dump, dump, populate

PAGES_SQL = "SELECT name, path, pageno, pagetype FROM dbstat ORDER BY name, path"


class Page(NamedTuple):
    """A page as ``dbstat`` knows it; an overflow page's path begins with its leaf's."""

    name: str
    path: str
    number: int
    kind: str


class Whole(NamedTuple):
    """A sound file: its bytes, its rows, its pages, and on which pages each row lies."""

    content: bytes
    rows: Dump
    pages: list[Page]
    places: Mapping[tuple[str, str], frozenset[int]]

    def numbers(self, name: str, kind: str | None = None) -> list[int]:
        """The pages of a table or index, of one kind or all."""
        return [page.number for page in self.pages if page.name == name and kind in (None, page.kind)]

    def untouched(self, damaged: Iterable[int]) -> dict[tuple[str, str], dict[str, Any]]:
        """The rows that lie on none of some pages."""
        hit = set(damaged)
        return {(table, key): self.rows[table][key] for (table, key), on in self.places.items() if not on & hit}

    def changed(self, content: bytes) -> set[int]:
        """The pages in which another content differs."""
        count = len(self.content) // PAGE_SIZE
        spans = [slice(at * PAGE_SIZE, (at + 1) * PAGE_SIZE) for at in range(count)]
        return {at + 1 for at, span in enumerate(spans) if self.content[span] != content[span]}


def zeroed(content: bytes, *numbers: int) -> bytes:
    """The file with some pages full of zeros."""
    found = bytearray(content)
    for number in numbers:
        found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE] = bytes(PAGE_SIZE)
    return bytes(found)


def flipped(content: bytes, places: Iterable[tuple[int, int]]) -> bytes:
    """The file with some bytes, by offset, changed by XOR."""
    found = bytearray(content)
    for place, mask in places:
        found[place] ^= mask
    return bytes(found)


def whole(path: Path, *, items: int, long: int = 0) -> Whole:
    """Make a store with rows of every table, *items* items, and as many long texts and vectors; close it."""
    with Store.open(path, email="ada@example.org", name="Ada") as store:
        populate(store)
        _fill(store, items, long)
        rows = dump(store)
    return Whole(path.read_bytes(), rows, *_places(path, rows))


def _fill(store: Store, items: int, long: int) -> None:
    model = store.ai_models.add("wide", "p").id
    for number in range(items):
        item = store.items.add(f"Item {number}", text=f"Text {number}. " * 40, tags=["odd"] if number % 2 else [])
        if number < long:
            content = store.contents.add(item.id, f"Long {number}. " * 4_000)
            store.embeddings.add(model, [number / 7] * 5_000, content=content.id)
    store.items.delete(store.items.add("Thrown away", text="Gone").id)


def _places(path: Path, rows: Dump) -> tuple[list[Page], dict[tuple[str, str], frozenset[int]]]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        pages = [Page(*row) for row in connection.execute(PAGES_SQL)]
    finally:
        connection.close()
    content = path.read_bytes()
    return pages, {(t, key): _of_row(content, pages, t, key) for t in BY_NAME for key in rows[t]}


def _of_row(content: bytes, pages: list[Page], table: str, key: str) -> frozenset[int]:
    """The leaf that holds a row's key (and those with a stale copy of it), and every overflow page of these."""
    wanted = key.replace("/", "").encode()
    leaves = [page for page in pages if page.name == table and page.kind == "leaf"]
    mine = [p for p in leaves if wanted in content[(p.number - 1) * PAGE_SIZE : p.number * PAGE_SIZE]]
    paths = tuple(page.path for page in mine)
    hanging = [p.number for p in pages if p.name == table and p.kind == "overflow" and p.path.startswith(paths)]
    assert mine, (table, key)
    return frozenset([page.number for page in mine] + hanging)
