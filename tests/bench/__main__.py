"""Run the benchmarks and write docs/benchmarks.md: ``python -m tests.bench [--renew] [part …]``."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

import apsw

from tests.bench import cold, contention, imports, lists, million, page_size, screens, sync
from tests.bench.big import part as big
from tests.bench.measure import Row
from tests.bench.vectors import part

REPORT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
PARTS = ("import", "contention", "lists", "cold", "screens", "page-size", "vectors", "sync")
"""What runs unless parts are named; ``big`` takes 20 GB of disk and an hour, so it runs when it is named."""


def main(parts: list[str]) -> None:
    """Measure the parts named (all without names) and print them; a full run writes the report.

    With ``--renew`` the parts that ran take the place of their rows and sections in it, and the others stay.
    """
    renew, parts = "--renew" in parts, [part for part in parts if part != "--renew"]
    wanted = parts or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="localstore-bench-") as folder:
        found = measured(Path(folder), wanted)
        sections = page_size.table(Path(folder)) if "page-size" in wanted else ""
        if "big" in wanted:
            sections += big.table(Path(folder))
        if "vectors" in wanted:
            more, beside = part.measure(Path(folder))
            found += more
            sections += beside
    text = report(found, sections)
    print(text)
    if renew:
        REPORT.write_text(renewed(REPORT.read_text(encoding="utf-8"), text), encoding="utf-8")
    elif not parts:
        REPORT.write_text(text, encoding="utf-8")


def renewed(before: str, text: str) -> str:
    """Return the report that was there with the rows and sections of another, which has only some of them."""
    (head, *old), (_, *new) = before.split("\n## "), text.split("\n## ")
    titles = {section.split(" (")[0].split("\n")[0] for section in new}
    kept = [section for section in old if section.split(" (")[0].split("\n")[0] not in titles]
    table = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("| ")][1:]
    named = {line.split(" | ")[0] for line in table}
    rows = [line for line in head.rstrip().splitlines() if line.split(" | ")[0] not in named]
    sections = sorted([*kept, *new], key=lambda section: section.startswith("Vectors"))
    return "\n## ".join(["\n".join([*rows, *table]) + "\n", *(section.rstrip() + "\n" for section in sections)])


def measured(folder: Path, wanted: list[str]) -> list[Row]:
    """Run the parts."""
    found: list[Row] = []
    if "import" in wanted:
        found += imports.rows(folder)
    if "contention" in wanted:
        found += contention.rows(folder)
    if {"lists", "cold", "screens"} & {*wanted}:
        kept = os.environ.get("LOCALSTORE_BENCH_STORE")
        store = million.build(Path(kept) if kept else folder / "million.db")
        found += lists.rows(store) if "lists" in wanted else []
        found += cold.rows(store) if "cold" in wanted else []
        found += screens.rows(store, folder) if "screens" in wanted else []
    if "sync" in wanted:
        found += sync.rows(folder)
    return found


def report(found: list[Row], sections: str) -> str:
    """Return the report in Markdown."""
    processor = platform.processor() or platform.machine()
    versions = f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}, apsw {apsw.apsw_version()}"
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`: ours and the peer in turn, medians. Times are this machine's; read the ratios.",
        "",
        f"{platform.system()} on {processor}, {os.cpu_count()} cores; {versions}.",
        "",
        "| what | ours | peer | asked | got | |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.what} | {r.ours} | {r.peer} | {r.asked} | {r.got} | {'holds' if r.holds else '**falls short**'} |"
        for r in found
    ]
    return "\n".join(lines) + "\n" + sections


if __name__ == "__main__":
    main(sys.argv[1:])
