"""Each rule that keeps sync from losing anything, taken away alone: a test must fail for it.

``python -m tests.sync.mutations [WORD …]`` copies the project, breaks one rule at a time, runs the tests named beside
it and prints the table of ``docs/sync-tested.md``; words choose the rules that have them in their name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.sync.mutation_list import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
ROOMS = ("localstore", "sync", "tui", "tests")


def main(words: list[str]) -> int:
    """Run the mutations; return how many no test noticed."""
    chosen = [each for each in MUTATIONS if not words or any(word in each.rule for word in words)]
    with ThreadPoolExecutor(int(os.environ.get("LOCALSTORE_MUTATION_WORKERS", "2"))) as pool:
        outcomes = list(pool.map(tried, chosen))
    print("| rule that was taken away | where | what fails |")
    print("|---|---|---|")
    for mutation, outcome in zip(chosen, outcomes, strict=True):
        print(f"| {mutation.rule} | `{mutation.path}` | {outcome or '**nothing**'} |")
    return sum(not outcome for outcome in outcomes)


def tried(mutation: Mutation) -> str:
    """Break one rule in a copy of the project; return the first test that fails, in words."""
    with tempfile.TemporaryDirectory(prefix="localstore-mutation-") as folder:
        copy = Path(folder)
        for room in ROOMS:
            shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        if not _broken(copy / mutation.path, mutation):
            return f"(the code has changed: {mutation.before[:40]!r} is not there)"
        return _failing(copy, mutation.tests)


def _broken(path: Path, mutation: Mutation) -> bool:
    """Break the rule in a file, or wherever a folder's files have it; tell whether any had."""
    found = False
    for each in path.rglob("*.py") if path.is_dir() else [path]:
        text = each.read_text(encoding="utf-8")
        if mutation.before in text:
            found = True
            each.write_text(text.replace(mutation.before, mutation.after), encoding="utf-8")
    return found


def _failing(copy: Path, tests: tuple[str, ...]) -> str:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "--no-header", "--tb=no", "-rfE", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0 or not failed:
        return "" if done.returncode == 0 else f"(the run broke: {done.stdout[-200:]!r})"
    name = failed[0].split("::")[-1].split(" - ")[0].split("[")[0]
    return name.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
