"""How far a round is: a bar for the phase, rows, rate, and the time that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.widgets import Static

from tui import glyphs
from tui.visible import line
from tui.words import duration, size

if TYPE_CHECKING:
    from tui.app import LocalstoreApp
    from tui.syncing import Phase

BAR = 24
PHASES = {
    "push": "pushing",
    "pull": "pulling",
    "delete": "deleting here",
    "reconcile": "comparing",
    "compare": "comparing",
    "verify": "comparing",
}


class SyncProgress(Static):
    """Two lines while something runs; nothing else."""

    DEFAULT_CSS = """
    SyncProgress { height: 2; padding: 0 1; background: $surface; color: $foreground; display: none; }
    SyncProgress.-running { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)

    def draw(self) -> None:
        """Show how far it is now."""
        app = cast("LocalstoreApp", self.app)
        syncing = app.syncing
        self.set_class(syncing.running, "-running")
        if syncing.running:
            words, phase = syncing.words, syncing.phase
            bar = bar_of(phase.share if phase else None, ascii=app.ascii)
            head = f"{words}: {phase_words(phase)}" if phase else f"{words}{glyphs.ELLIPSIS}"
            parts = [(f"{head}\n", "bold"), (bar, "$primary"), (f"  {figures(phase)}" if phase else "", "$muted")]
            self.update(Content.assemble(*parts))


def phase_words(phase: Phase) -> str:
    """Return a phase in words."""
    first, _, table = phase.words.partition(" ")
    return line(f"{PHASES.get(first, first)} {table}".strip(), 120)


def bar_of(share: float | None, *, ascii: bool) -> str:
    """Return a bar; without a known end, one of dots."""
    full, empty = ("#", "-") if ascii else ("█", "░")
    if share is None:
        return glyphs.DOT * BAR
    filled = round(share * BAR)
    return full * filled + empty * (BAR - filled)


def figures(phase: Phase) -> str:
    """Return share, rows, bytes, rate and the time that is left, as far as they are known."""
    share, rate, left = phase.share, phase.rate, phase.left
    rows = f"{phase.done:,} of {phase.whole:,} rows" if phase.whole else f"{phase.done:,} rows"
    parts = [f"{int(share * 100)} %"] if share is not None else []
    parts += [rows, size(phase.size) if phase.size else "", f"{rate:,.0f} rows/s" if rate else ""]
    parts.append(f"{duration(left)} left" if left else "")
    return f" {glyphs.DOT} ".join(part for part in parts if part)
