import hashlib
import re
import string
from datetime import UTC, datetime, timedelta

import pytest

from localstore import InvalidValue, NotFound, Store
from localstore.api_keys import make_secret, state
from localstore.errors import KeyRefused
from tests.localstore.snapshots import dumped, everything

SOON = timedelta(hours=1)


def used(store: Store, moment: datetime | None, key: str) -> None:
    """Let a key have been used at a time."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else None
    with store.database.writing() as connection:
        connection.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", (text, key))


def test_a_key_is_recognised_and_only_its_hash_is_kept(store: Store) -> None:
    row, secret = store.api_keys.new(description="notebook", scopes=["items:read"])
    assert re.fullmatch(r"lsk_[0-9A-Za-z]{49}", secret)
    assert row.key_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (row.user_id, row.description, row.scopes) == (store.local_user_id, "notebook", ["items:read"])
    assert secret not in dumped(store, "api_keys", "events", "undo_log")


def test_a_key_opens_for_its_user(store: Store) -> None:
    user = store.users.add("grace@example.org")
    row, secret = store.api_keys.new("grace@example.org")
    assert store.api_keys.verify(f" {secret}\n").id == row.id
    assert store.api_keys.verify(secret).user_id == user.id


def test_no_two_keys_are_equal() -> None:
    assert len({make_secret() for _ in range(100)}) == 100


def test_neither_key_nor_hash_is_in_events_or_the_undo_log(store: Store) -> None:
    row, secret = store.api_keys.new(description="notebook")
    store.api_keys.edit(row.id, description="laptop")
    store.api_keys.revoke(row.id)
    kept = dumped(store, "events", "undo_log")
    assert secret not in kept
    assert row.key_hash not in kept


@pytest.mark.parametrize("typed", ["", "hello", "sk_abc", "LSK_abc", "\ud800"])
def test_what_is_no_key_is_told_so(store: Store, typed: str) -> None:
    with pytest.raises(KeyRefused, match="This is no API key: one begins with lsk_") as error:
        store.api_keys.verify(typed)
    assert error.value.reason == "malformed"


@pytest.mark.parametrize("at", [4, 20, 46, 47, 52])
def test_a_typing_error_is_told_from_an_unknown_key_and_the_key_not_shown(store: Store, at: int) -> None:
    secret = store.api_keys.new().secret
    digits = string.digits + string.ascii_letters
    other = digits[(digits.index(secret[at]) + 1) % len(digits)]
    typed = secret[:at] + other + secret[at + 1 :]
    with pytest.raises(KeyRefused, match="has a typing error: copy all of it again") as error:
        store.api_keys.verify(typed)
    assert error.value.reason == "mistyped"
    assert typed[4:] not in str(error.value)


@pytest.mark.parametrize("typed", ["lsk_", "lsk_" + "0" * 48, "lsk_" + "0" * 50, "lsk_" + "ä" * 49, "lsk_\ud800"])
def test_half_a_key_is_a_typing_error(store: Store, typed: str) -> None:
    with pytest.raises(KeyRefused) as error:
        store.api_keys.verify(typed)
    assert error.value.reason == "mistyped"


def test_a_well_formed_key_that_nobody_has_is_unknown(store: Store) -> None:
    with pytest.raises(KeyRefused, match="No key of this store reads so") as error:
        store.api_keys.verify(make_secret())
    assert error.value.reason == "unknown"


def test_an_expired_key_is_refused_with_its_time(store: Store) -> None:
    row, secret = store.api_keys.new(expires_at=datetime.now(UTC) + SOON)
    store.api_keys.verify(secret)
    store.api_keys.edit(row.id, expires_at="2020-01-01T00:00:00Z")
    with pytest.raises(KeyRefused, match=r"expired at 2020-01-01T00:00:00\.000000Z: make a new one") as error:
        store.api_keys.verify(secret)
    assert error.value.reason == "expired"
    assert state(store.api_keys.get(row.id)) == "expired"


def test_a_key_of_somebody_inactive_is_refused(store: Store) -> None:
    store.users.add("grace@example.org")
    secret = store.api_keys.new("grace@example.org").secret
    store.users.deactivate("grace@example.org")
    with pytest.raises(KeyRefused, match="a user who is not active") as error:
        store.api_keys.verify(secret)
    assert error.value.reason == "inactive"


# -- scopes


@pytest.mark.parametrize(
    ("granted", "wanted"),
    [
        (["items:read"], "items:read"),
        (["items:*"], "items:write"),
        (["*"], "anything"),
        (["tags:read", "items:read"], "items:read"),
    ],
)
def test_a_key_covers_its_scopes(store: Store, granted: list[str], wanted: str) -> None:
    assert store.api_keys.verify(store.api_keys.new(scopes=granted).secret, wanted).scopes == granted


@pytest.mark.parametrize(
    ("granted", "wanted", "covers"),
    [
        ([], "items:read", "nothing"),
        (["items:read"], "items:write", "items:read"),
        (["items:*"], "items", r"items:\*"),
        (["items"], "items:read", "items"),
        (["items:*"], "itemsets:read", r"items:\*"),
    ],
)
def test_what_a_key_does_not_cover_is_refused(store: Store, granted: list[str], wanted: str, covers: str) -> None:
    secret = store.api_keys.new(scopes=granted).secret
    with pytest.raises(KeyRefused, match=f"does not cover '{wanted}': it covers {covers}") as error:
        store.api_keys.verify(secret, wanted)
    assert error.value.reason == "scope"
    assert store.api_keys.all()[0].last_used_at is None


@pytest.mark.parametrize(
    "scopes", [["a b"], [""], ["a,b"], ["revoked"], [1], "items:read", 7, ["a\0"]], ids=lambda scopes: repr(scopes)
)
def test_what_is_no_list_of_scopes_is_refused(store: Store, scopes: list[str]) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match="scopes"):
        store.api_keys.new(scopes=scopes)
    assert everything(store) == before


def test_a_scope_named_twice_is_kept_once(store: Store) -> None:
    assert store.api_keys.new(scopes=["b", "a", "b"]).row.scopes == ["b", "a"]


def test_scopes_that_another_program_wrote_wrongly_grant_nothing(store: Store) -> None:
    row, secret = store.api_keys.new(scopes=["*"])
    with store.database.writing() as connection:
        connection.execute("""UPDATE api_keys SET scopes = '{"*": 1}' WHERE id = ?""", (row.id,))
    assert store.api_keys.verify(secret).id == row.id
    with pytest.raises(KeyRefused, match="it covers nothing"):
        store.api_keys.verify(secret, "items:read")


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), "expires_at: 2020-01-01T00:00:00.000000Z is past"),
        (datetime(2999, 1, 1), "expires_at: 2999-01-01T00:00:00 has no time zone"),
        ("soon", "expires_at: 'soon' is not a time"),
    ],
)
def test_an_expiry_that_cannot_be_is_refused(store: Store, moment: datetime | str, message: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=re.escape(message)):
        store.api_keys.new(expires_at=moment)
    assert everything(store) == before


def test_a_key_for_nobody_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no user 'nobody'"):
        store.api_keys.new("nobody")


def test_a_key_is_only_made_by_new(store: Store) -> None:
    with pytest.raises(InvalidValue, match="made with 'new'"):
        store.api_keys.add(user_id=store.local_user_id, key_hash="x")


@pytest.mark.parametrize("column", ["key_hash", "user_id", "last_used_at"])
def test_what_a_key_is_cannot_be_edited(store: Store, column: str) -> None:
    row = store.api_keys.new().row
    before = everything(store)
    with pytest.raises(InvalidValue, match=f"{column}: only description, scopes and expires_at can be edited"):
        store.api_keys.edit(row.id, **{column: "x"})
    assert everything(store) == before


# -- revoking


def test_a_revoked_key_is_refused_and_stays_visible_with_its_scopes(store: Store) -> None:
    row, secret = store.api_keys.new(description="old", scopes=["items:read"], expires_at=datetime.now(UTC) + SOON)
    store.api_keys.revoke("old")
    with pytest.raises(KeyRefused, match="was revoked: make a new one") as error:
        store.api_keys.verify(secret)
    assert error.value.reason == "revoked"
    kept = store.api_keys.get(row.id)
    assert state(kept) == "revoked"
    assert kept.scopes == ["items:read", "revoked"]
    assert kept.expires_at <= datetime.now(UTC)


def test_revoking_an_expired_key_keeps_when_it_expired(store: Store) -> None:
    row = store.api_keys.new().row
    ended = store.api_keys.edit(row.id, expires_at="2020-01-01T00:00:00Z").expires_at
    assert store.api_keys.revoke(row.id).expires_at == ended


def test_revoking_twice_changes_nothing(store: Store) -> None:
    row = store.api_keys.new().row
    first = store.api_keys.revoke(row.id)
    before = everything(store)
    assert store.api_keys.revoke(row.id).expires_at == first.expires_at
    assert everything(store) == before


def test_revoking_cannot_be_undone(store: Store) -> None:
    row, secret = store.api_keys.new()
    store.items.add("A")
    store.api_keys.revoke(row.id)
    store.undo()
    assert store.items.count() == 0
    with pytest.raises(KeyRefused, match="was revoked"):
        store.api_keys.verify(secret)


@pytest.mark.parametrize("columns", [{"expires_at": None}, {"scopes": ["*"]}])
def test_a_revoked_key_is_not_edited_alive_again(store: Store, columns: dict[str, object]) -> None:
    row = store.api_keys.new().row
    store.api_keys.revoke(row.id)
    before = everything(store)
    with pytest.raises(InvalidValue, match="is revoked for good"):
        store.api_keys.edit(row.id, **columns)
    assert everything(store) == before
    assert store.api_keys.edit(row.id, description="gone").description == "gone"


# -- last use


def test_the_first_use_is_noted_without_event_or_undo(store: Store) -> None:
    row, secret = store.api_keys.new()
    before = (store.events.count(), store.history())
    store.api_keys.verify(secret)
    assert store.api_keys.get(row.id).last_used_at is not None
    assert (store.events.count(), store.history()) == before


@pytest.mark.parametrize(("seconds", "written"), [(2, False), (50, False), (70, True)])
def test_a_use_is_noted_at_most_once_a_minute(store: Store, seconds: int, written: bool) -> None:
    row, secret = store.api_keys.new()
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    used(store, moment, row.id)
    store.api_keys.verify(secret)
    assert (store.api_keys.get(row.id).last_used_at != moment) is written


def test_a_key_is_verified_in_a_store_open_for_reading_only(store: Store) -> None:
    row, secret = store.api_keys.new()
    with Store.open(store.path, read_only=True) as reader:
        assert reader.api_keys.verify(secret).id == row.id
    assert store.api_keys.get(row.id).last_used_at is None


def test_a_refused_restore_does_not_show_the_hash(store: Store) -> None:
    from localstore import Taken

    row = store.api_keys.new().row
    entry = store.api_keys.delete(row.id)
    with store.database.writing() as connection:
        sql = "INSERT INTO api_keys (user_id, key_hash) VALUES (?, ?)"
        connection.execute(sql, (store.local_user_id, row.key_hash))
    with pytest.raises(Taken, match="API key with key_hash is there again") as error:
        store.trash.restore(entry.id)
    assert row.key_hash not in str(error.value)
