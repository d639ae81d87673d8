"""Records of types and instances of system resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime.narrowing import is_array, is_object
from specbind.bindings.vantiq.operations import records, resources
from specbind.core import arguments as given

from ._caller import Caller, clause, pick
from ._paths import checked_mapping, fault, without_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from specbind.vantiq.filters import Filter
    from specbind.vantiq.response import VantiqResponse

__all__ = ["Records"]

_MANY = 1000
_OF_PAGES = ("count", "limit", "page", "props", "sort", "where")


class Records(Caller):
    """Select, count, insert, change and delete."""

    async def select(
        self,
        resource: str,
        properties: list[str] | None = None,
        where: dict[str, Any] | Filter | None = None,
        sort_spec: dict[str, int] | None = None,
        limit: int | None = None,
        options: dict[str, str] | None = None,
    ) -> VantiqResponse:
        """Instances of a resource, or records of a type.

        Args:
            resource: a constant of VantiqResources, or the name of a type.
            properties: members that are wanted; all where None.
            where: condition on them, a dict or `where.name == "x"`.
            sort_spec: members to sort by, each with 1 or -1; `sort("-name")` makes it.
            limit: most of them; None and 0 mean all. With a limit, `count` is how many there are in all.
            options: further parameters of the query; they go before those above.

        Raises:
            VantiqException: there is no answer, or an argument is wrong.
        """
        query = clause(where)
        if props := _names("properties", properties):
            query["props"] = props
        if order := checked_mapping("sort_spec", sort_spec):
            query["sort"] = order
        if limit is not None and _limit(limit):
            query |= {"limit": limit, "count": True}
        operation = pick(resource, records.SELECT_RECORDS, resources.SELECT_INSTANCES)
        return await self._ask("select", operation, resource, query=query, extra_query=_options(options))

    async def select_one(self, resource: str, resource_id: str | None = None) -> VantiqResponse:
        """One instance or record, by its name or `_id`, which is needed. Arguments and errors as in `select`."""
        operation = pick(resource, records.SELECT_RECORD, resources.SELECT_INSTANCE)
        return await self._ask("selectOne", operation, resource, resource_id)

    async def count(self, resource: str, where: dict[str, Any] | Filter | None = None) -> VantiqResponse:
        """How many there are: the `count` of the answer. Arguments and errors as in `select`."""
        query = {**clause(where), "count": True, "limit": 1, "props": ["_id"]}
        operation = pick(resource, records.SELECT_RECORDS, resources.SELECT_INSTANCES)
        answer = await self._ask("count", operation, resource, query=query)
        answer.body = {}  # also after a failure, as programs know it
        return answer

    async def insert(self, resource: str, instance: dict[str, Any]) -> VantiqResponse:
        """Add an instance or a record; the answer has it as it is now. Errors as in `select`."""
        operation = pick(resource, records.INSERT_RECORD, resources.INSERT_INSTANCE)
        if instance is None:  # pyright: ignore[reportUnnecessaryComparison] - from callers
            raise fault("insert.none", "The object to be inserted cannot be None.")
        return await self._ask("insert", operation, resource, body=instance)

    async def upsert(self, resource: str, instance: dict[str, Any]) -> VantiqResponse:
        """Add a record, or change the one with the same natural key. Errors as in `select`."""
        operation = pick(resource, records.INSERT_RECORD, resources.INSERT_INSTANCE)
        if instance is None:  # pyright: ignore[reportUnnecessaryComparison] - from callers
            raise fault("upsert.none", "The object to be upserted cannot be None.")
        body = without_id(checked_mapping("instance", instance))
        return await self._ask("upsert", operation, resource, query={"upsert": True}, body=body)

    async def update(self, resource: str, resource_id: str, instance: dict[str, Any]) -> VantiqResponse:
        """Change members of an instance or a record. Errors as in `select`."""
        operation = pick(resource, records.UPDATE_RECORD, resources.UPDATE_INSTANCE)
        if instance is None:  # pyright: ignore[reportUnnecessaryComparison] - from callers
            raise fault("update.none", "The changes of an update cannot be None.")
        body = without_id(checked_mapping("instance", instance))
        return await self._ask("update", operation, resource, resource_id, body=body)

    async def delete(self, resource: str, where: dict[str, Any] | Filter | None) -> VantiqResponse:
        """Delete what the condition names; **everything** where it is None. `count` is how many there were.

        Errors as in `select`.
        """
        operation = pick(resource, records.DELETE_RECORDS, resources.DELETE_INSTANCES)
        return await self._ask("delete", operation, resource, query={**clause(where), "count": True})

    async def delete_one(self, resource: str, resource_id: str) -> VantiqResponse:
        """Delete one instance or record, by its name or `_id`. Errors as in `select`."""
        operation = pick(resource, records.DELETE_RECORD, resources.DELETE_INSTANCE)
        return await self._ask("deleteOne", operation, resource, resource_id)

    async def select_pages(
        self,
        resource: str,
        properties: list[str] | None = None,
        where: dict[str, Any] | Filter | None = None,
        sort_spec: dict[str, int] | None = None,
        *,
        page_size: int = _MANY,
        options: dict[str, str] | None = None,
    ) -> AsyncGenerator[list[dict[str, Any]], None]:
        """Pages of what `select` gives all at once, without an order by `_id`: none is missed when others are deleted.

        With an order, what is inserted or deleted meanwhile may move records between pages.

        Raises:
            VantiqException: as in `select`, and where the server says no, gives the same page twice, or no `_id`.
        """
        size = _page_size(page_size)
        choice = dict(_options(options))
        if not choice.keys().isdisjoint(_OF_PAGES):
            raise fault("option.paging", "{0} are no options of a call that makes pages.", ", ".join(_OF_PAGES))
        wanted, given_up = _with_id(_names("properties", properties))
        order = {**sort_spec, "_id": 1} if sort_spec and "_id" not in sort_spec else sort_spec or {"_id": 1}
        condition, before = clause(where).get("where"), list[object]()
        page = given_so_far = 0
        while True:
            page += 1
            asked = condition
            if not sort_spec and before:
                asked = _behind(condition, before[-1])
            elif sort_spec:
                choice["page"] = str(page)
            answer = await self.select(resource, wanted, asked, order, size, choice)
            rows = _rows(answer, resource)
            if not rows:
                return
            given_so_far = len(rows) + (given_so_far if sort_spec else 0)
            ended = answer.count is not None and given_so_far >= answer.count
            ids: list[object] = [row.get("_id") for row in rows]
            if (before and ids == before) or (answer.count is not None and given_so_far > answer.count):
                message = "The server gives the same records as pages {0} and {1}."
                raise fault("select.samepage", message, page - 1, page)
            _check_ids(ids, resource, ended=ended)
            before = ids
            if given_up:
                for row in rows:
                    row.pop("_id", None)
            yield rows
            if ended:
                return

    async def records(
        self,
        resource: str,
        properties: list[str] | None = None,
        where: dict[str, Any] | Filter | None = None,
        sort_spec: dict[str, int] | None = None,
        *,
        page_size: int = _MANY,
        options: dict[str, str] | None = None,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The records of `select_pages`, one by one."""
        async for rows in self.select_pages(
            resource, properties, where, sort_spec, page_size=page_size, options=options
        ):
            for row in rows:
                yield row


def _with_id(properties: list[str] | None) -> tuple[list[str] | None, bool]:
    """Members to ask for, with the one that pages need, and whether it was not wanted."""
    if not properties or "_id" in properties:
        return properties, False
    return [*properties, "_id"], True


def _behind(condition: dict[str, Any] | None, last: object) -> dict[str, Any]:
    after: dict[str, Any] = {"_id": {"$gt": last}}
    return {"$and": [condition, after]} if condition else after


def _check_ids(ids: list[object], resource: str, *, ended: bool) -> None:
    if None in ids and not ended:
        raise fault("select.noid", "The server gives records of {0} without _id, so no further page.", resource)


def _rows(answer: VantiqResponse, resource: str) -> list[dict[str, Any]]:
    found: object = answer.raise_for_errors().body
    if not is_array(found) or not all(is_object(row) for row in found):
        raise fault("select.nolist", "The server gave no list of records for a page of {0}.", resource)
    return cast("list[dict[str, Any]]", found)


def _names(argument: str, names: object) -> list[str] | None:
    """Names of members, None for none. Raises VantiqException for what is no list of texts."""
    if names is None:
        return None
    kind = type(names).__name__
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in cast("list[object]", names)):
        raise fault("argument.invalid", "{0} is a list of names, not {1}.", argument, kind)
    return list(cast("list[str]", names))


def _page_size(size: object) -> int:
    try:
        return given.whole("page_size", size, least=1)
    except (TypeError, ValueError) as error:
        raise fault("pagesize.invalid", "{0}", str(error)) from error


def _limit(limit: object) -> int:
    try:
        return given.whole("limit", limit, least=0)
    except (TypeError, ValueError) as error:
        raise fault("limit.invalid", "{0}", str(error)) from error


def _options(options: dict[str, str] | None) -> dict[str, str]:
    for key, value in checked_mapping("options", options).items():
        if not isinstance(value, str) or not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
            message = "Options to queries must be of type str. Found key {0}:{1} and value {2}:{3}."
            raise fault("option.stringsrequired", message, key, type(key).__name__, value, type(value).__name__)
    return options or {}
