"""Calls on binary data."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET

from specbind.bindings._runtime.grpc.grpclib_errors import RpcError
from specbind.bindings.viam.viam.app.data.v1 import (
    BinaryDataByFilterRequest,
    BinaryDataByIDsRequest,
    BinaryMetadata,
    DataRequest,
    DeleteBinaryDataByFilterRequest,
    DeleteBinaryDataByIDsRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_BINARY_DATA_BY_FILTER,
    DATA_SERVICE_BINARY_DATA_BY_IDS,
    DATA_SERVICE_DELETE_BINARY_DATA_BY_FILTER,
    DATA_SERVICE_DELETE_BINARY_DATA_BY_IDS,
)
from specbind.core import arguments
from specbind.core.tasks import in_thread

from ._downloads import TOO_LARGE, Downloads, is_too_large
from ._messages import identifiers
from ._pages import PAGE, each_page, page_of
from ._results import BinaryData, DataPage
from ._rows import binary_facts
from ._written import Folder
from .filters import as_filter

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Iterable

    from specbind.bindings._runtime.grpc.rpc import Rpc
    from specbind.bindings.viam.viam.app.data.v1 import BinaryData as Found
    from specbind.bindings.viam.viam.app.data.v1 import (
        BinaryDataByFilterResponse,
        BinaryDataByIDsResponse,
        Filter,
        Order,
    )

    from ._messages import BinaryIDLike
    from .filters import FilterLike

__all__ = ["Binary"]

Q = TypeVar("Q", BinaryDataByFilterRequest, BinaryDataByIDsRequest)
A = TypeVar("A", "BinaryDataByFilterResponse", "BinaryDataByIDsResponse")


class Binary(Downloads):
    """Files, and bytes that sensors and cameras gave."""

    async def binary_data_by_filter(
        self,
        filter: FilterLike = None,
        dest: str | os.PathLike[str] | None = None,
        include_file_data: bool = True,
        num_files: int | None = None,
    ) -> list[BinaryData]:
        """Get binary data that passes a filter.

        All of it is held in memory, and with bytes there are as many calls as files. For many or large files there are
        `download_by_filter`, which writes them to a folder, and `binary_data`.

        Args:
            filter: which data, None for all.
            dest: folder that gets a file for each, and beside it its metadata as JSON.
            include_file_data: whether the bytes come, too.
            num_files: the most results; 0 for all of them. Default 10 with bytes, 100 without.

        Raises:
            ValueError: `num_files` is negative.
            RpcError: the platform refuses. PageLoopError: its pages lead in a circle.
            OSError: `dest` cannot be written.
        """
        most = (10 if include_file_data else PAGE) if num_files is None else num_files
        most = arguments.whole("num_files", most, least=0)
        folder = None if dest is None else Folder(dest)
        results: list[BinaryData] = []
        async with aclosing(self._each(as_filter(filter), include_file_data, most)) as found:
            async for result in found:
                results.append(result)
                if folder is not None:
                    await _put(folder, result, include=include_file_data)
        return results

    async def binary_data_by_filter_page(
        self,
        filter: FilterLike = None,
        limit: int | None = None,
        sort_order: Order | int | None = None,
        last: str | None = None,
        include_binary_data: bool = True,
        count_only: bool = False,
        include_internal_data: bool = False,
        dest: str | os.PathLike[str] | None = None,
    ) -> DataPage[Found]:
        """Get one page: what the official client's later versions give as `binary_data_by_filter`.

        Args:
            filter: which data, None for all.
            limit: the most results of the page; None leaves it to the platform, which gives 50.
            sort_order: by time of capture.
            last: the page behind this one; what the call before gave.
            include_binary_data: whether the bytes come, too.
            count_only: give no data, only how many there are.
            include_internal_data: also what the platform captured about itself.
            dest: folder that gets a file for each; see `binary_data_by_filter`.

        Returns:
            Messages with `binary` and `metadata`, how many the platform counts, and where the next page begins;
            and as an attribute `total_size_bytes`.

        Raises:
            ValueError: `limit` is negative. RpcError: the platform refuses. OSError: `dest` cannot be written.
        """
        folder = None if dest is None else Folder(dest)
        request = BinaryDataByFilterRequest(
            data_request=page_of(filter, limit, sort_order, last),
            include_binary=include_binary_data,
            count_only=count_only,
            include_internal_data=include_internal_data,
        )
        answer = await self._with_bytes(DATA_SERVICE_BINARY_DATA_BY_FILTER, request)
        if folder is not None:
            for found in answer.data:
                await _put(folder, _result(found), include=include_binary_data)
        return DataPage(answer.data, answer.count, answer.last, answer.total_size_bytes)

    async def binary_data(
        self, filter: FilterLike = None, *, include_file_data: bool = True, num_files: int = 0
    ) -> AsyncGenerator[BinaryData, None]:
        """Give binary data that passes a filter one by one; the next page is fetched when it is asked for.

        Args:
            filter: which data, None for all.
            include_file_data: whether the bytes come, too; then a page is one file.
            num_files: the most results; 0 for all of them.

        Raises:
            ValueError: `num_files` is negative.
            RpcError: the platform refuses. PageLoopError: its pages lead in a circle.
        """
        most = arguments.whole("num_files", num_files, least=0)
        async with aclosing(self._each(as_filter(filter), include_file_data, most)) as found:
            async for result in found:
                yield result

    async def _each(self, chosen: Filter, include: bool, most: int) -> AsyncGenerator[BinaryData, None]:
        """Give results, at most so many (0: all of them)."""
        rpc = DATA_SERVICE_BINARY_DATA_BY_FILTER
        given = 0

        async def fetch(last: str) -> BinaryDataByFilterResponse:
            # with bytes the platform gives one at a time
            limit = 1 if include else min(PAGE, most - given) if most else PAGE
            asked = DataRequest(filter=chosen, limit=limit, last=last)
            return await self._with_bytes(rpc, BinaryDataByFilterRequest(data_request=asked, include_binary=include))

        async with aclosing(each_page(rpc, fetch)) as pages:
            async for page in pages:
                for result in page.data:
                    yield _result(result)
                    given += 1
                    if given == most:
                        return

    async def binary_data_by_ids(
        self,
        binary_ids: Iterable[BinaryIDLike],
        dest: str | os.PathLike[str] | None = None,
        *,
        include_binary_data: bool = True,
    ) -> list[BinaryData]:
        """Get binary data by identifiers.

        Args:
            binary_ids: at least one.
            dest: folder that gets a file for each, and beside it its metadata as JSON.
            include_binary_data: whether the bytes come, too.

        Raises:
            RpcBadRequestError: `binary_ids` is empty; nothing was sent. RpcError: the platform refuses.
            OSError: `dest` cannot be written.
        """
        rpc = DATA_SERVICE_BINARY_DATA_BY_IDS
        folder = None if dest is None else Folder(dest)
        old, new = identifiers(rpc, binary_ids)
        request = BinaryDataByIDsRequest(include_binary=include_binary_data, binary_ids=old, binary_data_ids=new)
        results = [_result(each) for each in (await self._with_bytes(rpc, request)).data]
        if folder is not None:
            for result in results:
                await _put(folder, result, include=include_binary_data)
        return results

    async def _with_bytes(self, rpc: Rpc[Q, A], request: Q) -> A:
        """Ask; where the bytes are too many for one message, they come from addresses."""
        try:
            return await self._ask(rpc, request)
        except TOO_LARGE as error:
            if not request.include_binary or not is_too_large(error):
                raise
            request.include_binary = False
            page = await self._ask(rpc, request)
            found = [each.metadata for each in page.data if each.metadata is not UNSET]
            if len(found) < len(page.data) or not all(each.uri or each.binary_data_id or each.id for each in found):
                raise error from None
            too_large = error
        async with aclosing(self._contents(found)) as contents:
            for each in page.data:
                try:
                    each.binary = await anext(contents)
                except RpcError as refused:  # no signed address: what was asked for first says more
                    raise too_large from refused
        return page

    async def delete_binary_data_by_filter(self, filter: FilterLike, *, include_internal_data: bool = False) -> int:
        """Delete the binary data that passes a filter; gives how many. None and an empty filter mean all of it.

        Args:
            filter: which data.
            include_internal_data: also what the platform captured about itself.

        Raises:
            RpcError: the platform refuses.
        """
        request = DeleteBinaryDataByFilterRequest(filter=as_filter(filter), include_internal_data=include_internal_data)
        return (await self._ask(DATA_SERVICE_DELETE_BINARY_DATA_BY_FILTER, request)).deleted_count

    async def delete_binary_data_by_ids(self, binary_ids: Iterable[BinaryIDLike]) -> int:
        """Delete binary data by identifiers; gives how many.

        Args:
            binary_ids: at least one.

        Raises:
            RpcBadRequestError: `binary_ids` is empty; nothing was sent. RpcError: the platform refuses.
        """
        old, new = identifiers(DATA_SERVICE_DELETE_BINARY_DATA_BY_IDS, binary_ids)
        request = DeleteBinaryDataByIDsRequest(binary_ids=old, binary_data_ids=new)
        return (await self._ask(DATA_SERVICE_DELETE_BINARY_DATA_BY_IDS, request)).deleted_count


def _result(found: Found) -> BinaryData:
    return BinaryData(found.binary, BinaryMetadata() if found.metadata is UNSET else found.metadata)


async def _put(folder: Folder, result: BinaryData, *, include: bool) -> None:
    content = result.data if include else None
    await in_thread(folder.put, content, result.metadata, binary_facts(result.metadata))
