"""Pages of captured data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from specbind.bindings.viam.viam.app.data.v1 import DataRequest, Order
from specbind.core import arguments
from specbind.core.errors import PageLoopError

from .filters import as_filter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from specbind.bindings._runtime.grpc.rpc import Rpc

    from .filters import FilterLike

__all__ = ["PAGE", "each_page", "page_of"]

PAGE = 100
"""Most results of a page; the platform gives no more."""


class Page(Protocol):
    """An answer that is one of several."""

    @property
    def data(self) -> Sequence[object]: ...

    @property
    def count(self) -> int: ...

    @property
    def last(self) -> str: ...


P = TypeVar("P", bound=Page)


def page_of(filter: FilterLike, limit: int | None, sort_order: Order | int | None, last: str | None) -> DataRequest:
    """Ask for one page; None leaves a member to the platform.

    Raises:
        TypeError: a member is of another type. ValueError: `limit` is negative.
    """
    return DataRequest(
        filter=as_filter(filter),
        limit=0 if limit is None else arguments.whole("limit", limit, least=0),
        sort_order=Order(0 if sort_order is None else arguments.whole("sort_order", sort_order)),
        last=arguments.optional_text("last", last) or "",
    )


async def each_page(rpc: Rpc[Any, Any], fetch: Callable[[str], Awaitable[P]]) -> AsyncGenerator[P, None]:
    """Give the pages of a query one by one; the next is fetched when it is asked for.

    It ends at an empty page, at one that names no next one, and where a platform that counts more than one page holds
    has given all that it counts. A page that is shorter than was asked for is no end.

    Args:
        rpc: what gives the pages, for errors.
        fetch: gets the page behind `last`, empty for the first one.

    Raises:
        PageLoopError: `last` came twice.
    """
    seen = most = 0
    counts_all = False
    last = ""
    known: set[str] = {""}
    while (page := await fetch(last)).data:
        yield page
        found = len(page.data)
        seen += found
        most = max(most, page.count)
        # servers count all results, those that are left, those of the page, or none: only more than the page holds is
        # known not to be a count of the page
        counts_all = counts_all or page.count > found
        if not page.last or (counts_all and seen >= most):
            return
        last = page.last
        if last in known:
            error = PageLoopError(f"the listing leads in a circle: page {last[:200]!r} came twice")
            error.operation = rpc.path
            raise error
        known.add(last)
