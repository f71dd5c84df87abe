"""Cold commands, beside a Python that does nothing."""

from __future__ import annotations

from pathlib import Path

from tests.bench.measure import Row, command, in_turn, milliseconds

MAIN = "from tui.cli import main; main()"


def rows(path: Path) -> list[Row]:
    """Measure ``--help`` and ``list`` as whole processes."""
    nothing = command(["-c", "pass"])
    asked = [
        ("localstore --help", ["--help"], 5),
        ("localstore list", ["--store", str(path), "list", "--limit", "100"], 12),
    ]
    found = []
    for what, arguments, times in asked:
        ours, peer = in_turn(command(["-c", MAIN, *arguments]), nothing, 21)
        got = f"{ours / peer:.1f} ×"
        found.append(
            Row(
                f"{what}, cold, beside python -c pass",
                milliseconds(ours),
                milliseconds(peer),
                f"≤ {times} ×",
                got,
                ours <= times * peer,
            )
        )
    return found
