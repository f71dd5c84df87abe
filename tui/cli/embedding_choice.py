"""The choice of ``embed setup``: what was wished by flags, what services there are, what a person picks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tui.cli.questions import secret
from tui.cli.visible import one_line

if TYPE_CHECKING:
    from localstore.embedders.discovery import Found
    from localstore.embedders.keys import Key
    from localstore.models import AIModel
    from tui.cli.session import Session

SHOWN = 20


@dataclass
class Wish:
    """The flags of ``embed setup``."""

    url: str | None = None
    model: str | None = None
    name: str | None = None
    dim: int | None = None
    key_env: str | None = None
    keyring: bool = False
    builtin: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse flags that contradict each other."""
        if self.builtin and (self.url or self.model or self.key_env or self.keyring or self.parameters):
            raise click.UsageError("--builtin needs no service: leave the service's options out")
        if (self.key_env or self.keyring) and not self.url:
            raise click.UsageError("a key goes to one address: name it with --url")
        if self.key_env and self.keyring:
            raise click.UsageError("the key is in --key-env or in --keyring, not in both")


class Choice(NamedTuple):
    """A model of a service."""

    label: str
    url: str
    model: str

    def __str__(self) -> str:
        return f"{one_line(self.model)}  {self.label} {self.url}".rstrip()


def offer(session: Session, wish: Wish) -> AIModel:
    """Find the model that is wished for, asking a person where that is needed; register it and return its row."""
    from localstore.embedding.registration import register_builtin, register_service

    wish.check()
    picked = None if wish.builtin else _service(session, wish)
    with session.writing() as store:
        if picked is None:
            return register_builtin(store, name=wish.name, dim=wish.dim)
        given = wish.parameters | ({"key_env": wish.key_env} if wish.key_env else {})
        given |= {"keyring": True} if wish.keyring else {}
        return register_service(store, picked.url, picked.model, name=wish.name, dim=wish.dim, parameters=given)


def _service(session: Session, wish: Wish) -> Choice | None:
    """Return the model to register; None for the built-in one, when a person takes that instead."""
    key = _key(session, wish)
    if wish.url and wish.model:
        return Choice("", wish.url, wish.model)
    from localstore.embedders import discovery

    found = [discovery.models_at("", wish.url, key)] if wish.url else discovery.look()
    choices = [Choice(each.label, each.url, model) for each in found for model in each.models]
    if wish.model:
        return _named(wish.model, choices)
    if not choices:
        _nothing(session, found)
        return None
    return _pick(session, choices)


def _key(session: Session, wish: Wish) -> Key | None:
    """Agree to send the key where ``--url`` says, and return it."""
    if not (wish.url and (wish.key_env or wish.keyring)):
        return None
    from localstore.embedders import addresses, keys

    address = addresses.read(wish.url, "--url")
    if address.scheme == "http" and not address.is_here:
        session.say(f"The key will travel unencrypted to {address.origin}.")
    if wish.key_env:
        keys.allow(wish.key_env, address)
        return keys.from_environment(wish.key_env, address)
    keys.into_keyring(address, secret(session, f"Key for {address.origin}"))
    return keys.from_keyring(address)


def _named(model: str, choices: list[Choice]) -> Choice:
    """Return the choice of this name; Ollama's ``name:latest`` answers to ``name``."""
    from localstore.errors import NotFound

    for choice in choices:
        if model in (choice.model, choice.model.removesuffix(":latest")):
            return choice
    known = ", ".join(one_line(choice.model) for choice in choices[:8]) or "none at all"
    raise NotFound(f"No service here has a model {model!r}: there is {known}. Name its address with --url.")


def _pick(session: Session, choices: list[Choice]) -> Choice:
    """Let a person pick; without one, take the only model that looks like an embedding model."""
    from localstore.embedders.discovery import embeds
    from localstore.errors import NeedsAnswer

    choices = sorted(choices, key=lambda choice: not embeds(choice.model))[:SHOWN]
    if session.terminal and not session.machine:
        for number, choice in enumerate(choices, 1):
            session.say(f"{number:>3}  {choice}")
        number = click.prompt("Which model", type=click.IntRange(1, len(choices)), default=1, err=True)
        return choices[number - 1]
    likely = [choice for choice in choices if embeds(choice.model)]
    if len(likely) == 1:
        return likely[0]
    names = "; ".join(map(str, choices[:8]))
    raise NeedsAnswer(f"Which model? {names}. Choose one with --url and --model; nothing was changed.")


def _nothing(session: Session, found: list[Found]) -> None:
    """Say what to install; on a terminal offer the built-in model instead."""
    from localstore.embedders.discovery import KNOWN
    from localstore.errors import EmbedderUnavailable

    asked = ", ".join(f"{label} {url}" for label, url in KNOWN)
    there = ", ".join(f"{each.label or 'the service'} at {each.url}" for each in found)
    told = (
        f"{there} answers but lists no model: load one there, such as 'ollama pull nomic-embed-text'"
        if found
        else f"No embedding service answers on this machine ({asked}): start one, or name its address with --url"
    )
    if not session.terminal or session.machine:
        raise EmbedderUnavailable(f"{told}, or take the built-in one with --builtin (it compares words, not meanings).")
    session.say(f"{told}.")
    if not click.confirm("Take the built-in model, which compares words and not meanings?", default=True, err=True):
        raise click.Abort
