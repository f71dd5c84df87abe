"""The server of a linked store, opened; and devices made with an administrator's address."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync import secrets, state
from sync.errors import NotLinked
from sync.postgres.address import Address, read
from sync.postgres.session import Server

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.shapes import Cancelled as Asked


def address_of(store: Store) -> Address:
    """Return the address of a linked store's server with the secrets that this machine keeps."""
    with store.reading() as connection:
        shown, device = state.get(connection, "server"), state.get(connection, "device_id")
        insecure = state.get(connection, "insecure") is not None
    if shown is None or device is None:
        raise NotLinked(f"{store.path} is not linked with a server: 'localstore sync link URL' does it.")
    return secrets.find(device, read(shown, insecure=insecure))


@contextmanager
def opened(store: Store, cancelled: Asked | None = None) -> Iterator[Server]:
    """Open the server of a linked store for the block; nothing is sent before it is asked something."""
    with Server(address_of(store), cancelled=cancelled) as server:
        yield server


def device_of(address: Address, store: Store, name: str | None, *, create_user: bool = False) -> Address:
    """Make a device for the store's own person with an administrator's address; return the device's.

    A person whom the server does not have is made when asked, else NotFound.
    """
    from sync.postgres.server.devices import add_device

    url = add_device(address, str(store.local_user.email), name or socket.gethostname(), create_user=create_user)
    return read(url, insecure=True)
