"""What some tables can do besides: passwords of users, roles of members, the default organization, API keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstore.api_keys import scopes_of
from localstore.memberships import ROLES
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.screens.dialogs.question import Question
from tui.screens.records.picker import Choice, Picker
from tui.screens.records.records import RecordsScreen
from tui.screens.records.secrets import PasswordPrompt, VerifyPrompt
from tui.visible import line

MEANING = {
    "owner": "may do everything, and give the organization away",
    "admin": "members, settings and items",
    "member": "writes items",
    "viewer": "reads",
}


class AdminActions(RecordsScreen):
    """Rows of the five tables of administration; each action is for the row under the cursor."""

    def chosen(self, table: str) -> str | None:
        """Return the key of the row under the cursor, when the list is of this table and may be written."""
        if self.table_name != table or self.table.key is None or not self.may_write():
            return None
        return self.table.key

    def _ask(self, key: str, then: Callable[[str], None]) -> None:
        """Read what the row is called, then go on."""
        rows = self.rows
        work = lambda: Loaded("named", (then, rows.name_of(key)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="named", urgency=Urgency.DETAIL)

    def named(self, then: Callable[[str], None], name: str) -> None:
        """Go on with what the row is called, unless the person is in a dialog already: that one is about another."""
        if self.app.screen is self:
            then(name)

    # -- users --------------------------------------------------------------------------------------------

    def action_set_password(self) -> None:
        """Ask for a password, twice and blind."""
        if key := self.chosen("users"):
            self._ask(key, lambda email: self._ask_password(key, email))

    def _ask_password(self, key: str, email: str) -> None:
        users = self.localstore.store.users

        def set_password(password: str | None) -> None:
            if password is None:
                return

            def work() -> Written:
                users.set_password(key, password)
                return Written("edited", (key,), f"{line(email, 80)} has a new password.")

            self.localstore.write(work)

        self.app.push_screen(PasswordPrompt(email), set_password)

    def action_remove_password(self) -> None:
        """Ask, then take the password away."""
        if key := self.chosen("users"):
            self._ask(key, lambda email: self._ask_remove(key, email))

    def _ask_remove(self, key: str, email: str) -> None:
        users = self.localstore.store.users

        def work() -> Written:
            users.set_password(key, None)
            return Written("edited", (key,), f"{line(email, 80)} has no password any more: nobody logs in with one.")

        question = Question(
            f"Take the password of {line(email, 80)} away?",
            "Nobody logs in with one then. This cannot be undone.",
            yes="Take away",
        )
        self.app.push_screen(question, lambda yes: self.localstore.write(work) if yes else None)

    def action_toggle_active(self) -> None:
        """Let a user log in, or no longer."""
        if key := self.chosen("users"):
            users = self.localstore.store.users

            def work() -> Written:
                active = not users.get(key).is_active
                done = users.activate(key) if active else users.deactivate(key)
                word = "may log in again" if active else "is not active any more"
                return Written("edited", (key,), f"{line(str(done.email), 80)} {word} · u undo")

            self.localstore.write(work)

    # -- organizations and members ------------------------------------------------------------------------

    def action_set_default(self) -> None:
        """Make the organization the one that new items go to; again: none."""
        if key := self.chosen("organizations"):
            organizations = self.localstore.store.organizations

            def work() -> Written:
                chosen = organizations.set_default(None if organizations.default_id() == key else key)
                word = f"New items go to “{line(str(chosen.name), 60)}” · o again: to none" if chosen else ""
                return Written("edited", (key,), word or "New items go to no organization.")

            self.localstore.write(work)

    def action_members_of(self) -> None:
        """List who belongs to the organization."""
        if self.table_name == "organizations" and self.table.key:
            self.use("organization_memberships", f"organization_id={self.table.key}")
            self.table.focus()

    def action_set_role(self) -> None:
        """Choose another role."""
        if key := self.chosen("organization_memberships"):
            store = self.localstore.store

            def set_role(role: str | None) -> None:
                if role is not None:
                    self.localstore.write(lambda: _give_role(store, key, role))

            def roles(words: str) -> list[Choice]:
                return [Choice(role, role, MEANING[role]) for role in ROLES if words.casefold() in role]

            self.app.push_screen(Picker("Which role?", roles), set_role)

    # -- API keys -----------------------------------------------------------------------------------------

    def action_revoke(self) -> None:
        """Ask, then end the key for good."""
        if key := self.chosen("api_keys"):
            self._ask(key, lambda name: self._ask_revoke(key, name))

    def _ask_revoke(self, key: str, name: str) -> None:
        keys = self.localstore.store.api_keys

        def work() -> Written:
            keys.revoke(key)
            return Written("edited", (key,), f"The API key “{line(name, 60)}” is revoked for good.")

        question = f"Revoke the API key “{line(name, 60)}”?"
        words = "It opens nothing from now on, and stays in the list. This cannot be undone."
        answer = lambda yes: self.localstore.write(work) if yes else None  # noqa: E731
        self.app.push_screen(Question(question, words, yes="Revoke"), answer)

    def action_verify(self) -> None:
        """Ask for a key, and tell whose it is."""
        if self.table_name == "api_keys":
            self.app.push_screen(VerifyPrompt(), self._verify)

    def _verify(self, answer: tuple[str, str] | None) -> None:
        if answer is None:
            return
        store, (secret, scope) = self.localstore.store, answer

        def work() -> Written:
            key = store.api_keys.verify(secret, scope or None)
            email = store.users.get(key.user_id).email
            words = f"It is {line(str(email), 80)}'s and may do {', '.join(scopes_of(key)) or 'nothing'}"
            return Written("edited", (str(key.id),), f"{line(words, 400)}.")

        self.localstore.write(work)


def _give_role(store: Any, key: str, role: str) -> Written:
    store.table("organization_memberships").edit(key, role=role)
    return Written("edited", (key,), f"The role is {role} now · u undo")
