"""What is asked of ours, each row beside its peer; and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.measure import Row, milliseconds
from tests.bench.vectors.builds import Built
from tests.bench.vectors.cold import IMPORTS, Cold
from tests.bench.vectors.ingest import Ingested
from tests.bench.vectors.peers import ENTRIES
from tests.bench.vectors.shelf import FILTERS
from tests.bench.vectors.systems import threads
from tests.bench.vectors.warm import SINGLE, Filtered, Warm
from tests.bench.vectors.world import Vectors


def spelled(count: int) -> str:
    """Return ``100k`` or ``1M``."""
    return f"{count / 1e6:g}M" if count >= 1_000_000 else f"{count / 1000:g}k"


def exact(warm: Warm, count: int, most: tuple[float, float]) -> Iterator[Row]:
    """Yield one exact query beside numpy, on one thread and on two, and beside vec0."""
    for mark, limit in zip((SINGLE, ""), most, strict=True):
        if f"ours{mark}" in warm.one:
            words = "one thread" if mark or threads() == 1 else "two threads"
            what = f"nearest of {spelled(count)} × 384, warm, exact, {words}, beside numpy float32 in memory"
            yield _times(what, warm.one[f"ours{mark}"], warm.one[f"numpy{mark}"], limit)
    if "vec0" in warm.one:
        slower = max(warm.one["ours"], warm.one.get(f"ours{SINGLE}", 0))
        what = f"nearest of {spelled(count)} × 384, warm, exact, the slower of ours, beside sqlite-vec vec0"
        yield _times(what, slower, warm.one["vec0"], 0.10)


def approximate(warm: Warm, count: int, *, real: bool) -> Iterator[Row]:
    """Yield one approximate query beside numpy, and the recall."""
    for mark in (SINGLE, ""):
        if f"fast{mark}" in warm.one:
            words = "one thread" if mark or threads() == 1 else "two threads"
            what = f"nearest of {spelled(count)} × 384, warm, approximate, {words}, beside numpy"
            yield _times(what, warm.one[f"fast{mark}"], warm.one[f"numpy{mark}"], 0.25)
    recall = warm.recall["fast"]
    what = f"its recall@10, {'real' if real else 'synthetic'} vectors"
    asked, holds = ("≥ 0.99", recall >= 0.99) if real else ("–", True)
    yield Row(what, f"{recall:.4f}", "–", asked, f"{recall:.4f}", holds)


def batch(warm: Warm, count: int) -> Iterator[Row]:
    """Yield a batch of 100 beside the best exact peer."""
    exact_peers = {name: rate for name, rate in warm.batch.items() if name in ENTRIES and ENTRIES[name].exact}
    best = max(exact_peers, key=lambda name: exact_peers[name])
    what = f"batch of 100 of {spelled(count)} × 384, exact, queries/s, beside the best exact peer ({best})"
    yield _rate(what, warm.batch["ours"], exact_peers[best], 1.0)
    yield _rate("the same, where no float32 matrix is held", warm.batch["ours"], exact_peers[best], 0.4)


def cold_command(cold: Cold, count: int) -> Row:
    """Return the command as a whole process beside the imports of its libraries."""
    what = f"`similar --vector` of {spelled(count)}, cold, beside Python importing apsw, numpy, click, peewee"
    return _times(what, cold.seconds["ours"], cold.seconds[IMPORTS], 1.35)


def cold_million(cold: Cold, vectors: Vectors) -> Iterator[Row]:
    """Yield the command beside vec0's program, and its peak memory."""
    if "vec0" in cold.seconds:
        what = f"`similar --vector` of {spelled(vectors.count)}, cold, beside a cold vec0"
        yield _times(what, cold.seconds["ours"], cold.seconds["vec0"], 0.5)
    used, raw = cold.megabytes["ours"], vectors.raw / 2**20
    what = f"its peak memory at {spelled(vectors.count)}, beside the float32 bytes"
    yield Row(what, f"{used:.0f} MB", f"{raw:.0f} MB", "≤ 0.6 ×", f"{used / raw:.2f} ×", used <= 0.6 * raw)


def filtered(found: Filtered, count: int) -> Iterator[Row]:
    """Yield each kind of filter at three selectivities beside no filter."""
    plain = found.unfiltered
    for kind, lines in FILTERS.items():
        if not found.one.keys() >= {*lines.values()}:
            continue
        own = [found.one[line] for line in lines.values()]
        shown = " / ".join(f"{took * 1000:,.1f}" for took in own) + " ms"
        what = f"nearest of {spelled(count)}, warm, filtered by {kind} to 0.1 / 5 / 50 %"
        if kind == "meta_data":
            limits = [found.ids[line] + 1.5 * plain for line in lines.values()]
            bare = " / ".join(f"{found.ids[line] * 1000:,.1f}" for line in lines.values())
            peer, asked = f"ids alone {bare} ms", "≤ ids + 1.5 × unfiltered"
        else:
            limits = [1.5 * plain] * len(own)
            peer, asked = f"{milliseconds(plain)} unfiltered", "≤ 1.5 ×"
        worst = max(took / limit for took, limit in zip(own, limits, strict=True))
        got = f"{worst:.2f} of the limit" if kind == "meta_data" else f"{1.5 * worst:.2f} × at worst"
        yield Row(what, shown, peer, asked, got, worst <= 1)


def ingest(found: Ingested) -> Iterator[Row]:
    """Yield durable writing beside vec0."""
    peer = found.vec0
    what = f"durable ingest of {spelled(found.count)} × 384 on existing texts, vectors/s, beside vec0"
    if peer is None:
        yield Row(what, f"{found.existing:,.0f}", "–", "–", "–", True)
        return
    yield _rate(what, found.existing, peer, 1.0)
    shares = [(f"{rate:,.0f}", f"{rate / peer:.2f} ×") for rate in (found.coded, found.new)]
    yield Row("the same, with the codes made too", shares[0][0], f"{peer:,.0f}", "–", shares[0][1], True)
    what = "the same under new keys: each makes an item, a text and its words' index"
    yield Row(what, shares[1][0], f"{peer:,.0f}", "–", shares[1][1], True)


def size(built: Built, vectors: Vectors, most: float) -> Row:
    """Return the pages of embeddings and codes beside the raw float32 bytes."""
    share = built.bytes / vectors.raw
    count, dim = vectors.matrix.shape
    what = f"pages of embeddings, their indexes and codes ({spelled(count)} × {dim}), beside raw float32"
    mine, raw = f"{built.bytes / 2**20:,.0f} MB", f"{vectors.raw / 2**20:,.0f} MB"
    return Row(what, mine, raw, f"≤ {most} ×", f"{share:.2f} ×", share <= most)


def added(took: tuple[float, float], count: int) -> Row:
    """Return a search after one vector was added beside a search."""
    before, after = took
    return _times(f"one vector added to {spelled(count)}, then searched, beside the search before", after, before, 1.1)


def _times(what: str, ours: float, peer: float, most: float) -> Row:
    ratio = ours / peer
    return Row(what, milliseconds(ours), milliseconds(peer), f"≤ {most:g} ×", f"{ratio:.2f} ×", ratio <= most)


def _rate(what: str, ours: float, peer: float, least: float) -> Row:
    ratio = ours / peer
    return Row(what, f"{ours:,.0f}", f"{peer:,.0f}", f"≥ {least:g} ×", f"{ratio:.2f} ×", ratio >= least)
