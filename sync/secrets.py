"""What lets a device in: its secret and the role's password, kept for this machine, never in the store.

A store may be copied, mailed or backed up; who has a copy must not be the device. The system's keyring keeps them
where the optional ``keyring`` package finds one that works, else a file that only its owner can read.
"""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from localstore.errors import InvalidValue, NotFound
from localstore.place import private_folder

if TYPE_CHECKING:
    from sync.postgres.address import Address

SERVICE = "localstore sync"
"""What secrets are kept under in the keyring, by the device's id."""


def keep(device_id: str, address: Address) -> None:
    """Keep the secrets of a device's address."""
    assert address.secret is not None
    text = json.dumps({"secret": address.secret.hex(), "hidden": dict(address.hidden)})
    if _ask_keyring("set_password", device_id, text) is not None and _from_keyring(device_id) == text:
        _remove_file(device_id)
        return
    path = secret_path(device_id)
    try:
        private_folder(path.parent)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        raise InvalidValue(
            f"the device's secret cannot be kept in {path} ({error.strerror}): make that folder writable"
        ) from None


def find(device_id: str, address: Address) -> Address:
    """Return the address with the secrets that were kept; NotFound says what to do when there are none."""
    text = _from_file(device_id) or _from_keyring(device_id)  # the file first: importing keyring takes 0.1 s
    try:
        found = json.loads(text or "")
        hidden = {str(name): str(value) for name, value in found["hidden"].items()}
        secret = bytes.fromhex(found["secret"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotFound(
            f"This machine has no secret for the device that the store syncs as at {address.shown}: the file came from "
            "another machine, or the secret was removed. 'localstore sync link URL' with a URL from "
            "'localstore sync server add-device' gives it one."
        ) from None
    return address.with_secrets(hidden, device_id, secret)


def remove(device_id: str) -> None:
    """Forget a device's secrets on this machine; nothing is said when there are none."""
    _ask_keyring("delete_password", device_id)
    _remove_file(device_id)


def secret_path(device_id: str) -> Path:
    """Return the file that keeps a device's secrets where no keyring does."""
    import platformdirs

    return Path(platformdirs.user_config_dir("localstore", appauthor=False)) / "devices" / f"{device_id}.json"


def _from_file(device_id: str) -> str | None:
    try:
        return secret_path(device_id).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _remove_file(device_id: str) -> None:
    try:
        secret_path(device_id).unlink(missing_ok=True)
    except OSError as error:
        path = secret_path(device_id)
        raise InvalidValue(f"{path} cannot be removed ({error.strerror}): delete it, it lets the device in") from None


def _from_keyring(device_id: str) -> str | None:
    return _ask_keyring("get_password", device_id) or None


def _ask_keyring(name: str, device_id: str, *value: str) -> str | None:
    """Call a function of the keyring; None when there is none that works, the answer or an empty text otherwise."""
    try:
        found = getattr(import_module("keyring"), name)(SERVICE, device_id, *value)
    except Exception:  # not installed, or no service, locked, refused: each back-end raises its own
        return None
    return str(found) if found is not None else ""
