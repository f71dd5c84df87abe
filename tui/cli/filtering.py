"""FILTER: the options that say which items, the same for every command that takes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.completion import complete_tag, complete_type

if TYPE_CHECKING:
    from localstore.filters import Filter

Function = TypeVar("Function", bound=Callable[..., Any])
FACTS = click.Choice(["embedding", "fresh", "stale", "file", "tag"])
_OPTIONS = (
    click.option(
        "--type",
        "types",
        multiple=True,
        metavar="T",
        shell_complete=complete_type,
        help="Of this type; several: any of them.",
    ),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="T",
        shell_complete=complete_tag,
        help="With this tag; several: all of them.",
    ),
    click.option(
        "--any-tag",
        "any_tags",
        multiple=True,
        metavar="T",
        shell_complete=complete_tag,
        help="With any of these tags.",
    ),
    click.option("--org", "organization", metavar="SLUG", help="Of this organization; - for none."),
    click.option("--owner", metavar="EMAIL", help="Owned by this user."),
    click.option(
        "--where", multiple=True, metavar="PATH=VALUE", help="meta_data.lang=en; also != < > ~ and := for JSON."
    ),
    click.option("--since", metavar="TIME", help="Updated since a date, or 7d, 12h, 2w."),
    click.option("--until", metavar="TIME", help="Updated before."),
    click.option("--created-since", metavar="TIME", help="Made since."),
    click.option("--words", default="", metavar="WORDS", help="With all these words."),
    click.option("--has", multiple=True, type=FACTS, help="With a vector, all fresh, a stale one, a file or a tag."),
    click.option("--without", multiple=True, type=FACTS, help="Without."),
    click.option("--model", metavar="M", help="With a vector by this model."),
)
_NAMES = (
    "types", "tags", "any_tags", "organization", "owner", "where", "since", "until",
    "created_since", "words", "has", "without", "model",
)  # fmt: skip


def filter_options(function: Function) -> Function:
    """Add the options of FILTER; the function gets them as one ``where``, a Filter."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in _NAMES}
        return function(*args, where=make(**given), **kwargs)

    wrapped: Any = call
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def make(*, where: tuple[str, ...] = (), **given: Any) -> Filter:
    """Build a Filter from options; InvalidFilter says what cannot be read."""
    from localstore import times
    from localstore.filters import Filter
    from localstore.finding.conditions import Condition

    for name in ("since", "until", "created_since"):
        if given.get(name) is not None:
            given[name] = times.since(given[name])
    given["tags"] = tuple(name.removeprefix("#") for name in given.get("tags", ()))
    given["any_tags"] = tuple(name.removeprefix("#") for name in given.get("any_tags", ()))
    return Filter(where=tuple(map(Condition.parse, where)), **given)


def with_line(where: Filter, words: tuple[str, ...]) -> Filter:
    """Add what was typed as a find line (``type:paper '#nlp'``) to the options."""
    from localstore.filters import Filter

    if not words:
        return where
    line = Filter.parse(" ".join(words))
    typed = {name: getattr(line, name) for name in line.__dataclass_fields__ if getattr(line, name) not in (None, ())}
    typed["words"] = f"{where.words} {line.words}".strip()
    return where.also(**typed)
