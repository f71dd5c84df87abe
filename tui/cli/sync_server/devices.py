"""List the devices that may sync, and those that were revoked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localstore.ids import short
from tui.cli.output import Column, Listing, emit_list, moment
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_server._options import server

if TYPE_CHECKING:
    from sync.postgres.server.devices import Device


def _state(device: Device) -> str:
    if device.revoked_at is not None:
        return "revoked"
    return "expired" if device.expires_at and device.expires_at < datetime.now(UTC) else "active"


@command("localstore sync server devices postgresql://admin@db.example.org/team")
@server
def entry(session: Session, url: str, insecure: bool) -> None:
    """List the devices of the server at URL, and those that were revoked."""
    from sync.postgres.server.devices import devices

    columns: list[Column[Device]] = [
        Column("ID", lambda each: short(each.id), style={"dim": True}),
        Column("STATE", _state),
        Column("USER", lambda each: each.email or "(gone)"),
        Column("EXPIRES", lambda each: moment(each.expires_at)),
        Column("SEEN", lambda each: moment(each.seen_at)),
        Column("NAME", lambda each: each.name, elastic=True),
    ]
    found = Listing.of(devices(url, insecure=insecure))
    emit_list(
        session,
        found,
        columns,
        lambda each: asdict(each) | {"state": _state(each)},
        "No device yet: 'localstore sync server add-device' lets one in.",
    )
