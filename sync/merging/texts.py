"""Texts: line by line, as ``diff3`` does, but lines next to each other do not dispute.

Each side's differences from the base are hunks of lines. Hunks of both sides that touch no common line stand side by
side; those that do are disputed, unless they say the same. (A diff of unlike texts takes quadratic time: lines that
occur once on each side are matched first, in n log n, and what is large and repetitive after that is one hunk.)
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from sync.merging.prefer import Prefer

PAIRS = 200_000
"""Pairs of equal lines between two anchors beyond which a diff is not worth its time."""
SMALL = 10_000
"""Lines of one text times lines of the other that need no estimate."""
Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Some lines of three versions; outside disputes and changes all three are equal."""

    base: Lines
    ours: Lines
    theirs: Lines
    disputed: bool = False
    """Whether both sides changed it, to something else each."""

    @property
    def merged(self) -> Lines:
        """The lines of the side that changed it; theirs where it is disputed."""
        return self.ours if self.theirs == self.base else self.theirs


class Span(NamedTuple):
    """Lines ``begin`` to ``end`` of the base, and what a side has in their place."""

    begin: int
    end: int
    lines: Lines


def merge_text(base: str, ours: str, theirs: str, prefer: Prefer = Prefer.THEIRS) -> tuple[str, bool]:
    """Return the text of two changes of *base*, and whether nothing was disputed.

    A disputed text that prefers theirs is theirs as a whole: half-merged paragraphs would read as nobody wrote them.
    """
    if not any("\n" in text for text in (base, ours, theirs)):
        return choose_text(ours, theirs, prefer), False
    lines = tuple(base.split("\n"))
    other = changes(lines, tuple(theirs.split("\n")))
    found = _hunks(lines, changes(lines, tuple(ours.split("\n"))), other)
    if not any(hunk.disputed for hunk in found):
        merged = join(hunk.merged for hunk in found)
        settled = _is_settled(lines, merged, other)
        return (merged, True) if settled else (choose_text(ours, theirs, prefer), False)
    if prefer is Prefer.THEIRS:
        return theirs, False
    return join(_preferred(hunk, prefer) for hunk in found), False


def _is_settled(lines: Lines, merged: str, other: list[Span]) -> bool:
    """Tell whether merging the result once more would leave it: repeated lines can be matched in two ways."""
    again = _hunks(lines, changes(lines, tuple(merged.split("\n"))), other)
    return not any(hunk.disputed for hunk in again) and join(hunk.merged for hunk in again) == merged


def choose_text(ours: str, theirs: str, prefer: Prefer) -> str:
    """Return one of two whole texts, or both, theirs first."""
    if prefer is Prefer.BOTH:
        return join([_both(tuple(ours.split("\n")), tuple(theirs.split("\n")))])
    return theirs if prefer is Prefer.THEIRS else ours


def _preferred(hunk: Hunk, prefer: Prefer) -> Lines:
    if not hunk.disputed:
        return hunk.merged
    return hunk.ours if prefer is Prefer.OURS else _both(hunk.ours, hunk.theirs)


def _both(ours: Lines, theirs: Lines) -> Lines:
    """Return their lines, then ours; what both say at the ends, and our lines that they have too, stand once."""
    head = _common(ours, theirs)
    tail = _common(ours[head:][::-1], theirs[head:][::-1])
    known = {line for line in theirs if line.strip()}
    mine = tuple(line for line in ours[head : len(ours) - tail] if line not in known)
    cut = len(theirs) - tail
    return theirs[:cut] + mine + theirs[cut:]


def join(parts: Iterator[Lines] | Sequence[Lines]) -> str:
    """Return the text of lines chosen hunk by hunk."""
    return "\n".join(line for lines in parts for line in lines)


def hunks(base: str, ours: str, theirs: str) -> list[Hunk]:
    """Return three texts as hunks in order: every line of each text is in exactly one."""
    lines = tuple(base.split("\n"))
    mine = changes(lines, tuple(ours.split("\n")))
    return _hunks(lines, mine, changes(lines, tuple(theirs.split("\n"))))


def _hunks(lines: Lines, mine: list[Span], other: list[Span]) -> list[Hunk]:
    found: list[Hunk] = []
    at = 0
    for group_ours, group_theirs in _groups(mine, other):
        begin = min(span.begin for span in (*group_ours, *group_theirs))
        end = max(span.end for span in (*group_ours, *group_theirs))
        if begin > at:
            found.append(Hunk(lines[at:begin], lines[at:begin], lines[at:begin]))
        found.append(_hunk(lines, begin, end, group_ours, group_theirs))
        at = end
    if at < len(lines):
        found.append(Hunk(lines[at:], lines[at:], lines[at:]))
    return found


def _hunk(lines: Lines, begin: int, end: int, ours: list[Span], theirs: list[Span]) -> Hunk:
    one, other = _replaced(lines, begin, end, ours), _replaced(lines, begin, end, theirs)
    return Hunk(lines[begin:end], one, other, bool(ours) and bool(theirs) and one != other)


def _replaced(lines: Lines, begin: int, end: int, spans: list[Span]) -> Lines:
    found: list[str] = []
    for span in spans:
        found += lines[begin : span.begin]
        found += span.lines
        begin = span.end
    return (*found, *lines[begin:end])


def _groups(ours: list[Span], theirs: list[Span]) -> Iterator[tuple[list[Span], list[Span]]]:
    """Yield the spans of both sides that must be looked at together, in order."""
    tagged = sorted([(span, 0) for span in ours] + [(span, 1) for span in theirs], key=lambda each: each[0][:2])
    group: tuple[list[Span], list[Span]] = ([], [])
    whole = Span(-1, -1, ())
    for span, side in tagged:
        if (group[0] or group[1]) and not _touch(whole, span):
            yield group
            group, whole = ([], []), span
        elif not (group[0] or group[1]):
            whole = span
        group[side].append(span)
        whole = Span(whole.begin, max(whole.end, span.end), ())
    if group[0] or group[1]:
        yield group


def _touch(one: Span, other: Span) -> bool:
    """Tell whether two spans share a line; an insertion shares the lines on both of its sides."""
    if one.begin == one.end or other.begin == other.end:
        return other.begin <= one.end and one.begin <= other.end
    return other.begin < one.end and one.begin < other.end


# -- what a side changed ----------------------------------------------------------------------------------


def changes(base: Lines, side: Lines) -> list[Span]:
    """Return where *side* differs from *base*; lines replaced by as many are told one by one."""
    found: list[Span] = []
    for begin, end, first, last in _gaps(base, side):
        if end - begin == last - first:
            found += [Span(at, at + 1, (side[first + at - begin],)) for at in range(begin, end)]
        else:
            found.append(Span(begin, end, side[first:last]))
    return found


def _gaps(a: Lines, b: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges between matched lines, without those that are empty on both sides."""
    at, to = 0, 0
    for i, j, size in (*_matches(a, b), (len(a), len(b), 0)):
        if i > at or j > to:
            yield at, i, to, j
        at, to = i + size, j + size


def _matches(a: Lines, b: Lines) -> list[tuple[int, int, int]]:
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    inner = _between(a, b, head, len(a) - tail, head, len(b) - tail)
    return _joined([(0, 0, head), *inner, (len(a) - tail, len(b) - tail, tail)])


def _joined(blocks: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for i, j, size in blocks:
        if found and (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]) == (i, j):
            found[-1] = (*found[-1][:2], found[-1][2] + size)
        elif size:
            found.append((i, j, size))
    return found


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _between(a: Lines, b: Lines, a0: int, a1: int, b0: int, b1: int) -> list[tuple[int, int, int]]:
    """Return matching blocks of two ranges: by ``difflib`` where that is quick, else by lines that occur once."""
    if a0 >= a1 or b0 >= b1:
        return []
    if _pairs(a[a0:a1], b[b0:b1]) <= PAIRS:
        blocks = SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False).get_matching_blocks()
        return [(a0 + i, b0 + j, size) for i, j, size in blocks if size]
    anchors = _anchors(a, b, a0, a1, b0, b1)
    if not anchors:
        return []
    found: list[tuple[int, int, int]] = []
    for i, j in anchors:
        found += _between(a, b, a0, i, b0, j)
        found.append((i, j, 1))
        a0, b0 = i + 1, j + 1
    return found + _between(a, b, a0, a1, b0, b1)


def _pairs(a: Lines, b: Lines) -> int:
    """Return what ``difflib`` would look at, roughly: equal pairs, and each line once for each block."""
    if len(a) * len(b) <= SMALL:
        return 0
    counts = Counter(b)
    equal = sum(counts[line] for line in a)
    return equal * max(1, min(len(a), len(b)) // 100)


def _anchors(a: Lines, b: Lines, a0: int, a1: int, b0: int, b1: int) -> list[tuple[int, int]]:
    """Return the longest rising run of lines that occur once in each range (patience diff)."""
    once_a, once_b = _once(a, a0, a1), _once(b, b0, b1)
    pairs = [(i, once_b[line]) for line, i in once_a.items() if line in once_b]
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(pairs):
        pile = bisect_left(ends, j)
        before.append(tops[pile - 1] if pile else -1)
        if pile == len(ends):
            ends.append(j)
            tops.append(at)
        else:
            ends[pile], tops[pile] = j, at
    found, at = [], tops[-1] if tops else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _once(lines: Lines, begin: int, end: int) -> dict[str, int]:
    """Return where each line stands that occurs once, in order."""
    counts = Counter(lines[begin:end])
    return {lines[at]: at for at in range(begin, end) if counts[lines[at]] == 1}
