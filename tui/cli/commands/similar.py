"""Find what is nearest in meaning to a text, an item or a vector."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.asked_model import filter_with_model
from tui.cli.nearest_list import conclusion, document, left_nothing, show_matches
from tui.cli.output import to_json, write
from tui.cli.program import command
from tui.cli.progress import bar
from tui.cli.references import content_id, text_of
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.filters import Filter
    from localstore.store import Store
    from localstore.vectors.matches import Match, Nearest, NearestBatch

_PLACE = re.compile(r".+/\d+")


class Count(click.ParamType[int | str]):
    """A whole number above 0, or ``all``, which is None."""

    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Read what was typed."""
        if value == "all" or isinstance(value, int):
            return value  # type: ignore[no-any-return]
        if not (value.isascii() and value.isdigit() and int(value[:18]) > 0):
            self.fail(f"{value!r} is neither a whole number above 0 nor 'all'", param, ctx)
        return int(value)


@command(
    "localstore similar 'how do transformers attend' --model words",
    "localstore similar --like 'Reading list' --model words -k 5 --json",
    "echo '[1, 0, 0, 0, 0, 0, 0, 0]' | localstore similar --vector - --model hash-8",
)
@click.argument("text", metavar="[TEXT]", nargs=-1)
@click.option("--vector", metavar="FILE", help="Near the vector in a .npy, .npz, JSON or text file; - for stdin.")
@click.option("--like", metavar="ID", help="Near this item, content or embedding, itself left out.")
@click.option("-k", "k", type=Count(), default=10, metavar="N", help="How many, or 'all'; 10 unless said.")
@click.option("--metric", type=click.Choice(["cosine", "dot", "l2"]), help="The model's own unless said, else cosine.")
@click.option("--fast", is_flag=True, help="Approximate: quicker, and may miss some.")
@click.option("--min-score", type=float, metavar="S", help="At least as near; with l2, minus the distance.")
@click.option("--out", metavar="FILE", help="Write ids and scores (queries, k) to an .npz.")
@filter_with_model()
def entry(
    session: Session,
    text: tuple[str, ...],
    vector: str | None,
    like: str | None,
    k: int | str,
    metric: str | None,
    fast: bool,
    min_score: float | None,
    out: str | None,
    where: Filter,
    model: str | None,
) -> None:
    """Find what is nearest in meaning to a text, an item or a vector.

    Exact unless --fast: nothing in the store is nearer. A file with several vectors (queries, d) asks for each.
    """
    session.stopped = "Nothing was changed."
    if (bool(text) + (vector is not None) + (like is not None)) != 1 or (text and not " ".join(text).strip()):
        raise click.UsageError("Give one of TEXT, --vector FILE and --like ID.")
    if out is not None and not out.lower().endswith(".npz"):
        raise click.UsageError(f"--out writes arrays of numpy: {out!r} must end in .npz, such as answer.npz")
    queries = _queries(vector) if vector is not None else None
    asked: dict[str, Any] = {"k": None if k == "all" else k, "model": model, "metric": metric, "exact": not fast}
    asked |= {"where": where or None, "min_score": min_score}
    with session.reading() as store:
        if queries is not None and queries.ndim == 2:
            _batch(session, store, store.embeddings.nearest_batch(queries, **asked), out, filtered=bool(where))
            return
        query = queries if queries is not None else text_of(" ".join(text)) if text else None
        with bar(session, "vectors") as report:
            near = _reference(store, like) if like is not None else None
            found = store.embeddings.nearest(query, like=near, progress=report, **asked)
    _single(session, found, out, min_score, filtered=bool(where))


def _queries(source: str) -> Any:
    from localstore.vectors.arrays import read_queries

    return read_queries(Path(source), sys.stdin.buffer.read() if source == "-" else None)


def _reference(store: Store, ref: str) -> str:
    return content_id(store, ref) if _PLACE.fullmatch(ref) else ref


def _head(found: Nearest | NearestBatch) -> dict[str, Any]:
    return {
        "model": found.model,
        "metric": found.metric,
        "exact": found.exact,
        "elapsed_ms": round(found.elapsed_ms, 3),
    }


# -- one query --------------------------------------------------------------------------------------------


def _single(session: Session, found: Nearest, out: str | None, min_score: float | None, *, filtered: bool) -> None:
    if out is not None:
        from localstore.vectors.arrays import write_nearest

        _written(session, out, write_nearest(Path(out), found))
    if session.jsonl:
        _lines(found.matches)
    elif session.json:
        write(to_json(_head(found) | {"hits": list(map(document, found.matches))}))
    elif out is None:
        show_matches(session, found.metric, found.matches)
    if not session.machine:
        count = f"{len(found.matches):,} nearest" if found.matches else "Nothing near enough"
        session.say(conclusion(found, count) if found.searched else left_nothing(found, filtered=filtered))
    if found.metric == "l2" and (min_score or 0) > 0:
        session.say(f"With l2 a score is minus the distance: --min-score -{min_score:g} takes distances up to that.")


def _lines(matches: list[Match], **more: Any) -> None:
    for match in matches:
        write(to_json(more | document(match), indent=None))


def _written(session: Session, out: str, shape: tuple[int, int]) -> None:
    session.say(f"Wrote ids and scores, {shape[0]:,} × {shape[1]:,}, to {out}.")


# -- several ----------------------------------------------------------------------------------------------


def _batch(session: Session, store: Store, found: NearestBatch, out: str | None, *, filtered: bool) -> None:
    from localstore.vectors.arrays import answers, write_batch

    if out is not None:
        _written(session, out, write_batch(store, Path(out), found))
    if session.machine or out is None:
        rows = answers(store, found)
        if session.jsonl:
            for number, row in enumerate(rows):
                _lines(row, query=number)
        elif session.json:
            write(to_json(_head(found) | {"queries": [{"hits": list(map(document, row))} for row in rows]}))
        else:
            for number, row in enumerate(rows, 1):
                write(session.style(f"Query {number:,}", bold=True))
                show_matches(session, found.metric, row)
    if not session.machine:
        count = f"{found.scores.shape[1]:,} nearest to each of {found.scores.shape[0]:,} queries"
        session.say(conclusion(found, count) if found.searched else left_nothing(found, filtered=filtered))
