"""Targets: what each row's key stands for in the store, and the text it has now, found for a whole batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from localstore.connection import Connection
from localstore.freshness import CONTENT_ORDER
from localstore.ids import is_id
from localstore.values import text_hash
from localstore.vectors.incoming.ids import derived_ids, natural_ids
from localstore.vectors.incoming.rows import Rows
from localstore.vectors.keys import written

_CONTENTS = "SELECT j.key, c.item_id, c.id, c.text FROM json_each(?) j CROSS JOIN contents c ON c.id = j.value"
_ITEMS = "SELECT j.key, i.title, i.description FROM json_each(?) j CROSS JOIN items i ON i.id = j.value"
_EMBEDDINGS = (
    "SELECT j.key, COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id')), e.item_id"
    " FROM json_each(?) j CROSS JOIN embeddings e ON e.id = j.value"
)
_TEXTS = (
    "SELECT j.key, t.id, t.text FROM json_each(?) j CROSS JOIN contents t ON t.item_id = j.value"
    f" ORDER BY j.key, {CONTENT_ORDER}"
)


@dataclass(slots=True)
class Targets:
    """For each row its item, its content and the hash of its text as it is now.

    The item is "" when the key stands for nothing, the content None for the whole item, the hash None when the text
    is gone. ``new_items`` and ``new_texts`` are to be made.
    """

    items: list[str]
    contents: list[str | None]
    hashes: list[str | None]
    new_items: list[int] = field(default_factory=list)
    new_texts: list[int] = field(default_factory=list)


def find_targets(connection: Connection, rows: Rows, source: str, *, create: bool) -> Targets:
    """Find what the keys of a batch stand for; with *create*, plan an item for each that stands for nothing."""
    finding = _Finding(connection, rows, source, written(rows.ids))
    finding.find(create=create)
    return finding.found


class _Finding:
    """One batch being looked up."""

    def __init__(self, connection: Connection, rows: Rows, source: str, ids: list[str]) -> None:
        self.connection = connection
        self.rows = rows
        self.source = source
        self.ids = ids
        self.found = Targets([""] * len(ids), [None] * len(ids), [None] * len(ids))
        self.heads: dict[int, tuple[str, str | None]] = {}

    def find(self, *, create: bool) -> None:
        """Contents first, then items, then embeddings; texts that came choose among an item's contents."""
        own = [at for at, is_own in enumerate(self.rows.own.tolist()) if is_own]
        self._contents(own, [self.ids[at] for at in own])
        self._items([at for at, item in enumerate(self.found.items) if not item])
        self._embeddings([at for at in own if not self.found.items[at]])
        self._strangers([at for at in own if not self.found.items[at]])
        texts = self.rows.texts
        if texts:
            self._choose([at for at in self.heads if texts[at]], create=create)
        self._whole([at for at in self.heads if self.found.contents[at] is None])
        if create:
            self._plan([at for at, item in enumerate(self.found.items) if not item])

    def _contents(self, at: Sequence[int], ids: Sequence[str]) -> None:
        if not at:
            return
        found = self.found
        for key, item, content, text in self.connection.execute(_CONTENTS, (among(ids),)):
            row = at[key]
            found.items[row], found.contents[row], found.hashes[row] = item, content, text_hash(text)

    def _items(self, at: Sequence[int]) -> None:
        if not at:
            return
        for key, title, description in self.connection.execute(_ITEMS, (among(self.ids[row] for row in at),)):
            row = at[key]
            self.found.items[row] = self.ids[row]
            self.heads[row] = (title, description)

    def _embeddings(self, at: Sequence[int]) -> None:
        """A vector's id stands for what that vector stands for."""
        if not at:
            return
        texts: dict[int, str] = {}
        whole: dict[int, str] = {}
        for key, content, item in self.connection.execute(_EMBEDDINGS, (among(self.ids[row] for row in at),)):
            self.found.items[at[key]] = item or ""
            if content and is_id(str(content)):
                texts[at[key]] = self.found.contents[at[key]] = content
            else:
                whole[at[key]] = item
        self._contents(list(texts), list(texts.values()))
        for key, title, description in self.connection.execute(_ITEMS, (among(whole.values()),)):
            self.heads[list(whole)[key]] = (title, description)

    def _strangers(self, at: Sequence[int]) -> None:
        """Read ids that are nobody's here as keys of the source, like any other.

        They may be those of another store's contents: an item of that id would be in their way when they come.
        """
        if not at:
            return
        for row, derived in zip(at, natural_ids("import", self.source, [self.ids[row] for row in at]), strict=True):
            self.ids[row] = derived
        self._items(at)

    def _choose(self, at: Sequence[int], *, create: bool) -> None:
        """Find the content whose text came; else the one made for this key, else the only one."""
        if not at:
            return
        derived = derived_ids("import", [self.found.items[row] for row in at], "0")
        choices = [_Choice(str((self.rows.texts or [])[row]), own) for row, own in zip(at, derived, strict=True)]
        for key, content, text in self.connection.execute(_TEXTS, (among(self.found.items[row] for row in at),)):
            choices[key].offer(content, text)
        for row, choice in zip(at, choices, strict=True):
            if choice.count == 0 and create:
                self.found.new_texts.append(row)
                self.found.contents[row], self.found.hashes[row] = choice.own, text_hash(choice.wanted)
            else:
                self.found.contents[row], self.found.hashes[row] = choice.made()

    def _whole(self, at: Sequence[int]) -> None:
        """Hash the text of whole items, as ``freshness.item_text`` puts it together, one text in memory at a time."""
        if not at:
            return
        hashing = [_Hashing(self.heads[row]) for row in at]
        for key, _, text in self.connection.execute(_TEXTS, (among(self.found.items[row] for row in at),)):
            hashing[key].add(text)
        for row, one in zip(at, hashing, strict=True):
            self.found.hashes[row] = one.hex()

    def _plan(self, at: list[int]) -> None:
        """Plan an item for each of these rows, and a content where a text came."""
        self.found.new_items = at
        for row in at:
            self.found.items[row] = self.ids[row]
        texts, titles, keys = self.rows.texts, self.rows.titles, self.rows.keys
        for row in at:
            text = texts[row] if texts else None
            self.found.hashes[row] = text_hash(text or (titles[row] if titles else None) or keys[row])
        with_text = [row for row in at if texts[row]] if texts else []
        for row, content in zip(with_text, derived_ids("import", [self.ids[r] for r in with_text], "0"), strict=True):
            self.found.contents[row] = content
        self.found.new_texts += with_text


class _Choice:
    """The content of an item that a text which came belongs to."""

    def __init__(self, wanted: str, own: str) -> None:
        self.wanted, self.own = wanted, own
        self.count = 0
        self._equal: list[str] = []
        self._others: dict[str, str] = {}

    def offer(self, content: str, text: str) -> None:
        """Look at one of the item's contents."""
        self.count += 1
        if text == self.wanted:
            self._equal.append(content)
        elif content == self.own or self.count == 1:
            self._others[content] = text_hash(text)

    def made(self) -> tuple[str | None, str | None]:
        """Return the content and the hash of its text; the whole item when none fits."""
        if self._equal:
            return (self.own if self.own in self._equal else self._equal[0]), text_hash(self.wanted)
        if self.own in self._others:
            return self.own, self._others[self.own]
        return next(iter(self._others.items())) if self.count == 1 else (None, None)


class _Hashing:
    """The hash of an item's text, fed part by part."""

    def __init__(self, parts: Iterable[str | None]) -> None:
        self._hash = hashlib.sha256()
        self._between = b""
        for part in parts:
            self.add(part)

    def add(self, part: str | None) -> None:
        """Add a part, if there is anything in it."""
        if part:
            self._hash.update(self._between + part.encode())
            self._between = b"\n\n"

    def hex(self) -> str:
        """Return what ``text_hash`` gives for the whole."""
        return self._hash.hexdigest()


def among(ids: Iterable[str]) -> str:
    """Return ids as the JSON that ``json_each`` reads."""
    listed = '","'.join(ids)
    return f'["{listed}"]' if listed else "[]"
