"""What a round can end with, one family below ``LocalstoreError``.

::

    SyncError                       exit code 1 unless said otherwise
    ├── Cancelled                   somebody asked to stop; nothing is lost
    ├── NotLinked                   the store has no server yet
    ├── ServerUnreachable           exit code 4: refused, time-out, no such host, restarting, too many connections
    │   └── ConnectionLost          it broke on the way; what was sent is repeated
    ├── Contention                  exit code 4: other transactions stood in the way, more often than we asked again
    ├── SignInRefused               the role's password, the database, or what pg_hba.conf says
    ├── TlsFailed                   no TLS, or a certificate that is not to be trusted
    ├── RightMissing                a GRANT is missing
    ├── ServerReadOnly              a replica, or a server set read-only
    ├── ServerFull                  no room on the server's disk
    ├── NotPrepared                 'sync server init' was not run on that database
    ├── DeviceRevoked               this device may not sign in: unknown, revoked, another secret
    ├── DeviceExpired               its time is over
    ├── UserInactive                the person it acts for is not active
    ├── ProtocolDiffers             an older or a newer localstore on the other side
    ├── ServerChanged               the server's tables are not as they were when sync was installed
    ├── SyncDisabled                switched off on the server, for now
    ├── StoreCopied                 another copy of this file has synced as this device
    ├── ServerRestored              the server does not know what it had acknowledged
    └── ServerError                 anything else that the server says

Each message is one sentence with the value, the place and what to do.
"""

from __future__ import annotations

from localstore.errors import LocalstoreError


class SyncError(LocalstoreError):
    """Base of all that a round can end with."""


class Cancelled(SyncError):
    """Somebody asked to stop; both sides are as after some earlier step."""


class NotLinked(SyncError):
    """The store has no server yet."""


class ServerUnreachable(SyncError):
    """The server does not answer, or not now."""

    exit_code = 4


class ConnectionLost(ServerUnreachable):
    """The connection broke on the way: whether the last statement was done is not known, and does not matter."""


class Contention(SyncError):
    """Other transactions stood in the way; the same again may go through."""

    exit_code = 4


class SignInRefused(SyncError):
    """The server does not let the role in."""


class TlsFailed(SyncError):
    """The connection cannot be encrypted as it was asked for."""


class RightMissing(SyncError):
    """The role lacks a right on the server."""


class ServerReadOnly(SyncError):
    """Nothing can be written there: pulls write too."""


class ServerFull(SyncError):
    """The server's disk is full."""


class NotPrepared(SyncError):
    """The database has no sync functions."""


class DeviceRevoked(SyncError):
    """The server does not know this device, or not with this secret."""


class DeviceExpired(SyncError):
    """The device was allowed in until a day that has passed."""


class UserInactive(SyncError):
    """The person whom the device acts for is not active on the server."""


class ProtocolDiffers(SyncError):
    """Another version of the protocol is spoken there; ``server`` is its number when it was told."""

    def __init__(self, message: str, server: int | None = None) -> None:
        super().__init__(message)
        self.server = server


class ServerChanged(SyncError):
    """The server's tables are not as they were when sync was installed."""


class SyncDisabled(SyncError):
    """An administrator switched sync off, for now."""


class StoreCopied(SyncError):
    """The server has a batch of this number with other content: a copy of this file pushed it."""


class ServerRestored(SyncError):
    """The server misses a batch that it had acknowledged: it went back in time."""


class ServerError(SyncError):
    """Anything else that the server says, ``sqlstate`` with it."""

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
