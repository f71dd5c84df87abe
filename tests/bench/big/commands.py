"""Every command with a line that uses it on the large store, in the order in which they are run.

Words in braces are filled in: ``{item:N}`` the id of an item, ``{text:N}`` of its first text, ``{out}`` a folder for
what is written, ``{kept}`` the last line that a command marked with ``keep`` printed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import click

from tests.bench.big.rows import HEAVY, content_id, item_id
from tests.bench.big.words import COMMON, SELDOM
from tui.cli.program import FolderGroup, StoreGroup, program
from tui.cli.session import Session

QUICK, LONG = 1.0, None
"""Seconds that a person waits for an answer at most; what goes through the whole store shows its progress."""
MEGABYTES, CODES = 300, 700


@dataclass(frozen=True)
class Use:
    """One line of arguments; *given* is the file it reads, of the folder; exit codes that are no failure.

    What looks up many vectors keeps their codes in memory, a byte a number, as far as its setting allows.
    """

    line: str
    seconds: float | None = QUICK
    given: str = ""
    keep: bool = False
    codes: tuple[int, ...] = (0,)
    megabytes: int = MEGABYTES

    @property
    def words(self) -> list[str]:
        """Return the arguments, not yet filled in."""
        return shlex.split(self.line)


def _long(line: str, **more: object) -> Use:
    return Use(line, LONG, **more)  # type: ignore[arg-type]


READING = (
    Use("init"),
    _long("list"),
    Use("list --limit 1000"),
    Use("list --limit 100 --type paper"),
    Use(f"list --limit 100 '#{HEAVY}'"),
    Use("list --limit 100 '#tag-0900'"),
    Use("list --limit 100 --org team-3 --type paper"),
    Use("list --limit 100 --owner person7@example.org"),
    Use("list --limit 100 --where meta_data.year=2020"),
    Use(f"list --limit 100 --words {COMMON}"),
    Use(f"list --limit 100 --words {SELDOM}"),
    Use("list --limit 100 --has stale"),
    Use("list --limit 100 --without embedding"),
    Use("list --limit 100 --has file"),
    Use("list --limit 100 --sort created"),
    Use("list --limit 100 --sort title"),
    _long("list --type paper --limit 300000 --ids"),
    _long("list --limit 100000 --csv"),
    Use("show {item:500}"),
    Use("show {item:500} --text"),
    Use("show {item:500} --messages"),
    Use(f"search {SELDOM}"),
    Use(f"search {COMMON}"),
    Use(f"search '{COMMON} model'"),
    Use(f"search '{COMMON} model' --type paper"),
    Use(f"search '{COMMON}' '#tag-0900'"),
    Use(f"search {SELDOM} --hybrid", codes=(1,)),
    Use("similar --like {item:500}"),
    Use("similar --like {item:500} --fast"),
    Use("similar --like {item:500} --type paper -k 50"),
    Use("similar 'attention and gradients'"),
    Use("similar --vector {out}/query.npy"),
    Use("tags"),
    Use("tags list --sort name"),
    Use("users"),
    Use("orgs"),
    Use("members list team-3"),
    Use("models"),
    Use("events list --limit 100"),
    Use("events list --type item.edited --limit 100"),
    Use("events list --item {item:300}"),
    Use("files list --limit 100"),
    Use("files list --item {item:7}"),
    Use("settings"),
    Use("settings get embed.model"),
    Use("api-keys"),
    Use("trash"),
    Use("undo --list"),
    Use("sync status", codes=(0, 1)),
    Use("sync log"),
    Use("sync conflicts"),
    Use("vectors stats --quick"),
)
WRITING = (
    Use("add 'A new item' --tag todo --text 'Some words of it'", keep=True),
    Use("edit {kept} --title 'Another title'"),
    Use("content add {kept} --text 'More words' --role user"),
    Use("rm {kept}"),
    Use("undo"),
    Use("redo"),
    Use("content edit {text:700} --text 'Other words'"),
    Use("content move {text:700} 2"),
    Use("content rm {text:701} --yes"),
    Use("tag add urgent {item:702}"),
    Use("tag rm urgent {item:702}"),
    Use("tags color tag-0007 '#f80'"),
    Use("tags rename tag-0900 'tag nine hundred'"),
    Use("tags rm tag-1999 --yes"),
    Use("users add new@example.org --name New"),
    Use("users edit new@example.org --name Newer"),
    Use("users set-password new@example.org", given="password.txt"),
    Use("orgs add 'New team'"),
    Use("orgs edit new-team --name 'Newer team'"),
    Use("orgs default new-team"),
    Use("members add new@example.org new-team"),
    Use("members edit new@example.org new-team --role admin"),
    Use("members rm new@example.org new-team"),
    Use("orgs rm new-team --yes"),
    Use("users rm new@example.org --yes"),
    Use("models add third bench"),
    Use("models edit third --parameter dim:=4"),
    Use("models rm third --yes"),
    Use("embed setup --builtin --name hashing-384"),
    Use("settings set embed.model builtin/hashing-384"),
    Use("settings unset embed.model"),
    Use("files attach {item:703} {out}/password.txt", keep=True),
    Use("files rm {kept} --yes"),
    Use("api-keys new --description measured --quiet", given="", keep=True),
    Use("api-keys verify", given="key.txt"),
    Use("api-keys revoke measured"),
    Use("api-keys rm measured --yes"),
    Use("trash restore @last"),
)
WHOLE = (
    _long("stats"),
    _long("check", codes=(0, 3)),
    _long("check --deep", codes=(0, 3)),
    _long("backup {out}/backup.db"),
    _long("recover {out}/backup.db {out}/saved.db", codes=(0, 3)),
    _long("restore {out}/backup.db --yes"),
    _long("files verify", codes=(0, 3)),
    _long("files unreferenced"),
    _long("vectors stats"),
    _long("vectors recall --model hashing-384 --sample 100", megabytes=CODES),
    _long("vectors compare hashing-384 other --sample 100"),
    _long("vectors duplicates --model hashing-384 --min-score 0.98 --limit 1000 --type web"),
    _long("vectors rebuild --model hashing-384"),
    _long("export {out}/all.jsonl"),
    _long("export {out}/papers.csv --type paper"),
    _long("export {out}/vectors.npz --model hashing-384"),
    _long("export {out}/vault '#tag-0100' --format markdown"),
    _long("import {out}/lines.jsonl --source measured"),
    _long("import {out}/lines.jsonl --source measured --on-conflict update"),
    _long("import {out}/more.npz --model hashing-384 --existing-only"),
    _long("embed --stale --model hashing-384"),
    _long("embed --tag tag-0300 --model hashing-384"),
    _long("rm - --yes", given="ids.txt"),
    _long("undo"),
    _long("tag add marked -", given="ids.txt"),
    _long(f"tags merge {HEAVY} tag-0001"),
    _long("undo"),
    _long(f"tags rm {HEAVY} --yes"),
    _long("orgs rm team-9 --yes"),
    _long("models rm other --cascade --yes"),
    _long("sync export {out}/store.sql --sql --since 2026-01-05"),
    _long("events prune --before 2026-01-02"),
    _long("trash empty --yes"),
    _long("demo {out}/demo.db --no-ui"),
)
USES = (*READING, *WRITING, *WHOLE)
ELSEWHERE = {
    "ui": "its screens are measured by themselves",
    "serve": "shows the same screens until it is stopped",
    "sync link": "with a server, below",
    "sync round": "with a server, below",
    "sync share": "with a server, below",
    "sync verify": "with a server, below",
    "sync unlink": "with a server, below",
    "sync resolve": "answers one conflict; there is none",
    "sync import": "reads the changes of a linked store; measured with the server",
    "sync server": "works on a server, whatever the store",
}
"""Commands, or groups of them, that no line above uses, and why."""


def commands(group: click.Group = program, before: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the name of every command there is, and of groups that do something by themselves."""
    context = click.Context(group, obj=Session())
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        words = (*before, name)
        if isinstance(found, click.Group):
            if found.invoke_without_command:
                yield " ".join(words)
            yield from commands(found, words)
        else:
            yield " ".join(words)


def used(use: Use) -> str:
    """Return the name of the command that a line calls."""
    name, command = [], program
    for word in use.words:
        found = command.get_command(click.Context(command, obj=Session()), word)
        if found is None:
            break
        name.append(word)
        if not isinstance(found, click.Group):
            return " ".join(name)
        command = found  # type: ignore[assignment]
    default = command.default if isinstance(command, StoreGroup | FolderGroup) else ""
    return " ".join([*name, default] if default else name)


def filled(use: Use, count: int, out: str, kept: str) -> list[str]:
    """Return the arguments; numbers of items are thousandths of *count*."""
    known = {"out": lambda _: out, "kept": lambda _: kept}
    known |= {"item": lambda at: item_id(_at(at, count)), "text": lambda at: content_id(_at(at, count), 0)}
    return [re.sub(r"\{(\w+):?(\d*)\}", lambda m: known[m[1]](m[2]), word) for word in use.words]


def _at(thousandth: str, count: int) -> int:
    return int(thousandth) * count // 1000 + 17
