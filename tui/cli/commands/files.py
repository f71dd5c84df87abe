"""Files of items: attach, list, verify, delete, find copies that nothing refers to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from localstore.ids import short
from tui.cli.completion import complete_item
from tui.cli.output import Column, Listing, emit, emit_list, row_json, size, write
from tui.cli.paging import listing, paged
from tui.cli.program import command, group
from tui.cli.progress import bytes_bar
from tui.cli.questions import confirm, delete, deletes
from tui.cli.references import from_input
from tui.cli.session import Session
from tui.cli.visible import one_line

if TYPE_CHECKING:
    from localstore.attached.file_checks import Verified
    from localstore.models import FileAsset

FINDINGS = 3
entry = group("files", __doc__, "localstore files")


@command("localstore files list --item 'Reading list'", name="list", group=entry)
@click.option("--item", metavar="ID", shell_complete=complete_item, help="Of this item.")
@paged
def _list(session: Session, item: str | None, limit: int | None, after: str | None) -> None:
    """List files, the last attached first."""
    columns: list[Column[FileAsset]] = [
        Column("ID", lambda file: short(file.id), style={"dim": True}),
        Column("SIZE", lambda file: size(int(file.size_bytes)), right=True),
        Column("TYPE", lambda file: str(file.mime_type or "")),
        Column("ITEM", lambda file: short(file.item_id) if file.item_id else ""),
        Column("NAME", lambda file: str(file.filename), elastic=True),
        Column("PATH", lambda file: str(file.path)),
    ]
    with session.reading() as store:
        where = {"item_id": store.items.resolve(item)} if item else None
        rows = listing(session, lambda at, n: store.files.page(where, sort="-created", after=at, limit=n), limit, after)
        emit_list(session, rows, columns, row_json, "No file: 'localstore files attach ITEM PATH' attaches one.")


@command("localstore files attach 'Reading list' paper.pdf --copy", group=entry)
@click.argument("item", metavar="ITEM", shell_complete=complete_item)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
@click.option("--copy", is_flag=True, help="Keep the bytes beside the store, too.")
@click.option("--mime-type", metavar="M", help="Its type; else from name and first bytes.")
def attach(session: Session, item: str, paths: tuple[str, ...], copy: bool, mime_type: str | None) -> None:
    """Attach files to an item (- for none); prints their ids. The bytes stay where they are unless --copy."""
    with session.changing() as store:
        owner = None if item == "-" else store.items.resolve(item)
        done = []
        for path in paths:
            with bytes_bar(session, Path(path).name) as progress:
                done.append(store.files.attach(owner, path, copy=copy, mime_type=mime_type, progress=progress))
    if not emit(session, {"items": [row_json(file) for file in done], "next": None}):
        for file in done:
            write(file.id)


@command("localstore files verify", group=entry)
@click.argument("refs", metavar="[FILE]...", nargs=-1)
def verify(session: Session, refs: tuple[str, ...]) -> None:
    """Compare files with the size and SHA-256 noted; exit code 3 when one is missing or changed."""
    with session.reading() as store, bytes_bar(session, "verify") as progress:
        found = store.files.verify(from_input(refs) if refs else None, progress)
    columns: list[Column[Verified]] = [
        Column("ID", lambda each: short(each.id), style={"dim": True}),
        Column("STATE", lambda each: each.status),
        Column("NAME", lambda each: each.filename, elastic=True),
        Column("WHY", lambda each: each.reason, whole=True),
    ]
    emit_list(session, Listing.of(found), columns, _verified, "No file to verify.")
    if any(each.status in ("missing", "changed") for each in found):
        click.get_current_context().exit(FINDINGS)


def _verified(each: Verified) -> dict[str, Any]:
    names = ("id", "filename", "path", "item_id", "status", "reason")
    return {name: getattr(each, name) for name in names}


@command("localstore files rm notes.txt", group=entry)
@click.argument("refs", metavar="FILE...", nargs=-1, required=True)
@deletes
def rm(session: Session, refs: tuple[str, ...], cascade: bool, dry_run: bool, yes: bool) -> None:
    """Detach files: their rows go to the trash; the bytes stay."""
    with session.changing() as store:
        delete(session, store.files, from_input(refs), cascade=cascade, dry_run=dry_run, yes=yes)


@command("localstore files unreferenced", "localstore files unreferenced --delete --yes", group=entry)
@click.option("--delete", "remove", is_flag=True, help="Delete them, for good.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def unreferenced(session: Session, remove: bool, yes: bool) -> None:
    """List copies beside the store that no row and no trash refers to."""
    with session.reading() as store:
        found = store.files.unreferenced()
        if remove and found:
            confirm(session, f"Delete {len(found)} files for good?", yes=yes)
            found = store.files.unreferenced(remove=True)
    if not emit(session, {"items": [str(path) for path in found], "next": None}):
        for path in found:
            write(one_line(str(path)))
        session.say(f"{len(found)} {'deleted' if remove else 'unreferenced'}.")
