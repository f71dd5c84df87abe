"""How each of the thirteen tables syncs: declared beside the models, read by ``sync``, which names no table.

Who sees and writes a row is said in words that the server's functions turn into conditions; everyone signed in acts
as a user. A column without a rule merges by its type: text line by line, a JSON object key by key, all else whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Sees(StrEnum):
    """Who sees a row."""

    COLLEAGUES = "oneself, the people of one's organizations, and owners of what one sees"
    MEMBERS = "the members of the organization"
    OWNER_AND_MEMBERS = "the owner, and the members of the organization"
    WITH_ITEM = "who sees the item"
    OWNER_AND_ITEM = "the owner, and who sees the item"
    ACTOR_AND_ITEM = "the actor, and who sees the item"
    EVERYONE = "everyone"
    SCOPE = "everyone, the user or the members of the organization, by its scope"
    USER = "the user"


class Writes(StrEnum):
    """Who inserts, changes and deletes a row."""

    ONESELF = "the user, and nobody inserts or deletes one"
    ADMINISTRATORS = "owners and admins of the organization; who makes an organization is its first owner"
    OWNER_AND_MEMBERS = "the owner, and members of the organization from 'member' up"
    WITH_ITEM = "who writes the item"
    OWNER_AND_ITEM = "the owner, and who writes the item"
    ACTOR = "the actor inserts and adds to it; nobody deletes"
    DEPENDENTS = "everyone inserts; superusers, and who may write all that depends on it, change and delete"
    SCOPE = "superusers, the user, or owners and admins of the organization, by its scope"
    USER = "the user"


class Merge(StrEnum):
    """How a column of two versions becomes one, where its type does not say it."""

    LATER = "the later moment"
    EARLIER = "the earlier moment"
    WHOLE = "the whole value"
    DERIVED = "the one that fits its text, else the server's"


class Unique(StrEnum):
    """What happens when another row of the server holds our unique value."""

    SAME_ROW = "it is the same person: our references go to that row"
    RENAME = "ours gets a suffix"
    STAYS = "ours stays here, listed, unless both are the same file"
    REFUSED = "ours is refused"
    MOVES = "ours moves from the text to its item"


@dataclass(frozen=True)
class SyncRule:
    """What a table's rows need on their way."""

    sees: Sees
    writes: Writes
    merges: Mapping[str, Merge] = field(default_factory=dict)
    unique: Mapping[str, Unique] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()
    """Columns of other users' rows that arrive empty, are never compared and never pushed."""
    secret: frozenset[str] = frozenset()
    """Columns that no file holds unless it is asked for; where one of them is unique, the row stays away too."""
    kept_by_server: frozenset[str] = frozenset()
    """Columns that are never pushed."""
    deletes_travel: bool = True
    """Whether a deletion here is pushed."""

    @property
    def stays_out_of_files(self) -> bool:
        """Whether a row means nothing without its secret."""
        return not self.secret.isdisjoint(self.unique)


_STAMPS = {"created_at": Merge.EARLIER, "updated_at": Merge.LATER}

RULES: dict[str, SyncRule] = {
    "users": SyncRule(
        Sees.COLLEAGUES,
        Writes.ONESELF,
        _STAMPS | {"email": Merge.WHOLE, "hashed_password": Merge.WHOLE, "auth_provider": Merge.WHOLE},
        {"email": Unique.SAME_ROW},
        masked=frozenset({"hashed_password", "extras"}),
        secret=frozenset({"hashed_password"}),
        kept_by_server=frozenset({"is_superuser", "is_active", "auth_provider"}),
    ),
    "organizations": SyncRule(
        Sees.MEMBERS,
        Writes.ADMINISTRATORS,
        _STAMPS | {"slug": Merge.WHOLE, "plan_type": Merge.WHOLE},
        {"slug": Unique.RENAME},
    ),
    "organization_memberships": SyncRule(
        Sees.MEMBERS, Writes.ADMINISTRATORS, _STAMPS | {"role": Merge.WHOLE, "joined_at": Merge.EARLIER}
    ),
    "ai_models": SyncRule(
        Sees.EVERYONE,
        Writes.DEPENDENTS,
        _STAMPS | {"name": Merge.WHOLE, "provider": Merge.WHOLE, "version": Merge.WHOLE},
    ),
    "items": SyncRule(Sees.OWNER_AND_MEMBERS, Writes.OWNER_AND_MEMBERS, _STAMPS | {"type": Merge.WHOLE}),
    "contents": SyncRule(Sees.WITH_ITEM, Writes.WITH_ITEM, _STAMPS | {"role": Merge.WHOLE}),
    "embeddings": SyncRule(
        Sees.WITH_ITEM,
        Writes.WITH_ITEM,
        _STAMPS | {"vector": Merge.DERIVED, "dim": Merge.DERIVED},
        {"content_id": Unique.MOVES},
    ),
    "file_assets": SyncRule(
        Sees.OWNER_AND_ITEM,
        Writes.OWNER_AND_ITEM,
        _STAMPS | {"path": Merge.WHOLE, "mime_type": Merge.WHOLE, "checksum": Merge.WHOLE},
        {"path": Unique.STAYS},
    ),
    "events": SyncRule(Sees.ACTOR_AND_ITEM, Writes.ACTOR, _STAMPS | {"event_type": Merge.WHOLE}, deletes_travel=False),
    "tags": SyncRule(Sees.EVERYONE, Writes.DEPENDENTS, _STAMPS | {"name": Merge.WHOLE, "color": Merge.WHOLE}),
    "item_tag_links": SyncRule(Sees.WITH_ITEM, Writes.WITH_ITEM),
    "settings": SyncRule(Sees.SCOPE, Writes.SCOPE, _STAMPS | {"scope": Merge.WHOLE, "key": Merge.WHOLE}),
    "api_keys": SyncRule(
        Sees.USER,
        Writes.USER,
        _STAMPS | {"key_hash": Merge.WHOLE, "last_used_at": Merge.LATER},
        {"key_hash": Unique.REFUSED},
        secret=frozenset({"key_hash"}),
    ),
}
"""By the name of the table."""
