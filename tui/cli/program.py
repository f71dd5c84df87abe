"""The program: the group of all commands, and the classes of commands that know the options every one takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, NoReturn, TypeVar

import click

from tui.cli import registry
from tui.cli.failures import drop_output, report
from tui.cli.session import Session

Function = TypeVar("Function", bound=Callable[..., Any])
NO_COMMAND = "ui"
FEW = 12
"""Commands of a group that an error can list."""
OTHER_WORDS = {
    "delete": ("rm", "delete"),
    "remove": ("rm", "delete"),
    "find": ("search", "list"),
    "ls": ("list",),
    "new": ("add",),
    "open": ("ui", "show"),
    "config": ("settings",),
}
"""What other programs call a command."""


def _remember(attribute: str, context: click.Context, _: click.Parameter, value: Any) -> None:
    if value:
        setattr(context.find_root().obj, attribute, value)


def _option(name: str, text: str, attribute: str = "", **more: Any) -> click.Option:
    attribute = attribute or name.strip("-")
    more = {"is_flag": True} | more
    return click.Option(
        [name], help=text, expose_value=False, callback=partial(_remember, attribute), is_eager=True, **more
    )


OPTIONS: tuple[click.Parameter, ...] = (
    _option("--store", "The store's file.", "store_path", metavar="FILE", is_flag=False),
    _option("--json", "Write one JSON document."),
    _option("--jsonl", "Write JSON, a line for each row."),
    _option("--quiet", "Say nothing but data and errors."),
    _option("--debug", "Show where an error comes from."),
)
"""Taken by every command, before its name and after it."""


class StoreCommand(click.Command):
    """A command with examples and the options that all take."""

    examples: tuple[str, ...] = ()

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add the shared options to the command's own."""
        own = super().get_params(ctx)
        return [*own[:-1], *OPTIONS, own[-1]] if own and _is_help(own[-1]) else [*own, *OPTIONS]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command's own options first."""
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the examples as they are typed."""
        write_examples(self.examples, formatter)


class StoreGroup(click.Group):
    """Commands of one noun; without a word it lists."""

    command_class = StoreCommand
    examples: tuple[str, ...] = ()
    default = "list"

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add the shared options."""
        return [*OPTIONS, *super().get_params(ctx)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``list`` where no command was named."""
        bare, known = not args or args[0].startswith("-"), self.list_commands(ctx)
        if bare and self.default in known and not ctx.resilient_parsing:
            named = any(word in known or word == "--help" for word in args)
            args = args if named else [self.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that there is none of is answered with those that may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"{error.message} {_meant(args[0], self.list_commands(ctx))}", ctx) from None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands, then the shared options."""
        self.format_commands(ctx, formatter)
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the examples as they are typed."""
        write_examples(self.examples, formatter)


def _meant(word: str, known: list[str]) -> str:
    """Say which of the commands may be meant: the nearest in spelling or in sense; all of them where they are few."""
    from difflib import get_close_matches

    near = [name for name in OTHER_WORDS.get(word.lower(), ()) if name in known] or get_close_matches(word, known)
    if not near and len(known) <= FEW:
        return f"There are: {', '.join(known)}."
    return f"Did you mean {' or '.join(repr(name) for name in near)}?" if near else "--help lists all there are."


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write a command's own options, then those that every command takes."""
    params = command.get_params(ctx)
    for title, shared in (("Options", False), ("Options of every command", True)):
        shown = [each for each in params if (each in OPTIONS or _is_help(each)) is shared]
        records = [r for each in shown if isinstance(each, click.Option) and (r := each.get_help_record(ctx))]
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """Write lines to try, unwrapped, so that they can be copied."""
    if examples:
        formatter.write("\nExample:\n" if len(examples) == 1 else "\nExamples:\n")
        formatter.write("".join(f"  $ {line}\n" for line in examples))


def _is_help(parameter: click.Parameter) -> bool:
    return parameter.name == "help"


class FolderGroup(StoreGroup):
    """Commands are the files of a folder: listed without importing them, imported when called (``registry``)."""

    folder = registry.COMMANDS
    default = ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the folder's commands."""
        return list(registry.names(self.folder))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that was asked for."""
        return registry.load(cmd_name, self.folder)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List names and summaries; imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, registry.summary(name, self.folder)) for name in self.list_commands(ctx)])


class Program(FolderGroup):
    """``localstore``: a failure ends in one sentence and an exit code."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the examples, and how the shell learns to complete."""
        super().format_epilog(ctx, formatter)
        formatter.write("\nCompletion (bash_source, zsh_source or fish_source):\n")
        formatter.write('  eval "$(_LOCALSTORE_COMPLETE=bash_source localstore)"\n')

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run and exit; every failure becomes one sentence."""
        name = prog_name or "localstore"
        if "_LOCALSTORE_COMPLETE" in os.environ:
            self._main_shell_completion({"obj": Session()}, name, "_LOCALSTORE_COMPLETE")
        sys.exit(self._run(list(sys.argv[1:] if args is None else args), name))

    def _run(self, args: list[str], name: str) -> int:
        session = Session()
        _mend_streams()
        try:
            with self.make_context(name, args, obj=session) as context:
                self.invoke(context)
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:
            try:
                sys.stdout.flush()
            except OSError as broken:  # what is left in the buffer can go nowhere, at the exit neither
                drop_output()
                return report(broken if isinstance(broken, BrokenPipeError) else error, session)
            return report(error, session)
        return 0


def _mend_streams() -> None:
    """Open what the caller closed (``>&-``); a terminal that cannot show a sign gets an escape, not an error."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _with_session(function: Function) -> Function:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(click.get_current_context().find_root().obj, *args, **kwargs)

    return call  # type: ignore[return-value]


def command(
    *examples: str, name: str | None = None, group: click.Group | None = None, **more: Any
) -> Callable[[Callable[..., Any]], StoreCommand]:
    """Make a function a command: it gets the session first; *examples* are lines that run as they stand."""

    def decorate(function: Callable[..., Any]) -> StoreCommand:
        made = click.command(name, cls=StoreCommand, **more)(_with_session(function))
        made.examples = examples
        if group is not None:
            group.add_command(made)
        return made

    return decorate


def group(name: str, summary: str | None, *examples: str, default: str = "list") -> StoreGroup:
    """Make a group of one noun's commands; *summary* is its file's docstring."""
    made = StoreGroup(name, help=(summary or "").strip(), no_args_is_help=False)
    made.examples = examples
    made.default = default
    return made


def folder_group(name: str, summary: str | None, folder: str, *examples: str, default: str = "") -> FolderGroup:
    """Make a group of the commands in a folder beside ``commands``; *default* is run where none is named."""
    made = FolderGroup(name, help=(summary or "").strip(), no_args_is_help=False)
    made.folder = folder
    made.examples = examples
    made.default = default
    return made


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from localstore import __version__

        print(f"localstore {__version__}")
        context.exit()


def _open_ui() -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        context.invoke(registry.need(NO_COMMAND))


program = Program(
    "localstore",
    callback=_open_ui,
    invoke_without_command=True,
    help="A local-first home for AI work: datasets, prompts, conversations and their vectors in one SQLite file.\n\n"
    "Without a command the terminal UI opens. The store is --store, else $LOCALSTORE, else one in your data folder.",
    no_args_is_help=False,
    params=[
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
        )
    ],
)
program.examples = (
    "localstore add 'Reading list' --tag todo --text 'Attention is all you need'",
    "localstore list '#todo' --json",
    "localstore search attention",
)
