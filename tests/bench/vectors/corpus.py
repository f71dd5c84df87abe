"""Real text that every machine has: docstrings of the installed Python, and the system's manual pages.

Nothing is imported or run: docstrings are read from the syntax tree, pages from their roff source. The order is
that of a hash of each file's name, so that equal machines read equal passages whatever their folders list first.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import re
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

MANUAL = Path("/usr/share/man")
SHORTEST, LONGEST = 40, 120
"""Words of a passage."""

_COMMENT = re.compile(r"^[.']?\\\".*$", re.MULTILINE)
_ESCAPE = re.compile(r"\x1b\[\d+m|\\(?:[fm](?:\[[^\]]*\]|\(..|.)|h'[^']*'|\*?\[[^\]]*\]|\*?\(..|s[+-]?\d+|.)")
_SPELLED = {"\\-": "-", "\\(aq": "'", "\\(dq": '"', "\\(em": "—", "\\(en": "–", "\\e": "\\", "\\~": " ", "\\ ": " "}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_BREAKS = frozenset([".PP", ".P", ".LP", ".SH", ".SS", ".TP", ".IP", ".Pp", ".Sh"])
_QUIET = frozenset([".TH", ".Dd", ".Dt", ".Os", ".so", ".de", ".ds", ".nr", ".if", ".ie", ".el", ".ft", ".sp", ".in"])


@dataclass(frozen=True)
class Corpus:
    """Passages, and how many of them are docstrings, manual pages, and windows that slide over the others."""

    passages: list[str]
    docstrings: int
    pages: int
    windows: int

    def sentence(self) -> str:
        """Say where the text came from."""
        made = f", and {self.windows:,} windows that slide over them" if self.windows else ""
        return (
            f"{self.docstrings:,} passages from docstrings of the installed Python and {self.pages:,} from the "
            f"system's manual pages{made}"
        )


def read(wanted: int) -> Corpus:
    """Return *wanted* different passages, from both sources in turn; fewer where the machine has not enough."""
    seen: set[str] = set()
    sources: list[list[str]] = [[], []]
    for turn in zip_longest(docstrings(), manual_pages(), fillvalue=()):
        for found, passages in zip(sources, turn, strict=True):
            fresh = [each for each in passages if each not in seen]
            seen.update(fresh)
            found += dict.fromkeys(fresh)
        if sum(map(len, sources)) >= wanted:
            break
    real = [each for each in chain(*sources)][:wanted]
    slid = list(windows(real, wanted - len(real)))
    first = min(len(sources[0]), wanted)
    return Corpus(_mixed(real + slid), first, len(real) - first, len(slid))


def docstrings() -> Iterator[list[str]]:
    """Yield the passages of each Python file's docstrings."""
    roots = {sysconfig.get_paths()[name] for name in ("stdlib", "purelib")}
    for path in _in_hash_order(chain.from_iterable(Path(root).rglob("*.py") for root in sorted(roots))):
        yield list(cut(docstrings_of(path)))


def manual_pages() -> Iterator[list[str]]:
    """Yield the passages of each manual page in English."""
    for path in _in_hash_order(MANUAL.glob("man*/*.gz")):
        yield list(cut(_page(path)))


def cut(paragraphs: Iterator[str]) -> Iterator[str]:
    """Join short paragraphs and cut long ones, to passages of 40 to 120 words; a short rest is left out."""
    words: list[str] = []
    for paragraph in paragraphs:
        words += storable(paragraph).split()
        while len(words) > LONGEST:
            yield " ".join(words[:LONGEST])
            words = words[LONGEST:]
        if len(words) >= SHORTEST:
            yield " ".join(words)
            words = []


def storable(text: str) -> str:
    """Return the text without NUL and lone surrogates, which docstrings about them hold and no store takes."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")


def windows(passages: list[str], count: int) -> Iterator[str]:
    """Yield *count* windows over the end of a passage and the start of the next, at three offsets at most."""
    offsets = ((share, index) for share in (2, 4, 1.3) for index in range(len(passages) - 1))
    for (share, index), _ in zip(offsets, range(count), strict=False):
        left, right = passages[index].split(), passages[index + 1].split()
        at = int(len(left) / share)
        yield " ".join(left[at:] + right[:at])


def docstrings_of(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old files spell escapes that Python warns of
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
        return  # a template, a test of bad syntax, or a file of another Python
    waiting: list[ast.AST] = [tree]
    for node in waiting:  # only where a docstring can stand: a walk over every name takes half the time
        if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node)):
            yield from text.split("\n\n")
        for field in ("body", "orelse", "handlers", "finalbody"):
            below = getattr(node, field, None)
            waiting += below if isinstance(below, list) else []


def _page(path: Path) -> Iterator[str]:
    try:
        source = gzip.decompress(path.read_bytes()).decode("utf-8", errors="replace")
    except (OSError, EOFError):
        return
    lines: list[str] = []
    for line in plain(source).splitlines():
        if not line.startswith((".", "'")):
            lines.append(line)
            continue
        name, _, rest = line.partition(" ")
        if name in _BREAKS:
            yield " ".join(lines)
            lines = []
        if name not in _QUIET:
            lines.append(rest)
    yield " ".join(lines)


def plain(source: str) -> str:
    """Return roff without its comments, fonts and escapes; its requests stay."""
    source = _COMMENT.sub("", source)
    for roff, spelled in _SPELLED.items():
        source = source.replace(roff, spelled)
    return _ESCAPE.sub("", source).replace('"', "")


def _in_hash_order(paths: Iterator[Path]) -> list[Path]:
    return sorted({*paths}, key=lambda path: (hashlib.sha256("/".join(path.parts[-3:]).encode()).digest(), path))


def _mixed(passages: list[str]) -> list[str]:
    """Return the passages in the order of their hash: neighbours of one file are not neighbours here."""
    return sorted(passages, key=lambda text: hashlib.sha256(text.encode()).digest())
