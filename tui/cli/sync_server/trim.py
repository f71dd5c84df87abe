"""Shorten the server's log now; each sync does a share of it."""

from __future__ import annotations

from dataclasses import asdict

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import server


@command("localstore sync server trim postgresql://admin@db.example.org/team")
@server
def entry(session: Session, url: str, insecure: bool) -> None:
    """Delete at URL what no device needs any more: log entries, deleted rows that were kept, old results."""
    from sync.postgres.server.trimming import trim

    done = trim(url, insecure=insecure)
    if not emit(session, asdict(done)):
        kept = done.log + done.superseded
        write(f"Deleted {kept:,} entries of the log, {done.tombstones:,} kept rows, {done.results:,} results.")
