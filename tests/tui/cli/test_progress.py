"""Progress: amount, rate and remaining time on a terminal, silence elsewhere."""

from __future__ import annotations

import pytest

from tui.cli.output import size
from tui.cli.progress import bar, clock, line
from tui.cli.session import Session


def test_a_line_says_how_far_how_fast_and_how_long_still() -> None:
    shown = line("import", 500, 2000, 10.0, "{:,}".format)
    assert shown == "import  [######------------------] 500 of 2,000  50/s  0:30 left"


def test_without_a_whole_there_is_no_remaining_time() -> None:
    assert line("import", 500, None, 10.0, "{:,}".format) == "import  500  50/s"


@pytest.mark.parametrize(("seconds", "text"), [(5, "0:05"), (65, "1:05"), (3_723, "1:02:03")])
def test_a_duration_reads_like_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (250_000_000, "250 MB"), (10**16, "10000 TB")]
)
def test_a_size_reads_like_a_size(count: int, text: str) -> None:
    assert size(count) == text


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with bar(Session(), "import") as report:
        assert report is None
    assert capsys.readouterr().err == ""
