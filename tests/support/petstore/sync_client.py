"""The synchronous client of Petstore."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ._runtime import BaseSyncClient
from .client import Client

if TYPE_CHECKING:
    from .resources.feed import SyncFeed
    from .resources.pets import SyncPets

__all__ = ["SyncClient"]


class SyncClient(BaseSyncClient):
    default_base_url = "https://petstore.example/v1"
    servers = Client.servers

    @cached_property
    def pets(self) -> SyncPets:
        from .resources.pets import SyncPets

        return SyncPets(self)

    @cached_property
    def feed(self) -> SyncFeed:
        from .resources.feed import SyncFeed

        return SyncFeed(self)
