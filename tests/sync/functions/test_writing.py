"""Each table takes what its rule says, refuses the rest with a reason, row by row."""

from __future__ import annotations

import pytest

from tests.sync.functions.people import ADA, BEA, CAL, DEN, LAB, Device, Record, Server, a_row, an_id

pytestmark = pytest.mark.postgres


def reasons(answer: list[Record]) -> list[str]:
    assert {row["state"] for row in answer} <= {"refused"}
    return [row["reason"] for row in answer]


def taken(answer: list[Record]) -> bool:
    return answer == []


def refused(answer: list[Record], reason: str) -> bool:
    return len(answer) == 1 and reason in reasons(answer)[0]


class TestUsers:
    def test_a_person_changes_their_own_row(self, server: Server, ada: Device) -> None:
        assert taken(ada.write("update", "users", {"id": ADA, "full_name": "Ada L.", "extras": {"a": 1}}))
        assert server.rows("SELECT full_name, extras FROM users WHERE id = %s", ADA) == [("Ada L.", {"a": 1})]

    def test_nobody_changes_another_person(self, server: Server, ada: Device) -> None:
        assert refused(ada.write("update", "users", {"id": BEA, "full_name": "B"}), "own devices")

    def test_who_is_not_seen_is_not_there(self, ada: Device) -> None:
        assert refused(ada.write("update", "users", {"id": CAL, "full_name": "C"}), "not shown to you")
        assert refused(ada.write("update", "users", {"id": an_id(99), "full_name": "C"}), "not shown to you")

    @pytest.mark.parametrize(
        "given",
        [{"is_superuser": True}, {"is_active": False}, {"auth_provider": "sso"}],
        ids=lambda given: next(iter(given)),
    )
    def test_what_the_server_keeps_is_not_set(self, server: Server, ada: Device, given: Record) -> None:
        answer = ada.write("update", "users", {"id": ADA, "full_name": "X", **given})
        assert refused(answer, f"{next(iter(given))} is set on the server")
        assert server.rows("SELECT full_name, is_superuser FROM users WHERE id = %s", ADA) == [("Ada", False)]

    def test_what_the_server_keeps_may_be_sent_as_it_is(self, server: Server, ada: Device) -> None:
        kept = {"is_superuser": False, "is_active": True, "auth_provider": "local"}
        assert taken(ada.write("update", "users", {"id": ADA, "full_name": "X", **kept}))
        assert server.rows("SELECT full_name FROM users WHERE id = %s", ADA) == [("X",)]

    def test_nobody_makes_or_deletes_one(self, server: Server, ada: Device) -> None:
        assert refused(ada.write("insert", "users", a_row("users")), "made on the server")
        assert refused(ada.delete("users", ADA), "deleted on the server")


class TestOrganizations:
    def test_owners_and_admins_change_and_delete_theirs(self, server: Server, ada: Device, bea: Device) -> None:
        assert refused(bea.write("update", "organizations", {"id": LAB, "name": "B"}), "owners and admins")
        assert refused(bea.delete("organizations", LAB), "owners and admins")
        server.run("UPDATE organization_memberships SET role = 'Admin' WHERE user_id = %s", BEA)
        assert taken(bea.write("update", "organizations", {"id": LAB, "name": "B"}))
        assert taken(ada.delete("organizations", LAB))
        assert server.rows("SELECT id::text FROM organizations") == [(DEN,)]

    def test_a_foreign_one_is_not_there(self, ada: Device) -> None:
        assert refused(ada.write("update", "organizations", {"id": DEN, "name": "B"}), "not shown to you")
        assert refused(ada.delete("organizations", DEN), "owners and admins")

    def test_anyone_makes_one_and_is_its_first_owner(self, server: Server, bea: Device) -> None:
        server.member(BEA, DEN)
        new, owner, guest = (
            a_row("organizations"),
            {"user_id": BEA, "role": "owner"},
            {"user_id": CAL, "role": "viewer"},
        )
        with bea.transaction() as session:
            assert taken(session.write("insert", "organizations", new))
            memberships = [
                a_row("organization_memberships", organization_id=new["id"], **who) for who in (guest, owner)
            ]
            assert taken(session.write("insert", "organization_memberships", *memberships))
        found = "SELECT user_id::text, role FROM organization_memberships WHERE organization_id = %s ORDER BY role"
        assert server.rows(found, new["id"]) == [(BEA, "owner"), (CAL, "viewer")]

    def test_its_maker_sees_and_changes_it_before_it_has_members(self, server: Server, bea: Device) -> None:
        new = a_row("organizations")
        bea.write("insert", "organizations", new)
        assert new["id"] in bea.page("organizations")
        assert taken(bea.write("update", "organizations", {"id": new["id"], "name": "B"}))

    def test_its_maker_makes_nobody_else_its_first_owner(self, server: Server, bea: Device) -> None:
        new = a_row("organizations")
        bea.write("insert", "organizations", new)
        other = a_row("organization_memberships", organization_id=new["id"], user_id=CAL, role="owner")
        member = a_row("organization_memberships", organization_id=new["id"], user_id=BEA, role="member")
        assert len(reasons(bea.write("insert", "organization_memberships", other, member))) == 2

    def test_once_it_has_members_its_maker_is_nobody(self, server: Server, bea: Device) -> None:
        new = a_row("organizations")
        bea.write("insert", "organizations", new)
        server.member(CAL, new["id"], "owner")
        own = a_row("organization_memberships", organization_id=new["id"], user_id=BEA, role="owner")
        assert refused(bea.write("insert", "organization_memberships", own), "owners and admins")

    def test_nobody_else_becomes_the_first_owner(self, server: Server, bea: Device) -> None:
        empty = server.insert("organizations", name="E", slug="e")
        own = a_row("organization_memberships", organization_id=empty, user_id=BEA, role="owner")
        assert refused(bea.write("insert", "organization_memberships", own), "owners and admins")


class TestMemberships:
    def test_a_stranger_is_let_in_by_nobody_for_it_would_show_who_they_are(self, server: Server, ada: Device) -> None:
        stranger = a_row("organization_memberships", organization_id=LAB, user_id=CAL)
        assert refused(ada.write("insert", "organization_memberships", stranger), "owners and admins")
        assert refused(
            ada.write("update", "organization_memberships", {"id": an_id(22), "user_id": CAL}), "owners and admins"
        )
        assert refused(ada.write("insert", "items", a_row("items", owner_id=CAL, organization_id=LAB)), "above viewer")
        file = a_row("file_assets", owner_id=CAL, item_id=server.item(ADA, LAB), path="x")
        assert refused(ada.write("insert", "file_assets", file), "write a file")

    def test_owners_and_admins_let_people_in_and_out(self, server: Server, ada: Device) -> None:
        server.member(ADA, DEN)
        new = a_row("organization_memberships", organization_id=LAB, user_id=CAL)
        assert taken(ada.write("insert", "organization_memberships", new))
        assert taken(ada.write("update", "organization_memberships", {"id": new["id"], "role": "admin"}))
        assert taken(ada.delete("organization_memberships", new["id"], an_id(22)))
        assert server.rows("SELECT id::text FROM organization_memberships WHERE organization_id = %s", LAB) == [
            (an_id(21),)
        ]

    def test_members_do_not(self, server: Server, bea: Device) -> None:
        new = a_row("organization_memberships", organization_id=LAB, user_id=CAL)
        assert refused(bea.write("insert", "organization_memberships", new), "owners and admins")
        assert refused(
            bea.write("update", "organization_memberships", {"id": an_id(22), "role": "owner"}), "owners and"
        )
        assert refused(bea.delete("organization_memberships", an_id(21)), "owners and admins")

    def test_an_admin_gives_and_takes_no_rank_above_their_own(self, server: Server, bea: Device) -> None:
        server.member(BEA, DEN)
        server.run("UPDATE organization_memberships SET role = 'admin' WHERE user_id = %s", BEA)
        owner = a_row("organization_memberships", organization_id=LAB, user_id=CAL, role="OWNER")
        admin = a_row("organization_memberships", organization_id=LAB, user_id=CAL, role="admin")
        answer = bea.write("insert", "organization_memberships", owner, admin)
        assert [row["id"] for row in answer] == [owner["id"]]
        assert refused(
            bea.write("update", "organization_memberships", {"id": an_id(22), "role": "owner"}), "make owners"
        )
        assert refused(
            bea.write("update", "organization_memberships", {"id": an_id(21), "role": "member"}), "make owners"
        )
        assert refused(bea.delete("organization_memberships", an_id(21)), "make owners")

    def test_nobody_moves_one_into_a_foreign_organization(self, ada: Device) -> None:
        moved = {"id": an_id(21), "organization_id": DEN}
        assert refused(ada.write("update", "organization_memberships", moved), "owners and admins")


class TestItems:
    def test_ones_own_goes_in(self, server: Server, bea: Device) -> None:
        private, shared = a_row("items", owner_id=BEA), a_row("items", owner_id=BEA, organization_id=LAB)
        others = a_row("items", owner_id=ADA, organization_id=LAB)
        assert taken(bea.write("insert", "items", private, shared, others))
        assert server.rows("SELECT count(*) FROM items") == [(3,)]

    def test_others_and_foreign_ones_do_not_and_stop_nobody(self, server: Server, bea: Device) -> None:
        good, private = a_row("items", owner_id=BEA), a_row("items", owner_id=ADA)
        foreign = a_row("items", owner_id=BEA, organization_id=DEN)
        answer = bea.write("insert", "items", private, good, foreign)
        assert {row["id"] for row in answer} == {private["id"], foreign["id"]}
        assert all("above viewer" in reason for reason in reasons(answer))
        assert server.rows("SELECT id::text FROM items") == [(good["id"],)]

    def test_members_change_and_delete_what_is_shared(self, server: Server, bea: Device) -> None:
        shared = server.item(ADA, LAB)
        assert taken(bea.write("update", "items", {"id": shared, "title": "B"}))
        assert taken(bea.delete("items", shared))
        assert server.rows("SELECT count(*) FROM items") == [(0,)]

    def test_viewers_and_strange_roles_only_read(self, server: Server, bea: Device) -> None:
        shared = server.item(ADA, LAB)
        server.run("UPDATE organization_memberships SET role = 'Viewer' WHERE user_id = %s", BEA)
        assert refused(bea.write("update", "items", {"id": shared, "title": "B"}), "above viewer")
        server.run("UPDATE organization_memberships SET role = 'guru' WHERE user_id = %s", BEA)
        assert refused(bea.delete("items", shared), "above viewer")
        new = a_row("items", owner_id=BEA, organization_id=LAB)
        assert refused(bea.write("insert", "items", new), "above viewer")

    def test_a_viewer_keeps_writing_their_own_item_there(self, server: Server, bea: Device) -> None:
        own = server.item(BEA, LAB)
        server.run("UPDATE organization_memberships SET role = 'viewer' WHERE user_id = %s", BEA)
        assert taken(bea.write("update", "items", {"id": own, "title": "B"}))
        assert taken(bea.write("update", "items", {"id": own, "organization_id": None}))
        assert refused(bea.write("update", "items", {"id": own, "organization_id": LAB}), "above viewer")

    def test_foreign_ones_are_not_there(self, server: Server, bea: Device) -> None:
        foreign = server.item(CAL, DEN)
        assert refused(bea.write("update", "items", {"id": foreign, "title": "B"}), "not shown to you")
        assert refused(bea.delete("items", foreign), "above viewer")

    def test_nothing_is_given_to_a_foreign_organization_or_person(self, server: Server, bea: Device) -> None:
        own = server.item(BEA)
        assert refused(bea.write("update", "items", {"id": own, "organization_id": DEN}), "above viewer")
        assert refused(bea.write("update", "items", {"id": own, "owner_id": ADA}), "above viewer")

    def test_a_member_takes_no_colleagues_item(self, server: Server, bea: Device) -> None:
        server.member(ADA, DEN)
        shared = server.item(ADA, LAB)
        stolen = {"id": shared, "owner_id": BEA}
        assert refused(bea.write("update", "items", {**stolen, "organization_id": None}), "above viewer")
        assert refused(bea.write("update", "items", stolen), "above viewer")
        assert refused(bea.write("update", "items", {"id": shared, "organization_id": None}), "above viewer")
        assert server.rows("SELECT owner_id::text, organization_id::text FROM items") == [(ADA, LAB)]

    def test_owners_and_admins_give_a_members_item_to_another(self, server: Server, ada: Device) -> None:
        shared = server.item(BEA, LAB)
        assert taken(ada.write("update", "items", {"id": shared, "owner_id": ADA}))
        assert server.rows("SELECT owner_id::text FROM items") == [(ADA,)]

    def test_an_owner_gives_their_own_item_to_a_colleague(self, server: Server, bea: Device) -> None:
        own = server.item(BEA, LAB)
        assert taken(bea.write("update", "items", {"id": own, "owner_id": ADA}))
        assert server.rows("SELECT owner_id::text FROM items") == [(ADA,)]


class TestWhatHangsOnItems:
    def test_contents_are_written_by_who_writes_the_item(self, server: Server, bea: Device) -> None:
        shared, foreign = server.item(ADA, LAB), server.item(CAL)
        good, bad = a_row("contents", item_id=shared), a_row("contents", item_id=foreign)
        answer = bea.write("insert", "contents", good, bad)
        assert [row["id"] for row in answer] == [bad["id"]]
        assert taken(bea.write("update", "contents", {"id": good["id"], "text": "B"}))
        assert refused(bea.write("update", "contents", {"id": good["id"], "item_id": foreign}), "hangs on it")
        assert taken(bea.delete("contents", good["id"]))

    def test_contents_of_an_item_that_is_read_are_only_read(self, server: Server, bea: Device) -> None:
        text = server.insert("contents", item_id=server.item(ADA, LAB))
        server.run("UPDATE organization_memberships SET role = 'viewer' WHERE user_id = %s", BEA)
        assert refused(bea.write("update", "contents", {"id": text, "text": "B"}), "hangs on it")
        assert refused(bea.delete("contents", text), "hangs on it")

    def test_vectors_are_written_by_who_writes_all_their_items(self, server: Server, bea: Device) -> None:
        model = server.insert("ai_models", name="m", provider="p")
        shared, foreign = server.item(ADA, LAB), server.item(CAL)
        text, other = server.insert("contents", item_id=shared), server.insert("contents", item_id=foreign)
        good = a_row("embeddings", model_id=model, content_id=text)
        bad = [
            a_row("embeddings", model_id=model, content_id=other),
            a_row("embeddings", model_id=model, item_id=foreign),
            a_row("embeddings", model_id=model, item_id=shared, content_id=other),
            a_row("embeddings", model_id=model),
        ]
        answer = bea.write("insert", "embeddings", good, *bad, vectors=[0.1, -2.0])
        assert {row["id"] for row in answer} == {row["id"] for row in bad}
        assert server.rows("SELECT id::text, vector::text FROM embeddings") == [(good["id"], "[0.1, -2]")]

    def test_links_are_written_by_who_writes_the_item(self, server: Server, bea: Device) -> None:
        tag, shared, foreign = server.insert("tags", name="red"), server.item(ADA, LAB), server.item(CAL)
        good, bad = {"item_id": shared, "tag_id": tag}, {"item_id": foreign, "tag_id": tag}
        (answer,) = bea.write("insert", "item_tag_links", good, bad)
        assert (answer["state"], answer["item_id"], answer["tag_id"]) == ("refused", foreign, tag)
        server.insert("item_tag_links", **bad)
        assert [row["pk"] for row in bea.delete("item_tag_links", f"{shared}/{tag}", f"{foreign}/{tag}")] == [
            f"{foreign}/{tag}"
        ]
        assert bea.write("update", "item_tag_links", good) == []


class TestFiles:
    def test_their_owner_writes_them_on_items_that_they_write(self, server: Server, bea: Device) -> None:
        shared, foreign = server.item(ADA, LAB), server.item(CAL)
        loose = a_row("file_assets", owner_id=BEA, path="1")
        good = a_row("file_assets", owner_id=BEA, item_id=shared, path="2")
        bad = a_row("file_assets", owner_id=BEA, item_id=foreign, path="3")
        answer = bea.write("insert", "file_assets", loose, good, bad)
        assert [row["id"] for row in answer] == [bad["id"]]

    def test_who_only_reads_an_item_hangs_no_file_on_it(self, server: Server, bea: Device) -> None:
        shared = server.item(ADA, LAB)
        server.run("UPDATE organization_memberships SET role = 'viewer' WHERE user_id = %s", BEA)
        loose = a_row("file_assets", owner_id=BEA, path="1")
        bad = a_row("file_assets", owner_id=BEA, item_id=shared, path="2")
        others = a_row("file_assets", owner_id=ADA, item_id=shared, path="3")
        answer = bea.write("insert", "file_assets", loose, bad, others)
        assert {row["id"] for row in answer} == {bad["id"], others["id"]}
        assert refused(bea.write("update", "file_assets", {"id": loose["id"], "item_id": shared}), "write a file")

    def test_a_file_stays_on_an_item_that_its_owner_lost(self, server: Server, bea: Device) -> None:
        own = server.insert("file_assets", owner_id=BEA, item_id=server.item(CAL), filename="x", path="x")
        assert taken(bea.write("update", "file_assets", {"id": own, "filename": "y"}))

    def test_who_writes_the_item_writes_its_files(self, server: Server, bea: Device, cal: Device) -> None:
        file = server.insert("file_assets", owner_id=ADA, item_id=server.item(ADA, LAB), filename="x", path="x")
        assert taken(bea.write("update", "file_assets", {"id": file, "filename": "y"}))
        assert refused(cal.write("update", "file_assets", {"id": file, "filename": "z"}), "not shown to you")
        assert refused(cal.delete("file_assets", file), "write a file")
        assert taken(bea.delete("file_assets", file))

    def test_nobody_gives_a_loose_file_to_another_person(self, server: Server, bea: Device) -> None:
        own = server.insert("file_assets", owner_id=BEA, filename="x", path="x")
        assert refused(bea.write("update", "file_assets", {"id": own, "owner_id": ADA}), "write a file")


class TestEvents:
    def test_their_actor_notes_them_on_what_they_see(self, server: Server, bea: Device) -> None:
        shared, foreign = server.item(ADA, LAB), server.item(CAL)
        good = [a_row("events", actor_id=BEA), a_row("events", actor_id=BEA, item_id=shared)]
        bad = [
            a_row("events", actor_id=ADA),
            a_row("events", actor_id=None),
            a_row("events", actor_id=BEA, item_id=foreign),
        ]
        answer = bea.write("insert", "events", *good, *bad)
        assert {row["id"] for row in answer} == {row["id"] for row in bad}

    def test_their_actor_adds_to_them(self, server: Server, bea: Device) -> None:
        own = server.insert("events", actor_id=BEA, event_type="x")
        added = {"id": own, "payload": {"more": 1}, "updated_at": "2027-01-01T00:00:00.000000Z"}
        assert taken(bea.write("update", "events", added))
        assert refused(bea.write("update", "events", {"id": own, "event_type": "y"}), "event_type is set on the server")
        assert server.rows("SELECT payload, event_type FROM events") == [({"more": 1}, "x")]

    def test_others_do_not_and_nobody_deletes_one(self, server: Server, ada: Device, bea: Device) -> None:
        own = server.insert("events", actor_id=BEA, item_id=server.item(ADA), event_type="x")
        assert refused(ada.write("update", "events", {"id": own, "payload": {"a": 1}}), "who did it")
        assert refused(bea.delete("events", own), "events stay")


class TestSettings:
    def test_a_persons_are_their_own(self, server: Server, bea: Device) -> None:
        own, other = a_row("settings", user_id=BEA), a_row("settings", user_id=ADA)
        assert [row["id"] for row in bea.write("insert", "settings", own, other)] == [other["id"]]
        assert taken(bea.write("update", "settings", {"id": own["id"], "value": [1]}))
        assert refused(bea.write("update", "settings", {"id": own["id"], "user_id": ADA}), "their own")
        assert taken(bea.delete("settings", own["id"]))

    def test_an_organizations_are_its_admins(self, server: Server, ada: Device, bea: Device) -> None:
        labs = a_row("settings", scope="organization", organization_id=LAB)
        assert refused(bea.write("insert", "settings", labs), "owners' and admins'")
        assert taken(ada.write("insert", "settings", labs))
        assert refused(bea.write("update", "settings", {"id": labs["id"], "value": 2}), "owners' and admins'")
        assert refused(bea.delete("settings", labs["id"]), "owners' and admins'")
        assert refused(ada.write("update", "settings", {"id": labs["id"], "organization_id": DEN}), "admins'")

    def test_global_ones_are_superusers(self, server: Server, ada: Device) -> None:
        everyones = a_row("settings", scope="global")
        assert refused(ada.write("insert", "settings", everyones), "superuser")
        server.run("UPDATE users SET is_superuser = true WHERE id = %s", ADA)
        assert taken(ada.write("insert", "settings", everyones))
        assert taken(ada.delete("settings", everyones["id"]))

    def test_a_setting_does_not_change_its_scope_upwards(self, server: Server, bea: Device) -> None:
        own = a_row("settings", user_id=BEA)
        bea.write("insert", "settings", own)
        assert refused(bea.write("update", "settings", {"id": own["id"], "scope": "global"}), "superuser")

    def test_keys_of_services_are_their_users(self, server: Server, ada: Device, bea: Device) -> None:
        own, other = a_row("api_keys", user_id=BEA), a_row("api_keys", user_id=ADA, key_hash="01")
        assert [row["id"] for row in bea.write("insert", "api_keys", own, other)] == [other["id"]]
        assert refused(ada.write("update", "api_keys", {"id": own["id"], "description": "x"}), "not shown to you")
        assert refused(ada.delete("api_keys", own["id"]), "own devices")
        assert taken(bea.delete("api_keys", own["id"]))


class TestWhatOthersDependOn:
    """Foreign keys pass by all rules: deleting a tag deletes links, deleting a model deletes vectors."""

    @pytest.fixture
    def tag(self, server: Server) -> str:
        return server.insert("tags", name="red")

    def test_anyone_makes_tags_and_models(self, server: Server, cal: Device) -> None:
        assert taken(cal.write("insert", "tags", a_row("tags")))
        assert taken(cal.write("insert", "ai_models", a_row("ai_models")))

    def test_one_that_nothing_depends_on_is_anyones(self, server: Server, cal: Device, tag: str) -> None:
        assert taken(cal.write("update", "tags", {"id": tag, "color": "blue"}))
        assert taken(cal.delete("tags", tag))

    def test_one_that_ones_own_items_carry_is_theirs(self, server: Server, bea: Device, tag: str) -> None:
        server.insert("item_tag_links", item_id=server.item(ADA, LAB), tag_id=tag)
        assert taken(bea.write("update", "tags", {"id": tag, "color": "blue"}))
        assert taken(bea.delete("tags", tag))

    def test_one_with_a_hidden_dependent_stays(self, server: Server, bea: Device, tag: str) -> None:
        server.insert("item_tag_links", item_id=server.item(BEA), tag_id=tag)
        server.insert("item_tag_links", item_id=server.item(CAL), tag_id=tag)
        assert refused(bea.write("update", "tags", {"id": tag, "color": "blue"}), "superuser")
        assert refused(bea.delete("tags", tag), "superuser")
        assert server.rows("SELECT count(*) FROM item_tag_links") == [(2,)]

    def test_one_with_a_dependent_that_is_only_read_stays(self, server: Server, bea: Device, tag: str) -> None:
        server.insert("item_tag_links", item_id=server.item(ADA, LAB), tag_id=tag)
        server.run("UPDATE organization_memberships SET role = 'viewer' WHERE user_id = %s", BEA)
        assert refused(bea.delete("tags", tag), "superuser")

    def test_a_superuser_deletes_it(self, server: Server, bea: Device, tag: str) -> None:
        server.insert("item_tag_links", item_id=server.item(CAL), tag_id=tag)
        server.run("UPDATE users SET is_superuser = true WHERE id = %s", BEA)
        assert taken(bea.delete("tags", tag))

    @pytest.mark.parametrize("hidden", ["content_id", "item_id"])
    def test_a_model_of_hidden_vectors_stays(self, server: Server, bea: Device, hidden: str) -> None:
        model, item = server.insert("ai_models", name="m", provider="p"), server.item(CAL)
        parent = item if hidden == "item_id" else server.insert("contents", item_id=item)
        server.insert("embeddings", model_id=model, vector="[1]", dim=1, **{hidden: parent})
        assert refused(bea.delete("ai_models", model), "superuser")
        assert refused(bea.write("update", "ai_models", {"id": model, "version": "2"}), "superuser")

    def test_a_model_that_somebody_elses_event_names_stays(self, server: Server, bea: Device) -> None:
        model = server.insert("ai_models", name="m", provider="p")
        server.insert("events", actor_id=CAL, model_id=model, event_type="x")
        assert refused(bea.delete("ai_models", model), "superuser")

    def test_a_model_of_ones_own_vectors_is_theirs(self, server: Server, bea: Device) -> None:
        model = server.insert("ai_models", name="m", provider="p")
        server.insert("embeddings", model_id=model, vector="[1]", dim=1, item_id=server.item(BEA))
        server.insert("events", actor_id=BEA, model_id=model, event_type="x")
        assert taken(bea.delete("ai_models", model))
        assert server.rows("SELECT count(*) FROM embeddings") == [(0,)]
