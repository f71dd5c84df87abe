"""What became of the texts of one embedding run."""

from __future__ import annotations

from dataclasses import dataclass, field

NAMED = 3
"""So many texts of a kind are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class NamedText:
    """A text that something is to be said of: where it is, and why."""

    item_id: str
    content_id: str
    title: str
    reason: str = ""


@dataclass(slots=True)
class Tally:
    """How many texts, and the first of them by name."""

    count: int = 0
    named: list[NamedText] = field(default_factory=list)

    def add(self, text: NamedText) -> None:
        """Count one more."""
        self.count += 1
        if len(self.named) < NAMED:
            self.named.append(text)


@dataclass(slots=True)
class EmbedReport:
    """Counts of one run.

    ``total`` texts were to be embedded; ``embedded`` were; ``skipped`` are empty; ``truncated`` were cut because the
    model takes no more (``limit``); ``failed`` were refused by the model; ``queued`` wait because the service went
    away (``reason`` says how) or the run was cancelled; ``gone`` were deleted meanwhile. ``zeros`` vectors have no
    length: no text is near them.
    """

    model: str
    model_id: str
    lexical: bool = False
    limit: str = ""
    total: int = 0
    embedded: int = 0
    skipped: int = 0
    gone: int = 0
    zeros: int = 0
    queued: int = 0
    replaced: int = 0
    truncated: Tally = field(default_factory=Tally)
    failed: Tally = field(default_factory=Tally)
    reason: str = ""
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        """Texts embedded in a second."""
        return self.embedded / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def done(self) -> int:
        """Texts that need no more work."""
        return self.embedded + self.skipped + self.gone + self.failed.count
