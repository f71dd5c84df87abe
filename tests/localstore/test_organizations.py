import pytest

from localstore import Ambiguous, InvalidValue, NotFound, Store, Taken
from localstore.ids import natural_id, short
from localstore.organizations import slugified
from tests.localstore.snapshots import everything


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Äther & Söhne", "ather-sohne"),
        ("  Vision   Lab  ", "vision-lab"),
        ("研究室", "organization"),
        ("Lab-", "lab"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_slug_is_made_of_the_name(name: str, slug: str) -> None:
    assert slugified(name) == slug


def test_a_slug_that_was_not_given_gets_a_number_when_taken(store: Store) -> None:
    slugs = [store.organizations.add(name).slug for name in ("Lab", "LAB", "lab!")]
    assert slugs == ["lab", "lab-2", "lab-3"]


def test_a_given_slug_that_is_taken_is_refused_and_its_holder_named(store: Store) -> None:
    held = store.organizations.add("Vision Lab", slug="lab")
    before = everything(store)
    with pytest.raises(Taken, match=rf"slug: 'lab' is taken by the organization {short(held.id)} \(Vision Lab\)"):
        store.organizations.add("Other", slug="lab")
    assert everything(store) == before


def test_changing_a_slug_to_a_taken_one_is_refused(store: Store) -> None:
    store.organizations.add("Lab")
    store.organizations.add("Other")
    before = everything(store)
    with pytest.raises(Taken, match="'lab' is taken"):
        store.organizations.edit("other", slug="lab")
    assert everything(store) == before
    assert store.organizations.edit("lab", slug="lab", plan_type="pro").plan_type == "pro"


@pytest.mark.parametrize("slug", ["", "Lab", "a b", "-", "lab/1", "läb"])
def test_what_is_no_slug_is_refused_with_one_that_is(store: Store, slug: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=r"is no slug: .* such as '[a-z0-9-]+'"):
        store.organizations.add("Lab", slug=slug)
    assert everything(store) == before


def test_an_organization_needs_a_name(store: Store) -> None:
    with pytest.raises(InvalidValue, match="name: an organization needs a name"):
        store.organizations.add("  ")


def test_an_organization_is_found_by_slug_or_name_whatever_the_case(store: Store) -> None:
    lab = store.organizations.add("Vision Lab")
    assert {store.organizations.get(ref).id for ref in ("vision-lab", "VISION-LAB", "vision lab")} == {lab.id}


def test_two_organizations_of_one_name_are_ambiguous(store: Store) -> None:
    store.organizations.add("Lab", slug="one")
    store.organizations.add("Lab", slug="two")
    with pytest.raises(Ambiguous, match=r"'Lab' fits 2 organizations: .*'one'.*'two'"):
        store.organizations.get("Lab")


# -- the default


def test_new_items_belong_to_the_default_organization(store: Store) -> None:
    lab = store.organizations.add("Lab")
    chosen = store.organizations.set_default("lab")
    assert chosen is not None
    assert chosen.id == lab.id
    assert store.items.add("In it").organization_id == lab.id
    assert store.items.add("Not in it", organization="-").organization_id is None


def test_there_is_no_default_until_one_is_chosen_and_none_can_be_chosen(store: Store) -> None:
    assert store.organizations.default is None
    store.organizations.add("Lab")
    store.organizations.set_default("lab")
    assert store.organizations.set_default(None) is None
    assert store.items.add("Free").organization_id is None


def test_a_deleted_default_holds_no_item_and_counts_again_when_restored(store: Store) -> None:
    lab = store.organizations.add("Lab")
    store.organizations.set_default("lab")
    entry = store.organizations.delete("lab")
    assert store.organizations.default is None
    assert store.items.add("Meanwhile").organization_id is None
    store.trash.restore(entry.id)
    assert store.organizations.default_id() == lab.id


# -- memberships


@pytest.fixture
def lab(store: Store) -> str:
    store.users.add("grace@example.org", "Grace")
    store.users.add("alan@example.org")
    return str(store.organizations.add("Lab").id)


def foreign(store: Store, lab: str, email: str, *roles: str) -> None:
    """Memberships as another program writes them, with ids of their own."""
    pair = (store.users.resolve(email), lab)
    with store.database.writing() as connection:
        sql = "INSERT INTO organization_memberships (user_id, organization_id, role) VALUES (?, ?, ?)"
        connection.executemany(sql, [(*pair, role) for role in roles])


def test_a_membership_has_the_same_id_on_every_device(store: Store, lab: str) -> None:
    made = store.memberships.add("grace@example.org", "lab", "admin")
    assert made.id == natural_id("membership", store.users.resolve("grace@example.org"), lab)
    assert (made.role, made.organization_id) == ("admin", lab)


def test_nobody_becomes_a_member_twice(store: Store, lab: str) -> None:
    store.memberships.add("grace@example.org", "lab")
    before = everything(store)
    with pytest.raises(Taken, match=r"'grace@example\.org' is in 'lab' already, as member: change the role instead"):
        store.memberships.add("grace@example.org", "lab", "owner")
    assert everything(store) == before


def test_nobody_who_was_added_by_another_program_becomes_a_member_twice(store: Store, lab: str) -> None:
    foreign(store, lab, "grace@example.org", "viewer")
    with pytest.raises(Taken, match="as viewer"):
        store.memberships.add("grace@example.org", "lab")
    assert store.memberships.count() == 1


@pytest.mark.parametrize(
    ("roles", "counts"),
    [
        (["viewer", "owner", "member"], "owner"),
        (["member", "admin"], "admin"),
        (["billing", "viewer"], "viewer"),
        (["billing"], "billing"),
        (["Owner", "member"], "member"),
    ],
)
def test_of_several_memberships_the_highest_role_counts(store: Store, lab: str, roles: list[str], counts: str) -> None:
    foreign(store, lab, "grace@example.org", *roles)
    assert store.memberships.role("grace@example.org", "lab") == counts
    members = store.organizations.members("lab")
    assert [(member.email, member.role, len(member.ids)) for member in members] == [
        ("grace@example.org", counts, len(roles))
    ]


def test_members_are_listed_by_role_then_e_mail(store: Store, lab: str) -> None:
    foreign(store, lab, "grace@example.org", "billing")
    store.memberships.add("alan@example.org", "lab", "viewer")
    store.memberships.add("ada@example.org", "lab", "owner")
    assert [member.role for member in store.organizations.members("lab")] == ["owner", "viewer", "billing"]


def test_a_lowered_role_counts_although_the_pair_was_noted_twice(store: Store, lab: str) -> None:
    foreign(store, lab, "grace@example.org", "owner")
    foreign(store, lab, "grace@example.org", "admin")
    assert store.memberships.set_role("grace@example.org", "lab", "viewer").role == "viewer"
    assert store.memberships.role("grace@example.org", "lab") == "viewer"
    store.undo()
    assert store.memberships.role("grace@example.org", "lab") == "owner"


def test_removing_a_member_removes_every_row_of_the_pair_and_can_be_undone(store: Store, lab: str) -> None:
    foreign(store, lab, "grace@example.org", "owner")
    foreign(store, lab, "grace@example.org", "admin")
    store.memberships.remove("grace@example.org", "lab")
    assert store.memberships.role("grace@example.org", "lab") is None
    store.undo()
    assert store.memberships.count() == 2


@pytest.mark.parametrize("role", ["Owner", "boss", ""])
def test_an_unknown_role_is_refused(store: Store, lab: str, role: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=rf"role: there is no role '{role}': "):
        store.memberships.add("grace@example.org", "lab", role)
    assert everything(store) == before


def test_a_misspelt_role_is_told_the_nearest(store: Store, lab: str) -> None:
    with pytest.raises(InvalidValue, match="did you mean 'member'"):
        store.memberships.add("grace@example.org", "lab", "memebr")


@pytest.mark.parametrize("act", ["remove", "set_role"])
def test_who_is_no_member_has_no_role_to_change(store: Store, lab: str, act: str) -> None:
    more = ["admin"] if act == "set_role" else []
    with pytest.raises(NotFound, match=r"'grace@example\.org' is not in 'lab'"):
        getattr(store.memberships, act)("grace@example.org", "lab", *more)


def test_adding_to_no_organization_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no organization 'nowhere'"):
        store.memberships.add("ada@example.org", "nowhere")


# -- deletion


@pytest.fixture
def full(store: Store, lab: str) -> str:
    """A lab with a member, a setting, an item with text and tag, and events."""
    store.memberships.add("grace@example.org", "lab")
    store.settings.set("embed.model", "bge", organization="lab")
    store.items.add("Ours", text="words", tags=["kept"], organization="lab")
    store.items.add("Mine", text="other")
    return lab


def test_deleting_an_organization_keeps_its_items_detached(store: Store, full: str) -> None:
    item = store.items.get("Ours")
    preview = store.organizations.preview("lab")
    assert preview.deleted == {"organizations": 1, "organization_memberships": 1, "settings": 1}
    assert preview.freed["items"] == 1
    entry = store.organizations.delete("lab")
    assert (entry.deleted, entry.freed) == (preview.deleted, preview.freed)
    after = store.items.get(item.id)
    assert after.organization_id is None
    assert [tag.name for tag in after.tags] == ["kept"]
    assert store.memberships.count() == 0


def test_deleting_an_organization_with_cascade_takes_its_items_too(store: Store, full: str) -> None:
    preview = store.organizations.preview("lab", cascade=True)
    assert preview.deleted["items"] == 1
    assert preview.deleted["contents"] == 1
    assert preview.deleted["item_tag_links"] == 1
    assert preview.freed == {}
    entry = store.organizations.delete("lab", cascade=True)
    assert entry.deleted == preview.deleted
    assert [item.title for item in store.items.all()] == ["Mine"]


@pytest.mark.parametrize("cascade", [False, True])
def test_a_preview_changes_nothing(store: Store, full: str, cascade: bool) -> None:
    before = everything(store)
    store.organizations.preview("lab", cascade=cascade)
    assert everything(store) == before


@pytest.mark.parametrize("cascade", [False, True])
@pytest.mark.parametrize("way", ["restore", "undo"])
def test_a_deleted_organization_comes_back_exactly(store: Store, full: str, cascade: bool, way: str) -> None:
    store.settings.set("events.enabled", False)
    before = everything(store, local=False)
    entry = store.organizations.delete("lab", cascade=cascade)
    assert everything(store, local=False) != before
    store.undo() if way == "undo" else store.trash.restore(entry.id)
    assert everything(store, local=False) == before
