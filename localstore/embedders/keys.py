"""Keys of embedding services: where they come from, and that they go nowhere else.

A model's row may come from anybody: by sync, or in a store that was imported. It names a variable of the environment
(``parameters.key_env``), and without more care such a row could have any secret sent to any host. So a variable goes to
another machine only when somebody agreed to that on this machine (``allow``; ``embed setup`` does it). What was
agreed is names, no secrets, in a file of the platform's configuration folder. The system's keyring keeps a key by
the origin it is for, and needs no more.
"""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from localstore.embedders.folders import missing_extra
from localstore.errors import InvalidValue
from localstore.place import private_folder

if TYPE_CHECKING:
    from localstore.embedders.addresses import Address
    from localstore.embedders.parameters import Parameters

SERVICE = "localstore"
"""What our keys are kept under in the keyring."""
HIDDEN = "(the key)"
TELLING = 8
"""So many characters of a key in a row say too much of it."""


class Key:
    """A secret that shows itself to nobody but the request."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str, source: str) -> None:
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise InvalidValue(f"the key of {source} holds characters that no key has: set it again", source)
        self._secret = secret

    def __repr__(self) -> str:
        return f"Key{HIDDEN}"

    def __reduce__(self) -> str:
        raise TypeError("a key is not stored")

    @property
    def headers(self) -> dict[str, str]:
        """Return what the request carries."""
        return {"Authorization": f"Bearer {self._secret}"}

    def hide(self, text: str) -> str:
        """Return a text without the key; nothing of it when parts of the key are left."""
        text = text.replace(self._secret, HIDDEN)
        width = min(TELLING, len(self._secret))
        parts = {self._secret[at : at + width] for at in range(len(self._secret) - width + 1)}
        return "(an answer that holds the key)" if any(part in text for part in parts) else text


def find(address: Address, parameters: Parameters) -> Key | None:
    """Return the key that a model's parameters name, None when they name none."""
    variable = parameters.text("key_env")
    if variable:
        return from_environment(variable, address)
    return from_keyring(address) if parameters.yes("keyring") else None


def from_environment(variable: str, address: Address) -> Key:
    """Return the key in a variable; InvalidValue when it is not set, or not agreed for this address."""
    if not (address.is_here or is_allowed(variable, address)):
        raise InvalidValue(
            f"{variable} was not agreed for {address.origin}: to send it there, run "
            f"'localstore embed setup --url {address.url} --key-env {variable}' once on this machine",
            "parameters.key_env",
        )
    secret = os.environ.get(variable, "").strip()
    if not secret:
        raise InvalidValue(f"the environment variable {variable} is not set: it holds the key", "parameters.key_env")
    return Key(secret, variable)


def from_keyring(address: Address) -> Key:
    """Return the key that the system's keyring keeps for this origin."""
    found = _keyring("get_password", SERVICE, address.origin)
    if not found:
        raise InvalidValue(
            f"the keyring has no key for {address.origin}: "
            f"'localstore embed setup --url {address.url} --keyring' asks for it",
            "parameters.keyring",
        )
    return Key(found.strip(), "keyring")


def into_keyring(address: Address, secret: str) -> None:
    """Keep a key in the system's keyring, for this origin."""
    Key(secret, "keyring")
    _keyring("set_password", SERVICE, address.origin, secret)


def _keyring(name: str, *arguments: str) -> str | None:
    """Call a function of the keyring; its failures (no service, locked, refused) become one sentence."""
    try:
        module = import_module("keyring")
    except ImportError:
        raise missing_extra("keyring", "the system's keyring") from None
    try:
        found: str | None = getattr(module, name)(*arguments)
    except Exception as error:  # each back-end has its own
        kind = type(error).__name__
        raise InvalidValue(f"the system's keyring does not work here ({kind}): use --key-env") from None
    return found


# -- what was agreed --------------------------------------------------------------------------------------


def agreed_path() -> Path:
    """Return the file that says which variable may go to which origin."""
    import platformdirs

    return Path(platformdirs.user_config_dir("localstore", appauthor=False)) / "keys.json"


def is_allowed(variable: str, address: Address) -> bool:
    """Tell whether somebody agreed on this machine that a variable goes to this origin."""
    return variable in _agreed().get(address.origin, [])


def allow(variable: str, address: Address) -> None:
    """Agree that the key in a variable goes to this origin; kept for this machine, names only."""
    found = _agreed()
    found[address.origin] = sorted({*found.get(address.origin, []), variable})
    path = agreed_path()
    private_folder(path.parent)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(found, file, indent=2)
    beside.replace(path)


def _agreed() -> dict[str, list[str]]:
    try:
        found = json.loads(agreed_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(origin): list(map(str, names)) for origin, names in found.items() if isinstance(names, list)}
