"""Link the store with a PostgreSQL server, as a device of a person there."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.questions import confirm
from tui.cli.session import Session

if TYPE_CHECKING:
    from sync.linking import LinkPlan


@command('localstore sync link "$(cat laptop.address)"', "localstore sync link - --share all < laptop.address")
@click.argument("url")
@click.option("--share", metavar="S", help="org (unless said): items of an organization; all; or a filter of items.")
@click.option("--no-vectors", multiple=True, metavar="MODEL", help="Vectors of this model stay here; repeatable.")
@click.option("--device", metavar="NAME", help="What the server calls this machine; with an administrator's URL.")
@click.option("--create-user", is_flag=True, help="Make yourself on the server; with an administrator's URL.")
@click.option("--insecure", is_flag=True, help="Without TLS beyond this machine, on a network that you trust.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def entry(
    session: Session,
    url: str,
    share: str | None,
    no_vectors: tuple[str, ...],
    device: str | None,
    create_user: bool,
    insecure: bool,
    yes: bool,
) -> None:
    """Link the store with the server at URL, which 'sync server add-device' printed, or an administrator's.

    Nothing is carried yet: 'localstore sync' shows what would go, and asks. URL may be - for one line of stdin.
    """
    from sync.linking import link
    from tui.cli.sync_shares import shown

    session.stopped = "Nothing was changed."
    if url == "-":
        url = sys.stdin.readline().strip()
    with session.writing() as store:

        def agreed(plan: LinkPlan) -> bool:
            for line in _told(plan, shown(store, plan.share)):
                session.say(line)
            confirm(session, "Link them?", yes=yes)
            return True

        chosen = no_vectors or None
        done = link(
            store,
            url,
            share=share,
            no_vectors=chosen,
            device=device,
            create_user=create_user,
            insecure=insecure,
            agreed=agreed,
        )
        alone = share in (None, "org") and not store.organizations.count()
    assert done is not None
    if not emit(session, asdict(done)):
        write(f"Linked with {done.server} as {done.email}: 'localstore sync' carries the first changes.")
        if alone:
            session.say("No organization yet, so no item is shared: 'localstore sync share all' shares everything.")


def _told(plan: LinkPlan, shared: str) -> list[str]:
    found = [f"Server: {plan.server}", f"Device: {plan.device}, acting as {plan.email}", f"Shares: {shared}"]
    if plan.email.lower() != plan.local_email.lower():
        found.append(f"What belongs to {plan.local_email} here becomes {plan.email}'s.")
    if plan.again:
        found.append("This store was linked before: both sides are compared row by row, nothing is dropped.")
    return found
