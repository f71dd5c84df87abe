"""Whether attached files are still what they were: size and SHA-256 against the row, on this machine only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localstore.attached import file_bytes
from localstore.attached.file_bytes import Progress, Source
from localstore.attached.file_paths import host, kept_digest
from localstore.errors import InvalidValue
from localstore.models import FileAsset

Status = Literal["ok", "missing", "changed", "elsewhere"]


@dataclass(frozen=True)
class Verified:
    """What became of one file; ``reason`` is a sentence unless it is ok."""

    id: str
    filename: str
    path: str
    item_id: str | None
    status: Status
    reason: str = ""
    local: Path | None = None


def verify(assets: Sequence[tuple[FileAsset, Path | None]], progress: Progress | None = None) -> list[Verified]:
    """Check each file; ``progress`` counts the bytes of all that are here."""
    total = sum(place.stat().st_size for _, place in assets if place and place.is_file())
    found, before = [], 0
    for asset, place in assets:
        result, read = _check(asset, place, _shifted(progress, before, total))
        found.append(result)
        before += read
    return found


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(before + done, max(total, before + done))


def _check(asset: FileAsset, place: Path | None, progress: Progress | None) -> tuple[Verified, int]:
    status, reason, read = _compare(asset, place, progress)
    fields = (str(asset.id), str(asset.filename), str(asset.path), asset.item_id)
    return Verified(*fields, status, reason, place), read


def _compare(asset: FileAsset, place: Path | None, progress: Progress | None) -> tuple[Status, str, int]:
    if place is None:
        return "elsewhere", "it is on another machine, which alone can tell", 0
    if _kept_elsewhere(asset) and not place.exists():
        return "elsewhere", f"the bytes are kept on {asset.meta_data['host']}", 0
    try:
        source = file_bytes.read(place, None, progress)
    except InvalidValue as error:
        return "missing", str(error).removeprefix("path: "), 0
    return (*_difference(asset, source), source.size)


def _kept_elsewhere(asset: FileAsset) -> bool:
    """A copy's bytes lie beside the store that made it; they do not sync."""
    meta_data = asset.meta_data
    noted = meta_data.get("host") if isinstance(meta_data, dict) else None
    return kept_digest(str(asset.path)) is not None and noted not in (None, host())


def _difference(asset: FileAsset, source: Source) -> tuple[Status, str]:
    if source.size != asset.size_bytes:
        return "changed", f"it has {source.size:,} bytes, and had {asset.size_bytes:,}"
    if asset.checksum and source.sha256 != asset.checksum:
        return "changed", "its content differs: the SHA-256 is another"
    return "ok", ""
