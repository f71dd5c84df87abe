"""Keys of the jobs and of the undo log."""

from __future__ import annotations

from tui.keys.key import MARKS, Key, register, scope
from tui.registry import destination

scope("jobs", "Jobs", 400, within=("list", "motion"), without=MARKS)
scope("history", "Undo history", 410, within=("list", "motion"), without=MARKS)
register(
    Key("everywhere.history", ("H",), "app.visit(12)", "What was done, and what u takes back next", "Undo history…"),
    Key("jobs.stop", ("x",), "screen.stop", "Stop the job; what it has done stays", "Stop the job", "Stop"),
    Key("jobs.back", ("escape",), "screen.back", "Go back", "Back from the jobs"),
    Key("history.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the history"),
    Key("history.back", ("escape",), "screen.back", "Go back", "Back from the history"),
)  # fmt: skip
destination(11, "Jobs", "What runs, what waits, how it ended", "tui.screens.work.jobs:show")
