"""Bases of generated resources, and answers that are not parsed yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast, overload

from msgspec import UNSET, UnsetType

from .errors import request_id
from .streams import Unread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType
    from typing import Self

    from multidict import MultiMapping

    from .client import BaseClient
    from .event_stream import EventStream, SyncEventStream
    from .http import HeadersLike, QueryLike, Response
    from .line_stream import LineStream, SyncLineStream
    from .operation import Operation
    from .portal import Portal
    from .streams import ByteStream, SyncByteStream
    from .sync_client import BaseSyncClient
    from .timeout import Timeout

__all__ = ["RawResponse", "Resource", "SyncRawResponse", "SyncResource", "as_raw", "as_raw_sync"]

T = TypeVar("T")
P = ParamSpec("P")


class RawResponse(Generic[T]):
    """An answer before it is parsed. No status is raised yet: `parse` does that.

    Attributes:
        operation: the operation that was called.
        response: the answer.
    """

    def __init__(self, operation: Operation[T], response: Response) -> None:
        self.operation = operation
        self.response = response

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.response.status

    @property
    def headers(self) -> MultiMapping[str]:
        """Headers of the answer."""
        return self.response.headers

    @property
    def content(self) -> bytes:
        """The body, decompressed; b"" for one that is handed over as a stream."""
        return self.response.content

    @property
    def request_id(self) -> str | None:
        """The server's id of the request, None if it gave none."""
        return request_id(self.headers)

    def parse(self) -> T:
        """Give what the method returns; raises StatusError and DecodeError."""
        return self.operation.parse(self.response)

    def close(self) -> None:
        """Let go of the connection, where the answer is a stream. An unread rest is thrown away."""
        self.response.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status} {self.operation.id}>"


class SyncRawResponse(RawResponse[T]):
    """An answer of a synchronous client before it is parsed."""

    def __init__(self, operation: Operation[T], response: Response, portal: Portal) -> None:
        super().__init__(operation, response)
        self.portal = portal

    def parse(self) -> T:
        """Give what the method returns; raises StatusError and DecodeError."""
        found = super().parse()
        return cast("T", found.synchronous(self.portal)) if isinstance(found, Unread) else found

    def close(self) -> None:
        """Let go of the connection, where the answer is a stream. An unread rest is thrown away."""
        self.portal.run(_closed(self.response))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _closed(response: Response) -> None:
    response.close()  # on the event loop that has the connection


class Resource:
    """Base of generated asynchronous resources."""

    def __init__(self, client: BaseClient, *, raw: bool = False) -> None:
        self._client = client
        self._is_raw = raw

    def _raw(self) -> Self:
        return type(self)(self._client, raw=True)

    async def _call(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,  # noqa: ASYNC109 - part of every method's signature
    ) -> T:
        response = await self._client.answer(operation, arguments, extra_headers, extra_query, timeout)
        if self._is_raw:
            return cast("T", RawResponse(operation, response))
        return operation.parse(response)


class SyncResource:
    """Base of generated synchronous resources."""

    def __init__(self, client: BaseSyncClient, *, raw: bool = False) -> None:
        self._client = client
        self._is_raw = raw

    def _raw(self) -> Self:
        return type(self)(self._client, raw=True)

    def _call(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> T:
        response = self._client.answer(operation, arguments, extra_headers, extra_query, timeout)
        if self._is_raw:
            return cast("T", SyncRawResponse(operation, response, self._client.enter()[0]))
        return operation.parse(response)

    @overload
    def _call_stream(
        self,
        operation: Operation[ByteStream],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = ...,
        extra_query: QueryLike | None = ...,
        timeout: Timeout | float | UnsetType | None = ...,
    ) -> SyncByteStream: ...

    @overload
    def _call_stream(
        self,
        operation: Operation[EventStream[T]],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = ...,
        extra_query: QueryLike | None = ...,
        timeout: Timeout | float | UnsetType | None = ...,
    ) -> SyncEventStream[T]: ...

    @overload
    def _call_stream(
        self,
        operation: Operation[LineStream[T]],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = ...,
        extra_query: QueryLike | None = ...,
        timeout: Timeout | float | UnsetType | None = ...,
    ) -> SyncLineStream[T]: ...

    def _call_stream(
        self,
        operation: Operation[Any],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> object:
        return self._call_mixed(operation, arguments, extra_headers, extra_query, timeout)

    def _call_mixed(
        self,
        operation: Operation[Any],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> object:
        """Call an operation that gives a stream or something else; the caller knows which types."""
        response = self._client.answer(operation, arguments, extra_headers, extra_query, timeout)
        raw = SyncRawResponse[Any](operation, response, self._client.enter()[0])
        return raw if self._is_raw else raw.parse()


def as_raw(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """Give the type of a method whose resource answers raw."""
    return cast("Callable[P, Awaitable[RawResponse[T]]]", method)


def as_raw_sync(method: Callable[P, T]) -> Callable[P, SyncRawResponse[T]]:
    """Give the type of a synchronous method whose resource answers raw."""
    return cast("Callable[P, SyncRawResponse[T]]", method)
