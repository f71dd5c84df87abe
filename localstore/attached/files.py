"""Files: what an item refers to, left where it is or copied into the store's folder.

``path`` is ``file://HOST/abs/path`` (RFC 8089), for two machines may both have ``/tmp/x.pdf``; or ``sha256:HEX``
after a copy, the bytes of which lie in ``<store>.files/HH/HEX``. A path belongs to one row, so the same content is
kept for one item only; another item is refused with a sentence that names the first.

Deleting a row keeps the bytes: it may be restored. ``unreferenced`` finds what no row and no trash refers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from localstore import ids, tables
from localstore.attached import file_bytes, file_kinds
from localstore.attached.file_bytes import Progress, Source
from localstore.attached.file_paths import file_uri, host, kept_digest, local_file
from localstore.connection import Connection
from localstore.errors import InvalidValue, NotFound, StoreReadOnly, Taken
from localstore.models import FileAsset
from localstore.rows import Rows

if TYPE_CHECKING:
    from localstore.attached.file_checks import Verified
    from localstore.lists.listing import Listing


class FileRow(NamedTuple):
    """What a list shows of a file."""

    id: str
    filename: str
    path: str
    mime_type: str | None
    size_bytes: int
    created_at: str
    item_id: str | None
    item: str | None


class Files(Rows[FileAsset]):
    """``store.files``."""

    model = FileAsset
    label = "filename"

    @property
    def folder(self) -> Path:
        """Where copied bytes are kept: beside the store."""
        return self.store.path.with_name(self.store.path.name + ".files")

    # -- attaching ----------------------------------------------------------------------------------------

    def attach(
        self,
        item: str | None,
        path: str | Path,
        *,
        copy: bool = False,
        mime_type: str | None = None,
        progress: Progress | None = None,
        **columns: Any,
    ) -> FileAsset:
        """Attach a file to an item, or to none; with *copy* the store keeps the bytes.

        ``progress(bytes_done, bytes_total)`` is called for each megabyte. Raises InvalidValue for what is no
        readable file, Taken when the path is attached already, StoreFull when a copy finds no room.
        """
        owner = self.store.items.resolve(item) if item else None
        place = Path(path).expanduser().absolute()
        self._check_writable()
        file_bytes.check_readable(place)
        if not copy:
            self._check_free(file_uri(place))
        draft = file_bytes.draft(self.folder) if copy else None
        try:
            source = file_bytes.read(place, draft, progress)
            return self._keep(owner, place, source, draft, mime_type, columns)
        finally:
            if draft:
                draft.unlink(missing_ok=True)

    def _keep(
        self,
        item: str | None,
        place: Path,
        source: Source,
        draft: Path | None,
        mime_type: str | None,
        columns: dict[str, Any],
    ) -> FileAsset:
        """Insert the row; a copy gets its name first, so that a crash leaves at worst a file without a row."""
        name = file_kinds.shown_name(place)
        kind = mime_type or file_kinds.mime_type(name, source.head)
        given: dict[str, Any] = {
            "owner_id": self.store.local_user_id,
            "item_id": item,
            "filename": name,
            "mime_type": kind,
        }
        given |= {"size_bytes": source.size, "checksum": source.sha256} | columns
        given["path"] = f"sha256:{source.sha256}" if draft else file_uri(place)
        if draft:
            given["meta_data"] = {"host": host()} | columns.get("meta_data", {})
        with self.store.action("file.attached", f"attach {name[:60]!r}") as action:
            self._check_free(given["path"])
            if draft:
                file_bytes.settle(draft, self.kept(source.sha256))
            stored = action.insert(FileAsset, given)
            action.touch(item)
            action.about = self.about(stored)
            action.payload = {"id": stored["id"], "filename": name[:200], "copied": bool(draft)}
            return self.load(action.connection, stored["id"])

    def add(self, **columns: Any) -> FileAsset:
        """Add a row by its columns, for a file that need not be here; Taken when the path is attached already."""
        given = {"owner_id": self.store.local_user_id} | columns
        with self.store.action("file.added", "add file") as action:
            self._check_free(str(given.get("path")))
            stored = action.insert(FileAsset, given)
            action.touch(stored.get("item_id"))
            action.about = self.about(stored)
            action.payload = {"id": stored["id"], "filename": stored["filename"][:200]}
            return self.load(action.connection, stored["id"])

    def _check_writable(self) -> None:
        if self.store.read_only:
            raise StoreReadOnly(f"{self.store.path} is open for reading only: open it for writing to attach files.")

    def _check_free(self, path: str) -> None:
        with self.store.database.reading() as connection:
            sql = "SELECT f.id, f.filename, i.title FROM file_assets f LEFT JOIN items i ON i.id = f.item_id"
            row = connection.execute(f"{sql} WHERE f.path = ?", (path,)).fetchone()
        if row:
            where = f"to the item {row[2][:60]!r}" if row[2] is not None else f"as {row[1][:60]!r}, to no item"
            message = f"this file is attached already {where} (file {ids.short(row[0])}): detach it there first"
            raise Taken(message, "path", row[0])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> FileAsset:
        """Set only the given columns, and move the time of the item it belonged or belongs to."""
        pk = self.resolve(ref)
        with self.store.action("file.edited", "edit file") as action:
            before = tables.need(action.connection, FileAsset, pk)
            if action.update(FileAsset, pk, columns, expected):
                after = tables.need(action.connection, FileAsset, pk)
                action.touch(before["item_id"])
                action.touch(after["item_id"])
                action.about = self.about(after)
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def of(self, item: str) -> list[FileAsset]:
        """Return an item's files by name."""
        pk = self.store.items.resolve(item)
        return sorted(self.all({"item_id": pk}), key=lambda asset: (asset.filename, asset.id))

    # -- reading ------------------------------------------------------------------------------------------

    @property
    def listing(self) -> Listing[FileRow]:
        """Files as a list shows them."""
        from localstore.lists.listing import Listing

        sorts = {"created": "created_at", "name": "filename", "kind": "kind_key", "size": "size_key"}
        return Listing(self.store, _TABLE, _COLUMNS, _row, sorts)

    def local_path(self, asset: FileAsset | str) -> Path | None:
        """Return where this machine has the bytes, or would have them; None for another machine's file."""
        found = self.get(asset) if isinstance(asset, str) else asset
        digest = kept_digest(str(found.path))
        return self.kept(digest) if digest else local_file(str(found.path))

    def kept(self, digest: str) -> Path:
        """Return where the bytes with this SHA-256 are kept."""
        return self.folder / digest[:2] / digest

    def open(self, asset: FileAsset | str) -> BinaryIO:
        """Open a file's bytes for reading; NotFound when this machine does not have them."""
        found = self.get(asset) if isinstance(asset, str) else asset
        place = self.local_path(found)
        if place is None:
            raise NotFound(f"{found.filename!r} is on another machine: {found.path}")
        try:
            return place.open("rb")
        except FileNotFoundError:
            raise NotFound(f"{found.filename!r} is not at {place} any more: attach it again.") from None
        except OSError as error:
            raise InvalidValue(f"{place} cannot be read: {error.strerror}; check its permissions") from None

    def read(self, asset: FileAsset | str) -> bytes:
        """Return a file's bytes; raises as ``open``."""
        with self.open(asset) as file:
            return file.read()

    # -- checking -----------------------------------------------------------------------------------------

    def verify(self, refs: Sequence[str] | None = None, progress: Progress | None = None) -> list[Verified]:
        """Compare files with the size and SHA-256 noted; all of them without *refs*. Changes nothing."""
        from localstore.attached.file_checks import verify

        assets = self.all(sort="created") if refs is None else [self.get(ref) for ref in refs]
        return verify([(asset, self.local_path(asset)) for asset in assets], progress)

    def unreferenced(self, *, remove: bool = False) -> list[Path]:
        """Return the kept files that no row and no trash refers to; with *remove* delete them.

        A copy takes its name under the write lock, so none that is just being attached is among them.
        """
        with self.store.database.writing() if remove else self.store.database.reading() as connection:
            wanted = set(_kept_digests(connection))
            found = [place for place in file_bytes.kept_files(self.folder) if place.name not in wanted]
            if remove:
                file_bytes.remove(found)
        return found


_TABLE = "(SELECT *, printf('%020d', size_bytes) AS size_key, COALESCE(mime_type, '') AS kind_key FROM file_assets)"
_COLUMNS = (
    "t.id, t.filename, t.path, t.mime_type, t.size_bytes, t.created_at, t.item_id,"
    " (SELECT i.title FROM items i WHERE i.id = t.item_id)"
)


def _row(values: Sequence[Any]) -> FileRow:
    return FileRow(*values[:8])


_PATHS = (
    "SELECT path FROM file_assets WHERE path >= 'sha256:' AND path < 'sha256;' UNION ALL"
    " SELECT image->>'$.path' FROM trash_rows WHERE tbl = 'file_assets' AND kind = 'row'"
)


def _kept_digests(connection: Connection) -> list[str]:
    digests = (kept_digest(str(path)) for (path,) in connection.execute(_PATHS))
    return [digest for digest in digests if digest]
