"""Tokens: short marks inside values, and the ledger of who wrote each and who, having seen it, took it away."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

PATTERN = re.compile(r"t\d{5}k")


def found_in(texts: Iterable[object]) -> set[str]:
    """The tokens in some values."""
    return {token for text in texts if text is not None for token in PATTERN.findall(str(text))}


class Ledger:
    """What every actor committed, in order; a token is accounted for while someone can tell where it went."""

    def __init__(self) -> None:
        self.count = 0
        self.owed: set[str] = set()
        self.ended: dict[str, set[str]] = defaultdict(set)
        self.lines: list[str] = []

    def mint(self) -> str:
        self.count += 1
        return f"t{self.count:05d}k"

    def say(self, line: str) -> None:
        self.lines.append(f"{len(self.lines):3d} {line}")

    def note(self, actor: str, deed: str, before: set[str], after: set[str]) -> None:
        """A write was committed: what is new is owed to everyone; what left was seen by who took it away."""
        born, gone = after - before, before - after
        self.owed |= born
        for token in born:
            self.ended[token].discard(actor)
        for token in gone:
            self.ended[token].add(actor)
        changes = "".join([*(f" +{token}" for token in sorted(born)), *(f" -{token}" for token in sorted(gone))])
        self.say(f"{actor}: {deed}{changes}")

    def lost(self, kept: set[str]) -> list[str]:
        """The tokens that are neither kept anywhere nor taken away by someone who had seen them."""
        return sorted(token for token in self.owed - kept if not self.ended[token])

    def told(self, tokens: Iterable[str] = ()) -> str:
        """The history, for a person; lines about the tokens asked for are marked."""
        wanted = set(tokens)
        return "\n".join(f"{'>' if wanted & found_in([line]) else ' '} {line}" for line in self.lines)
