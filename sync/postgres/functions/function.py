"""One function of the schema ``localstore_sync``: from its parts to its statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.postgres.server.capture import PINNED
from sync.postgres.server.roles import DEVICE

TEXTS = ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "extra_float_digits = 1")
"""Settings of functions that give rows: the one form of each value, whatever the session says."""
WHOLE = ("jit = off", "plan_cache_mode = force_custom_plan")
"""Settings of functions that look through a table: plans fit the organizations that the user is in."""


@dataclass(frozen=True)
class Function:
    """A function in plpgsql that runs as its owner; ``called`` tells whether devices may call it."""

    name: str
    arguments: Sequence[tuple[str, str]]
    returns: str
    body: str
    stable: bool = False
    immutable: bool = False
    settings: Sequence[str] = ()
    called: bool = True

    @property
    def signature(self) -> str:
        """The name with the types of its arguments."""
        return f"localstore_sync.{self.name}({', '.join(kind for _, kind in self.arguments)})"

    @property
    def statements(self) -> list[str]:
        """What makes it, for devices alone or for nobody but its owner."""
        arguments = ", ".join(f'"{name}" {kind}' for name, kind in self.arguments)
        volatility = "IMMUTABLE" if self.immutable else "STABLE" if self.stable else "VOLATILE"
        settings = " ".join([PINNED, *(f"SET {each}" for each in self.settings)])
        made = [
            f"CREATE OR REPLACE FUNCTION localstore_sync.{self.name}({arguments}) RETURNS {self.returns}\n"
            f"LANGUAGE plpgsql {volatility} SECURITY DEFINER {settings} AS $function$\n"
            f"#variable_conflict use_column\n{self.body.strip()}\n$function$",
            f"REVOKE ALL ON FUNCTION {self.signature} FROM PUBLIC",
        ]
        return [*made, f"GRANT EXECUTE ON FUNCTION {self.signature} TO {DEVICE}"] if self.called else made


def table_of(columns: Sequence[str], *before: str) -> str:
    """Return the type of a function that gives rows as text, each column under its name."""
    return f"TABLE ({', '.join([*before, *(f'{column} text' for column in columns)])})"
