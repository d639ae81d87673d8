"""Calls on tabular data."""

from __future__ import annotations

import errno
import logging
import os
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec
from grpclib.const import Status
from msgspec import UNSET

from specbind.bindings._runtime.grpc.grpclib_errors import RpcDecodeError, RpcLimitError
from specbind.bindings.viam.viam.app.data.v1 import (
    DataRequest,
    DeleteTabularDataRequest,
    DeleteTabularFilter,
    TabularDataByFilterRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_DELETE_TABULAR_DATA,
    DATA_SERVICE_TABULAR_DATA_BY_FILTER,
)
from specbind.core import arguments
from specbind.core.target import check_target
from specbind.core.tasks import in_thread

from ._calls import Calls
from ._downloads import TOO_LARGE, is_too_large
from ._foreign import message_of
from ._messages import moment
from ._pages import PAGE, each_page, page_of
from ._results import DataPage, TabularData
from ._rows import row_facts
from ._tables import check_tables, write_table
from ._written import write_whole
from .filters import as_filter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from specbind.bindings._runtime.grpc.grpclib_errors import RpcError
    from specbind.bindings.viam.viam.app.data.v1 import Filter, Order, TabularDataByFilterResponse

    from ._foreign import SupportsSerialize
    from .filters import FilterLike

__all__ = ["Tabular"]

_LOGGER = logging.getLogger("specbind.viam")

_TABLES = frozenset({".arrow", ".feather", ".parquet"})
_OTHERS = frozenset({".csv", ".tsv", ".xls", ".xlsx"})


class Tabular(Calls):
    """Rows that sensors gave."""

    async def tabular_data_by_filter(
        self, filter: FilterLike = None, dest: str | os.PathLike[str] | None = None
    ) -> list[TabularData]:
        """Get all rows that pass a filter.

        Args:
            filter: which rows, None for all.
            dest: file that is written too: Arrow for `.arrow`, Parquet for `.parquet` (both need pyarrow), else JSON
                lines. A file that is there is replaced, when all rows have come. Checked before anything is asked.

        Raises:
            RpcError: the platform refuses. PageLoopError: its pages lead in a circle.
            OSError: `dest` cannot be written. ModuleNotFoundError: pyarrow is not installed.
            ValueError: `dest` is empty, or ends as files of another kind do (`.csv`).
        """
        path = None if dest is None else await in_thread(_target, dest)
        rows = [row async for row in self.tabular_data(filter)]
        if path is not None:
            await in_thread(_write, rows, path)
        return rows

    async def tabular_data_by_filter_page(
        self,
        filter: FilterLike = None,
        limit: int | None = None,
        sort_order: Order | int | None = None,
        last: str | None = None,
        count_only: bool = False,
        include_internal_data: bool = False,
        dest: str | os.PathLike[str] | None = None,
    ) -> DataPage[TabularData]:
        """Get one page of rows: what the official client's later versions give as `tabular_data_by_filter`.

        Args:
            filter: which data, None for all.
            limit: the most results of the page; None leaves it to the platform, which gives 50.
            sort_order: by time of capture.
            last: the page behind this one; what the call before gave.
            count_only: give no rows, only how many there are.
            include_internal_data: also what the platform captured about itself.
            dest: file that is written too; see `tabular_data_by_filter`.

        Returns:
            The rows, how many the platform counts, and where the next page begins; and as an attribute
            `total_size_bytes`.

        Raises:
            ValueError: `limit` is negative. RpcError: the platform refuses. OSError: `dest` cannot be written.
        """
        path = None if dest is None else await in_thread(_target, dest)
        request = TabularDataByFilterRequest(
            data_request=page_of(filter, limit, sort_order, last),
            count_only=count_only,
            include_internal_data=include_internal_data,
        )
        answer = await self._ask(DATA_SERVICE_TABULAR_DATA_BY_FILTER, request)
        rows = rows_of(answer)
        if path is not None:
            await in_thread(_write, rows, path)
        return DataPage(rows, answer.count, answer.last, answer.total_size_bytes)

    async def tabular_data(self, filter: FilterLike = None) -> AsyncGenerator[TabularData, None]:
        """Give the rows that pass a filter one by one, a page of 100 at a time; the next when it is asked for.

        Where a page does not fit into a message, it is asked for again with half as many rows, down to one, and the
        pages behind it have that size, too. The logger `specbind.viam` says so.

        Args:
            filter: which rows, None for all.

        Raises:
            RpcError: the platform refuses. RpcLimitError, RpcRateLimitError: a single row does not fit into a message.
            PageLoopError: its pages lead in a circle.
        """
        chosen = as_filter(filter)
        given, size = 0, PAGE

        async def fetch(last: str) -> TabularDataByFilterResponse:
            nonlocal size
            while True:
                asked = TabularDataByFilterRequest(data_request=DataRequest(filter=chosen, limit=size, last=last))
                try:
                    return await self._ask(DATA_SERVICE_TABULAR_DATA_BY_FILTER, asked)
                except TOO_LARGE as error:
                    if not is_too_large(error):
                        raise
                    if size == 1:
                        raise _row_too_large(error, given, last) from error
                    size //= 2
                    _LOGGER.warning("%s: a page is too large; asking for %d rows at a time", error.operation, size)

        async with aclosing(each_page(DATA_SERVICE_TABULAR_DATA_BY_FILTER, fetch)) as pages:
            async for page in pages:
                for row in rows_of(page):
                    yield row
                    given += 1

    async def delete_tabular_data(
        self,
        organization_id: str,
        delete_older_than_days: int,
        *,
        filter: DeleteTabularFilter | SupportsSerialize | None = None,
    ) -> int:
        """Delete the rows of an organization that are older than a number of days; gives how many.

        Args:
            organization_id: whose rows.
            delete_older_than_days: age in UTC calendar days, from 0 on; 0 deletes everything.
            filter: which of them, None for all.

        Raises:
            RpcError: the platform refuses.
        """
        days = arguments.whole("delete_older_than_days", delete_older_than_days, least=0, most=0xFFFF_FFFF)
        request = DeleteTabularDataRequest(
            organization_id=arguments.text("organization_id", organization_id),
            delete_older_than_days=days,
            filter=UNSET if filter is None else message_of(DeleteTabularFilter, "filter", filter),
        )
        return (await self._ask(DATA_SERVICE_DELETE_TABULAR_DATA, request)).deleted_count

    async def delete_tabular_data_by_filter(self, filter: Filter | None) -> int:
        """Not there any more: the platform has no such call.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("the platform deletes no tabular data by a filter; use delete_tabular_data")


def _row_too_large(error: RpcError, given: int, last: str) -> RpcError:
    """The same error, which says where the row stands."""
    behind = f", behind last={last[:200]!r}" if last else ""
    message = f"row {given + 1} of the listing{behind} does not fit into a message by itself: {error.message}"
    found = type(error)(error.status, message, error.details, path=error.operation or "", metadata=error.metadata)
    if isinstance(found, RpcLimitError) and isinstance(error, RpcLimitError):
        found.limit = error.limit
    return found


def _target(dest: object) -> Path:
    """The file of rows that is written when they have come, as far as it can be checked before."""
    path = arguments.path("dest", dest)
    suffix = path.suffix.lower()
    if suffix in _OTHERS:
        raise ValueError(f"dest ends in {suffix}, which is not written here: .jsonl, .parquet and .arrow are")
    check_target(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "nothing can be written to this folder", str(path.parent))
    if suffix in _TABLES:
        check_tables()
    return path


def _write(rows: list[TabularData], path: Path) -> None:
    if path.suffix.lower() in _TABLES:
        write_table(rows, path)
        return
    lines = msgspec.json.Encoder().encode_lines([row_facts(row) for row in rows])
    write_whole(path, lambda file: file.write(lines))


def rows_of(page: TabularDataByFilterResponse) -> list[TabularData]:
    """The rows of a page with their metadata.

    Raises:
        RpcDecodeError: a row names metadata that is not there, or a time that is none.
    """
    rpc = DATA_SERVICE_TABULAR_DATA_BY_FILTER
    rows: list[TabularData] = []
    for row in page.data:
        if row.metadata_index >= len(page.metadata):
            message = f"a row names metadata {row.metadata_index}, and the page has {len(page.metadata)}"
            raise RpcDecodeError(Status.INTERNAL, message, path=rpc.path)
        metadata = page.metadata[row.metadata_index]
        received = moment(row.time_received, rpc)
        rows.append(
            TabularData({} if row.data is UNSET else row.data, metadata, moment(row.time_requested, rpc), received)
        )
    return rows
