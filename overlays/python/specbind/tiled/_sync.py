"""The synchronous classes and functions."""

from __future__ import annotations

from specbind.faces.tiled import (
    Admin,
    BaseClient,
    Container,
    Context,
    DeepSearchResults,
    ItemsView,
    KeysView,
    MetadataRevisions,
    ValuesView,
    copy,
    from_context,
    from_profile,
    from_uri,
)

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
