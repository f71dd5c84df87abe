"""Vectors of each model: figures, recall, near duplicates, two models compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.asked_model import filter_with_model
from tui.cli.nearest_list import bar as score_bar
from tui.cli.nearest_list import heights, milliseconds
from tui.cli.output import Column, Listing, card, emit, emit_list, size, to_json, write
from tui.cli.paging import FEW
from tui.cli.pair_sides import Sides
from tui.cli.program import command, group
from tui.cli.progress import bar
from tui.cli.session import Session
from tui.cli.visible import one_line

if TYPE_CHECKING:
    from localstore.filters import Filter
    from localstore.store import Store
    from localstore.vectors.insight.compare import ModelComparison
    from localstore.vectors.insight.duplicates import Duplicates
    from localstore.vectors.insight.pairs import Pair
    from localstore.vectors.insight.recall import Recall
    from localstore.vectors.insight.stats import VectorStats

entry = group("vectors", __doc__, "localstore vectors", default="stats")
UNCHANGED = "Nothing was changed."
_MODEL = click.option("--model", metavar="M", help="The model; needed when several have vectors.")
_SAMPLE = click.option(
    "--sample", type=click.IntRange(min=1), default=200, metavar="N", help="Vectors asked by; 200 unless said."
)
_SEED = click.option("--seed", type=int, default=0, metavar="N", help="Another sample for another number.")
_K = click.option("-k", "k", type=click.IntRange(min=1), default=10, metavar="N", help="Neighbours; 10 unless said.")


# -- stats ------------------------------------------------------------------------------------------------


@command("localstore vectors stats", "localstore vectors stats --quick --json", name="stats", group=entry)
@click.option("--model", metavar="M", help="Of this model alone.")
@click.option("--quick", is_flag=True, help="Counts alone; the vectors are not read.")
def stats_(session: Session, model: str | None, quick: bool) -> None:
    """Count the vectors of each model, their lengths, what is stale, what lacks one."""
    from localstore.vectors.insight.stats import stats

    session.stopped = UNCHANGED
    with session.reading() as store, bar(session, "vectors") as report:
        found = stats(store, model, norms=not quick, progress=report)
    if session.machine or not found:
        empty = "No model yet: 'localstore embed setup' looks for one, 'localstore import' brings vectors."
        emit_list(session, Listing.of(found), [Column("MODEL", lambda each: each.model)], asdict, empty)
        return
    for number, each in enumerate(found):
        if number:
            write()
        write(session.style(one_line(each.model), bold=True))
        card(session, _figures(each))


def _figures(each: VectorStats) -> list[tuple[str, str | None]]:
    rows: list[tuple[str, str | None]] = [
        ("vectors", f"{each.count:,} × {each.dim or '–'}  {size(each.bytes)}  {each.metric}")
    ]
    if each.norm_min is not None and each.norm_max is not None:
        chart = heights([count for *_, count in each.norm_histogram])
        rows.append(("length", f"{each.norm_min:.4g} to {each.norm_max:.4g}, mean {each.norm_mean:.4g}  {chart}"))
    states = {"fresh": each.fresh, "stale": each.stale, "unknown": each.unknown, "waiting": each.pending}
    rows.append(("texts", ", ".join(f"{n:,} {word}" for word, n in states.items() if n) or None))
    rows.append(("without", f"{each.without:,} item{'s' if each.without > 1 else ''}" if each.without else "no item"))
    if each.measured:
        faults = {"without a length": each.zeros, "with NaN or infinity": each.bad, "of cut texts": each.truncated}
        rows.append(("of note", ", ".join(f"{n:,} {word}" for word, n in faults.items() if n) or None))
    if len(each.lengths) > 1:
        kinds = ", ".join(f"{count:,} of {dim:,}" for dim, count in each.lengths.items())
        rows.append(("fault", f"vectors of several numbers of dimensions: {kinds}"))
    return rows


# -- recall -----------------------------------------------------------------------------------------------


@command("localstore vectors recall --model words -k 2", group=entry)
@_MODEL
@_K
@_SAMPLE
@_SEED
def recall(session: Session, model: str | None, k: int, sample: int, seed: int) -> None:
    """Measure how much of the truth --fast finds on your own vectors."""
    from localstore.vectors.insight.recall import recall

    session.stopped = UNCHANGED
    with session.reading() as store, bar(session, "queries") as report:
        found = recall(store, model, k, sample, seed, progress=report)
    if not emit(session, asdict(found)):
        card(session, _recalled(found))


def _recalled(found: Recall) -> list[tuple[str, str | None]]:
    faster = f", {found.exact_ms / found.fast_ms:.1f} times as fast" if found.fast_ms else ""
    return [
        ("model", f"{one_line(found.model)}, {found.metric}"),
        ("asked", f"{found.sampled:,} of {found.total:,} vectors, {found.k:,} neighbours of each"),
        (f"recall@{found.k}", f"{found.recall:.4f}  {score_bar(found.recall)}  worst {found.worst:.2f}"),
        ("exact", f"{milliseconds(found.exact_ms)} a query"),
        ("approximate", f"{milliseconds(found.fast_ms)} a query{faster}"),
    ]


# -- duplicates -------------------------------------------------------------------------------------------


@command(
    "localstore vectors duplicates --model words --min-score 0.9",
    "localstore vectors duplicates --model words --type note --jsonl",
    group=entry,
)
@click.option("--min-score", type=float, default=0.95, metavar="S", help="The least cosine; 0.95 unless said.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"The N nearest; else {FEW} on a terminal and in --json, all in a pipe.",
)
@filter_with_model()
def duplicates(session: Session, min_score: float, limit: int | None, where: Filter, model: str | None) -> None:
    """List pairs of vectors that are nearly the same; exact, each pair once."""
    from localstore.vectors.insight.duplicates import duplicates

    session.stopped = UNCHANGED
    few = not session.jsonl and (session.json or session.on_screen)
    limit = limit or (FEW if few else None)
    with session.reading() as store:
        if limit is None:  # pairs are written as they are found
            found = duplicates(store, model, min_score, where or None)
            _show_pairs(session, store, found, found, min_score)
        else:
            with bar(session, "pairs") as report:
                found = duplicates(store, model, min_score, where or None, limit, progress=report)
                best = list(found)
            _show_pairs(session, store, found, best, min_score)


def _show_pairs(session: Session, store: Store, found: Duplicates, pairs: Iterable[Pair], min_score: float) -> None:
    if session.json and not session.jsonl:
        write(to_json(_pairs(found, pairs, min_score)))
        return
    sides = Sides(store)
    columns: list[Column[Pair]] = [
        Column("SCORE", lambda pair: f"{pair.score:.4f}"),
        Column("TEXT", lambda pair: "same" if pair.same_text else "differs"),
        Column("A", lambda pair: sides.ids(pair)[0], style={"dim": True}),
        Column("B", lambda pair: sides.ids(pair)[1], style={"dim": True}),
        Column("TITLE OF A", lambda pair: sides.titles(pair)[0], elastic=True),
        Column("TITLE OF B", lambda pair: sides.titles(pair)[1]),
    ]
    empty = f"No pair with a cosine of {min_score:g} or more."
    emit_list(session, _streamed(pairs), columns, asdict, empty)
    if not session.machine:
        session.say(_compared(found))


def _streamed(pairs: Iterable[Pair]) -> Listing[Pair]:
    """Return pairs as a list that is read while they are found."""
    from localstore.rows import Page

    left = iter(pairs)

    def fetch(_: str | None, count: int) -> Page[Pair]:
        some = list(islice(left, count))
        return Page(some, "" if len(some) == count else None)

    return Listing(fetch, None, None)


def _pairs(found: Duplicates, pairs: Iterable[Pair], min_score: float) -> dict[str, Any]:
    items = list(map(asdict, pairs))
    said = {"model": found.model, "metric": "cosine", "exact": True, "min_score": min_score}
    said |= {"vectors": found.total, "zeros": found.zeros, "bad": found.bad}
    return said | {"items": items, "next": None}


def _compared(found: Duplicates) -> str:
    left_out = {"without a length": found.zeros, "damaged": found.bad}
    notes = "".join(f"; {count:,} {word} left out" for word, count in left_out.items() if count)
    return f"{found.total:,} vectors by {found.model} compared, cosine, exact{notes}"


# -- compare ----------------------------------------------------------------------------------------------


@command("localstore vectors compare words words-16 -k 2", group=entry)
@click.argument("a")
@click.argument("b")
@_K
@_SAMPLE
@_SEED
def compare(session: Session, a: str, b: str, k: int, sample: int, seed: int) -> None:
    """Compare two models: how many neighbours they share on the texts that both embedded."""
    from localstore.vectors.insight.compare import compare

    session.stopped = UNCHANGED
    with session.reading() as store, bar(session, "vectors") as report:
        found = compare(store, a, b, k, sample, seed, progress=report)
    if not emit(session, _comparison(found)):
        _show_comparison(session, found)


def _comparison(found: ModelComparison) -> dict[str, Any]:
    worst = [{"item_id": pk, "title": title, "overlap": part} for pk, title, part in found.worst]
    return asdict(found) | {"worst": worst}


def _show_comparison(session: Session, found: ModelComparison) -> None:
    asked = f"{found.sampled:,} of {found.texts_shared:,} texts that both embedded"
    rows = [("models", f"{one_line(found.model_a)} and {one_line(found.model_b)}"), ("asked", asked)]
    card(session, [*rows, (f"overlap@{found.k}", f"{found.overlap:.4f}  {score_bar(found.overlap)}")])
    if found.worst and found.overlap < 1:
        write()
        write(session.style("They disagree most on", bold=True))
        columns: list[Column[tuple[str, str, float]]] = [
            Column("OVERLAP", lambda each: f"{each[2]:.2f}"),
            Column("ID", lambda each: short(each[0]), style={"dim": True}),
            Column("TITLE", lambda each: each[1], elastic=True),
        ]
        emit_list(session, Listing.of(found.worst), columns, list, "")


# -- rebuild ----------------------------------------------------------------------------------------------


@command("localstore vectors rebuild", "localstore vectors rebuild --model words", group=entry)
@click.option("--model", metavar="M", help="Of this model alone.")
def rebuild(session: Session, model: str | None) -> None:
    """Make the codes that searches scan anew from the vectors."""
    session.stopped = "Searches build what is missing; 'localstore vectors rebuild' goes on."
    with session.changing() as store, bar(session, "codes") as report:
        count = store.embeddings.rebuild(model, progress=report)
    if not emit(session, {"vectors": count}):
        session.say(f"Made the codes of {count:,} vectors.")
