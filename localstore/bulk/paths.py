"""Paths: a file belongs to one row, so a path that another item has is left out and reported."""

from __future__ import annotations

from collections.abc import Sequence

from localstore import ids, values
from localstore.bulk.report import BatchReport
from localstore.bulk.settled import Settled
from localstore.connection import Connection
from localstore.records import BadRecord, FileRecord

Holder = tuple[str | None, str]


class Paths:
    """Who holds the paths of a batch: the item's id and what to call it."""

    def __init__(self, connection: Connection, came: Sequence[Settled], report: BatchReport) -> None:
        self.report = report
        self.holders: dict[str, Holder] = {}
        wanted = [file.path for item in came for file in item.files]
        if wanted:
            sql = (
                "SELECT f.path, f.item_id, i.title FROM json_each(?) j JOIN file_assets f ON f.path = j.value"
                " LEFT JOIN items i ON i.id = f.item_id"
            )
            for path, item, title in connection.execute(sql, (values.to_json(wanted),)):
                self.holders[path] = (item, f"the item {title[:60]!r} ({ids.short(item)})" if item else "no item")

    def leave_taken(self, item: Settled) -> None:
        """Take files that others hold off an item, and report them."""
        item.files = [file for file in item.files if self.is_free(file, item)]

    def is_free(self, file: FileRecord, item: Settled) -> bool:
        """Tell whether the item may have the file; from then on it has it."""
        holder = self.holders.get(file.path)
        if holder is None:
            self.holders[file.path] = (item.id, f"the item {item.title[:60]!r} ({item.place})")
            return True
        if holder[0] != item.id:
            reason = f"the file {file.path[:200]!r} is attached to {holder[1]} already: it was left out"
            self.report.note_file_left(BadRecord(item.place, reason))
        return False
