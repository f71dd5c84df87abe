"""Changes to items that are there already: what came is written over what is stored.

Texts that the source has no more, and texts edited here that are overwritten on request, go to the trash first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from localstore import tables, times, values
from localstore.bulk.decision import Decision
from localstore.bulk.fingerprint import SOURCE
from localstore.bulk.paths import Paths
from localstore.bulk.report import BatchReport
from localstore.bulk.rows import INSERT, Named, file_row, text_row
from localstore.bulk.settled import Text, fill_times
from localstore.bulk.vectors import write_vectors
from localstore.connection import Connection
from localstore.deeds.trash import Trash
from localstore.models import Content, Item
from localstore.records import BadRecord, ContentRecord, ItemRecord


@dataclass(slots=True)
class Change:
    """One item to be brought to what came."""

    named: Named
    stored: ItemRecord
    decision: Decision
    removed: list[str] = field(default_factory=list)

    @property
    def replaces(self) -> bool:
        """Whether the texts are written, not only files and vectors added."""
        return self.decision is not Decision.SKIP


class Changes:
    """Plans changes while a batch is sorted, and writes them together."""

    def __init__(self, connection: Connection, paths: Paths, report: BatchReport, on_conflict: str) -> None:
        self.connection = connection
        self.paths = paths
        self.report = report
        self.on_conflict = on_conflict
        self.planned: list[Change] = []

    def plan(self, named: Named, stored: ItemRecord, decision: Decision) -> None:
        """Note a change, or that there is none."""
        change = Change(named, stored, decision)
        came = {text.id: text for text in named.item.texts}
        if not change.replaces:
            bare = not named.item.files and not named.item.vectors and not any(t.vectors for t in came.values())
            if bare:
                self.report.skipped += 1
                return
        elif not self._check_texts(change):
            return
        else:
            change.removed = [str(c.id) for c in stored.contents if self._goes(c, came.get(str(c.id)), decision)]
        self.planned.append(change)

    def _check_texts(self, change: Change) -> bool:
        """Report a text that belongs to another item."""
        item = change.named.item
        sql = "SELECT c.id FROM json_each(?) j JOIN contents c ON c.id = j.value WHERE c.item_id <> ?"
        row = self.connection.execute(sql, (values.to_json([t.id for t in item.texts]), item.id)).fetchone()
        if row:
            self.report.note_bad(BadRecord(item.place, f"its text {row[0]} belongs to another item already"))
        return row is None

    @staticmethod
    def _goes(stored: ContentRecord, came: Text | None, decision: Decision) -> bool:
        return came is None or (decision is Decision.OVERWRITE and stored.text != came.text)

    def write(self, trash: Trash) -> None:
        """Write what was planned."""
        removed = [("contents", pk) for change in self.planned for pk in change.removed]
        if removed:
            self._note_texts([pk for _, pk in removed])
            trash.take(self.connection, removed, False, f"{len(removed)} texts replaced by an import")
        for change in self.planned:
            self._write_one(change)

    def _write_one(self, change: Change) -> None:
        if change.replaces:
            self._write_item(change)
            self._write_texts(change)
            if change.decision is not Decision.UPDATE_TEXT:
                self._write_tags(change.named)
        overwrite = change.replaces or self.on_conflict == "update"
        vectors = write_vectors(self.connection, change.named, overwrite=overwrite)
        added = self._add_files(change.named)
        self._look_again(change.named.item.id)
        if change.replaces or vectors.written or added:
            self.report.updated += 1
        elif vectors.kept:
            reason = f"{vectors.kept} of its vectors differ from those here: ours stay"
            self.report.note_kept(BadRecord(change.named.item.place, reason))
        else:
            self.report.skipped += 1

    def _write_item(self, change: Change) -> None:
        item, stored = change.named.item, change.stored
        kept = {key: value for key, value in stored.meta_data.items() if key == SOURCE}
        columns = {
            "type": item.type,
            "title": item.title,
            "description": item.description,
            "meta_data": values.to_json(kept | item.meta_data),
            "updated_at": _moved(item.updated_at if item.stamped else None, stored.updated_at),
        }
        columns |= {"created_at": item.created_at} if item.dated else {}
        columns |= {"owner_id": change.named.owner} if item.owner else {}
        columns |= {"organization_id": change.named.organization} if item.organization else {}
        tables.update(self.connection, Item, item.id, columns)

    def _write_texts(self, change: Change) -> None:
        item = change.named.item
        if not item.dated:
            fill_times(item.texts, str(change.stored.created_at))
        there = {str(content.id): content for content in change.stored.contents if content.id not in change.removed}
        for text in item.texts:
            if text.id in there:
                self._write_text(text, there[text.id])
            else:
                self.connection.execute(INSERT["contents"], text_row(text, item.id))
        self._note_texts([item.id, *(text.id for text in item.texts)])

    def _write_text(self, text: Text, stored: ContentRecord) -> None:
        columns: dict[str, str] = {}
        if (text.role, text.text, text.meta_data) != (stored.role, stored.text, stored.meta_data):
            columns = {"role": text.role, "text": text.text, "meta_data": values.to_json(text.meta_data)}
        if text.created_at != stored.created_at:
            columns["created_at"] = text.created_at
        if columns:
            columns["updated_at"] = _moved(text.updated_at if text.stamped else None, stored.updated_at)
            tables.update(self.connection, Content, text.id, columns)

    def _write_tags(self, named: Named) -> None:
        among = values.to_json(named.tags)
        sql = "DELETE FROM item_tag_links WHERE item_id = ? AND tag_id NOT IN (SELECT value FROM json_each(?))"
        self.connection.execute(sql, (named.item.id, among))
        sql = (
            "INSERT INTO item_tag_links (item_id, tag_id) SELECT ?1, value FROM json_each(?2) WHERE value NOT IN"
            " (SELECT tag_id FROM item_tag_links WHERE item_id = ?1)"
        )
        self.connection.execute(sql, (named.item.id, among))

    def _add_files(self, named: Named) -> int:
        new = [file for file in named.item.files if self.paths.is_free(file, named.item)]
        for file in new:
            self.connection.execute(INSERT["file_assets"], file_row(file, named.owner, named.item.id))
        return len(new)

    def _note_texts(self, pks: list[str]) -> None:
        """Have full text index these anew before the transaction ends."""
        sql = "INSERT INTO text_pending (id) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
        self.connection.execute(sql, (values.to_json(pks),))

    def _look_again(self, item: str) -> None:
        """Have the vectors' states settled before the transaction ends; forget those of vectors that went."""
        sql = "DELETE FROM embedding_states WHERE item_id = ? AND embedding_id NOT IN (SELECT id FROM embeddings)"
        self.connection.execute(sql, (item,))
        self.connection.execute("UPDATE embedding_states SET state = 0 WHERE item_id = ?", (item,))


def _moved(carried: str | None, stored: str | None) -> str:
    """Return the time an update leaves: the one that came, when it is another; else now."""
    if carried is not None and carried != stored:
        return carried
    return times.after(times.now(), stored or "")
