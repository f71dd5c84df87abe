"""The table of docs/reliability.md: a row for each part of the long run, renewed when that part was run."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: written by python -m tests.faults -->", "<!-- end of faults -->"
HEAD = "| Fault | Struck | What was struck | Lost or damaged |\n|---|---|---|---|\n"


class Line(NamedTuple):
    """One part: what struck, how often, what, and what was found wrong."""

    fault: str
    struck: int
    where: str
    wrong: int

    def text(self) -> str:
        """Return it as a row."""
        return f"| {self.fault} | {self.struck:,} | {self.where} | {self.wrong or 'nothing'} |"


def renew(page: str, line: Line) -> str:
    """Return the page with this line in place of the one of the same fault, or after the others."""
    before, rest = page.split(BEGIN)
    inside, after = rest.split(END)
    kept = re.findall(r"^\| (?!Fault).*$", inside, re.MULTILINE)
    same = [row for row in kept if row.startswith(f"| {line.fault} |")]
    renewed = [line.text() if row in same else row for row in kept] + ([] if same else [line.text()])
    return f"{before}{BEGIN}\n{HEAD}" + "\n".join(renewed) + f"\n{END}{after}"


def write(line: Line) -> None:
    """Renew the line in the page; several parts may run at once."""
    page = renew(PAGE.read_text(encoding="utf-8"), line)
    draft = PAGE.with_suffix(f".{os.getpid()}")
    draft.write_text(page, encoding="utf-8")
    draft.replace(PAGE)
