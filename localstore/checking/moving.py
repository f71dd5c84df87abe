"""Moving rows to the trash in the course of a repair."""

from __future__ import annotations

from localstore.checking.finding import Inquiry

Root = tuple[str, str]


def move_to_trash(asked: Inquiry, roots: list[Root], label: str) -> None:
    """Move rows with what hangs on them to the trash, in one entry; from there they can be restored.

    Not undoable: undo would put the fault back, or stop at what the row hangs on and is gone.
    """
    with asked.store.action("check.trashed") as action:
        entry = asked.store.trash.delete_in(action, roots, cascade=False, label=label)
        action.payload = {"label": label, "deleted": entry.deleted, "trash": entry.id}
