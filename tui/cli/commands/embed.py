"""Make vectors for texts that lack one or were changed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.embedding_choice import Wish, offer
from tui.cli.filtering import filter_options
from tui.cli.output import emit, row_json, write
from tui.cli.program import StoreGroup, command
from tui.cli.progress import bar
from tui.cli.references import meta_changes
from tui.cli.session import Session
from tui.cli.visible import one_line

if TYPE_CHECKING:
    from localstore.embedding import EmbedReport
    from localstore.embedding.report import Tally
    from localstore.filters import Filter
    from localstore.models import AIModel

FAILED = 3
"""Exit code: texts that the model refused wait for a person."""
GOES_ON = "'localstore embed' goes on."


@click.group("embed", cls=StoreGroup, invoke_without_command=True, no_args_is_help=False, subcommand_metavar="[setup]")
@click.option("--stale", is_flag=True, help="Only texts that were changed since.")
@click.option("--all", "every", is_flag=True, help="Every text anew.")
@click.option("--replace", "replaces", is_flag=True, help="Take the place of other models' vectors: they are deleted.")
@filter_options
def entry(stale: bool, every: bool, replaces: bool, where: Filter) -> None:
    """Make vectors for texts that lack one or were changed.

    FILTER says of which items. What is made stays when it is stopped, and the next time goes on; a service that is
    down leaves the texts waiting. Other models' vectors stay unless --replace. 'embed setup' chooses the model.
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        return
    if stale + every + replaces > 1:
        raise click.UsageError("--stale, --all and --replace are three ways: give one")
    which = "stale" if stale else "all" if every else "due"
    report = _run(context.find_root().obj, which, replaces, where)
    if report.failed.count:
        raise click.exceptions.Exit(FAILED)


entry.default = ""
entry.examples = (
    "localstore embed --model words --type note",
    "localstore embed --stale --json",
)


def _name_the_model(group: StoreGroup) -> None:
    """Say what ``--model`` is here: FILTER has an option of this name, and this command's model is another thing."""
    for option in group.params:
        if isinstance(option, click.Option) and option.name == "model":
            option.help = "The model; else the one that 'embed setup' chose."


_name_the_model(entry)


def _run(session: Session, which: str, replaces: bool, where: Filter) -> EmbedReport:
    from localstore.embedding import chosen, run

    session.stopped = f"The vectors made so far are stored: {GOES_ON}"
    with session.changing() as store, bar(session, "embed") as progress:
        model = chosen(store, where.model)
        within = replace(where, model=None)
        report = run(store, model, within, which=which, replace=replaces, progress=progress)
    if not emit(session, _document(report)):
        _tell(session, report)
    return report


def _document(report: EmbedReport) -> dict[str, Any]:
    found = asdict(report)
    return found | {"elapsed": round(report.elapsed, 3), "rate": round(report.rate, 1)}


def _tell(session: Session, report: EmbedReport) -> None:
    by = f"{report.model}{' (lexical)' if report.lexical else ''}"
    if not report.total:
        session.say(f"Nothing to do: every text that was asked for has its vector of {by}.")
        return
    pace = f", {report.rate:,.0f}/s" if report.embedded else ""
    session.say(f"Embedded {_texts(report.embedded)} with {by} in {report.elapsed:.1f} s{pace}.")
    if report.skipped:
        session.say(f"{_texts(report.skipped, 'empty ')} skipped.")
    if report.replaced:
        session.say(f"{report.replaced:,} of another model's vectors gave their place.")
    if report.truncated.count:
        most = f" ({report.limit})" if report.limit else ""
        session.say(
            f"{_texts(report.truncated.count)} longer than the model takes{most}, embedded in part: "
            f"{_names(report.truncated)}. 'localstore import --split' cuts texts into parts."
        )
    if report.zeros:
        session.say(f"{_texts(report.zeros)} got a vector of zeros, to which nothing is near.")
    for each in report.failed.named:
        session.say(f"Refused: {one_line(each.title)} ({short(each.content_id)}): {each.reason}")
    if report.failed.count:
        session.say(f"{_texts(report.failed.count)} refused by the model.")
    if report.queued:
        session.say(f"{report.reason.rstrip('.')}: {_texts(report.queued)} waiting; {GOES_ON}")


def _texts(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}{'text' if count == 1 else 'texts'}"


def _names(tally: Tally) -> str:
    named = [f"{one_line(each.title)} ({short(each.content_id)})" for each in tally.named]
    return ", ".join(named) + (" …" if tally.count > len(named) else "")


# -- setup ------------------------------------------------------------------------------------------------


@command(
    "localstore embed setup --builtin",
    "localstore embed setup --builtin --dim 128 --name small",
    group=entry,
)
@click.option("--url", metavar="URL", help="Where the service is, such as http://localhost:11434/v1; else it is looked for.")  # fmt: skip # noqa: E501
@click.option("--model", metavar="M", help="What the service calls the model; else you are asked.")
@click.option("--name", metavar="N", help="What it is called here; else the same.")
@click.option("--dim", type=click.IntRange(1, 65536), metavar="D", help="The length of vectors, of models that have several.")  # fmt: skip # noqa: E501
@click.option("--key-env", metavar="VAR", help="The environment variable that holds the service's key.")
@click.option("--keyring", is_flag=True, help="Ask for the key and keep it in the system's keyring.")
@click.option("--parameter", "parameters", multiple=True, metavar="K=V", help="Further ones, such as max_tokens:=512 or query_prefix='query: '.")  # fmt: skip # noqa: E501
@click.option("--builtin", is_flag=True, help="The built-in model: it compares words, not meanings; needs no service.")
def setup(session: Session, builtin: bool, **given: Any) -> None:
    """Choose the model that makes vectors.

    Looks for Ollama, LM Studio, llama.cpp and vLLM on this machine and lists their models; asks the chosen one for one
    vector, registers it, and makes it the one that 'embed' takes. Downloads nothing.
    """
    session.stopped = "Nothing was changed."
    wish = Wish(builtin=builtin, parameters=meta_changes(given.pop("parameters")), **given)
    model = offer(session, wish)
    if not emit(session, row_json(model)):
        _confirm(session, model)


def _confirm(session: Session, model: AIModel) -> None:
    from localstore.embedding.choice import called
    from localstore.embedding.registration import LEXICAL

    given = model.parameters
    where = f"from {given['url']}" if "url" in given else f"made here: the model {LEXICAL}"
    write(one_line(called(model)))
    session.say(f"Vectors of {given['dim']:,} numbers, {where}. 'localstore embed' makes them.")
