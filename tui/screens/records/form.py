"""The form of a row of any table, made from the models: new, or changed."""

from __future__ import annotations

import json
from typing import Any

from localstore.errors import EditConflict, LocalstoreError
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.record_fields import Kind, column_of, sentence
from tui.screens.records.picker import pick, pick_value
from tui.screens.records.values import draft_name, legible, read_start, save
from tui.screens.records.writing import RecordWriting
from tui.visible import line
from tui.widgets.records.controls import LinkLine
from tui.widgets.records.field import RecordField

READ_ONLY = "The store is open for reading only: start without --read-only to write."


class RecordForm(RecordWriting):
    """Writes one row; returns its key when it was saved. What is not saved is kept as a draft."""

    # -- saving -------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save; refused while a field is wrong, which gets the focus."""
        if not self.ready or self.saving_now:
            return
        if self.localstore.read_only:
            self.localstore.toast(READ_ONLY, "warning")
            return
        found = self.check_all()
        if bad := next((field for field in self.fields if field.problem), None):
            self.keep_draft()
            self.localstore.toast(f"Not saved: {bad.spec.label}: {bad.problem}", "error")
            self.focus_field(bad)
            return
        self._save({name: found[name] for name in (found if self.key is None else self.texts)}, self.expected)

    def _save(self, written: dict[str, Any], expected: str | None) -> None:
        if self.key and not written:
            self.localstore.toast("Nothing was changed.")
            self.action_leave()
            return
        self.saving_now = True
        store, table, key, noun = self.localstore.store, self.table, self.key, self.noun
        draft = draft_name(table, key)

        def work() -> Written:
            done = save(store, table, key, written, expected)
            store.drafts.drop(draft)
            word = f"Saved the {noun} “{line(store.table(table).name_of(done.key), 60)}” · u undo"
            return Written("edited" if key == done.key else "added", (done.key,), word, done.secret)

        self.localstore.writer.submit(self, work)

    def on_written(self, message: Written) -> None:
        """Go back to where the person was; a new secret is shown there, this once."""
        message.stop()
        self.ready = False
        self.dismiss(message.keys[0])
        self.localstore.on_written(message)
        if message.value:
            from tui.screens.records.secrets import SecretDialog

            self.localstore.push_screen(SecretDialog(message.value))

    def on_failed(self, message: Failed) -> None:
        """Say what the store refuses at the field it names; the form stays as it is."""
        self.saving_now = False
        error = message.error
        if isinstance(error, EditConflict):
            message.stop()
            from tui.screens.forms.conflict import ConflictDialog

            self.app.push_screen(ConflictDialog(legible(error, self.table)), self._resolve)
        elif message.key == "form":
            self.dismiss(None)  # the row is gone; the app says so
        else:
            self._point_at(error)
            self.keep_draft()

    def _point_at(self, error: LocalstoreError) -> None:
        path = getattr(error, "path", "")
        if path and (field := self.field(column_of(self.table, path))):
            field.say(sentence(error, field.spec.column))
            self.show_status()
            self.focus_field(field)

    def _resolve(self, choice: str | None) -> None:
        if choice == "mine":
            self._save({name: value for name, value in self.check_all().items() if name in self.texts}, None)
        elif choice == "theirs":
            self.action_discard_draft()

    # -- other actions ------------------------------------------------------------------------------------

    def action_discard_draft(self) -> None:
        """Show what is stored."""
        if self.localstore.read_only:
            return
        store, table, key, given = self.localstore.store, self.table, self.key, self.given

        def work() -> Loaded:
            store.drafts.drop(draft_name(table, key))
            return Loaded("form", read_start(store, table, key, given))

        self.ready = self.drafted = False
        self.localstore.writer.submit(self, work, key="form")

    def action_leave(self) -> None:
        """Leave; a draft is kept when something is unsaved."""
        if self.unsaved and not self.localstore.read_only:
            self.localstore.toast("Not saved; the draft is kept and comes back with the form.")
        self.keep_draft()
        self.dismiss(None)

    def action_external(self) -> None:
        """Edit the field in $EDITOR."""
        field = self.focused_field
        if field is None or field.spec.kind in (Kind.LINK, Kind.CHOICE, Kind.FLAG):
            self.localstore.toast("Go to a text or a document first: ^g edits it in $EDITOR.")
            return
        try:
            after = self.localstore.edit_text(
                field.text, ".json" if field.spec.kind in (Kind.JSON, Kind.VECTOR) else ".md"
            )
        except LocalstoreError as error:
            self.localstore.toast(str(error), "error")
            return
        if after is not None:
            field.put(after if field.editor_wanted else after.removesuffix("\n"))
            self.keep_draft()

    def action_format_json(self) -> None:
        """Write the document with one key a line."""
        field = self.focused_field
        if field is None or field.spec.kind is not Kind.JSON:
            return
        if field.spec.column in (found := self.check_all(field.spec.column)):
            field.put(json.dumps(found[field.spec.column], ensure_ascii=False, indent=2))

    def on_link_line_picked(self, message: LinkLine.Picked) -> None:
        """Begin to choose with the letter that was typed."""
        message.stop()
        self.action_pick(message.typed)

    def action_pick(self, typed: str = "") -> None:
        """Choose the row of a link, or one of the values that other rows have."""
        field = self.focused_field
        if field is None:
            return
        if field.spec.kind is Kind.LINK:
            pick(self.app, field.spec.parent, lambda key: self._picked(field, key), typed=typed)
        elif field.words:
            answer = lambda value: None if value is None else field.put(value)  # noqa: E731
            pick_value(self.app, f"{field.spec.label}: what other rows have", field.words, answer)

    def _picked(self, field: RecordField, key: str | None) -> None:
        if key is not None:
            table = self.localstore.store.table(field.spec.parent)
            work = lambda: Loaded("name", (field, key, table.name_of(key)))  # noqa: E731
            self.localstore.reader.submit(self, work, key=f"name {field.spec.column}", urgency=Urgency.DETAIL)
