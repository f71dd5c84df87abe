"""Arrays in one file (``numpy.savez``): vectors, and their ids, texts and titles in arrays beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from localstore.errors import TransferError
from localstore.transfer.format import STREAM, Format, ReadOptions
from localstore.transfer.sample import Sample
from localstore.transfer.vector_archive import ArrayArchive, array_archive
from localstore.transfer.vector_arrays import PLAIN_KINDS, ArrayShape, ArrayTexts, RowNumbers, check_matrix, check_texts
from localstore.transfer.vector_rows import IDS, MODELS, TEXTS, TITLES, VECTORS, Vectors, usual_name
from localstore.transfer.vector_savez import write_npz
from localstore.transfer.vector_table import VectorTable


def recognise(sample: Sample) -> int:
    """A ZIP file with arrays in it, or a file that says so by its name."""
    if sample.kind == "zip" and any(name.endswith(".npy") for name in sample.members):
        return 90
    return 5 if sample.kind == "file" and sample.path.suffix.lower() == ".npz" else 0


def read(source: Path, options: ReadOptions) -> Iterator[Vectors]:
    """Yield the vectors with what stands beside them, in bounded memory."""
    if source == STREAM:
        raise TransferError("an .npz cannot be read from a stream: name the file")
    with array_archive(source) as archive:
        options.report.files += 1
        options.report.saw_keys(archive.shapes)
        yield from _table(archive, source.name, options).read(options)


def _table(archive: ArrayArchive, place: str, options: ReadOptions) -> VectorTable:
    shapes = archive.shapes
    vectors = _vectors(shapes, place, options)
    rows = shapes[vectors].shape[0]
    ids = _column(shapes, place, options.id_column, IDS, rows)
    texts = _column(shapes, place, options.text_column, TEXTS, rows)
    titles = _column(shapes, place, options.title_column, TITLES, rows)
    model = usual_name([*shapes], MODELS)
    others = _others(shapes, {vectors, ids, texts, titles, model}, rows, options)
    if ids is None:
        options.report.notes.append("no array of ids, so the rows are named by their numbers")
    used = [name for name in (vectors, ids, texts, titles, *others) if name is not None]
    return VectorTable(
        place=place,
        rows=rows,
        row_bytes=sum(shapes[name].row_bytes for name in used),
        matrix=archive.rows(vectors),
        keys=ArrayTexts(archive.rows(ids), ids) if ids else RowNumbers(),
        texts=ArrayTexts(archive.rows(texts), texts) if texts else None,
        titles=ArrayTexts(archive.rows(titles), titles) if titles else None,
        others={name: archive.rows(name) for name in others},
        model=archive.text(model) if model else "",
    )


def _vectors(shapes: dict[str, ArrayShape], place: str, options: ReadOptions) -> str:
    """Return the name of the matrix: the one that was named, one of a usual name, else the only one there is."""
    name = _named(shapes, place, options.vector_column) or usual_name([*shapes], VECTORS)
    if name is None:
        flat = [each for each, shape in shapes.items() if len(shape.shape) == 2 and shape.dtype.kind == "f"]
        if len(flat) != 1:
            seen = ", ".join(shapes[each].spelled() for each in flat or list(shapes)[:12]) or "nothing"
            what = "several matrices of floats" if flat else "no matrix of floats"
            raise TransferError(f"{place} holds {what} ({seen}): say which array with --vector-column")
        name = flat[0]
    check_matrix(shapes[name])
    return name


def _column(
    shapes: dict[str, ArrayShape], place: str, wanted: str | None, usual: tuple[str, ...], rows: int
) -> str | None:
    name = _named(shapes, place, wanted) or usual_name([*shapes], usual)
    if name is not None:
        check_texts(shapes[name], rows)
    return name


def _named(shapes: dict[str, ArrayShape], place: str, wanted: str | None) -> str | None:
    if wanted is not None and wanted not in shapes:
        raise TransferError(f"{place}: there is no array {wanted!r}; there are {', '.join(list(shapes)[:12])}")
    return wanted


def _others(shapes: dict[str, ArrayShape], used: set[str | None], rows: int, options: ReadOptions) -> list[str]:
    """Return the arrays that go to the metadata: one plain value a row."""
    rest = [name for name in shapes if name not in used]
    fitting = [name for name in rest if shapes[name].shape == (rows,) and shapes[name].dtype.kind in PLAIN_KINDS]
    if left := [shapes[name].spelled() for name in rest if name not in fitting]:
        options.report.notes.append(f"left out: {', '.join(left[:12])}")
    return fitting


FORMAT = Format(
    name="npz",
    summary="vectors in arrays of numpy: embeddings, ids, texts, titles",
    extensions=(".npz",),
    recognise=recognise,
    vector_reader=read,
    vector_writer=write_npz,
)
