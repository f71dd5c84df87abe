"""Each table shows what its rule says, and nothing else; the same to pages, fetches, counts and hashes."""

from __future__ import annotations

import pytest

from tests.sync.functions.people import ADA, BEA, CAL, DEN, LAB, READ, Device, Server, an_id

pytestmark = pytest.mark.postgres


class TestUsers:
    def test_oneself_and_the_people_of_ones_organizations_are_seen(self, ada: Device, cal: Device) -> None:
        assert ada.keys("users") == {ADA, BEA}
        assert cal.keys("users") == {CAL}

    def test_secrets_of_others_arrive_empty(self, ada: Device) -> None:
        seen = ada.page("users")
        assert (seen[ADA]["hashed_password"], seen[ADA]["extras"]) == ("ada's hash", '{"pin": 1}')
        assert (seen[BEA]["hashed_password"], seen[BEA]["extras"]) == ("", "{}")

    def test_the_owner_of_an_item_that_is_seen_is_seen(self, server: Server, ada: Device) -> None:
        server.item(CAL, LAB)
        assert CAL in ada.page("users")

    def test_the_owner_of_a_file_that_is_seen_is_seen(self, server: Server, ada: Device) -> None:
        server.insert("file_assets", owner_id=CAL, item_id=server.item(ADA), filename="x", path="x")
        assert CAL in ada.page("users")

    def test_who_has_an_item_of_their_own_is_not_seen(self, server: Server, ada: Device) -> None:
        item = server.item(CAL)
        server.insert("file_assets", owner_id=CAL, item_id=item, filename="x", path="x")
        assert CAL not in ada.page("users")


class TestOrganizations:
    def test_ones_own_are_seen(self, ada: Device, cal: Device) -> None:
        assert ada.keys("organizations") == {LAB}
        assert cal.keys("organizations") == {DEN}

    def test_memberships_are_seen_by_members(self, ada: Device, cal: Device) -> None:
        assert ada.keys("organization_memberships") == {an_id(21), an_id(22)}
        assert cal.keys("organization_memberships") == {an_id(23)}

    def test_a_role_that_nobody_knows_reads(self, server: Server, cal: Device) -> None:
        server.member(CAL, LAB, "guest of honour")
        assert LAB in cal.page("organizations")


class TestItems:
    def test_ones_own_and_those_of_ones_organizations_are_seen(self, server: Server, bea: Device) -> None:
        own, shared = server.item(BEA), server.item(ADA, LAB)
        server.item(ADA)
        server.item(CAL, DEN)
        assert bea.keys("items") == {own, shared}

    def test_ones_own_item_in_a_foreign_organization_is_seen(self, server: Server, bea: Device) -> None:
        own = server.item(BEA, DEN)
        assert bea.keys("items") == {own}

    @pytest.mark.parametrize("table", ["contents", "item_tag_links"])
    def test_what_hangs_on_an_item_is_seen_with_it(self, server: Server, ada: Device, cal: Device, table: str) -> None:
        tag = server.insert("tags", name="red")
        rest = {"contents": {"text": "x"}, "item_tag_links": {"tag_id": tag}}[table]
        key = server.insert(table, item_id=server.item(BEA, LAB), **rest)
        assert ada.keys(table) == {key}
        assert cal.page(table) == {}


class TestVectors:
    @pytest.fixture
    def model(self, server: Server) -> str:
        return server.insert("ai_models", name="mini", provider="local")

    def vector(self, server: Server, model: str, **parents: str) -> str:
        return server.insert("embeddings", model_id=model, vector="[0.5, 1]", dim=2, **parents)

    def test_a_vector_of_a_text_is_seen_with_its_item(
        self, server: Server, ada: Device, cal: Device, model: str
    ) -> None:
        text = server.insert("contents", item_id=server.item(BEA, LAB))
        key = self.vector(server, model, content_id=text)
        assert ada.keys("embeddings") == {key}
        assert cal.page("embeddings") == {}

    def test_a_vector_of_an_item_is_seen_with_it(self, server: Server, ada: Device, cal: Device, model: str) -> None:
        key = self.vector(server, model, item_id=server.item(BEA, LAB))
        assert ada.keys("embeddings") == {key}
        assert cal.page("embeddings") == {}

    def test_a_vector_of_two_items_is_seen_by_who_sees_both(
        self, server: Server, ada: Device, cal: Device, model: str
    ) -> None:
        mine, theirs = server.item(ADA), server.item(CAL)
        text = server.insert("contents", item_id=mine)
        self.vector(server, model, content_id=text, item_id=theirs)
        both = self.vector(server, model, content_id=server.insert("contents", item_id=mine), item_id=mine)
        assert ada.keys("embeddings") == {both}
        assert cal.page("embeddings") == {}

    def test_a_vector_of_nothing_is_seen_by_nobody(self, server: Server, ada: Device, model: str) -> None:
        self.vector(server, model)
        assert ada.page("embeddings") == {}

    def test_a_vector_travels_as_the_list_that_it_is(self, server: Server, ada: Device, model: str) -> None:
        key = self.vector(server, model, item_id=server.item(ADA))
        assert ada.page("embeddings")[key]["vector"] == "[0.5, 1]"


class TestFiles:
    def test_ones_own_is_seen_wherever_it_is(self, server: Server, bea: Device) -> None:
        key = server.insert("file_assets", owner_id=BEA, item_id=server.item(CAL), filename="x", path="x")
        assert bea.keys("file_assets") == {key}

    def test_a_file_of_an_item_that_is_seen_is_seen(self, server: Server, ada: Device, cal: Device) -> None:
        key = server.insert("file_assets", owner_id=BEA, item_id=server.item(BEA, LAB), filename="x", path="x")
        server.insert("file_assets", owner_id=BEA, filename="y", path="y")
        assert ada.keys("file_assets") == {key}
        assert cal.page("file_assets") == {}


class TestEvents:
    def test_ones_own_and_those_of_items_that_are_seen_are_seen(self, server: Server, ada: Device) -> None:
        own = server.insert("events", actor_id=ADA, event_type="x")
        shared = server.insert("events", actor_id=BEA, item_id=server.item(BEA, LAB), event_type="x")
        nobodys = server.insert("events", item_id=server.item(ADA), event_type="x")
        server.insert("events", actor_id=BEA, event_type="x")
        server.insert("events", actor_id=BEA, organization_id=LAB, event_type="x")
        assert ada.keys("events") == {own, shared, nobodys}


class TestWhatIsEveryones:
    def test_tags_and_models_are_seen_by_all(self, server: Server, cal: Device) -> None:
        tag = server.insert("tags", name="red")
        model = server.insert("ai_models", name="mini", provider="local")
        assert (cal.keys("tags"), cal.keys("ai_models")) == ({tag}, {model})


class TestSettings:
    def test_a_setting_is_seen_by_whom_its_scope_names(self, server: Server, bea: Device, cal: Device) -> None:
        everyones = server.insert("settings", scope="global", key="k", value="1")
        labs = server.insert("settings", scope="organization", organization_id=LAB, key="k", value="1")
        beas = server.insert("settings", scope="user", user_id=BEA, key="k", value="1")
        server.insert("settings", scope="user", user_id=ADA, organization_id=LAB, key="k", value="1")
        server.insert("settings", scope="user", key="k", value="1")
        assert bea.keys("settings") == {everyones, labs, beas}
        assert cal.keys("settings") == {everyones}

    def test_keys_of_services_are_their_users_alone(self, server: Server, ada: Device, bea: Device) -> None:
        key = server.insert("api_keys", user_id=BEA, key_hash="h")
        assert bea.page("api_keys")[key]["key_hash"] == "h"
        assert ada.page("api_keys") == {}


@pytest.mark.parametrize(
    "table", ["users", "organizations", "organization_memberships", "items", "contents", "file_assets", "events"]
)
def test_pages_fetches_counts_and_hashes_show_the_same(server: Server, ada: Device, table: str) -> None:
    shared, hidden = server.item(BEA, LAB), server.item(CAL)
    server.insert("contents", item_id=shared)
    server.insert("contents", item_id=hidden)
    server.insert("file_assets", owner_id=CAL, item_id=shared, filename="x", path="x")
    server.insert("file_assets", owner_id=CAL, item_id=hidden, filename="y", path="y")
    server.insert("events", actor_id=ADA, item_id=hidden, event_type="x")
    server.insert("events", actor_id=CAL, item_id=hidden, event_type="x")
    everything = [row[0] for row in server.rows(f"SELECT id::text FROM {table}")]
    paged = ada.page(table)
    with ada.transaction(READ) as session:
        fetched = {row["id"]: row for row in session.call(f"fetch_{table}", everything)}
        counted = session.one(f"SELECT localstore_sync.count_{table}()")
        hashed = {row["pk"] for row in session.call(f"hashes_{table}", "", 1000)}
    assert fetched.keys() == set(everything)
    assert {key for key, row in fetched.items() if not row["gone"]} == paged.keys() == hashed
    assert counted == len(paged) > 0
    assert {key: {**row, "gone": False} for key, row in paged.items()} == {
        key: row for key, row in fetched.items() if not row["gone"]
    }


def test_a_key_that_is_nobodys_is_gone(ada: Device) -> None:
    with ada.transaction(READ) as session:
        (row,) = session.call("fetch_items", [an_id(99), an_id(99)])
    assert (row["gone"], row["id"], row["title"]) == (True, an_id(99), None)
