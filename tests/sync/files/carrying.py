"""Carrying change files between stores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localstore import Store
from sync.files.change_import import Imported, import_changes
from sync.files.changefile import export_changes


@dataclass
class Pair:
    """Two stores and a folder for files."""

    laptop: Store
    desk: Store
    folder: Path
    number: int = 0

    def name(self) -> Path:
        """A path that is not taken."""
        self.number += 1
        return self.folder / f"{self.number}.changes"

    def export(self, store: Store, **options: Any) -> Path:
        """Write a file; its path."""
        return export_changes(store, self.name(), **options).path

    def carry(self, source: Store, dest: Store, **options: Any) -> Imported:
        """Take what one store has to the other."""
        return import_changes(dest, self.export(source, **options))


def titles(store: Store) -> set[str]:
    """The titles of all items."""
    with store.reading() as connection:
        return {title for (title,) in connection.execute("SELECT title FROM items")}


def one(store: Store, sql: str, *values: Any) -> Any:
    """The first value that a query of a store gives."""
    with store.reading() as connection:
        row = connection.execute(sql, values).fetchone()
    return row[0] if row else None


def furnish(store: Store, folder: Path) -> str:
    """Make a row of every kind that a member of the lab may make; the item they hang on."""
    (folder / "paper.pdf").write_bytes(b"%PDF-1.4")
    item = store.items.add("Furnished", organization="lab", text="words", tags=["todo"], meta_data={"n": 1.5})
    store.ai_models.add("hash-2", "local", parameters={"dim": 2})
    store.embeddings.add("hash-2", [0.1, -2.5], content=store.contents.of(item.id)[0].id)
    store.files.attach(item.id, folder / "paper.pdf")
    store.settings.set("embed.model", "local/hash-2", scope="user")
    store.api_keys.new(description="backup", scopes=["items:read"])
    return str(item.id)
