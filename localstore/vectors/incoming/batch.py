"""One batch of vectors, written set-wise in the caller's transaction while the triggers are off.

What they would do is done here: full text of new items, the states of vectors, and notes for the codes of those
that changed; ``inserted`` are for ``codes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localstore import ids, text, times, values
from localstore.bulk.rows import INSERT
from localstore.connection import Connection
from localstore.freshness import Freshness
from localstore.vectors.blocks import note_changed
from localstore.vectors.incoming.existing import Existing, Stored, find_existing, metadata_of
from localstore.vectors.incoming.ids import natural_ids
from localstore.vectors.incoming.items import NewItems
from localstore.vectors.incoming.matrix import Matrix
from localstore.vectors.incoming.quiet import quiet
from localstore.vectors.incoming.report import BatchReport
from localstore.vectors.incoming.rows import Rows
from localstore.vectors.incoming.targets import among, find_targets

HASH, TEXT = "text_sha256", "content_id"
_UPDATE = "UPDATE embeddings SET vector = ?, dim = ?, meta_data = ?, updated_at = ? WHERE id = ?"
_STATE = (
    "INSERT INTO embedding_states (embedding_id, item_id, state) VALUES (?, ?, ?)"
    " ON CONFLICT (embedding_id) DO UPDATE SET item_id = excluded.item_id, state = excluded.state"
)
_TAKEN = "SELECT e.id FROM json_each(?) j CROSS JOIN {} e ON e.id = j.value"


class PutBatch:
    """Stores rows of one model; ``changes`` holds what undo needs, when it is wanted."""

    def __init__(
        self, connection: Connection, model_id: str, source: str, owner: str, report: BatchReport, *, undo: bool = False
    ) -> None:
        self.connection = connection
        self.model_id = model_id
        self.source = source
        self.owner = owner
        self.report = report
        self.changes: list[dict[str, Any]] | None = [] if undo else None
        self.touched: list[str] = []
        self.inserted: tuple[list[str], Matrix] | None = None

    def write(self, rows: Rows, *, create: bool) -> None:
        """Store all that stand for something; count and report the others."""
        self.rows = rows
        self.now = times.now()
        self._fresh: set[int] = set()
        self.bytes = memoryview(rows.matrix.data).cast("B")
        self.width = rows.matrix.shape[1] * 4
        with quiet(self.connection):
            self.targets = find_targets(self.connection, rows, self.source, create=create)
            at = self._placed()
            self._plan(set(at))
            self._fresh = set(self.targets.new_items)
            before = [row for row in at if row not in self._fresh]
            existing = find_existing(self.connection, self.model_id, self.targets, before) if before else Existing()
            self._make_items()
            self._insert([row for row in at if row not in existing.rows], existing)
            self._replace(existing)

    def _placed(self) -> list[int]:
        """Return the rows that stand for something, each text once; the others are counted."""
        seen: dict[tuple[str, str | None], int] = {}
        at = []
        for row, place in enumerate(zip(self.targets.items, self.targets.contents, strict=True)):
            if not place[0]:
                self.report.note_unknown(self.rows.keys[row])
            elif seen.setdefault(place, row) != row:
                first = seen[place]
                reason = f"{self.rows.keys[row]!r} stands for the same text as {self.rows.keys[first]!r}"
                self.report.note_bad(self.rows.at(row), f"{reason} ({self.rows.at(first)}): only that went in")
            else:
                at.append(row)
        return at

    # -- items and texts ----------------------------------------------------------------------------------

    def _plan(self, kept: set[int]) -> None:
        """Leave out what refused rows would make; give another id to a text whose own was moved to another item."""
        self.targets.new_items = [row for row in self.targets.new_items if row in kept]
        self.targets.new_texts = [row for row in self.targets.new_texts if row in kept]
        wanted = {str(self.targets.contents[row]): row for row in self.targets.new_texts}
        for (pk,) in self.connection.execute(_TAKEN.format("contents"), (among(wanted),)) if wanted else ():
            self.targets.contents[wanted[pk]] = ids.new_id()

    def _make_items(self) -> None:
        """Insert planned items and contents and index them."""
        if not self.targets.new_items and not self.targets.new_texts:
            return
        new = NewItems(self.rows, self.targets, self.source, self.owner, self.now)
        self.connection.executemany(INSERT["items"], new.items())
        self.connection.executemany(INSERT["contents"], new.contents())
        self.report.items_made += len(self.targets.new_items)
        self.report.texts_made += len(self.targets.new_texts)
        self._index(new.ids())
        self._tell_items(new)

    def _index(self, written: Sequence[str]) -> None:
        self.connection.execute("CREATE TEMP TABLE IF NOT EXISTS written (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self.connection.executemany("INSERT INTO temp.written VALUES (?)", [(pk,) for pk in written])
        text.add_rows(self.connection, "SELECT id FROM temp.written")
        self.connection.execute("DELETE FROM temp.written")

    def _tell_items(self, new: NewItems) -> None:
        """Note additions for undo; an item that was there and got a text has changed."""
        changed = [self.targets.items[row] for row in new.added_to]
        if changed:
            sql = "UPDATE embedding_states SET state = 0 WHERE item_id IN (SELECT value FROM json_each(?))"
            self.connection.execute(sql, (among(changed),))
            self.touched += changed
        self._note("items", [self.targets.items[row] for row in self.targets.new_items])
        self._note("contents", [str(self.targets.contents[row]) for row in self.targets.new_texts])

    def _note(self, table: str, pks: Sequence[str]) -> None:
        if self.changes is not None:
            self.changes += [{"op": "insert", "tbl": table, "pk": pk} for pk in pks]

    # -- vectors ------------------------------------------------------------------------------------------

    def _insert(self, at: Sequence[int], existing: Existing) -> None:
        """Insert the vectors that are new."""
        if not at:
            return
        pks = self._free_ids(at)
        embeddings, states = [], []
        items, contents, hashes = self.targets.items, self.targets.contents, self.targets.hashes
        plain = not self.rows.metadata and not self.rows.texts
        stamps, dim, width = (self.now, self.now, self.model_id), self.width // 4, self.width
        for row, pk in zip(at, pks, strict=True):
            item, content, now = items[row], contents[row], hashes[row]
            on_text = content is not None and now is not None and content not in existing.taken
            place = (content, None) if on_text else (None, item)
            noted = now if plain and now else self._noted(row)
            state = Freshness.FRESH if noted == now else self._state(row, noted)
            meta = self._meta_text(row, noted, None if on_text else content)
            embeddings.append((pk, *stamps, *place, self.bytes[row * width : row * width + width], dim, meta))
            states.append((pk, item, state))
        self.connection.executemany(INSERT["embeddings"], embeddings)
        self.connection.executemany(INSERT["embedding_states"], states)
        self._note("embeddings", pks)
        self.report.added += len(at)
        self.inserted = (pks, self.rows.matrix if len(at) == len(self.rows) else self.rows.matrix[list(at)])

    def _free_ids(self, at: Sequence[int]) -> list[str]:
        """Return the natural ids; another where a program gave that row to another text."""
        stand_for = [self.targets.contents[row] or self.targets.items[row] for row in at]
        pks = natural_ids("embedding", self.model_id, stand_for)
        taken = {row[0] for row in self.connection.execute(_TAKEN.format("embeddings"), (among(pks),))}
        return [ids.new_id() if pk in taken else pk for pk in pks] if taken else pks

    def _replace(self, existing: Existing) -> None:
        """Write over the vectors that differ."""
        updates, states = [], []
        held = metadata_of(self.connection, self.targets.items) if existing.rows and self.rows.metadata else {}
        for row, stored in existing.rows.items():
            blob = self.bytes[row * self.width : (row + 1) * self.width]
            same = bytes(blob) == stored.vector
            meta = self._merged(row, stored, held.get(self.targets.items[row], {}), same=same)
            if same and meta == stored.meta:
                self.report.unchanged += 1
                continue
            document = values.to_json(meta)
            moved = times.after(self.now, stored.updated_at)
            updates.append((blob, self.width // 4, document, moved, stored.id))
            states.append((stored.id, self.targets.items[row], self._state(row, meta.get(HASH))))
            self._note_update(stored, bytes(blob), document)
        if not updates:
            return
        self.connection.executemany(_UPDATE, updates)
        self.connection.executemany(_STATE, states)
        self.report.updated += len(updates)
        note_changed(self.connection, [row[-1] for row in updates])

    def _merged(self, row: int, stored: Stored, held: dict[str, Any], *, same: bool) -> dict[str, Any]:
        """Return a replaced vector's metadata: what came is written over what it held, less what the item holds.

        The same vector was not made of another text: its hash stays, unless a hash or a text came with it.
        """
        old, came = stored.meta, (self.rows.metadata or {row: None})[row] or {}
        given = {key: value for key, value in came.items() if key not in held or held[key] != value}
        content, noted = self.targets.contents[row], self._given_hash(row)
        meta = {key: value for key, value in old.items() if key != HASH} | given
        if noted is None and same:
            return meta | ({HASH: old[HASH]} if HASH in old else {})
        return meta | {HASH: noted or self._noted(row)} | _naming(None if stored.content_id else content)

    def _note_update(self, stored: Stored, blob: bytes, document: str) -> None:
        if self.changes is not None:
            columns = {"vector": [stored.vector.hex(), blob.hex()], "meta_data": [stored.meta_data, document]}
            columns = {name: pair for name, pair in columns.items() if pair[0] != pair[1]}
            self.changes.append({"op": "update", "tbl": "embeddings", "pk": stored.id, "columns": columns})

    def _noted(self, row: int) -> Any:
        """Return the hash that is noted."""
        return self._given_hash(row) or self.targets.hashes[row] or values.text_hash("")

    def _given_hash(self, row: int) -> Any:
        """Return the hash of the text that a vector was made from, when anything that came says it."""
        meta = self.rows.metadata[row] if self.rows.metadata else None
        if meta and meta.get(HASH):
            return meta[HASH]
        came = self.rows.texts[row] if self.rows.texts else None
        return values.text_hash(came) if came else None

    def _meta_text(self, row: int, noted: Any, names: str | None) -> str:
        """Return a new vector's metadata; what came with a new item sits on the item."""
        if self.rows.metadata is None and names is None:
            return f'{{"{HASH}":"{noted}"}}'  # one of our own hashes
        meta = self.rows.metadata[row] if self.rows.metadata and row not in self._fresh else None
        return values.to_json({**(meta or {}), HASH: noted} | _naming(names))

    def _state(self, row: int, noted: object) -> int:
        now = self.targets.hashes[row]
        if now is None:
            return Freshness.STALE
        if isinstance(noted, str) and noted.startswith("md5:"):
            return Freshness.PENDING  # the Store compares it before it commits
        if not isinstance(noted, str) or len(noted) != 64:
            return Freshness.UNKNOWN
        return Freshness.FRESH if noted == now else Freshness.STALE


def _naming(content: str | None) -> dict[str, str]:
    return {TEXT: content} if content else {}
