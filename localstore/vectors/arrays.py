"""Arrays of queries: read from what a person has at hand, and the answers written beside them.

``.npy``, ``.npz`` (the array is found by the names that importing knows), a JSON list, or plain numbers; told apart
by how they begin. Nothing is ever unpickled.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy

from localstore.errors import TransferError
from localstore.transfer.vector_arrays import MAGIC, PICKLE, ArrayRows, ArrayShape, read_shape
from localstore.transfer.vector_rows import VECTORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.store import Store
    from localstore.vectors.matches import Match, Nearest, NearestBatch

STREAM = Path("-")
ARCHIVE = b"PK"
_ID = "U36"
_SEPARATOR = re.compile(r"[\s,;]+")


class _Input(io.BytesIO):
    """Standard input, read whole; messages call it so."""

    def __str__(self) -> str:
        return "standard input"


def read_queries(source: Path, given: bytes | None = None) -> NDArray[Any]:
    """Return the vector ``(d,)`` or the vectors ``(queries, d)`` of a file; *given* is what ``-`` stands for.

    Raises TransferError for what is no array of numbers; their number and values are not looked at.
    """
    try:
        stream = _Input(given or b"") if source == STREAM else source
        raw = stream.getvalue() if isinstance(stream, _Input) else stream.read_bytes()
    except OSError as error:
        raise TransferError(f"{source}: cannot be read ({error.strerror or error})") from None
    name = str(stream)
    found = _archived(stream, name) if raw.startswith(ARCHIVE) else _numbers(raw, name)
    if found.ndim not in (1, 2) or not found.size:
        raise TransferError(f"{name} has shape {found.shape}: one vector has (d,), several (queries, d)")
    return found


def _numbers(raw: bytes, name: str) -> NDArray[Any]:
    if raw.startswith((MAGIC, PICKLE)):
        stream = io.BytesIO(raw)
        shape = read_shape(stream, name)
        _check(shape, len(raw) - stream.tell())
        return ArrayRows(stream, shape).take(shape.shape[0])
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise TransferError(f"{name} is neither an array of numpy nor text: save it with numpy.save") from None
    return _listed(text, name) if text.startswith(("[", "{")) else _plain(text, name)


def _check(shape: ArrayShape, there: int) -> None:
    """Refuse an array that is no vector and no matrix of numbers; *there* are the bytes after its header."""
    if shape.dtype.hasobject:
        raise TransferError(
            f"{shape.name} holds Python objects, which are never loaded: "
            "save numpy.asarray(vectors, dtype=numpy.float32)"
        )
    if shape.dtype.kind not in "fiu":
        raise TransferError(f"{shape.spelled()} holds no numbers to compare: save it with .astype(numpy.float32)")
    if there < shape.size:
        raise TransferError(f"{shape.name} is cut off: it needs {shape.size:,} bytes and has {there:,}: copy it again")
    if len(shape.shape) not in (1, 2) or not shape.size:
        raise TransferError(f"{shape.spelled()}: one vector has 1 dimension, several have 2")


def _archived(source: Path | _Input, name: str) -> NDArray[Any]:
    from localstore.transfer.vector_archive import array_archive

    with array_archive(cast(Path, source)) as archive:  # zipfile reads both
        shapes = archive.shapes
        fit = [each for each, shape in shapes.items() if shape.dtype.kind == "f" and len(shape.shape) in (1, 2)]
        chosen = next((each for each in VECTORS if each in shapes), fit[0] if len(fit) == 1 else None)
        if chosen is None:
            seen = ", ".join(shape.spelled() for shape in shapes.values()) or "nothing"
            raise TransferError(f"{name} holds {seen}: name the array of vectors 'embeddings'")
        _check(shapes[chosen], shapes[chosen].size)  # the archive has looked at its length
        return archive.rows(chosen).take(shapes[chosen].shape[0])


def _listed(text: str, name: str) -> NDArray[Any]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TransferError(f"{name} is not JSON ({str(error)[:80]}): write a list of numbers") from None
    try:
        array = numpy.asarray(found)
    except ValueError:
        raise TransferError(f"{name} holds lists of different lengths: every vector has as many numbers") from None
    if array.dtype.kind not in "fiu":
        raise TransferError(f"{name} is no list of numbers: write [0.1, 0.2] for one vector, [[…], […]] for several")
    return array


def _plain(text: str, name: str) -> NDArray[Any]:
    """Return numbers that stand between spaces, commas and line ends as one vector."""
    words = list(filter(None, _SEPARATOR.split(text)))
    if not words:
        raise TransferError(f"{name} is empty: it needs the numbers of a vector")
    try:
        return numpy.array([float(word) for word in words])
    except ValueError:
        bad = next(at for at, word in enumerate(words) if not _is_number(word))
        raise TransferError(
            f"{name}: {words[bad][:40]!r} (word {bad + 1:,}) is not a number: write numbers, such as 0.1 0.2"
        ) from None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


# -- answers ----------------------------------------------------------------------------------------------


def answers(store: Store, found: NearestBatch) -> list[list[Match]]:
    """Return the matches of each query of a batch, with titles and snippets."""
    with store.reading() as connection:
        return [
            store.embeddings.matches(connection, [(str(pk), float(score)) for pk, score in row if pk])
            for row in (zip(ids, scores, strict=True) for ids, scores in zip(found.ids, found.scores, strict=True))
        ]


def write_nearest(dest: Path, found: Nearest) -> tuple[int, int]:
    """Write the answer to one query as ``write_batch`` does, of shape ``(1, k)``."""
    ids = numpy.array([[match.embedding_id for match in found.matches]], dtype=_ID)
    items = numpy.array([[match.item_id for match in found.matches]], dtype=_ID)
    scores = numpy.array([[match.score for match in found.matches]], dtype=numpy.float64)
    return _write(dest, found, ids, items, scores)


def write_batch(store: Store, dest: Path, found: NearestBatch) -> tuple[int, int]:
    """Write ``ids`` (of embeddings), ``item_ids`` and ``scores`` to an ``.npz``; return their shape ``(queries, k)``.

    Where a query had fewer matches stand an empty id and NaN. The file is its owner's alone and takes its name when
    it is whole.
    """
    known, places = numpy.unique(found.ids, return_inverse=True)
    items = numpy.array(_items(store, known.tolist()), dtype=_ID)
    return _write(dest, found, found.ids.astype(_ID), items[places].reshape(found.ids.shape), found.scores)


def _items(store: Store, embedding_ids: list[str]) -> list[str]:
    sql = (
        "SELECT e.id, COALESCE(e.item_id, c.item_id) FROM json_each(?) j JOIN embeddings e ON e.id = j.value"
        " LEFT JOIN contents c ON c.id = e.content_id"
    )
    with store.reading() as connection:
        found: dict[str, str] = dict(connection.execute(sql, (json.dumps(embedding_ids),)).fetchall())
    return [found.get(pk) or "" for pk in embedding_ids]


def _write(
    dest: Path, found: Nearest | NearestBatch, ids: NDArray[Any], items: NDArray[Any], scores: NDArray[Any]
) -> tuple[int, int]:
    from localstore.transfer.destination import writing
    from localstore.transfer.format import WriteOptions

    said = {"model": found.model, "metric": found.metric, "exact": found.exact}
    with writing(dest, WriteOptions()) as stream:
        numpy.savez(stream, ids=ids, item_ids=items, scores=scores, **said)  # type: ignore[arg-type]
    return scores.shape[0], scores.shape[1]
