"""The part ``big`` of the report: the tables of commands and screens on the large store.

``LOCALSTORE_BENCH_BIG`` names a store that is kept; a copy of it is measured, for the commands change it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.bench.big import commands, places, store
from tests.bench.big.measuring import Took, measured
from tests.bench.big.places import Shown, shown

TITLE = "A store of 6 GB"


def table(folder: Path) -> str:
    """Build the store, use it, and return the section."""
    kept = os.environ.get("LOCALSTORE_BENCH_BIG")
    path = store.build(Path(kept) if kept else folder / "big" / "store.db")
    screens = [_told(each) for each in shown(path)]
    copy = folder / "copy.db"
    shutil.copyfile(path, copy)
    lines = [_told(each) for each in measured(copy, folder / "out")]
    return section(path.stat().st_size, lines, screens)


def _told(each: Took | Shown) -> Took | Shown:
    """Print a row as soon as it is known: the whole takes an hour, and may be stopped."""
    print(_line(each) if isinstance(each, Took) else _screen(each), each.failed, file=sys.stderr, flush=True)
    return each


def section(size: int, lines: Iterable[Took | Shown], screens: Iterable[Took | Shown]) -> str:
    """Return the section in Markdown."""
    limits = (
        f"A command that answers is to take at most {commands.QUICK:.0f} s and {commands.MEGABYTES} MB; one that goes"
        " through the whole store shows its progress and can be stopped, and its time is only told; what looks up many"
        f" vectors may hold their codes ({commands.CODES} MB). A screen is to be"
        f" ready within {places.READY} s, at its first visit; its keys within {places.KEY * 1000:.0f} ms (p95), and the"
        f" program to hold at most {places.MEGABYTES} MB."
    )
    return "\n".join(
        [
            "",
            f"## {TITLE}",
            "",
            f"A million items, two million texts, a million vectors of 384 and 20,000 of a second model, 2,000 tags,"
            f" 100,000 files, 300,000 events: {size / 1e9:.1f} GB, made by `python -m tests.bench.big.store FILE`."
            " Each command is a process of its own. The word searched for stands in two texts of five, as no word of a"
            f" language does. {limits}",
            "",
            "| command | time | processor | peak memory | |",
            "|---|---|---|---|---|",
            *(_line(each) for each in lines if isinstance(each, Took)),
            "",
            "Not among them: " + "; ".join(f"`{name}` ({why})" for name, why in commands.ELSEWHERE.items()) + ".",
            "",
            "| screen | ready | key, median | key, p95 | memory | |",
            "|---|---|---|---|---|---|",
            *(_screen(each) for each in screens if isinstance(each, Shown)),
            "",
        ]
    )


def _line(took: Took) -> str:
    line = took.use.line.replace("|", "\\|")
    figures = f"{took.seconds:,.2f} s | {took.processor:,.2f} s | {took.megabytes:,.0f} MB"
    return f"| `{line}` | {figures} | {_verdict(took)} |"


def _screen(each: Shown) -> str:
    keys = f"{each.median * 1000:,.0f} ms | {each.p95 * 1000:,.0f} ms" if each.keys else "– | –"
    return f"| {each.place.name} | {each.ready * 1000:,.0f} ms | {keys} | {each.megabytes:,.0f} MB | {_verdict(each)} |"


def _verdict(each: Took | Shown) -> str:
    if each.failed:
        return "**failed**"
    return "holds" if each.holds else "**falls short**"
