import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import argon2
import pytest

from localstore import Ambiguous, InvalidValue, NotFound, Store, Taken
from localstore.ids import short
from localstore.models import User
from tests.localstore.snapshots import dumped, everything

OLD = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def set_hash(store: Store, user: User, value: str) -> None:
    """As another program would write it."""
    with store.database.writing() as connection:
        connection.execute("UPDATE users SET hashed_password = ? WHERE id = ?", (value, user.id))


def test_a_user_is_found_by_e_mail_whatever_its_case(store: Store) -> None:
    user = store.users.add("Grace@Example.org", "Grace")
    assert store.users.get(" grace@example.ORG ").id == user.id


def test_an_exact_e_mail_wins_over_one_that_differs_by_case(store: Store) -> None:
    first = store.users.add("bob@example.org")
    with store.database.writing() as connection:
        connection.execute("INSERT INTO users (email) VALUES ('BOB@example.org')")
    assert store.users.get("bob@example.org").id == first.id
    with pytest.raises(Ambiguous, match="fits 2 users"):
        store.users.get("Bob@example.org")


@pytest.mark.parametrize("email", ["grace@example.org", "GRACE@EXAMPLE.ORG", " Grace@example.org "])
def test_an_e_mail_that_differs_by_case_is_taken_and_its_holder_named(store: Store, email: str) -> None:
    held = store.users.add("Grace@example.org")
    before = everything(store)
    with pytest.raises(Taken, match=rf"taken by the user {short(held.id)} \(Grace@example.org\)") as error:
        store.users.add(email)
    assert (error.value.holder, error.value.path) == (held.id, "email")
    assert everything(store) == before


def test_changing_an_e_mail_to_a_taken_one_is_refused(store: Store) -> None:
    user = store.users.add("grace@example.org")
    before = everything(store)
    with pytest.raises(Taken, match="taken by the user"):
        store.users.edit(user.id, email="ADA@example.org")
    assert everything(store) == before


def test_a_user_may_change_the_case_of_the_own_e_mail(store: Store) -> None:
    user = store.users.add("grace@example.org")
    assert store.users.edit(user.id, email="Grace@example.org").email == "Grace@example.org"


@pytest.mark.parametrize(
    "email", ["", "grace", "@example.org", "grace@", "gr ace@example.org", "grace@ex\nample.org", "g" * 255 + "@x"]
)
def test_what_is_no_e_mail_is_refused(store: Store, email: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=r"email: .*(write it like ada@example.org|shorten it)"):
        store.users.add(email)
    assert everything(store) == before


# -- passwords


def test_a_password_opens_and_another_does_not(store: Store) -> None:
    user = store.users.add("grace@example.org", password="correct horse")
    assert user.hashed_password.startswith("$argon2id$")
    assert store.users.verify_password("grace@example.org", "correct horse")
    assert not store.users.verify_password("grace@example.org", "correct  horse")


def test_a_password_typed_decomposed_is_the_same_password(store: Store) -> None:
    store.users.add("grace@example.org", password="caf\u00e9")
    assert store.users.verify_password("grace@example.org", "cafe\u0301")


def test_two_users_with_one_password_have_different_hashes(store: Store) -> None:
    first = store.users.add("a@example.org", password="same")
    second = store.users.add("b@example.org", password="same")
    assert first.hashed_password != second.hashed_password


@pytest.mark.parametrize("password", ["", "anything"])
def test_nobody_logs_in_where_no_password_is_set(store: Store, password: str) -> None:
    assert not store.users.verify_password(store.local_user_id, password)


@pytest.mark.parametrize("foreign", ["plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$broken"])
def test_a_hash_that_is_not_argon2_opens_for_no_password(store: Store, foreign: str) -> None:
    set_hash(store, store.local_user, foreign)
    assert not store.users.verify_password(store.local_user_id, foreign)


def test_a_password_taken_away_opens_no_more(store: Store) -> None:
    store.users.set_password(store.local_user_id, "secret word")
    assert store.users.set_password(store.local_user_id, None).hashed_password == ""
    assert not store.users.verify_password(store.local_user_id, "secret word")


def test_somebody_inactive_does_not_log_in_until_activated(store: Store) -> None:
    store.users.add("grace@example.org", password="secret word")
    store.users.deactivate("grace@example.org")
    assert not store.users.verify_password("grace@example.org", "secret word")
    store.users.activate("grace@example.org")
    assert store.users.verify_password("grace@example.org", "secret word")


def test_a_hash_of_older_parameters_is_made_anew_when_the_password_is_right(store: Store) -> None:
    set_hash(store, store.local_user, OLD.hash("secret word"))
    old = store.local_user.hashed_password
    assert not store.users.verify_password(store.local_user_id, "wrong")
    assert store.local_user.hashed_password == old
    assert store.users.verify_password(store.local_user_id, "secret word")
    new = store.local_user.hashed_password
    assert new != old
    assert not argon2.PasswordHasher().check_needs_rehash(new)
    assert store.users.verify_password(store.local_user_id, "secret word")
    assert store.local_user.hashed_password == new


def test_rehashing_leaves_no_event_and_nothing_to_undo(store: Store) -> None:
    set_hash(store, store.local_user, OLD.hash("secret word"))
    before = (store.events.count(), store.history())
    store.users.verify_password(store.local_user_id, "secret word")
    assert (store.events.count(), store.history()) == before


def test_a_password_is_verified_in_a_store_open_for_reading_only(store: Store) -> None:
    set_hash(store, store.local_user, OLD.hash("secret word"))
    with Store.open(store.path, read_only=True) as reader:
        assert reader.users.verify_password("ada@example.org", "secret word")


def test_verifying_for_nobody_says_so(store: Store) -> None:
    with pytest.raises(NotFound, match=r"There is no user 'nobody@example\.org'"):
        store.users.verify_password("nobody@example.org", "x")


@pytest.mark.parametrize(
    ("password", "message"),
    [("", "it is empty"), ("a\0b", "NUL at character 1"), ("\ud800", "lone surrogate"), ("x" * 5000, "shorten it")],
)
def test_a_password_that_cannot_be_kept_is_refused_and_not_shown(store: Store, password: str, message: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=f"password: .*{message}"):
        store.users.set_password(store.local_user_id, password)
    assert everything(store) == before


@pytest.mark.parametrize(
    "act",
    [
        lambda store: store.users.add("b@example.org", hashed_password="x"),
        lambda store: store.users.edit("ada@example.org", hashed_password="x"),
    ],
    ids=["add", "edit"],
)
def test_a_hash_is_never_set_by_hand(store: Store, act: Callable[[Store], Any]) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match="hashed_password: a hash is never set by hand"):
        act(store)
    assert everything(store) == before


def test_neither_password_nor_hash_is_in_events_trash_lists_or_the_undo_log(store: Store) -> None:
    user = store.users.add("grace@example.org", password="correct horse")
    first = user.hashed_password
    second = store.users.set_password(user.id, "battery staple").hashed_password
    kept = dumped(store, "events", "undo_log", "trash", "local_state")
    assert not re.search("correct horse|battery staple|argon2", kept)
    assert first not in kept
    assert second not in kept
    assert store.events.types()["user.password_set"] == 1


def test_any_action_that_changes_a_secret_is_kept_out_of_the_undo_log(store: Store) -> None:
    with store.action("user.edited", "edit user") as action:
        action.update(User, store.local_user_id, {"hashed_password": "hash-text", "full_name": "New"})
    assert store.history() == []
    assert "hash-text" not in dumped(store, "events", "undo_log")


def test_undo_after_setting_a_password_takes_back_the_action_before_it(store: Store) -> None:
    store.users.edit(store.local_user_id, full_name="Countess")
    store.users.set_password(store.local_user_id, "secret word")
    store.undo()
    assert store.local_user.full_name == "Ada"
    assert store.users.verify_password(store.local_user_id, "secret word")


def test_an_edit_conflict_carries_no_hash(store: Store) -> None:
    from localstore import EditConflict

    started = store.local_user.updated_at
    store.users.set_password(store.local_user_id, "secret word")
    with pytest.raises(EditConflict) as error:
        store.users.edit(store.local_user_id, started, full_name="Countess")
    assert "hashed_password" not in {**error.value.ours, **error.value.theirs}


# -- the store's own user


def test_the_local_user_cannot_be_deleted(store: Store) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match="store's own user"):
        store.users.delete("ada@example.org", cascade=True)
    assert everything(store) == before


def test_the_local_user_cannot_be_deactivated(store: Store) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match="it stays active"):
        store.users.deactivate("ada@example.org")
    assert everything(store) == before


def test_a_deleted_user_comes_back_with_password_and_items(store: Store) -> None:
    user = store.users.add("grace@example.org", password="correct horse")
    item = store.items.add("Hers", owner_id=user.id)
    before = everything(store, local=False)
    entry = store.users.delete(user.id)
    assert entry.deleted["items"] == 1
    assert store.items.count() == 0
    store.trash.restore(entry.id)
    after = everything(store, local=False)
    after["events"] = before["events"] = []
    assert after == before
    assert store.items.get(item.id).owner_id == user.id
    assert store.users.verify_password("grace@example.org", "correct horse")


def test_argon2_is_not_loaded_to_list_users(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from localstore import Store\n"
        f"store = Store.open({str(tmp_path / 's.db')!r}); store.users.all(); print('argon2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
