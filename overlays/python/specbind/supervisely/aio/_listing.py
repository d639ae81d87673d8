"""What every part of the API has: lists in pages, and entities as NamedTuples."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from specbind.core import arguments
from specbind.core.backoff import settled
from specbind.supervisely import fields
from specbind.supervisely.exceptions import ApiAnswerError, ApiStatusError

from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from specbind.supervisely.types import Entries

    from ._wire import Wire
    from .api import Api

__all__ = ["Listing", "as_filter"]

T = TypeVar("T")
_MOST_PAGES = 1_000_000


class Page(msgspec.Struct):
    """A page of any list."""

    entities: list[dict[str, Any]]
    total: int
    pages_count: int = msgspec.field(name="pagesCount")
    per_page: int = msgspec.field(name="perPage", default=0)
    after: str | None = None


def as_filter(field: str, value: object, operator: str = "=") -> dict[str, Any]:
    """A condition on the entries of a list."""
    return {"field": field, "operator": operator, "value": value}


class Listing:
    """Base of the parts of the API. The methods of lists take the name of any list method of the server."""

    MAX_WAIT_ATTEMPTS = 999
    """Attempts of those who wait for a state."""
    WAIT_ATTEMPT_TIMEOUT_SEC = 1
    """Seconds between these attempts."""
    InfoType: ClassVar[type[Any]]
    """The NamedTuple of an entity."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def _wire(self) -> Wire:
        return self._api._wire  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package, not for callers

    @staticmethod
    def info_sequence() -> list[fields.Field]:
        """Members of the server's JSON in the order of the fields of the NamedTuple."""
        raise NotImplementedError

    @staticmethod
    def info_tuple_name() -> str:
        """Name of the NamedTuple."""
        raise NotImplementedError

    @classmethod
    def convert_info_to_json(cls, info: Sequence[object]) -> dict[str, Any]:
        """The server's JSON of an entity.

        Args:
            info: the NamedTuple of the entity.

        Raises:
            ValueError: it has another number of fields.
        """
        sequence = cls.info_sequence()
        if len(sequence) != len(info):
            raise ValueError(f"info is a {cls.info_tuple_name()} of {len(sequence)} fields, this has {len(info)}")
        return fields.to_json(sequence, info)

    def _convert(self, json: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the NamedTuple of the part
        return fields.to_tuple(self.InfoType, self.info_sequence(), json)

    async def _entity(self, asked: Awaitable[object], what: str, *, raise_error: bool | None) -> dict[str, Any] | None:
        """What a call for one entity gives, None where there is none.

        Raises:
            KeyError: there is none, and `raise_error` is true.
        """
        try:
            with translated():
                found: dict[str, Any] = fields.plain(await asked)
        except ApiStatusError as error:
            if error.status != 404:
                raise
            if raise_error:
                raise KeyError(f"there is no {what} for this user") from error
            return None
        return found

    async def _page(self, method: str, body: Mapping[str, Any]) -> Page:
        arguments.mapping("data", body)
        with translated():
            _, _, content = await self._wire.post(method, body, idempotent=True)
        try:
            return msgspec.json.decode(content, type=Page)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiAnswerError(f"the answer to {method} is no page of a list: {error}") from error

    async def get_list_all_pages(
        self,
        method: str,
        data: dict[str, Any],
        progress_cb: Callable[[int], object] | None = None,
        convert_json_info_cb: Callable[[dict[str, Any]], object] | None = None,
        limit: int | None = None,
        return_first_response: bool = False,
    ) -> Any:  # noqa: ANN401 - NamedTuples, or what the callback makes
        """All entries of a list.

        Args:
            method: name of the list method, such as `projects.versions.list`.
            data: what it wants; without `sort` the entries come by id.
            progress_cb: called with the number of entries of each page.
            convert_json_info_cb: makes something else of an entry than the NamedTuple; may be asynchronous.
            limit: entries at most.
            return_first_response: give a pair of the entries and the JSON of the first page.

        Raises:
            SuperviselyError: the call failed, or entries are missing.
        """
        first: dict[str, Any] = {}
        found: list[Any] = []
        async for page in self._pages(method, data, progress_cb, limit):
            if not first:
                first.update(msgspec.to_builtins(page))
            found += [await self._made(entry, convert_json_info_cb) for entry in page.entities]
        return (found, first) if return_first_response else found

    async def get_list_all_pages_generator(
        self,
        method: str,
        data: dict[str, Any],
        progress_cb: Callable[[int], object] | None = None,
        convert_json_info_cb: Callable[[dict[str, Any]], object] | None = None,
        limit: int | None = None,
        return_first_response: bool = False,  # noqa: ARG002 - the official client takes it and does nothing with it
    ) -> AsyncIterator[Entries]:
        """The pages of a list, each when it is asked for. The last one is cut at `limit`.

        Args:
            method: name of the list method.
            data: what it wants; with `pagination_mode` `token` the server's `after` leads from page to page.
            progress_cb: called with the number of entries of each page.
            convert_json_info_cb: makes something else of an entry than the NamedTuple; may be asynchronous.
            limit: entries at most.
            return_first_response: has no effect.

        Raises:
            SuperviselyError: the call failed, or entries are missing.
        """
        async for page in self._pages(method, data, progress_cb, limit):
            yield [await self._made(entry, convert_json_info_cb) for entry in page.entities]

    async def _made(self, entry: dict[str, Any], convert: Callable[[dict[str, Any]], object] | None) -> Any:  # noqa: ANN401
        return self._convert(entry) if convert is None else await settled(convert(entry))

    async def _pages(
        self, method: str, data: Mapping[str, Any], progress: Callable[[int], object] | None, limit: int | None
    ) -> AsyncIterator[Page]:
        arguments.text("method", method)
        arguments.mapping("data", data)
        if limit is not None:
            arguments.whole("limit", limit, least=1)
        body = {"sort": "id", "sort_order": "asc", **data} if "sort" not in data else dict(data)
        by_token = data.get("pagination_mode") == "token"
        came, number, seen = 0, 1, set[str]()
        while True:
            page = await self._page(method, body)
            if limit is not None:
                del page.entities[max(0, limit - came) :]
            came += len(page.entities)
            if progress is not None:
                await settled(progress(len(page.entities)))
            yield page
            number += 1
            if limit is not None and came >= limit:
                return
            after = page.after if by_token else None
            if (by_token and (after is None or after in seen)) or (
                not by_token and (number > min(page.pages_count, _MOST_PAGES) or not page.entities)
            ):
                break
            body.update({"after": after} if by_token else {"page": number, "per_page": page.per_page})
            seen.add(after or "")
        if came < page.total:
            raise ApiAnswerError(f"{method} gave {came} entries where it says that there are {page.total}; list again")

    async def get_list_idx_page_async(self, method: str, data: dict[str, Any]) -> tuple[int, Entries]:
        """One page of a list, whose number stands in `data` as `page`. Gives the number of pages, and the entries.

        Args:
            method: name of the list method.
            data: what it wants.
        """
        page = await self._page(method, data)
        return page.pages_count, [self._convert(entry) for entry in page.entities]

    async def get_list_page_generator_async(
        self,
        method: str,
        data: dict[str, Any],
        pages_count: int | None = None,
        semaphore: asyncio.Semaphore | None = None,
    ) -> AsyncIterator[Entries]:
        """The pages of a list by their number, each when it is asked for.

        Args:
            method: name of the list method.
            data: what it wants; it is left as it is.
            pages_count: pages at most; the server's number counts where it is lower.
            semaphore: bounds the calls that run at the same time.
        """
        last = _MOST_PAGES if pages_count is None else arguments.whole("pages_count", pages_count, least=1)
        number = 1
        while number <= last:
            async with semaphore or asyncio.Semaphore():
                total, entries = await self.get_list_idx_page_async(method, {**data, "page": number})
            last = min(last, total)
            yield entries
            if not entries:
                return  # whatever number of pages the server tells
            number += 1
