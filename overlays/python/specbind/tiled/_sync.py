"""The synchronous classes and functions."""

from __future__ import annotations

from specbind.faces.tiled import (
    Admin,
    ArrayClient,
    AwkwardClient,
    BaseClient,
    Container,
    Context,
    DaskArrayClient,
    DaskDataFrameClient,
    DaskDatasetClient,
    DataFrameClient,
    DatasetClient,
    DeepSearchResults,
    ItemsView,
    KeysView,
    MetadataRevisions,
    RaggedClient,
    SparseClient,
    ValuesView,
    copy,
    from_context,
    from_profile,
    from_uri,
    simple,
    tree,
    write_xarray_dataset,
)

from ._clients.array import also_limited_by

__all__ = [
    "Admin",
    "ArrayClient",
    "AwkwardClient",
    "BaseClient",
    "Container",
    "Context",
    "DaskArrayClient",
    "DaskDataFrameClient",
    "DaskDatasetClient",
    "DataFrameClient",
    "DatasetClient",
    "DeepSearchResults",
    "ItemsView",
    "KeysView",
    "MetadataRevisions",
    "RaggedClient",
    "SparseClient",
    "ValuesView",
    "copy",
    "from_context",
    "from_profile",
    "from_uri",
    "simple",
    "tree",
    "write_xarray_dataset",
]

also_limited_by(ArrayClient)
