"""Tiled, asynchronous: the names of `specbind.tiled`, with `await`.

async with await from_uri("http://127.0.0.1:8000", api_key="secret") as client:
    async for key in client:
        print(key)
    node = await client.lookup("a/b")
"""

from __future__ import annotations

from specbind.tiled._base import BaseClient as BaseClient

from ._constructors import from_context as from_context
from ._constructors import from_profile as from_profile
from ._constructors import from_uri as from_uri
from ._copy import copy as copy
from .admin import Admin as Admin
from .container import Container as Container
from .context import Context as Context
from .deep import DeepSearchResults as DeepSearchResults
from .revisions import MetadataRevisions as MetadataRevisions
from .views import ItemsView as ItemsView
from .views import KeysView as KeysView
from .views import ValuesView as ValuesView

__all__ = [
    "Admin",
    "BaseClient",
    "Container",
    "Context",
    "DeepSearchResults",
    "ItemsView",
    "KeysView",
    "MetadataRevisions",
    "ValuesView",
    "copy",
    "from_context",
    "from_profile",
    "from_uri",
]
