"""Chroma: the columnar JSON of ``collection.get(include=["embeddings", "documents", "metadatas"])``.

``json.dump({key: value if key != "embeddings" else value.tolist() …})``: lists of equal length beside each other.
Chroma's own files change from version to version and are never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from localstore.errors import InvalidValue, TransferError
from localstore.transfer.format import STREAM, Format, ReadOptions, refused
from localstore.transfer.json_text import parse
from localstore.transfer.sample import Sample
from localstore.transfer.vector_rows import FEW, VectorRead, Vectors, rows_at_once, usual_width
from localstore.transfer.vector_spans import JsonSpans, mapped

IDS, VECTORS, TEXTS, METADATA = "ids", "embeddings", "documents", "metadatas"


def recognise(sample: Sample) -> int:
    """One JSON object that begins with lists of ids and vectors."""
    if sample.kind != "file" or sample.listed or not sample.keys:
        return 0
    if {IDS, VECTORS} <= set(sample.keys):
        return 85
    return 60 if sample.keys[0] == IDS and not sample.whole else 0


def read(source: Path, options: ReadOptions) -> Iterator[VectorRead]:
    """Yield the vectors with their documents and metadata, in bounded memory."""
    if source == STREAM:
        raise TransferError("this JSON cannot be read from a stream: name the file")
    with mapped(source) as spans:
        _check(spans, source.name)
        options.report.files += 1
        options.report.saw_keys(spans.spans)
        yield from _batches(spans, source.name, options)


def _check(spans: JsonSpans, place: str) -> None:
    """Raise TransferError unless there are ids and vectors, and all columns are of one length."""
    if not spans.is_list(IDS) or not spans.is_list(VECTORS):
        seen = ", ".join(list(spans.spans)[:12]) or "nothing"
        raise TransferError(
            f"{place} holds no lists of ids and embeddings (seen: {seen}): "
            'save collection.get(include=["embeddings", "documents", "metadatas"])'
        )
    first = next(spans.elements(IDS), b"")
    if first.startswith(b"["):
        raise TransferError(f"{place} holds the answers of query(), one list each: save what get() returns")
    counts = {key: spans.count(key) for key in (IDS, VECTORS, TEXTS, METADATA) if spans.is_list(key)}
    if len(set(counts.values())) > 1:
        shown = ", ".join(f"{count:,} {key}" for key, count in counts.items())
        raise TransferError(f"{place} holds {shown}: there must be as many of each")


def _batches(spans: JsonSpans, place: str, options: ReadOptions) -> Iterator[VectorRead]:
    names = (IDS, VECTORS, TEXTS, METADATA)
    columns = [spans.elements(key) if spans.is_list(key) else _nothing() for key in names]
    rows = zip(*columns, strict=False)
    first = width = 0
    while chunk := list(islice(rows, rows_at_once(40 * width + 4000) if width else FEW)):
        width = width or usual_width(raw[1].count(b",") + 1 for raw in chunk if raw[1].startswith(b"["))
        good = []
        for number, raw in enumerate(chunk, first):
            try:
                good.append((number, _checked([parse(each) for each in raw], width)))
            except InvalidValue as error:
                options.report.bad += 1
                yield refused(f"{place}:row {number}", error)
        yield from _together(good, place, options)
        first += len(chunk)


def _nothing() -> Iterator[bytes]:
    while True:
        yield b"null"


def _checked(row: list[Any], width: int) -> list[Any]:
    key, vector, text, metadata = row
    if not isinstance(vector, list) or not vector:
        raise InvalidValue("there is no vector")
    if len(vector) != width:
        raise InvalidValue(f"a vector of {len(vector):,} numbers, but the others have {width:,}")
    if any(type(number) not in (float, int) for number in vector):
        raise InvalidValue("the vector holds something that is no number")
    if text is not None and not isinstance(text, str):
        raise InvalidValue(f"expected a text or null, got {str(text)[:40]!r}", "documents")
    if metadata is not None and not isinstance(metadata, dict):
        raise InvalidValue(f"expected an object or null, got {str(metadata)[:40]!r}", "metadatas")
    return [str(key), vector, text, metadata]


def _together(good: list[tuple[int, list[Any]]], place: str, options: ReadOptions) -> Iterator[Vectors]:
    """Yield runs of rows that follow each other, so that each is told of by its number."""
    start = 0
    for at in range(1, len(good) + 1):
        if at == len(good) or good[at][0] != good[at - 1][0] + 1:
            options.report.records += at - start
            yield _vectors(good[start:at], place)
            start = at


def _vectors(run: list[tuple[int, list[Any]]], place: str) -> Vectors:
    import numpy

    from localstore.vectors.incoming.stream import VectorBatch

    keys, vectors, texts, metadata = zip(*(row for _, row in run), strict=True)
    matrix = numpy.array(vectors, dtype=numpy.float64)
    return Vectors(VectorBatch(keys, matrix, texts=texts, metadata=metadata, place=place, first=run[0][0]))


FORMAT = Format(
    name="chroma",
    summary="the JSON of Chroma's collection.get()",
    extensions=(),
    recognise=recognise,
    vector_reader=read,
)
