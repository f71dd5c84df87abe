"""The nouns behind the Store's door, each loaded when first asked for: a cold list needs only a few of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localstore.ai_models import AIModels
    from localstore.api_keys import APIKeys
    from localstore.attached.files import Files
    from localstore.contents import Contents
    from localstore.deeds.trash import Trash
    from localstore.drafts import Drafts
    from localstore.embeddings import Embeddings
    from localstore.events import Events
    from localstore.finding.recent_searches import RecentSearches
    from localstore.finding.saved_searches import SavedSearches
    from localstore.items import Items
    from localstore.lists.any_table import AnyTable
    from localstore.memberships import Memberships
    from localstore.organizations import Organizations
    from localstore.preferences import Preferences
    from localstore.settings import Settings
    from localstore.store import Store
    from localstore.tag_links import TagLinks
    from localstore.tags import Tags
    from localstore.users import Users


class Nouns:
    """What ``store.items``, ``store.tags`` … are."""

    @property
    def _store(self) -> Store:
        return self  # type: ignore[return-value]

    @cached_property
    def items(self) -> Items:
        """Datasets, prompts, notes, conversations."""
        from localstore.items import Items

        return Items(self._store)

    @cached_property
    def contents(self) -> Contents:
        """The texts of items."""
        from localstore.contents import Contents

        return Contents(self._store)

    @cached_property
    def embeddings(self) -> Embeddings:
        """The vectors of texts and items."""
        from localstore.embeddings import Embeddings

        return Embeddings(self._store)

    @cached_property
    def tags(self) -> Tags:
        """Labels."""
        from localstore.tags import Tags

        return Tags(self._store)

    @cached_property
    def tag_links(self) -> TagLinks:
        """Which item carries which tag."""
        from localstore.tag_links import TagLinks

        return TagLinks(self._store)

    @cached_property
    def files(self) -> Files:
        """Files that items refer to."""
        from localstore.attached.files import Files

        return Files(self._store)

    @cached_property
    def events(self) -> Events:
        """What happened."""
        from localstore.events import Events

        return Events(self._store)

    @cached_property
    def settings(self) -> Settings:
        """Values for everyone, an organization or a person."""
        from localstore.settings import Settings

        return Settings(self._store)

    @cached_property
    def users(self) -> Users:
        """People and agents."""
        from localstore.users import Users

        return Users(self._store)

    @cached_property
    def organizations(self) -> Organizations:
        """Teams."""
        from localstore.organizations import Organizations

        return Organizations(self._store)

    @cached_property
    def memberships(self) -> Memberships:
        """Who is in which organization, as what."""
        from localstore.memberships import Memberships

        return Memberships(self._store)

    @cached_property
    def ai_models(self) -> AIModels:
        """Registered models."""
        from localstore.ai_models import AIModels

        return AIModels(self._store)

    @cached_property
    def api_keys(self) -> APIKeys:
        """Keys for programs."""
        from localstore.api_keys import APIKeys

        return APIKeys(self._store)

    @cached_property
    def trash(self) -> Trash:
        """What was deleted and can be brought back."""
        from localstore.deeds.trash import Trash

        return Trash(self._store)

    @cached_property
    def saved_searches(self) -> SavedSearches:
        """Find lines with a name; this machine's."""
        from localstore.finding.saved_searches import SavedSearches

        return SavedSearches(self._store)

    @cached_property
    def recent_searches(self) -> RecentSearches:
        """The find lines used last; this machine's."""
        from localstore.finding.recent_searches import RecentSearches

        return RecentSearches(self._store)

    @cached_property
    def drafts(self) -> Drafts:
        """Texts not yet saved; this machine's."""
        from localstore.drafts import Drafts

        return Drafts(self._store)

    @cached_property
    def preferences(self) -> Preferences:
        """How this machine likes it."""
        from localstore.preferences import Preferences

        return Preferences(self._store)

    def table(self, name: str) -> AnyTable:
        """Return any of the thirteen tables, by its name and columns."""
        from localstore.lists.any_table import AnyTable

        return AnyTable(self._store, name)
