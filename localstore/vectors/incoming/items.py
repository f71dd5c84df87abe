"""New items for keys that stand for nothing yet: the rows that an import of the same key would make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from json.encoder import encode_basestring as quoted
from typing import Any

from localstore import values
from localstore.bulk.fingerprint import SOURCE, fingerprint
from localstore.vectors.incoming.ids import own_id
from localstore.vectors.incoming.rows import Rows
from localstore.vectors.incoming.targets import Targets

TYPE = "vector"


@dataclass(slots=True)
class _Text:
    """The one text of a new item."""

    text: str
    role: str = "user"
    meta_data: dict[str, Any] = field(default_factory=dict)


class NewItems:
    """The rows of a batch's new items and contents."""

    def __init__(self, rows: Rows, targets: Targets, source: str, owner: str, now: str) -> None:
        self.rows = rows
        self.targets = targets
        self.source = source
        self.owner = owner
        self.now = now
        fresh = set(targets.new_items)
        self.added_to = [row for row in targets.new_texts if row not in fresh]
        """Rows whose text goes to an item that is there."""

    def ids(self) -> list[str]:
        """Return what full text is about: items and contents."""
        items = [self.targets.items[row] for row in self.targets.new_items]
        return items + [str(self.targets.contents[row]) for row in self.targets.new_texts]

    def items(self) -> Iterator[tuple[Any, ...]]:
        """Return the rows of the items, as ``bulk.rows.INSERT`` takes them."""
        for row in self.targets.new_items:
            title = (self.rows.titles[row] if self.rows.titles else None) or self.rows.keys[row]
            meta = self._meta(row, title)
            yield self.targets.items[row], self.now, self.now, self.owner, None, TYPE, title, None, meta

    def contents(self) -> Iterator[tuple[Any, ...]]:
        """Return the rows of the contents."""
        for row in self.targets.new_texts:
            text = self.rows.texts[row] if self.rows.texts else ""
            yield self.targets.contents[row], self.now, self.now, self.targets.items[row], "user", text, "{}"

    def _meta(self, row: int, title: str) -> str:
        """Return an item's metadata: what came with its key, and where it came from."""
        given = self.rows.metadata[row] if self.rows.metadata else None
        meta = {key: value for key, value in given.items() if key != "text_sha256"} if given else {}
        text = self.rows.texts[row] if self.rows.texts else None
        key = self.rows.keys[row]
        key = own_id(key) or key  # the spelling that the item's id is derived from
        sha256 = fingerprint(TYPE, title, None, meta, (), [_Text(text)] if text else ())
        if meta:
            return values.to_json(meta | {SOURCE: {"name": self.source, "key": key, "sha256": sha256}})
        name = quoted(self.source)
        return f'{{"{SOURCE}":{{"name":{name},"key":{quoted(key)},"sha256":"{sha256}"}}}}'
