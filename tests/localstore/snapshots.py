"""What a file holds, so that a test can say that nothing changed."""

from localstore import Store
from localstore.models import BY_NAME

LOCAL = ("local_state", "trash", "trash_rows", "undo_log", "embedding_states")


def everything(store: Store, *, local: bool = True) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the thirteen tables, and of the local ones, in order."""
    names = [*BY_NAME, *(LOCAL if local else ())]
    with store.reading() as connection:
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


def dumped(store: Store, *tables: str) -> str:
    """All values of some tables as one text, to look for what must not be there."""
    with store.reading() as connection:
        return repr([connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables])
