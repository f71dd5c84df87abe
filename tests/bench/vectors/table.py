"""The peers side by side, and in words where one of them is faster, smaller or lighter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from tests.bench.vectors.builds import Built
from tests.bench.vectors.cold import Cold
from tests.bench.vectors.peers import ENTRIES
from tests.bench.vectors.warm import Warm

OURS = {"ours": "ours, exact", "fast": "ours, approximate (`--fast`)"}


@dataclass(frozen=True)
class Line:
    """One system: file beside raw float32, vectors written a second, milliseconds, queries a second, recall, MB."""

    name: str
    file: float
    ingest: float
    cold: float
    warm: float
    recall: float
    cold_megabytes: float
    megabytes: float
    batch: float | None = None

    @property
    def title(self) -> str:
        """How the system is called in the table."""
        return OURS.get(self.name) or ENTRIES[self.name].title

    @property
    def exact(self) -> bool:
        """Whether it promises the nearest."""
        return self.name == "ours" or (self.name != "fast" and ENTRIES[self.name].exact)


def lines(builds: Mapping[str, Built], raw: int, warm: Warm, cold: Cold) -> list[Line]:
    """Return what was measured, a line for each system; ours twice."""
    found = []
    for name, built in builds.items():
        line = Line(
            name,
            built.bytes / raw,
            built.rate,
            cold.seconds[name] * 1000,
            warm.one[name] * 1000,
            warm.recall[name],
            cold.megabytes[name],
            warm.megabytes[name],
            warm.batch.get(name),
        )
        found.append(line)
        if name == "ours":
            fast = replace(line, name="fast", warm=warm.one["fast"] * 1000, recall=warm.recall["fast"])
            fast = replace(fast, cold=cold.seconds["fast"] * 1000, cold_megabytes=cold.megabytes["fast"])
            found.append(replace(fast, batch=warm.batch.get("fast")))
    return found


def markdown(found: list[Line]) -> Iterator[str]:
    """Yield the table; a column that nobody filled is left out."""
    batches = any(line.batch for line in found)
    heads = ["", "file / raw f32", "ingest /s", "cold ms", "warm ms", "100 queries/s", "recall@10", "MB cold / warm"]
    if not batches:
        heads.remove("100 queries/s")
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for line in found:
        cells = [line.title, f"{line.file:.2f}", f"{line.ingest:,.0f}", f"{line.cold:,.0f}", f"{line.warm:,.2f}"]
        cells += [f"{line.batch:,.0f}" if line.batch else "–"] if batches else []
        cells += [f"{line.recall:.4f}".rstrip("0").rstrip("."), f"{line.cold_megabytes:,.0f} / {line.megabytes:,.0f}"]
        yield f"| {' | '.join(cells)} |"


def in_words(found: list[Line], size: str) -> str:
    """Say where a peer is ahead of ours: exact ones beside ours exact, the others beside the approximate."""
    ours = {line.name: line for line in found if line.name in OURS}
    beaten = []
    for what, less, figure in _FIGURES:
        parts = []
        for line in found:
            if line.name in OURS:
                continue
            mine, theirs = figure(ours["ours" if line.exact else "fast"]), figure(line)
            ratio = (mine / theirs if less else theirs / mine) if mine and theirs else 1
            if ratio > 1.05:
                parts.append(f"{line.title.split(',')[0]} {ratio:.1f} ×")
        if parts:
            beaten.append(f"{what} ({', '.join(parts)})")
    if not beaten:
        return f"At {size}, no peer was ahead of ours by more than 5 % in any column."
    return f"At {size}, peers are ahead of ours in: {'; '.join(beaten)}."


_FIGURES: tuple[tuple[str, bool, Callable[[Line], float | None]], ...] = (
    ("a smaller file", True, lambda line: line.file),
    ("faster durable writing", False, lambda line: line.ingest),
    ("a faster cold search", True, lambda line: line.cold),
    ("a faster warm search", True, lambda line: line.warm),
    ("more queries a second in a batch", False, lambda line: line.batch),
    ("recall", False, lambda line: line.recall),
    ("less memory cold", True, lambda line: line.cold_megabytes),
    ("less memory warm", True, lambda line: line.megabytes),
)
