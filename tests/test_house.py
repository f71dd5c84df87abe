"""The rules of the house (docs/architecture.md) that a tool does not check already."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("localstore", "sync", "tui")
LONGEST = 400
FORBIDDEN_WORDS = frozenset(["manager", "handler", "helper", "util", "common", "core", "repository"])
HEAVY = ("textual", "rich", "click", "psycopg", "numpy")

SQL = re.compile(r"\b(SELECT .*\bFROM|INSERT (OR \w+ )?INTO|DELETE FROM|UPDATE \w+ SET)\b")

# Put together from parts, so that this file passes its own test.
REGISTRY_HOST = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("debian", "org"),
            ("anaconda", "org"),
            ("crates", "io"),
            ("golang", "org"),
        )
    )
)
# A path from the root only: the same word further inside a path is not this machine's.
MACHINE_PATH = re.compile(r"(?<![\w.~*}\])>-])/(?:work|root)/")


def sources(*suffixes: str) -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in suffixes)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_frozen_migration(path: Path) -> bool:
    return name(path).startswith("localstore/migrations/") and path.name[0].isdigit()


def words(identifier: str) -> set[str]:
    """``ItemHTTPManagers`` and ``item_http_managers``: item, http, manager (plurals as singulars too)."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", identifier)
    lower = {part.lower() for part in parts}
    return lower | {word.removesuffix("s") for word in lower} | {re.sub("ies$", "y", word) for word in lower}


def classes(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def named_things() -> Iterator[tuple[str, str]]:
    """Every module, folder and class of the rooms: where it is, and its name."""
    for path in sources(".py"):
        yield from ((name(path), part) for part in path.relative_to(ROOT).with_suffix("").parts)
        yield from ((name(path), each) for each in classes(path))


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements() -> list[Requirement]:
    project = pyproject()
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return [Requirement(line) for line in lines]


def pins() -> dict[str, set[str]]:
    """Name to locked versions: one, or several where platforms or Pythons differ."""
    found: dict[str, set[str]] = {}
    for pinned, version in re.findall(r"^([\w.-]+)==([^\s;]+)", read("requirements.lock"), re.MULTILINE):
        found.setdefault(canonicalize_name(pinned), set()).add(version)
    return found


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def in_a_fresh_process(code: str) -> Any:
    """What ``code`` prints as JSON, in a Python that has imported nothing yet."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def static_names(path: Path) -> set[str]:
    """The public names a type checker sees in a package: imported from the project, defined, or assigned."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    guarded = [n for each in body if isinstance(each, ast.If) for n in (*each.body, *each.orelse)]
    top = [*body, *guarded]
    froms = [n for n in top if isinstance(n, ast.ImportFrom)]
    ours = [n for n in froms if n.level or str(n.module).startswith("localstore")]
    defined = [n.name for n in top if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    assigned = [t.id for n in top if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)]
    annotated = [n.target.id for n in top if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    imported = [alias.asname or alias.name for n in ours for alias in n.names]
    return {each for each in (*imported, *defined, *assigned, *annotated) if not each.startswith("_")}


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that git tracks or would track; without git, there is nothing to check."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for each in filter(None, listed.split("\0")):
        content = (ROOT / each).read_bytes() if (ROOT / each).is_file() else b""
        if b"\0" not in content:
            yield each, content.decode("utf-8", errors="replace")


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file}:{number}: {line.strip()[:120]}"
        for file, text in texts()
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


# -- files and names


def test_no_file_is_longer_than_400_lines() -> None:
    written = [path for path in sources(".py", ".tcss", ".sql") if not is_frozen_migration(path)]
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert {file: length for file, length in lengths.items() if length > LONGEST} == {}


def test_no_file_of_the_ui_speaks_sql() -> None:
    ours = [path for path in sources(".py") if name(path).startswith("tui/")]
    assert [name(path) for path in ours if SQL.search(path.read_text(encoding="utf-8"))] == []


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    assert [f"{where}: {what}" for where, what in named_things() if words(what) & FORBIDDEN_WORDS] == []


@pytest.mark.parametrize("vague", ["ItemManager", "HTTPHandlers", "utils", "sync_helper", "Repositories", "core"])
def test_a_name_that_says_nothing_is_recognised(vague: str) -> None:
    assert words(vague) & FORBIDDEN_WORDS


@pytest.mark.parametrize("clear", ["Score", "score_rows", "Commonplace", "hardcore", "Store", "UtcField"])
def test_a_name_that_only_contains_such_a_word_is_not(clear: str) -> None:
    assert not words(clear) & FORBIDDEN_WORDS


# -- the public face


@pytest.mark.parametrize("module", ["localstore", "localstore.store"])
def test_importing_the_store_loads_no_terminal_no_server_and_no_numpy(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not written yet")
    code = f"import json, sys, {module}; print(json.dumps([m for m in {HEAVY!r} if sys.modules.get(m)]))"
    assert in_a_fresh_process(code) == []


def test_every_public_name_can_be_imported_and_is_offered_by_dir() -> None:
    code = (
        "import json, localstore\n"
        "names = localstore.__all__\n"
        "absent = [n for n in names if not hasattr(localstore, n)]\n"
        "unlisted = [n for n in names if n not in dir(localstore)]\n"
        "twice = [n for n in set(names) if list(names).count(n) > 1]\n"
        "print(json.dumps([absent, unlisted, twice]))"
    )
    assert in_a_fresh_process(code) == [[], [], []]


def test_the_public_names_are_the_names_a_type_checker_sees() -> None:
    promised = in_a_fresh_process("import json, localstore; print(json.dumps(list(localstore.__all__)))")
    assert {n for n in promised if not n.startswith("_")} == static_names(ROOT / "localstore/__init__.py")


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    code = "import json, localstore; print(json.dumps(hasattr(localstore, 'no_such_name')))"
    assert in_a_fresh_process(code) is False


# -- dependencies


def test_every_dependency_has_its_reason_beside_it() -> None:
    text = read("pyproject.toml")
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    entries = [line.strip() for block in lists for line in block.splitlines()]
    assert len(entries) == len(requirements())
    assert [line for line in entries if not re.fullmatch(r'"[^"]+",? +# .*\w.*', line)] == []


def test_the_lock_holds_no_address() -> None:
    assert "://" not in read("requirements.lock")
    assert re.findall(r"^\s*-(?!-hash=).*", read("requirements.lock"), re.MULTILINE) == []


def test_the_lock_pins_everything_with_a_hash() -> None:
    joined = read("requirements.lock").replace("\\\n", " ")
    locked = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    assert [line for line in locked if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_the_lock_has_every_dependency_in_a_version_that_pyproject_allows() -> None:
    locked = pins()
    unmet = [
        str(wanted)
        for wanted in requirements()
        if not any(wanted.specifier.contains(v) for v in locked.get(canonicalize_name(wanted.name), ()))
    ]
    assert unmet == [], "run `make lock`"


# -- what everybody reads and runs


def test_the_changelog_has_an_unreleased_section() -> None:
    assert re.search(r"^## \[?Unreleased\]?", read("CHANGELOG.md"), re.MULTILINE)


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert lines_matching(REGISTRY_HOST) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert lines_matching(MACHINE_PATH) == []


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    prose = "\n".join(each.read_text(encoding="utf-8") for each in documents if each.exists())
    assert set(re.findall(r"(?:`|^\$? ?)make ([a-z]+)", prose, re.MULTILINE)) - targets == set()


def test_the_makefile_accepts_the_pythons_that_pyproject_accepts() -> None:
    oldest, newest = re.findall(r"^(?:OLDEST|NEWEST) := 3\.(\d+)$", read("Makefile"), re.MULTILINE)
    assert pyproject()["project"]["requires-python"] == f">=3.{oldest},<3.{int(newest) + 1}"


def test_ci_can_be_run_as_it_is() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
