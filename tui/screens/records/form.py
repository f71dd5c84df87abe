"""The form of a row of any table, made from the models: new, or changed."""

from __future__ import annotations

import json
from typing import Any

from textual.content import Content
from textual.widgets import Static

from localstore.errors import LocalstoreError
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.record_fields import Kind, column_of, sentence
from tui.screens.records.picker import pick, pick_value
from tui.screens.records.values import FormStart, read_start, save
from tui.screens.records.writing import RecordWriting
from tui.three_ways import Difference, differences
from tui.visible import line
from tui.widgets.records.controls import LinkLine
from tui.widgets.records.field import RecordField


class RecordForm(RecordWriting):
    """Writes one row; returns its key when it was saved. What is not saved is kept as a draft."""

    # -- saving -------------------------------------------------------------------------------------------

    def try_save(self) -> None:
        """Save, or go to the first field that is wrong."""
        found = self.check_all()
        if bad := next((field for field in self.fields if field.problem), None):
            self.keep_draft()
            self.localstore.toast(f"Not saved: {bad.spec.label}: {bad.problem}", "error")
            self.focus_field(bad)
            return
        self._save({name: found[name] for name in (found if self.key is None else self.texts)})

    def _save(self, written: dict[str, Any]) -> None:
        if self.key and not written:
            self.localstore.toast("Nothing was changed.")
            self.action_leave()
            return
        store, table, key, noun, expected = self.localstore.store, self.table, self.key, self.noun, self.expected

        def work() -> Written:
            done = save(store, table, key, written, expected)
            word = f"Saved the {noun} “{line(store.table(table).name_of(done.key), 60)}” · u undo"
            return Written("edited" if key == done.key else "added", (done.key,), word, done.secret)

        self.write(work)

    def result(self, message: Written) -> str:
        """Return the key of the row."""
        return message.keys[0]

    def saved(self, message: Written) -> None:
        """Show a new secret, this once."""
        if message.value:
            from tui.screens.records.secrets import SecretDialog

            self.localstore.push_screen(SecretDialog(message.value))

    def refused(self, error: LocalstoreError) -> None:
        """Say what the store refuses at the field it names."""
        path = getattr(error, "path", "")
        if path and (field := self.field(column_of(self.table, path))):
            field.say(sentence(error, field.spec.column))
            self.show_status()
            self.focus_field(field)

    # -- two who wrote at once ----------------------------------------------------------------------------

    def read_theirs(self) -> FormStart:
        """Return the row as it is stored now."""
        return read_start(self.localstore.store, self.table, self.key, {})

    def read_saved(self, message: Written) -> FormStart:
        """Return the row that was saved."""
        self.key = message.keys[0]
        return self.read_theirs()

    def go_on(self, stored: FormStart) -> None:
        """Start from the row as it is stored; fields written in since the save stay as they are."""
        self.start, self.expected, self.note = stored, stored.expected, ""
        for field in self.fields:
            column = field.spec.column
            if field.control is None or column not in stored.texts:
                continue
            text, now = stored.texts[column], field.text
            if now == self.submitted.get(column):
                field.put(text, stored.names.get(f"{column}={text}", field.name_of_row))
                now = text = field.text
            self.base[column] = self.origin[column] = text
        self.query_one("#form-title", Static).update(Content(f"Edit {self.noun} “{line(stored.title, 80)}”"))
        self.show_status()

    def differing(self, theirs: FormStart) -> list[Difference]:
        """Return the columns that differ."""
        mine = self.held()
        return differences(list(mine), mine, self.origin, theirs.texts)

    def merge(self, theirs: FormStart, chosen: list[Difference]) -> None:
        """Write what was chosen over theirs, and save it."""
        self.start, self.expected = theirs, theirs.expected
        named = {field.spec.column: (field.text, field.name_of_row) for field in self.fields}
        kept = {each.name for each in chosen if each.side == "mine"}
        for field in self.fields:
            text = theirs.texts[field.spec.column]
            field.put(text, theirs.names.get(f"{field.spec.column}={text}", ""))
        self.base = {field.spec.column: field.text for field in self.fields}
        self.origin = dict(self.base)
        for field in self.fields:
            if field.spec.column in kept:
                field.put(*named[field.spec.column])
        if self.unsaved:
            self.try_save()
        else:
            self.keep_draft()
            self.note = "Theirs is what stands here now"
            self.show_status()

    # -- other actions ------------------------------------------------------------------------------------

    def action_external(self) -> None:
        """Edit the field in $EDITOR."""
        field = self.focused_field
        if field is None or field.spec.kind in (Kind.LINK, Kind.CHOICE, Kind.FLAG):
            self.localstore.toast("Go to a text or a document first: ^g edits it in $EDITOR.")
            return
        suffix = ".json" if field.spec.kind in (Kind.JSON, Kind.VECTOR) else ".md"
        after = self.edit_outside(field.text, suffix)
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

    def offers(self, key: str) -> bool:
        """Tell whether the footer names a key: that of JSON and that which chooses do in such a field."""
        field = self.focused_field
        if key == "recordform.format":
            return field is not None and field.spec.kind is Kind.JSON
        if key == "recordform.pick":
            return field is not None and (field.spec.kind is Kind.LINK or bool(field.words))
        return True

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
