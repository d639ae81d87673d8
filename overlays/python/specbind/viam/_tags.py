"""Calls on tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.bindings.viam.viam.app.data.v1 import (
    AddTagsToBinaryDataByFilterRequest,
    AddTagsToBinaryDataByIDsRequest,
    RemoveTagsFromBinaryDataByFilterRequest,
    RemoveTagsFromBinaryDataByIDsRequest,
    TagsByFilterRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_ADD_TAGS_TO_BINARY_DATA_BY_FILTER,
    DATA_SERVICE_ADD_TAGS_TO_BINARY_DATA_BY_IDS,
    DATA_SERVICE_REMOVE_TAGS_FROM_BINARY_DATA_BY_FILTER,
    DATA_SERVICE_REMOVE_TAGS_FROM_BINARY_DATA_BY_IDS,
    DATA_SERVICE_TAGS_BY_FILTER,
)

from ._calls import Calls
from ._messages import identifiers, refusal, texts
from .filters import as_filter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.bindings._runtime.grpc.rpc import Rpc

    from ._messages import BinaryIDLike
    from .filters import FilterLike

__all__ = ["Tags"]


class Tags(Calls):
    """Tags of binary data."""

    async def add_tags_to_binary_data_by_ids(self, tags: Iterable[str], binary_ids: Iterable[BinaryIDLike]) -> None:
        """Add tags to binary data.

        Args:
            tags: at least one.
            binary_ids: at least one.

        Raises:
            RpcBadRequestError: one of them is empty; nothing was sent. RpcError: the platform refuses.
        """
        rpc = DATA_SERVICE_ADD_TAGS_TO_BINARY_DATA_BY_IDS
        names, (old, new) = _some(rpc, tags), identifiers(rpc, binary_ids)
        await self._ask(rpc, AddTagsToBinaryDataByIDsRequest(tags=names, binary_ids=old, binary_data_ids=new))

    async def add_tags_to_binary_data_by_filter(self, tags: Iterable[str], filter: FilterLike = None) -> None:
        """Add tags to the binary data that passes a filter, None for all of it.

        Raises:
            RpcBadRequestError: there are no tags; nothing was sent. RpcError: the platform refuses.
        """
        rpc = DATA_SERVICE_ADD_TAGS_TO_BINARY_DATA_BY_FILTER
        await self._ask(rpc, AddTagsToBinaryDataByFilterRequest(filter=as_filter(filter), tags=_some(rpc, tags)))

    async def remove_tags_from_binary_data_by_ids(self, tags: Iterable[str], binary_ids: Iterable[BinaryIDLike]) -> int:
        """Remove tags from binary data; gives how many were removed.

        Args:
            tags: at least one.
            binary_ids: at least one.

        Raises:
            RpcBadRequestError: one of them is empty; nothing was sent. RpcError: the platform refuses.
        """
        rpc = DATA_SERVICE_REMOVE_TAGS_FROM_BINARY_DATA_BY_IDS
        names, (old, new) = _some(rpc, tags), identifiers(rpc, binary_ids)
        request = RemoveTagsFromBinaryDataByIDsRequest(tags=names, binary_ids=old, binary_data_ids=new)
        return (await self._ask(rpc, request)).deleted_count

    async def remove_tags_from_binary_data_by_filter(self, tags: Iterable[str], filter: FilterLike = None) -> int:
        """Remove tags from the binary data that passes a filter, None for all of it; gives how many were removed.

        Raises:
            RpcBadRequestError: there are no tags; nothing was sent. RpcError: the platform refuses.
        """
        rpc = DATA_SERVICE_REMOVE_TAGS_FROM_BINARY_DATA_BY_FILTER
        request = RemoveTagsFromBinaryDataByFilterRequest(filter=as_filter(filter), tags=_some(rpc, tags))
        return (await self._ask(rpc, request)).deleted_count

    async def tags_by_filter(self, filter: FilterLike = None) -> list[str]:
        """All tags of the data that passes a filter, None for all of it.

        Raises:
            RpcError: the platform refuses.
        """
        return (await self._ask(DATA_SERVICE_TAGS_BY_FILTER, TagsByFilterRequest(filter=as_filter(filter)))).tags


def _some(rpc: Rpc[Any, Any], tags: object) -> list[str]:
    found = texts("tags", tags)
    if not found:
        raise refusal(rpc, "tags is empty")
    return found
