"""AI models: list, add, edit, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.output import Column, emit, emit_list, row_json, to_json, write
from tui.cli.paging import listing, paged
from tui.cli.program import command, group
from tui.cli.questions import delete, deletes
from tui.cli.references import from_input, meta_changes
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.models import AIModel

entry = group("models", __doc__, "localstore models")


@command("localstore models list", name="list", group=entry)
@paged
def _list(session: Session, limit: int | None, after: str | None) -> None:
    """List AI models with the number of vectors each has made."""
    with session.reading() as store:
        columns: list[Column[AIModel]] = [
            Column("ID", lambda model: short(model.id), style={"dim": True}),
            Column("PROVIDER", lambda model: str(model.provider)),
            Column("VERSION", lambda model: str(model.version or "")),
            Column("VECTORS", lambda model: f"{store.embeddings.count({'model_id': model.id}):,}", right=True),
            Column("NAME", lambda model: str(model.name), elastic=True),
            Column("PARAMETERS", lambda model: to_json(model.parameters, indent=None) if model.parameters else ""),
        ]
        rows = listing(session, lambda at, n: store.ai_models.page(sort="created", after=at, limit=n), limit, after)
        emit_list(session, rows, columns, row_json, "No model yet: 'localstore models add NAME PROVIDER' adds one.")


_PARAMETER = click.option("--parameter", "parameters", multiple=True, metavar="K=V", help="K=text or K:=json, such as dim:=384 or metric=cosine.")  # fmt: skip # noqa: E501
_META = click.option("--meta", multiple=True, metavar="K=V", help="Metadata: K=text or K:=json; repeatable.")


@command("localstore models add all-minilm ollama --parameter dim:=384", group=entry)
@click.argument("name")
@click.argument("provider")
@click.option("--version", metavar="V", help="Its version.")
@_PARAMETER
@_META
def add(
    session: Session, name: str, provider: str, version: str | None, parameters: tuple[str, ...], meta: tuple[str, ...]
) -> None:
    """Register an AI model; prints its id."""
    given = {"parameters": meta_changes(parameters), "meta_data": meta_changes(meta)}
    with session.writing() as store:
        model = store.ai_models.add(name, provider, version, **given)
    if not emit(session, row_json(model)):
        write(model.id)


@command("localstore models edit local/hash-8 --parameter metric=dot", group=entry)
@click.argument("model")
@click.option("--name", metavar="N", help="The new name.")
@click.option("--provider", metavar="P", help="The new provider.")
@click.option("--version", metavar="V", help="The new version; empty for none.")
@_PARAMETER
@_META
def edit(session: Session, model: str, parameters: tuple[str, ...], meta: tuple[str, ...], **given: str | None) -> None:
    """Change an AI model."""
    columns: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if columns.get("version") == "":
        columns["version"] = None
    changes = {"parameters": meta_changes(parameters), "meta_data": meta_changes(meta)}
    if not columns and not any(changes.values()):
        raise click.UsageError("nothing to change: give --name, --provider, --version, --parameter or --meta")
    with session.changing() as store:
        found = store.ai_models.get(model)
        columns |= {name: getattr(found, name) | more for name, more in changes.items() if more}
        done = store.ai_models.edit(found.id, found.updated_at, **columns)
    if not emit(session, row_json(done)):
        session.say(f"Saved {done.provider}/{done.name}.")


@command("localstore models rm local/hash-8 --dry-run", group=entry)
@click.argument("refs", metavar="MODEL...", nargs=-1, required=True)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Delete AI models with their vectors, after a preview and a question."""
    with session.changing() as store:
        delete(session, store.ai_models, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes)
