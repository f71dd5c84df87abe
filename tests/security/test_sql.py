"""SQL is made of known names, and values are bound: read in the source, and seen in every statement that runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import pytest

import localstore.database
from localstore import Store, tables
from localstore.connection import Connection, opened
from localstore.errors import InvalidValue, LocalstoreError
from localstore.exporting import export
from localstore.filters import Filter
from localstore.finding.event_filters import EventFilter
from localstore.finding.file_filters import FileFilter
from localstore.finding.table_filters import TableFilter
from localstore.importing import ImportOptions, import_files
from localstore.models import BY_NAME
from tests.tui.cli.conftest import Run, empty, run
from tests.tui.cli.contract import commands

__all__ = ["empty", "run"]

ROOT = Path(__file__).parents[2]
ROOMS = ("localstore", "sync")
WORDS = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE \w|DELETE FROM|CREATE |DROP |ALTER |PRAGMA |WHERE |ORDER BY|GRANT|REVOKE)"
)
SAFE_WITHIN_QUOTES = re.compile(
    r"table|tbl|column|TIME_GLOB|APPLYING|HOME|entry_id|n|reason|Kind\.\w+|name_of\(\w+\)|table\.name|column\.name"
    r"|child\._meta\.table_name"
)
"""What stands for a name out of the models, or for a constant or an id made here; all else is bound, or quoted by a
function."""


@cache
def nodes(path: Path) -> list[ast.AST]:
    """The texts and calls of a file; none of one that runs no SQL."""
    text = path.read_text(encoding="utf-8")
    tree = ast.walk(ast.parse(text)) if WORDS.search(text) or ".execute" in text else ()
    return [node for node in tree if isinstance(node, ast.JoinedStr | ast.Call)]


def statements(path: Path) -> Iterator[ast.JoinedStr]:
    """The f-strings of a file that are SQL."""
    for node in nodes(path):
        if isinstance(node, ast.JoinedStr):
            plain = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            if WORDS.search(plain):
                yield node


def within_quotes(statement: ast.JoinedStr) -> Iterator[str]:
    """What a statement puts between single quotes."""
    text = ""
    for part in statement.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue) and text.count("'") % 2:
            yield ast.unparse(part.value)


def calls(path: Path) -> Iterator[ast.Call]:
    """The calls of a file that run SQL."""
    for node in nodes(path):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
        if named and node.func.attr in ("execute", "executemany", "copy"):  # type: ignore[attr-defined]
            yield node  # type: ignore[misc]


def sources(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def test_only_names_that_we_gave_stand_between_quotes() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {{{expression}}}"
        for path in sources(*ROOMS)
        for statement in statements(path)
        for expression in within_quotes(statement)
        if not SAFE_WITHIN_QUOTES.fullmatch(expression)
    ]
    assert found == [], "bind the value, or quote it by a function"


def test_no_statement_is_put_together_with_percent() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources(*ROOMS)
        for call in calls(path)
        if isinstance(call.args[0], ast.BinOp) and isinstance(call.args[0].op, ast.Mod)
    ]
    assert found == []


def test_the_terminal_runs_only_sql_that_stands_there_whole() -> None:
    found = [call for path in sources("tui") for call in calls(path)]
    assert {type(call.args[0]) for call in found} <= {ast.Constant, ast.Name}
    assert [ast.unparse(part) for path in sources("tui") for each in statements(path) for part in each.values
            if isinstance(part, ast.FormattedValue) and not ast.unparse(part.value).isupper()] == []  # fmt: skip


# -- what runs

CANARY = "canary"
HOSTILE = [
    "x') OR 1=1; DROP TABLE items; --canary",
    'x" ; DROP TABLE items; --canary',
    "title; DROP TABLE items --canary",
    "1=1) UNION SELECT hashed_password AS canary FROM users --",
    "x'canary''; --",
    "title\0canary",
]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that stores run from now on."""
    found: list[str] = []

    def traced(path: str, flags: int) -> Connection:
        def note(_: apsw.Cursor, sql: str, __: Any) -> bool:
            found.append(sql)
            return True

        connection = opened(path, flags)
        connection.exec_trace = note
        return connection

    monkeypatch.setattr(localstore.database, "opened", traced)
    return found


Deed = Callable[[Store, str], object]
DEEDS: dict[str, Deed] = {
    "get": lambda s, x: s.items.get(x),
    "resolve": lambda s, x: s.items.resolve(x),
    "rows-sort": lambda s, x: s.items.rows(sort=x),
    "rows-after": lambda s, x: s.items.rows(after=x),
    "page-sort": lambda s, x: s.tags.page(sort=x),
    "page-after": lambda s, x: s.tags.page(after=x),
    "all-column": lambda s, x: s.users.all({x: "y"}),
    "all-value": lambda s, x: s.users.all({"email": x}),
    "count-column": lambda s, x: s.contents.count({x: 1}),
    "anchors": lambda s, x: s.items.anchors(sort=x),
    "position": lambda s, x: s.items.position(x, sort=x),
    "add-column": lambda s, x: s.tags.edit("todo", **{x: "y"}),
    "add-values": lambda s, x: s.items.add(x, text=x, type=x, tags=[x], meta_data={x: x}),
    "edit-column": lambda s, x: s.items.edit("First", **{x: "y"}),
    "edit-values": lambda s, x: s.items.edit("First", description=x, type=x),
    "edit-meta": lambda s, x: s.items.edit_meta("First", {x: x}, [x]),
    "delete": lambda s, x: s.items.delete(x),
    "tag": lambda s, x: s.items.tag([x], "First"),
    "merge": lambda s, x: s.tags.merge("todo", x),
    "contents": lambda s, x: s.contents.add("First", x, x),
    "users": lambda s, x: s.users.add(f"{x}@example.org", x),
    "organizations": lambda s, x: s.organizations.add(x, "slug"),
    "memberships": lambda s, x: s.memberships.add(x, x, x),
    "models": lambda s, x: s.ai_models.add(x, x, x, parameters={x: x}),
    "settings": lambda s, x: s.settings.set(x, x, known=False),
    "settings-get": lambda s, x: s.settings.get(x, user=x),
    "preferences": lambda s, x: s.preferences.set(x, x),
    "drafts": lambda s, x: s.drafts.keep(x, x),
    "files": lambda s, x: s.files.add(filename=x, path=x, size_bytes=0),
    "api-keys": lambda s, x: s.api_keys.new(description=x, scopes=[x]),
    "events": lambda s, x: s.events.listing.page(EventFilter.parse(x), x, x),
    "event-type": lambda s, x: s.events.listing.count(EventFilter.parse(f'type:"{x}"')),
    "file-list": lambda s, x: s.files.listing.page(FileFilter.parse(x), x, x),
    "table-list": lambda s, x: s.table(x).page(sort=x),
    "table-sort": lambda s, x: s.table("items").page(sort=x),
    "table-filter": lambda s, x: s.table("items").page(TableFilter.parse("items", x)),
    "table-columns": lambda s, x: s.table("items").rows([x], [x]),
    "table-known": lambda s, x: s.table("items").known(x),
    "table-search": lambda s, x: s.table("items").search(x),
    "table-edit": lambda s, x: s.table("items").edit(x, **{x: x}),
    "find-words": lambda s, x: s.items.rows(Filter(words=x)),
    "find-line": lambda s, x: s.items.rows(Filter.parse(x)),
    "find-where": lambda s, x: s.items.rows(Filter.parse(f'meta_data.{x}="{x}"')),
    "find-others": lambda s, x: s.items.rows(Filter(types=(x,), tags=(x,), organization=x, owner=x, model=x, ids=(x,))),
    "find-times": lambda s, x: s.items.count(Filter(since=x, until=x, created_since=x, has=(x,), without=(x,))),
    "search": lambda s, x: s.search(x),
    "nearest": lambda s, x: s.embeddings.nearest(x, model=x),
    "trash": lambda s, x: s.trash.restore(x),
    "prune": lambda s, x: s.events.prune(x),
    "export": lambda s, x: export(s, s.path.parent / "out.jsonl", x, Filter(words=x)),
    "import": lambda s, x: import_files(
        s, [s.path.parent / "in.jsonl"], ImportOptions(type=x, source=x, table=x, id_column=x, model=x)
    ),
}


@pytest.mark.parametrize("name", DEEDS)
def test_no_argument_of_a_method_is_a_part_of_a_statement(name: str, ran: list[str], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"title": "canary"}\n')
    with Store.open(tmp_path / "store.db", email="ada@example.org") as store:
        store.items.add("First", text="words", tags=["todo"])
        ran.clear()
        for hostile in HOSTILE:  # one store for all: they leave each other alone
            with suppress(LocalstoreError, AttributeError, TypeError, KeyError):
                DEEDS[name](store, hostile)
        assert [sql for sql in ran if CANARY in sql.lower()] == []
        assert store.items.get("First").title == "First" and store.users.count() >= 1


def test_every_method_with_a_hostile_argument_is_there(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        missing = {name for name, deed in DEEDS.items() if _is_missing(deed, store)}
    assert missing == set()


def _is_missing(deed: Deed, store: Store) -> bool:
    try:
        deed(store, "plain")
    except (AttributeError, NameError):
        return True
    except (LocalstoreError, TypeError, ValueError, KeyError):
        return False
    return False


def test_no_option_of_a_command_is_a_part_of_a_statement(ran: list[str], empty: Path, run: Run) -> None:
    with Store.open(empty / "store.db", email="ada@example.org") as store:
        store.items.add("First", text="words", tags=["todo"])
    ran.clear()
    names = [name for name in commands() if name.split()[0] not in ("demo", "ui", "serve", "init", "backup", "sync")]
    options = [(n, o.opts[0]) for n in names for o in commands()[n].params if o.opts[0] not in ("--store", "--help")]
    done = [run(*name.split(), "First", *_given(option), input="") for name, option in options]
    assert len(done) > 200 and len(ran) > 1000
    assert [sql for sql in ran if CANARY in sql.lower()] == []
    assert [done.exc_info for done in done if done.exception and not isinstance(done.exception, SystemExit)] == []
    with Store.open(empty / "store.db") as store:
        assert store.users.count() >= 1


def _given(option: str) -> list[str]:
    return [option, HOSTILE[0]] if option.startswith("-") else [HOSTILE[0], HOSTILE[1]]


@pytest.mark.parametrize("table", BY_NAME)
def test_a_column_that_a_table_has_not_is_refused_by_name(table: str) -> None:
    with pytest.raises(InvalidValue, match=f"{table} has no column .*canary"):
        tables.encode(BY_NAME[table], {HOSTILE[0]: "x"})
