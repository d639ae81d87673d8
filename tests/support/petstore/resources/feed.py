"""Resource `feed`, asynchronous and synchronous."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .. import models
from .._runtime import (
    UNSET,
    Resource,
    SyncResource,
    as_raw,
    as_raw_sync,
    as_raw_sync_with_headers,
    as_raw_with_headers,
)
from ..operations import feed as operations

if TYPE_CHECKING:
    from .._runtime import (
        EventStream,
        HeadersLike,
        Items,
        LineStream,
        QueryLike,
        SyncEventStream,
        SyncLineStream,
        Timeout,
        UnsetType,
    )

__all__ = ["Feed", "SyncFeed"]


class Feed(Resource):
    """Streams and the like."""

    @property
    def with_raw_response(self) -> FeedWithRawResponse:
        """The same methods, returning status, headers and body unparsed."""
        return FeedWithRawResponse(self._raw())

    async def watch(
        self,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> EventStream[models.Tick]:
        return await self._call(operations.WATCH, (), extra_headers, extra_query, timeout)

    async def export(
        self,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> LineStream[models.Tick]:
        return await self._call(operations.EXPORT, (), extra_headers, extra_query, timeout)

    async def import_(
        self,
        *,
        body: Items[models.Tick],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> int:
        return await self._call(operations.IMPORT, (body,), extra_headers, extra_query, timeout)

    async def chat(
        self,
        *,
        stream: bool | UnsetType = UNSET,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Tick | EventStream[models.Tick]:
        return await self._call(operations.CHAT, (stream,), extra_headers, extra_query, timeout)

    async def count(
        self,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Labels:
        return await self._call(operations.COUNT, (), extra_headers, extra_query, timeout)

    async def send(
        self,
        *,
        body: models.NewPet,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> None:
        return await self._call(operations.SEND, (body,), extra_headers, extra_query, timeout)


class FeedWithRawResponse:
    """The methods of `Feed`, each giving a RawResponse."""

    def __init__(self, raw: Feed) -> None:
        self.watch = as_raw(raw.watch)
        self.export = as_raw(raw.export)
        self.import_ = as_raw(raw.import_)
        self.chat = as_raw(raw.chat)
        self.count = as_raw_with_headers(raw.count, lambda: models.CountHeaders)  # where answers declare headers
        self.send = as_raw(raw.send)


class SyncFeed(SyncResource):
    """Streams and the like."""

    @property
    def with_raw_response(self) -> SyncFeedWithRawResponse:
        """The same methods, returning status, headers and body unparsed."""
        return SyncFeedWithRawResponse(self._raw())

    def watch(
        self,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> SyncEventStream[models.Tick]:
        return self._call_stream(operations.WATCH, (), extra_headers, extra_query, timeout)

    def export(
        self,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> SyncLineStream[models.Tick]:
        return self._call_stream(operations.EXPORT, (), extra_headers, extra_query, timeout)

    def import_(
        self,
        *,
        body: Items[models.Tick],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> int:
        return self._call(operations.IMPORT, (body,), extra_headers, extra_query, timeout)

    def chat(
        self,
        *,
        stream: bool | UnsetType = UNSET,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Tick | SyncEventStream[models.Tick]:
        return cast(
            "models.Tick | SyncEventStream[models.Tick]",
            self._call_mixed(operations.CHAT, (stream,), extra_headers, extra_query, timeout),
        )

    def count(
        self,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Labels:
        return self._call(operations.COUNT, (), extra_headers, extra_query, timeout)


class SyncFeedWithRawResponse:
    """The methods of `SyncFeed`, each giving a SyncRawResponse."""

    def __init__(self, raw: SyncFeed) -> None:
        self.watch = as_raw_sync(raw.watch)
        self.export = as_raw_sync(raw.export)
        self.import_ = as_raw_sync(raw.import_)
        self.chat = as_raw_sync(raw.chat)
        self.count = as_raw_sync_with_headers(raw.count, lambda: models.CountHeaders)
