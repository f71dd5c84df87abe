"""What the documents say is run, and what can be run is in the documents."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from localstore.filters import FACTS, FIELDS
from localstore.transfer.registry import formats, readers, writers
from tests.localstore.embedders import service
from tests.tui.cli import command_pages
from tui.cli.failures import STOPPED

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
FENCE = re.compile(r"^(<!-- not run: [^\n]+ -->\n)?```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
RUN, SHOWN = ("console", "python"), ("json", "text")
EXIT_CODES = (0, 1, 2, 3, 4, STOPPED)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, kind: str) -> list[str]:
    return [body for _, found, body in FENCE.findall(read(page)) if found == kind]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def runs(page: Path) -> bool:
    return any(blocks(page, kind) for kind in RUN)


@pytest.fixture
def sandbox(tmp_path: Path) -> dict[str, str]:
    """An empty folder with a ``localstore`` on the path and a store of its own."""
    (tmp_path / "work").mkdir()
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
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


@pytest.fixture
def surroundings(request: pytest.FixtureRequest, page: Path) -> Iterator[dict[str, str]]:
    """What ``$SERVER`` and ``$SERVICE`` stand for on a page: an empty database, an embedding service."""
    text, found = read(page), {}
    with ExitStack() as stack:
        if "$SERVER" in text:
            found["SERVER"] = stack.enter_context(request.getfixturevalue("postgres_server").database())
        if "$SERVICE" in text:
            found["SERVICE"] = stack.enter_context(service.running()).url
        yield found


@pytest.mark.parametrize("page", [page for page in PAGES if runs(page)], ids=name)
def test_the_examples_of_a_page_run_in_an_empty_folder_commands_before_python(
    page: Path, sandbox: dict[str, str], surroundings: dict[str, str]
) -> None:
    folder, environment = Path(sandbox["HOME"]) / "work", sandbox | surroundings
    lines = [line[2:] for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")]
    code = "\n".join(blocks(page, "python"))
    script = "\n".join(
        ["set -e", *lines, *([f'"{sys.executable}" -W error - <<"PYTHON"\n{code}\nPYTHON'] if code else [])]
    )
    done = subprocess.run(
        ["sh", "-c", script],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_is_not_run_says_why(page: Path) -> None:
    assert [body for why, kind, body in FENCE.findall(read(page)) if not why and kind not in RUN + SHOWN] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != command_pages.PAGE], ids=name)
def test_what_is_only_shown_is_no_command(page: Path) -> None:
    shown = [body for kind in SHOWN for body in blocks(page, kind)]
    assert [body for body in shown if re.search(r"^(\$ |localstore )", body, re.MULTILINE)] == []


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(read(page))}


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS], ids=name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = [((page.parent / target) if target else page, anchor) for target, anchor in LINK.findall(read(page))]
    assert [str(target) for target, _ in targets if not target.exists()] == []
    assert [anchor for target, anchor in targets if anchor and anchor not in anchors(target)] == []


@pytest.mark.parametrize("folder", [DOCS, DOCS / "decisions"], ids=name)
def test_the_index_of_a_folder_names_every_page(folder: Path) -> None:
    listed = {target for target, _ in LINK.findall(read(folder / "README.md"))}
    assert {page.name for page in folder.glob("*.md")} - {"README.md"} - listed == set()


def test_the_page_of_commands_holds_the_help_of_every_command_and_every_setting() -> None:
    page = read(command_pages.PAGE)
    assert page == command_pages.written(page), "python -m tests.tui.cli.command_pages writes it anew"


@pytest.mark.parametrize("option", command_pages.shared_options())
def test_an_option_of_every_command_is_on_the_page_of_commands(option: str) -> None:
    assert f"`{option}" in read(command_pages.PAGE)


@pytest.mark.parametrize("code", EXIT_CODES)
def test_an_exit_code_is_on_the_page_of_commands(code: int) -> None:
    assert f"\n| {code} | " in read(command_pages.PAGE)


@pytest.mark.parametrize("field", [f"{key}:" for key in FIELDS] + [f"has:{fact}" for fact in FACTS])
def test_a_field_of_the_filter_is_on_the_page_of_filters(field: str) -> None:
    assert f"`{field}" in read(DOCS / "search-and-vectors.md")


@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">=", "~", ":="])
def test_an_operator_of_the_filter_is_on_the_page_of_filters(sign: str) -> None:
    assert f"`{sign}`" in read(DOCS / "search-and-vectors.md")


def help_of(command: str) -> str:
    """What the page of commands, which a test holds true, says of one."""
    found = read(command_pages.PAGE).split(f"\n### {command}\n")[1].split("\n### ")[0]
    return re.sub(r"-\n +", "-", found)


@pytest.mark.parametrize("name", ["store", *formats()])
def test_a_format_is_on_a_page_about_what_comes_in_or_goes_out(name: str) -> None:
    pages = [read(DOCS / page) for page in ("import-and-export.md", "search-and-vectors.md")]
    assert any(re.search(rf"`(--format )?{name}`", page) for page in pages)


@pytest.mark.parametrize("name", ["store", *readers()])
def test_a_format_that_is_read_is_in_the_help_of_import(name: str) -> None:
    assert re.search(rf"\b{name}\b", help_of("import"))


@pytest.mark.parametrize("name", writers())
def test_a_format_that_is_written_is_in_the_help_of_export(name: str) -> None:
    assert re.search(rf"\b{name}\b", help_of("export"))


def variables() -> list[str]:
    """The variables of the environment that the program reads and that are its own."""
    sources = [read(path) for room in ("localstore", "sync", "tui") for path in (ROOT / room).rglob("*.py")]
    return sorted({found for source in sources for found in re.findall(r'"(LOCALSTORE(?:_[A-Z_]+)?)"', source)})


@pytest.mark.parametrize("variable", variables())
def test_a_variable_of_the_environment_is_on_the_page_of_commands(variable: str) -> None:
    assert f"`{variable}`" in read(command_pages.PAGE)
