"""Files: those of this machine that are gone or changed, and kept bytes that belong to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from localstore.attached.file_paths import host, kept_digest
from localstore.checking.finding import Finding, Inquiry
from localstore.models import FileAsset


def attached(asked: Inquiry) -> Iterator[Finding]:
    """Look for each file of this machine and compare its size; with ``deep`` its SHA-256 too."""
    found = list(_deep(asked)) if asked.deep else list(_shallow(asked))
    for status, advice in (("missing", "bring them back, or detach them"), ("changed", "attach them again")):
        names = [name for name, what in found if what == status]
        if names:
            some = ", ".join(repr(name[:60]) for name in names[:3])
            message = f"{len(names)} attached files are {status}, such as {some}: {advice}"
            yield Finding("file", "file_assets", len(names), message)


def _deep(asked: Inquiry) -> Iterator[tuple[str, str]]:
    return ((one.filename, one.status) for one in asked.store.files.verify())


def _shallow(asked: Inquiry) -> Iterator[tuple[str, str]]:
    for asset in asked.store.files.all(sort="created"):
        place = asked.store.files.local_path(asset)
        if place is not None and not _is_elsewhere(asset, place):
            status = _status(asset, place)
            if status:
                yield str(asset.filename), status


def _is_elsewhere(asset: FileAsset, place: Path) -> bool:
    """A copy's bytes lie beside the store that made it."""
    noted = asset.meta_data.get("host") if isinstance(asset.meta_data, dict) else None
    return kept_digest(str(asset.path)) is not None and noted not in (None, host()) and not place.exists()


def _status(asset: FileAsset, place: Path) -> str:
    try:
        size = place.stat().st_size
    except OSError:
        return "missing"
    return "" if size == asset.size_bytes else "changed"


def orphans(asked: Inquiry) -> Iterator[Finding]:
    """Kept bytes that no row and no trash refers to: what is left when the trash was emptied."""
    found = asked.store.files.unreferenced()
    if not found:
        return
    size = sum(place.stat().st_size for place in found if place.exists())
    message = f"{len(found)} kept files ({size:,} bytes) belong to nothing: 'check --repair' removes them"
    finding = Finding("orphan", "file_assets", len(found), message)
    if asked.repair:
        asked.store.files.unreferenced(remove=True)
        finding = finding.mended()
    yield finding
