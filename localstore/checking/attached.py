"""Files: those of this machine that are gone or changed, and kept bytes that belong to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from localstore.attached.file_paths import host, kept_digest
from localstore.checking.finding import Finding, Inquiry, first
from localstore.models import FileAsset


def attached(asked: Inquiry) -> Iterator[Finding]:
    """Look for each file of this machine and compare its size; with ``deep`` its SHA-256 too."""
    found = list(_deep(asked)) if asked.deep else list(_shallow(asked))
    for status, advice in (("missing", "bring them back, or detach them"), ("changed", "attach them again")):
        ours = [(pk, name) for pk, name, what in found if what == status]
        if ours:
            message = f"{len(ours)} attached files are {status}, such as {first(name for _, name in ours)}: {advice}"
            yield Finding("file", "file_assets", len(ours), message, row=ours[0][0])


def _deep(asked: Inquiry) -> Iterator[tuple[str, str, str]]:
    return ((one.id, one.filename, one.status) for one in asked.store.files.verify())


def _shallow(asked: Inquiry) -> Iterator[tuple[str, str, str]]:
    for asset in asked.store.files.all(sort="created"):
        place = asked.store.files.local_path(asset)
        if place is not None and not _is_elsewhere(asset, place):
            status = _status(asset, place)
            if status:
                yield str(asset.id), str(asset.filename), status


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
    """Kept bytes that no row and no trash refers to: left when the trash was emptied, or when their row was lost.

    Nobody can tell which, so a repair only moves them aside.
    """
    found = asked.store.files.unreferenced()
    if not found:
        return
    size = sum(place.stat().st_size for place in found if place.exists())
    aside = asked.store.path.with_name(f"{asked.store.path.name}.orphans")
    message = f"{len(found)} kept files ({size:,} bytes) belong to nothing, such as {found[0].name[:12]}…"
    advice = f"'check --repair' moves them to {aside.name}, 'localstore files unreferenced --delete' deletes them"
    finding = Finding("orphan", "file_assets", len(found), f"{message}: {advice}", row=found[0].name)
    if asked.repair:
        _move(asked, aside)
        finding = finding.mended()
    yield finding


def _move(asked: Inquiry, aside: Path) -> None:
    """Move under the write lock, as ``unreferenced`` deletes: none that is just being attached is among them."""
    with asked.store.database.writing():
        aside.mkdir(mode=0o700, exist_ok=True)
        for place in asked.store.files.unreferenced():
            place.replace(aside / place.name)
