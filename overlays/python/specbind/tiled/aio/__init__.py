"""Tiled, asynchronous: the names of `specbind.tiled`, with `await`.

async with await from_uri("http://127.0.0.1:8000", api_key="secret") as client:
    async for key in client:
        print(key)
    node = await client.lookup("a/b")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.tiled._base import BaseClient as BaseClient

from ._constructors import from_context as from_context
from ._constructors import from_profile as from_profile
from ._constructors import from_uri as from_uri
from ._copy import copy as copy
from ._simple import simple as simple
from ._tree import tree as tree
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

if TYPE_CHECKING:
    from specbind.tiled._clients.array import ArrayClient as ArrayClient
    from specbind.tiled._clients.array import DaskArrayClient as DaskArrayClient
    from specbind.tiled._clients.awkward import AwkwardClient as AwkwardClient
    from specbind.tiled._clients.ragged import RaggedClient as RaggedClient
    from specbind.tiled._clients.sparse import SparseClient as SparseClient
    from specbind.tiled._clients.table import DaskDataFrameClient as DaskDataFrameClient
    from specbind.tiled._clients.table import DataFrameClient as DataFrameClient
    from specbind.tiled._clients.xarray import DaskDatasetClient as DaskDatasetClient
    from specbind.tiled._clients.xarray import DatasetClient as DatasetClient
    from specbind.tiled._clients.xarray import write_xarray_dataset as write_xarray_dataset
else:
    from specbind.bindings._runtime.lazy import lazy

    _CLIENTS = {
        "array": (
            "ArrayClient",
            "DaskArrayClient",
        ),
        "awkward": ("AwkwardClient",),
        "ragged": ("RaggedClient",),
        "sparse": ("SparseClient",),
        "table": (
            "DataFrameClient",
            "DaskDataFrameClient",
        ),
        "xarray": (
            "DatasetClient",
            "DaskDatasetClient",
            "write_xarray_dataset",
        ),
    }

    __getattr__, __dir__ = lazy(
        __name__,
        {name: f"._clients.{module}" for module, names in _CLIENTS.items() for name in names},
    )
