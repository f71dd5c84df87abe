"""The thirteen tables: columns, keys, relations. No queries, no rules; those live with each noun.

Rows read through a Store remember it, so a relation (``item.contents``, ``item.owner``) reads from the file its
row came from, whichever other stores are open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore.binding import ForeignKey, Related, current_owner, dispatcher
from localstore.fields import (
    BooleanField,
    Default,
    IdField,
    IntegerField,
    JsonField,
    TextField,
    UtcField,
    VectorField,
)
from localstore.orm import peewee

if TYPE_CHECKING:
    from localstore.binding import Owner
    from localstore.fields import Vector

CASCADE, SET_NULL = "CASCADE", "SET NULL"
SCOPES = ("global", "user", "organization")


class Row(peewee.Model):
    """Base of every table."""

    _owner: Owner | None

    class Meta:
        """Bound once; the dispatcher finds the store that is current."""

        database = dispatcher
        legacy_table_names = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._owner = current_owner()
        super().__init__(*args, **kwargs)


def _id() -> IdField:
    field = IdField(primary_key=True)
    field.default_on_server(Default.NEW_ID)
    return field


def _now(null: bool = False) -> UtcField:
    field = UtcField(null=null)
    field.default_on_server(Default.NOW)
    return field


def _text(default: str | None = None, *, index: bool = False, unique: bool = False) -> TextField:
    field = TextField(index=index or unique, unique=unique)
    if default is not None:
        field.default_on_server(default)
    return field


def _flag(default: bool) -> BooleanField:
    field = BooleanField(index=True)
    field.default_on_server(default)
    return field


def _json(kind: type = dict) -> JsonField:
    field = JsonField(kind)
    field.default_on_server(kind())
    return field


class Timestamped(Row):
    """A UUID key and the two audit times that every table but the link table has."""

    id = _id()
    created_at = _now()
    updated_at = _now()


class User(Timestamped):
    """A person or agent."""

    email = _text(unique=True)
    hashed_password = _text("")
    full_name = TextField(null=True)
    is_active = _flag(True)
    is_superuser = _flag(False)
    auth_provider = _text("local", index=True)
    extras = _json()

    items: Related[Item]
    events: Related[Event]
    files: Related[FileAsset]
    api_keys: Related[APIKey]
    memberships: Related[OrganizationMembership]
    settings: Related[Setting]

    class Meta:
        """``user`` is a reserved word in PostgreSQL."""

        table_name = "users"


class Organization(Timestamped):
    """A team that shares items."""

    name = _text(index=True)
    slug = _text(unique=True)
    plan_type = _text("free", index=True)
    meta_data = _json()

    items: Related[Item]
    events: Related[Event]
    settings: Related[Setting]
    memberships: Related[OrganizationMembership]

    class Meta:
        """Named in the plural, as all are."""

        table_name = "organizations"


class OrganizationMembership(Timestamped):
    """A user's role in an organization."""

    user = ForeignKey(User, backref="memberships", on_delete=CASCADE)
    organization = ForeignKey(Organization, backref="memberships", on_delete=CASCADE)
    role = _text("member", index=True)
    joined_at = _now()

    user_id: str
    organization_id: str

    class Meta:
        """Duplicates of (user, organization) are possible; ``check`` finds them."""

        table_name = "organization_memberships"


class Item(Timestamped):
    """A dataset, prompt, model reference, note, conversation: anything owned."""

    owner = ForeignKey(User, backref="items", on_delete=CASCADE)
    organization = ForeignKey(Organization, backref="items", on_delete=SET_NULL, null=True)
    type = _text("note", index=True)
    title = _text(index=True)
    description = TextField(null=True)
    meta_data = _json()

    owner_id: str
    organization_id: str | None
    contents: Related[Content]
    embeddings: Related[Embedding]
    files: Related[FileAsset]
    events: Related[Event]

    class Meta:
        """Two more indexes than the columns ask for: the lists need them."""

        table_name = "items"
        indexes = ((("updated_at", "id"), False), (("type", "updated_at", "id"), False))

    @property
    def tags(self) -> Related[Tag]:
        """The item's tags, through the link table."""
        query = Tag.select().join(ItemTagLink).where(ItemTagLink.item == self.id).order_by(Tag.name)
        return Related(self._owner, query)


class Content(Timestamped):
    """A text of an item: a message, a prompt, a section."""

    item = ForeignKey(Item, backref="contents", on_delete=CASCADE)
    role = _text("user", index=True)
    text = _text("")
    meta_data = _json()

    item_id: str
    embeddings: Related[Embedding]

    class Meta:
        """Read in order of creation within an item."""

        table_name = "contents"
        indexes = ((("item_id", "created_at", "id"), False),)

    @property
    def embedding(self) -> Embedding | None:
        """The one vector that sits on this content, if any."""
        return self.embeddings.first()


class AIModel(Timestamped):
    """A registered model: what made an embedding, or what an item refers to."""

    name = _text(index=True)
    provider = _text(index=True)
    version = TextField(null=True, index=True)
    parameters = _json()
    meta_data = _json()

    embeddings: Related[Embedding]
    events: Related[Event]

    class Meta:
        """Snake case would be ``a_i_models``."""

        table_name = "ai_models"


class Embedding(Timestamped):
    """A vector of a content, or of an item, by a model."""

    model = ForeignKey(AIModel, backref="embeddings", on_delete=CASCADE)
    content = ForeignKey(Content, backref="embeddings", on_delete=CASCADE, null=True, unique=True)
    item = ForeignKey(Item, backref="embeddings", on_delete=CASCADE, null=True)
    vector = VectorField()
    dim = IntegerField()
    meta_data = _json()

    model_id: str
    content_id: str | None
    item_id: str | None

    class Meta:
        """At most one embedding sits on a content."""

        table_name = "embeddings"

    @property
    def ai_model(self) -> AIModel:
        """The model that made the vector."""
        model: AIModel = self.model
        return model

    @property
    def array(self) -> Vector:
        """The vector as a read-only float32 array of shape ``(dim,)``."""
        vector: Vector = self.vector
        return vector


class FileAsset(Timestamped):
    """A file on some machine, or kept in the store's folder, that an item refers to."""

    owner = ForeignKey(User, backref="files", on_delete=CASCADE)
    item = ForeignKey(Item, backref="files", on_delete=SET_NULL, null=True)
    filename = _text()
    path = _text(unique=True)
    mime_type = TextField(null=True)
    size_bytes = IntegerField()
    checksum = TextField(null=True)
    meta_data = _json()

    owner_id: str
    item_id: str | None

    size_bytes.default_on_server(0)

    class Meta:
        """``files`` in the program's words."""

        table_name = "file_assets"


class Event(Timestamped):
    """Something that somebody did."""

    actor = ForeignKey(User, backref="events", on_delete=SET_NULL, null=True)
    organization = ForeignKey(Organization, backref="events", on_delete=SET_NULL, null=True)
    item = ForeignKey(Item, backref="events", on_delete=SET_NULL, null=True)
    model = ForeignKey(AIModel, backref="events", on_delete=SET_NULL, null=True)
    event_type = _text(index=True)
    payload = _json()

    actor_id: str | None
    organization_id: str | None
    item_id: str | None
    model_id: str | None

    class Meta:
        """One row an action."""

        table_name = "events"

    @property
    def ai_model(self) -> AIModel | None:
        """The model the action used."""
        model: AIModel | None = self.model
        return model


class Tag(Timestamped):
    """A label."""

    name = _text(index=True)
    color = TextField(null=True)

    class Meta:
        """Names are unique only by the program's care."""

        table_name = "tags"

    @property
    def items(self) -> Related[Item]:
        """The items that carry the tag."""
        query = Item.select().join(ItemTagLink).where(ItemTagLink.tag == self.id)
        return Related(self._owner, query)


class ItemTagLink(Row):
    """An item carries a tag."""

    item = ForeignKey(Item, backref="tag_links", on_delete=CASCADE)
    tag = ForeignKey(Tag, backref="item_links", on_delete=CASCADE)

    item_id: str
    tag_id: str

    class Meta:
        """No id and no times: the pair is the row."""

        table_name = "item_tag_links"
        primary_key = peewee.CompositeKey("item", "tag")


class Setting(Timestamped):
    """A value that holds for everyone, an organization or a person."""

    scope = _text(index=True)
    key = _text(index=True)
    value = JsonField(None)
    user = ForeignKey(User, backref="settings", on_delete=CASCADE, null=True)
    organization = ForeignKey(Organization, backref="settings", on_delete=CASCADE, null=True)

    user_id: str | None
    organization_id: str | None

    class Meta:
        """Unique by the program's care, over four columns of which two may be null."""

        table_name = "settings"


class APIKey(Timestamped):
    """A key for programs that act as a user; only its hash is kept."""

    key_hash = _text(unique=True)
    user = ForeignKey(User, backref="api_keys", on_delete=CASCADE)
    description = TextField(null=True)
    scopes = _json(list)
    expires_at = UtcField(null=True)
    last_used_at = UtcField(null=True)

    user_id: str

    class Meta:
        """Snake case would be ``a_p_i_keys``."""

        table_name = "api_keys"


TABLES: tuple[type[Row], ...] = (
    User,
    Organization,
    OrganizationMembership,
    AIModel,
    Item,
    Content,
    Embedding,
    FileAsset,
    Event,
    Tag,
    ItemTagLink,
    Setting,
    APIKey,
)
"""All thirteen, parents before children."""

BY_NAME: dict[str, type[Row]] = {table._meta.table_name: table for table in TABLES}
