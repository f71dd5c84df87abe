"""Short ways to read vectors in tests: what a file holds in, rows out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from localstore.records import BadRecord
from localstore.store import Store
from localstore.transfer import ReadOptions, detect
from localstore.transfer.vector_rows import Vectors


@dataclass
class Rows:
    """All batches of a file as one."""

    keys: list[str] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    titles: list[str | None] = field(default_factory=list)
    metadata: list[Any] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    models: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    matrix: NDArray[Any] = field(default_factory=lambda: numpy.empty((0, 0)))
    bad: list[BadRecord] = field(default_factory=list)
    format: str = ""
    notes: list[str] = field(default_factory=list)


def read_vectors(source: Path, options: ReadOptions | None = None) -> Rows:
    """Read a file in the format it is recognised as."""
    options = options or ReadOptions()
    rows, parts = Rows(), []
    for one in detect(source).read_vectors(source, options):
        if isinstance(one, Vectors):
            _take(rows, one)
            parts.append(numpy.asarray(one.batch.matrix))
        else:
            rows.bad.append(one)
    rows.matrix = numpy.concatenate(parts) if parts else rows.matrix
    rows.format, rows.notes = options.report.format, options.report.notes
    return rows


def _take(rows: Rows, one: Vectors) -> None:
    batch = one.batch
    rows.keys += batch.keys
    rows.texts += batch.texts or []
    rows.titles += batch.titles or []
    rows.metadata += batch.metadata or []
    rows.places += [f"{batch.place}:row {batch.first + at}" for at in range(len(batch.keys))]
    rows.models.add(one.model)
    rows.sources.add(one.source)


def stored(store: Store) -> dict[str, bytes]:
    """Return every vector's bytes by the title of its item."""
    sql = (
        "SELECT i.title, e.vector FROM embeddings e LEFT JOIN contents c ON c.id = e.content_id"
        " JOIN items i ON i.id = COALESCE(e.item_id, c.item_id)"
    )
    with store.reading() as connection:
        return dict(connection.execute(sql).fetchall())
