"""The Embedding Projector (projector.tensorflow.org): vectors as tab-separated numbers, and their labels beside them.

``NAME.tsv`` has no header; ``NAME.metadata.tsv`` has one, as files of more than one column must.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from localstore.errors import TransferError
from localstore.transfer.destination import writing
from localstore.transfer.format import STREAM, Format, WriteOptions
from localstore.transfer.sample import Sample
from localstore.transfer.vector_rows import VectorRows

COLUMNS = ("title", "type", "id", "text")
LONGEST = 300
"""Characters of a text: it is a label on a map."""
_BREAKS = re.compile(r"[\s\0\x1c-\x1f\x85\u2028\u2029]+")


def recognise(sample: Sample) -> int:
    """Never: numbers without a header may be any table."""
    return 0


def write(rows: VectorRows, dest: Path, options: WriteOptions) -> int:
    """Write both files; return how many vectors."""
    import orjson

    if dest == STREAM:
        raise TransferError("the projector reads two files: name one instead of -")
    beside = dest.with_name(f"{dest.name.removesuffix('.tsv')}.metadata.tsv")
    count = 0
    with writing(dest, options) as vectors, writing(beside, options) as labels:
        labels.write(_line(COLUMNS))
        for block in rows.blocks():
            for vector in block.matrix:
                numbers = orjson.dumps(vector, option=orjson.OPT_SERIALIZE_NUMPY)
                vectors.write(numbers[1:-1].replace(b",", b"\t") + b"\n")
            columns = zip(block.titles, block.types, block.ids, block.texts, strict=True)
            labels.writelines(map(_line, columns))
            count += len(block.ids)
    options.notes.append(f"titles, types, ids and texts are in {beside.name}: load it beside the vectors")
    return count


def _line(cells: Sequence[str]) -> bytes:
    return "\t".join(_BREAKS.sub(" ", cell[: 4 * LONGEST]).strip()[:LONGEST] for cell in cells).encode() + b"\n"


FORMAT = Format(
    name="projector",
    summary="vectors and labels for the Embedding Projector: NAME.tsv and NAME.metadata.tsv",
    extensions=(),
    recognise=recognise,
    vector_writer=write,
)
