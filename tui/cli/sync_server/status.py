"""Show how a prepared server stands: devices, log, tables."""

from __future__ import annotations

from dataclasses import asdict

from tui.cli.output import card, emit, exact, size
from tui.cli.program import command
from tui.cli.progress import clock
from tui.cli.session import Session
from tui.cli.sync_server._options import server


@command("localstore sync server status postgresql://admin@db.example.org/team --json")
@server
def entry(session: Session, url: str, insecure: bool) -> None:
    """Show how the server at URL stands: devices, log, tables."""
    from sync.postgres.server.state_of_server import status

    now = status(url, insecure=insecure)
    if emit(session, asdict(now)):
        return
    tables = ", ".join(
        place if place.endswith(f".{name}") else f"{name} = {place}" for name, place in now.tables.items()
    )
    card(
        session,
        [
            ("Sync", "on" if now.enabled else "switched off"),
            ("Devices", f"{now.devices:,}, of which {now.devices_seen:,} in the last {now.retention_days} days"),
            ("Last seen", exact(now.last_seen)),
            ("Log", f"about {now.log_rows:,} entries, {size(now.log_bytes)}"),
            ("Deleted rows", f"about {now.tombstone_rows:,} kept, {size(now.tombstone_bytes)}"),
            ("Oldest writer", clock(now.oldest_transaction_seconds) if now.oldest_transaction_seconds else None),
            ("Tables", tables),
            ("Roles", f"devices log in as {now.role}; {now.owner} owns the functions"),
            ("Version", f"schema {now.schema}"),
        ],
    )
