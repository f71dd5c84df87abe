"""Linking a store with a server: who this device is there, what is shared; and taking the link off again.

Linking changes one thing in the file's own rows: the local user becomes the person that the device acts as on the
server, and what was theirs goes with it. Everything else is noted as new to the server; rounds carry it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore import tables, times
from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.models import User
from localstore.repointing import repoint
from sync import round_log, secrets, state
from sync.errors import NotLinked
from sync.local import capture, dirty
from sync.local.sharing import Share
from sync.place import check_place
from sync.postgres.address import Address, read
from sync.postgres.session import Server
from sync.round_lock import round_lock
from sync.servers import device_of
from sync.shapes import Identity, ServerState

if TYPE_CHECKING:
    from localstore.store import Store


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What linking would do, for a person to agree to."""

    server: str
    """The address without secrets."""
    device: str
    email: str
    """Whom the device acts as."""
    local_email: str
    """Who the local user is now; another e-mail means that their rows become that person's."""
    share: Share
    again: bool
    """Whether the store was linked before."""


Agreed = Callable[[LinkPlan], bool]


def link(
    store: Store,
    url: str,
    *,
    share: str | None = None,
    no_vectors: tuple[str, ...] | None = None,
    device: str | None = None,
    create_user: bool = False,
    insecure: bool = False,
    agreed: Agreed | None = None,
) -> LinkPlan | None:
    """Link the store with the server of *url*: a device's (from ``add-device``) or an administrator's.

    An administrator's URL makes a device for the local user's e-mail first; *create_user* makes that person on the
    server when it has nobody of that e-mail. *share* is ``org`` (unless said),
    ``all`` or a filter of items; *no_vectors* names models whose vectors stay here. *agreed* is asked before anything
    is changed here; None is returned when it says no. Raises InvalidValue and the errors of ``sync.errors``.
    """
    with round_lock(store.path):
        with store.reading() as connection:
            before = Share.read(connection) if state.is_linked(connection) else None
        chosen = Share.given(store, share, no_vectors, before)
        address = read(url, insecure=insecure)
        if not address.is_device:
            plan = _plan(store, address.shown, device or "this machine", str(store.local_user.email), chosen, before)
            if agreed and not agreed(plan):
                return None
            address, agreed = device_of(address, store, device, create_user=create_user), None
        with Server(address) as server:
            identity = server.whoami()
        plan = _plan(store, address.shown, identity.device_name, identity.email, chosen, before)
        if agreed and not agreed(plan):
            return None
        secrets.keep(identity.device_id, address)
        _link(store, address, identity, chosen, insecure=insecure)
    return plan


def _plan(store: Store, server: str, device: str, email: str, share: Share, before: Share | None) -> LinkPlan:
    return LinkPlan(server, device, email, str(store.local_user.email), share, before is not None)


def _link(store: Store, address: Address, identity: Identity, share: Share, *, insecure: bool) -> None:
    with store.database.writing() as connection:
        again = state.is_linked(connection)
        synced = state.get(connection, "cursor") is not None
        state.put(connection, "server", address.shown)
        for key, value in (
            ("device_id", identity.device_id),
            ("device_name", identity.device_name),
            ("user_id", identity.user_id),
            ("email", identity.email),
            ("pending", str(uuid.uuid4())),
            ("batch", "0"),
        ):
            state.put(connection, key, value)
        state.forget(connection, "token", "cursor", "organizations", "place", "tidied", "insecure", "behind")
        if insecure:
            state.put(connection, "insecure", "yes")
        if again:
            _link_again(connection, synced)
        else:
            # what was noted for change files says nothing of the server
            connection.execute("DELETE FROM sync_dirty; DELETE FROM sync_kept")
        capture.install(connection)
        _become(connection, store, identity)
        if not again:
            dirty.mark_all(connection)
        Share.write(connection, share)
        check_place(connection, store)
        round_log.note(connection, "linked", {"what": f"{address.shown} as {identity.email}"})


def _link_again(connection: Connection, synced: bool) -> None:
    """A new device, or another server with the same rows: what is here and not there is lost on neither side."""
    connection.execute("DELETE FROM sync_outbox")
    if synced:
        state.put(connection, "reconcile", ServerState.RESTORED)


def _become(connection: Connection, store: Store, identity: Identity) -> None:
    """Make the local user the person of the device; what was theirs goes with it."""
    old = store.local_user_id
    if old == identity.user_id:
        return
    with capture.silent(connection):
        if tables.fetch(connection, User, identity.user_id) is None:
            stored = tables.need(connection, User, old)
            tables.update(connection, User, old, {"email": f"{stored['email']}#{old}"})
            tables.insert(connection, User, stored | {"id": identity.user_id, "email": identity.email})
        repoint(connection, User, old, identity.user_id)
        tables.delete(connection, User, old)
        connection.execute("DELETE FROM sync_dirty WHERE tbl = 'users' AND pk = ?", (old,))
    store.state.set("local_user", identity.user_id)
    store.__dict__.pop("local_user_id", None)


def unlink(store: Store, *, forget_unsent: bool = False) -> None:
    """Take the link off: rows stay as they are, conflicts stay to be resolved; nothing is told to the server.

    Raises NotLinked, and InvalidValue while changes wait to be pushed, unless *forget_unsent*.
    """
    with round_lock(store.path), store.database.writing() as connection:
        if not state.is_linked(connection):
            raise NotLinked(f"{store.path} is not linked with a server.")
        waiting = sum(dirty.count(connection).values())
        if waiting and not forget_unsent:
            raise InvalidValue(
                f"{waiting:,} changed rows were not pushed yet: run 'localstore sync' first, or unlink with --force"
            )
        device = state.get(connection, "device_id")
        capture.remove(connection)
        for table in ("sync_dirty", "sync_kept", "sync_outbox", "sync_loose"):
            connection.execute(f"DELETE FROM {table}")
        # which change files were written and taken in stays true
        connection.execute("DELETE FROM sync_state WHERE key NOT GLOB 'file_*'")
        round_log.note(connection, "unlinked", {"at": times.now()})
    if device:
        secrets.remove(device)


def share_words(store: Store, share: Share) -> str:
    """Return what is shared in words."""
    words = {"org": "items of organizations, with all that hangs on them", "all": "everything"}
    told = words.get(share.items, f"items of {share.items}, with all that hangs on them")
    if not share.no_vectors:
        return told
    with store.reading() as connection:
        models = [row.name for row in store.ai_models.load_all(connection, share.no_vectors)]
    return f"{told}; without the vectors of {', '.join(models)}"


def share(store: Store, items: str | None = None, no_vectors: tuple[str, ...] | None = None) -> Share:
    """Return what is shared; with *items* (``org``, ``all`` or a filter) or *no_vectors*, change it first.

    What the server has stays there; what is no longer shared is no longer sent when new.
    """
    with store.database.writing() as connection:
        if not state.is_linked(connection):
            raise NotLinked(f"{store.path} is not linked with a server: 'localstore sync link URL' does it.")
        before = Share.read(connection)
        if items is not None or no_vectors is not None:
            Share.write(connection, Share.given(store, items, no_vectors, before))
        return Share.read(connection)
