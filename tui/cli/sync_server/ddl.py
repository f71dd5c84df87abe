"""Print what init does as plain SQL; touch nothing."""

from __future__ import annotations

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import mapping, server, tables


@command("localstore sync server ddl postgresql://admin@db.example.org/team > sync.sql")
@server
@tables
def entry(
    session: Session,
    url: str,
    insecure: bool,
    maps: tuple[str, ...],
    naive_timestamps: str | None,
    device_role: str | None,
) -> None:
    """Print what init would do to the database at URL as plain SQL for psql; touch nothing."""
    from sync.postgres.server.script import ddl_of

    text = ddl_of(
        url, mapping=mapping(maps), naive_timestamps=naive_timestamps, device_role=device_role, insecure=insecure
    )
    if not emit(session, {"sql": text}):
        write(text.rstrip("\n"))
