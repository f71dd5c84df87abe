"""What the documents say is run, and what can be run is in the documents."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def blocks(page: Path, kind: str) -> list[str]:
    return [body for found, body in FENCE.findall(page.read_text(encoding="utf-8")) if found == kind]


def pages_with(kind: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, kind)]


def name(page: Path) -> str:
    return page.name


@pytest.fixture
def sandbox(tmp_path: Path) -> dict[str, str]:
    """An empty folder with a ``localstore`` on the path and a store of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "localstore"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m localstore "$@"\n')
    script.chmod(0o755)
    return os.environ | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LOCALSTORE": str(tmp_path / "store.db"),
        "HOME": str(tmp_path),
    }


@pytest.fixture
def server(request: pytest.FixtureRequest, page: Path) -> Iterator[dict[str, str]]:
    """What ``$SERVER`` stands for on pages that speak of one: an empty database."""
    if "$SERVER" not in page.read_text(encoding="utf-8"):
        yield {}
        return
    with request.getfixturevalue("postgres_server").database() as url:
        yield {"SERVER": url}


@pytest.mark.parametrize("page", pages_with("console"), ids=name)
def test_the_commands_of_a_page_run_in_order_in_an_empty_folder(
    page: Path, sandbox: dict[str, str], server: dict[str, str]
) -> None:
    sandbox |= server
    lines = [line[2:] for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")]
    folder = Path(sandbox["HOME"]) / "work"
    folder.mkdir()
    script = "set -e\n" + "\n".join(lines)
    done = subprocess.run(["sh", "-c", script], cwd=folder, env=sandbox, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", pages_with("python"), ids=name)
def test_the_python_of_a_page_runs_in_order_in_an_empty_folder(page: Path, sandbox: dict[str, str]) -> None:
    code = "\n".join(blocks(page, "python"))
    folder = Path(sandbox["HOME"]) / "work"
    folder.mkdir()
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=folder, env=sandbox, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "docs" / "decisions").glob("*.md"))], ids=name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
