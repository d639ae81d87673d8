"""Data of a Tiled server.

    from specbind.tiled import Key, from_uri

    client = from_uri("https://tiled.example.org", api_key="...")
    for key, node in client.search(Key("color") == "red").items().head(3):
        print(key, node.metadata["sample"])

The names, arguments and results are those of the official client; `specbind.tiled.aio` has the same, asynchronous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "ASCENDING",
    "DELETE_KEY",
    "DESCENDING",
    "AccessTagsFilter",
    "Admin",
    "ArrayClient",
    "Asset",
    "AuthenticationError",
    "AwkwardClient",
    "BadRequestError",
    "BaseClient",
    "Cache",
    "CannotPrompt",
    "CannotRefreshAuthentication",
    "ClientError",
    "Comparison",
    "ConflictError",
    "Container",
    "Contains",
    "Context",
    "DaskArrayClient",
    "DaskDataFrameClient",
    "DaskDatasetClient",
    "DataFrameClient",
    "DataSource",
    "DatasetClient",
    "DecodeError",
    "DeepSearchResults",
    "DictView",
    "Eq",
    "ErrorResponse",
    "ForbiddenError",
    "FullText",
    "GoneError",
    "HTTPStatusError",
    "History",
    "In",
    "ItemsView",
    "Key",
    "KeyLookup",
    "KeyPresent",
    "KeysFilter",
    "KeysView",
    "Like",
    "LimitError",
    "ListView",
    "MetadataRevisions",
    "NotAcceptableError",
    "NotEq",
    "NotFoundError",
    "NotIn",
    "PasswordRejected",
    "ProfileError",
    "ProfileExists",
    "ProfileNotFound",
    "Query",
    "RaggedClient",
    "RateLimitError",
    "Regex",
    "RequestError",
    "ServerError",
    "SparseClient",
    "Spec",
    "SpecQuery",
    "SpecsQuery",
    "StructureFamilyQuery",
    "TiledError",
    "TransportError",
    "UnauthorizedError",
    "UnknownStructureFamily",
    "UnprocessableError",
    "ValuesView",
    "copy",
    "create_profile",
    "delete_profile",
    "from_context",
    "from_profile",
    "from_uri",
    "get_default_profile_name",
    "hide_logs",
    "list_profiles",
    "load_profiles",
    "record_history",
    "set_default_profile_name",
    "show_logs",
    "simple",
    "tree",
    "write_xarray_dataset",
]

if TYPE_CHECKING:
    from specbind.faces.tiled import Admin as Admin
    from specbind.faces.tiled import ArrayClient as ArrayClient
    from specbind.faces.tiled import AwkwardClient as AwkwardClient
    from specbind.faces.tiled import BaseClient as BaseClient
    from specbind.faces.tiled import Container as Container
    from specbind.faces.tiled import Context as Context
    from specbind.faces.tiled import DaskArrayClient as DaskArrayClient
    from specbind.faces.tiled import DaskDataFrameClient as DaskDataFrameClient
    from specbind.faces.tiled import DaskDatasetClient as DaskDatasetClient
    from specbind.faces.tiled import DataFrameClient as DataFrameClient
    from specbind.faces.tiled import DatasetClient as DatasetClient
    from specbind.faces.tiled import DeepSearchResults as DeepSearchResults
    from specbind.faces.tiled import ItemsView as ItemsView
    from specbind.faces.tiled import KeysView as KeysView
    from specbind.faces.tiled import MetadataRevisions as MetadataRevisions
    from specbind.faces.tiled import RaggedClient as RaggedClient
    from specbind.faces.tiled import SparseClient as SparseClient
    from specbind.faces.tiled import ValuesView as ValuesView
    from specbind.faces.tiled import copy as copy
    from specbind.faces.tiled import from_context as from_context
    from specbind.faces.tiled import from_profile as from_profile
    from specbind.faces.tiled import from_uri as from_uri
    from specbind.faces.tiled import simple as simple
    from specbind.faces.tiled import tree as tree
    from specbind.faces.tiled import write_xarray_dataset as write_xarray_dataset

    from ._directions import ASCENDING as ASCENDING
    from ._directions import DESCENDING as DESCENDING
    from ._patches import DELETE_KEY as DELETE_KEY
    from ._views import DictView as DictView
    from ._views import ListView as ListView
    from ._views import Spec as Spec
    from .cache import Cache as Cache
    from .data_sources import Asset as Asset
    from .data_sources import DataSource as DataSource
    from .exceptions import AuthenticationError as AuthenticationError
    from .exceptions import BadRequestError as BadRequestError
    from .exceptions import CannotPrompt as CannotPrompt
    from .exceptions import CannotRefreshAuthentication as CannotRefreshAuthentication
    from .exceptions import ClientError as ClientError
    from .exceptions import ConflictError as ConflictError
    from .exceptions import DecodeError as DecodeError
    from .exceptions import ErrorResponse as ErrorResponse
    from .exceptions import ForbiddenError as ForbiddenError
    from .exceptions import GoneError as GoneError
    from .exceptions import HTTPStatusError as HTTPStatusError
    from .exceptions import LimitError as LimitError
    from .exceptions import NotAcceptableError as NotAcceptableError
    from .exceptions import NotFoundError as NotFoundError
    from .exceptions import PasswordRejected as PasswordRejected
    from .exceptions import ProfileError as ProfileError
    from .exceptions import ProfileExists as ProfileExists
    from .exceptions import ProfileNotFound as ProfileNotFound
    from .exceptions import RateLimitError as RateLimitError
    from .exceptions import RequestError as RequestError
    from .exceptions import ServerError as ServerError
    from .exceptions import TiledError as TiledError
    from .exceptions import TransportError as TransportError
    from .exceptions import UnauthorizedError as UnauthorizedError
    from .exceptions import UnknownStructureFamily as UnknownStructureFamily
    from .exceptions import UnprocessableError as UnprocessableError
    from .history import History as History
    from .history import hide_logs as hide_logs
    from .history import record_history as record_history
    from .history import show_logs as show_logs
    from .profiles import create_profile as create_profile
    from .profiles import delete_profile as delete_profile
    from .profiles import get_default_profile_name as get_default_profile_name
    from .profiles import list_profiles as list_profiles
    from .profiles import load_profiles as load_profiles
    from .profiles import set_default_profile_name as set_default_profile_name
    from .queries import AccessTagsFilter as AccessTagsFilter
    from .queries import Comparison as Comparison
    from .queries import Contains as Contains
    from .queries import Eq as Eq
    from .queries import FullText as FullText
    from .queries import In as In
    from .queries import Key as Key
    from .queries import KeyLookup as KeyLookup
    from .queries import KeyPresent as KeyPresent
    from .queries import KeysFilter as KeysFilter
    from .queries import Like as Like
    from .queries import NotEq as NotEq
    from .queries import NotIn as NotIn
    from .queries import Query as Query
    from .queries import Regex as Regex
    from .queries import SpecQuery as SpecQuery
    from .queries import SpecsQuery as SpecsQuery
    from .queries import StructureFamilyQuery as StructureFamilyQuery
else:
    from specbind.bindings._runtime.lazy import lazy

    _PLACES = {
        "_sync": (
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
        ),
        "_patches": ("DELETE_KEY",),
        "_views": (
            "DictView",
            "ListView",
            "Spec",
        ),
        "cache": ("Cache",),
        "data_sources": (
            "Asset",
            "DataSource",
        ),
        "exceptions": (
            "AuthenticationError",
            "BadRequestError",
            "CannotPrompt",
            "CannotRefreshAuthentication",
            "ClientError",
            "ConflictError",
            "DecodeError",
            "ErrorResponse",
            "ForbiddenError",
            "GoneError",
            "HTTPStatusError",
            "LimitError",
            "NotAcceptableError",
            "NotFoundError",
            "PasswordRejected",
            "ProfileError",
            "ProfileExists",
            "ProfileNotFound",
            "RateLimitError",
            "RequestError",
            "ServerError",
            "TiledError",
            "TransportError",
            "UnauthorizedError",
            "UnknownStructureFamily",
            "UnprocessableError",
        ),
        "history": (
            "History",
            "hide_logs",
            "record_history",
            "show_logs",
        ),
        "profiles": (
            "create_profile",
            "delete_profile",
            "get_default_profile_name",
            "list_profiles",
            "load_profiles",
            "set_default_profile_name",
        ),
        "queries": (
            "AccessTagsFilter",
            "Comparison",
            "Contains",
            "Eq",
            "FullText",
            "In",
            "Key",
            "KeyLookup",
            "KeyPresent",
            "KeysFilter",
            "Like",
            "NotEq",
            "NotIn",
            "Query",
            "Regex",
            "SpecQuery",
            "SpecsQuery",
            "StructureFamilyQuery",
        ),
        "_directions": (
            "ASCENDING",
            "DESCENDING",
        ),
    }
    _MODULES = ("aio", "cache", "data_sources", "exceptions", "history", "profiles", "queries", "structures", "updates")

    __getattr__, __dir__ = lazy(
        __name__,
        {name: place for place, names in _PLACES.items() for name in names} | dict.fromkeys(_MODULES, ""),
    )
