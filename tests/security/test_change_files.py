"""A change file neither takes a key out of a store nor brings one in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore import Store
from localstore.api_keys import key_hash, make_secret
from localstore.errors import KeyRefused
from sync.files import change_lines
from sync.files.change_import import import_changes
from sync.files.changefile import export_changes
from sync.shapes import Change, Key

ADA = "ada@example.org"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", email=ADA) as made:
        yield made


def forged(path: Path, changes: list[Change]) -> None:
    """Write a whole change file of another store."""
    header = change_lines.Header(
        "00000000-0000-7000-8000-0000000000ff", "", ADA, 1, None, "2026-01-01T00:00:00.000000Z"
    )
    body = change_lines.header_line(header) + b"".join(map(change_lines.change_line, changes))
    path.write_bytes(body + change_lines.trailer_line(len(changes), hashlib.sha256(body).hexdigest()))


def test_keys_and_password_hashes_are_left_out(store: Store, tmp_path: Path) -> None:
    store.users.set_password(ADA, "correct horse")
    store.api_keys.new(description="backup")
    store.items.add("An item", text="text")
    done = export_changes(store, tmp_path / "one.changes", share="all")
    text = (tmp_path / "one.changes").read_text(encoding="utf-8")
    assert "items" in done.rows and "api_keys" not in done.rows
    assert "argon2" not in text and "key_hash" not in text


def test_a_key_that_somebody_put_into_a_file_lets_nobody_in(store: Store, tmp_path: Path) -> None:
    secret, key = make_secret(), "00000000-0000-7000-8000-0000000000aa"
    at = "2026-01-01T00:00:00.000000Z"
    row: dict[str, str | None] = {
        "id": key,
        "created_at": at,
        "updated_at": at,
        "key_hash": key_hash(secret),
        "user_id": store.local_user_id,
    }
    row |= {"description": "mine", "scopes": '["*"]', "expires_at": None, "last_used_at": None}
    forged(tmp_path / "forged.changes", [Change(Key("api_keys", key), None, row, 1)])
    done = import_changes(store, tmp_path / "forged.changes")
    assert "a file may not bring" in done.refused[0] and store.api_keys.count() == 0
    with pytest.raises(KeyRefused):
        store.api_keys.verify(secret)


def test_a_password_that_somebody_put_into_a_file_opens_nothing(store: Store, tmp_path: Path) -> None:
    store.users.set_password(ADA, "correct horse")
    with Store.open(tmp_path / "other.db", email=ADA) as other:
        other.users.set_password(ADA, "known to another")
        with other.reading() as connection:
            hashed = connection.execute("SELECT hashed_password FROM users").fetchone()[0]
    with store.reading() as connection:
        cursor = connection.execute("SELECT * FROM users")
        names = [name for name, *_ in cursor.getdescription()]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    change = Change(Key("users", row["id"]), row | {"hashed_password": ""}, row | {"hashed_password": hashed}, 1)
    forged(tmp_path / "forged.changes", [change])
    import_changes(store, tmp_path / "forged.changes")
    assert store.users.verify_password(ADA, "correct horse")
    assert not store.users.verify_password(ADA, "known to another")
