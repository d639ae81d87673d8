"""Which data passes a filter, and which page of it is asked for."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    CaptureInterval,
    DataRequest,
    DeleteTabularFilter,
    Filter,
    Order,
    TagsFilter,
    TagsFilterType,
)

from .records import Binary, Record, checked_time, nanoseconds
from .refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from msgspec import UnsetType

__all__ = ["Page", "by_filter", "by_interval", "same_type", "select", "slice_of", "wanted_by_delete"]

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_INTERNAL = "rdk-internal:"
_MOST = 1 << 20


def same_type(stated: str, wanted: str) -> bool:
    """Whether two types of components are the same: `camera` means `rdk:component:camera` as well."""
    if ":" in stated and ":" in wanted:
        return stated == wanted
    return stated.rpartition(":")[2] == wanted.rpartition(":")[2]


def by_filter(request: Filter | UnsetType, *, internal: bool = False) -> Callable[[Record], bool]:
    """Make a test of a filter; without one everything passes.

    Args:
        request: the filter.
        internal: let through what the platform captured about itself.

    Raises:
        GRPCError: INVALID_ARGUMENT, the filter cannot be meant.
    """
    wanted = Filter() if request is UNSET else request
    in_time = by_interval(wanted.interval)
    tagged = _by_tags(wanted.tags_filter)
    equal = _stated(("component_name", wanted.component_name), ("method", wanted.method))
    of_part = _stated(
        ("robot_name", wanted.robot_name),
        ("robot_id", wanted.robot_id),
        ("name", wanted.part_name),
        ("id", wanted.part_id),
    )

    def passes(record: Record) -> bool:
        capture = record.capture
        return (
            (internal or not capture.component_type.startswith(_INTERNAL))
            and (not equal or all(getattr(capture, name) == value for name, value in equal))
            and (not of_part or all(getattr(capture.part, name) == value for name, value in of_part))
            and (not wanted.component_type or same_type(capture.component_type, wanted.component_type))
            and (not wanted.location_ids or capture.part.location_id in wanted.location_ids)
            and (not wanted.organization_ids or capture.part.organization_id in wanted.organization_ids)
            and (not wanted.mime_type or capture.mime_type in wanted.mime_type)
            and in_time(record)
            and tagged(record)
            and _has_labels(record, wanted.bbox_labels)
            and (not wanted.dataset_id or (isinstance(record, Binary) and wanted.dataset_id in record.dataset_ids))
        )

    return passes


def _stated(*members: tuple[str, str]) -> list[tuple[str, str]]:
    return [member for member in members if member[1]]


def _has_labels(record: Record, labels: Sequence[str]) -> bool:
    return not labels or (isinstance(record, Binary) and any(box.label in labels for box in record.boxes))


def wanted_by_delete(request: DeleteTabularFilter | UnsetType) -> Callable[[Record], bool]:
    """Make a test of the smaller filter that deletions of rows take."""
    if request is UNSET:
        return by_filter(UNSET, internal=True)
    return by_filter(
        Filter(
            location_ids=request.location_ids,
            robot_id=request.robot_id,
            part_id=request.part_id,
            component_type=request.component_type,
            component_name=request.component_name,
            method=request.method,
            tags_filter=request.tags_filter,
        ),
        internal=True,
    )


def by_interval(interval: CaptureInterval | UnsetType) -> Callable[[Record], bool]:
    """Make a test of the time of capture; both ends belong to an interval. Raises INVALID_ARGUMENT."""
    if interval is UNSET:
        return lambda _: True
    begin = checked_time("interval.start", interval.start)
    end = checked_time("interval.end", interval.end)
    least = None if begin is None else nanoseconds(begin)
    most = None if end is None else nanoseconds(end)
    if least is not None and most is not None and least > most:
        raise invalid("interval.start is after interval.end")
    return lambda record: (least is None or record.moment >= least) and (most is None or record.moment <= most)


def _by_tags(wanted: TagsFilter | UnsetType) -> Callable[[Record], bool]:
    if wanted is UNSET:
        return lambda _: True
    tags = frozenset(wanted.tags)
    match wanted.type:
        case TagsFilterType.TAGS_FILTER_TYPE_UNSPECIFIED | TagsFilterType.TAGS_FILTER_TYPE_MATCH_BY_OR:
            return lambda record: not tags or not tags.isdisjoint(record.capture.tags)
        case TagsFilterType.TAGS_FILTER_TYPE_TAGGED:
            return lambda record: bool(record.capture.tags)
        case TagsFilterType.TAGS_FILTER_TYPE_UNTAGGED:
            return lambda record: not record.capture.tags
        case _:
            raise invalid(f"tags_filter.type {int(wanted.type)} is not known")


@dataclass
class Page(Generic[T]):
    """One page, where the next one begins, and how much there is."""

    found: list[T]
    last: str
    count: int
    size: int


def select(
    records: Iterable[R],
    request: DataRequest | UnsetType,
    page_size: int,
    *,
    internal: bool = False,
    count_only: bool = False,
    counted: Literal["all", "page"] = "all",
) -> Page[R]:
    """The page that a request asks for.

    `last` tells the place of a record, not the record, so that a page can be asked for whose former one was deleted.
    Without an order records come as they were uploaded. `counted` says whether the count is that of all that passes, or
    of the page.

    Raises:
        GRPCError: INVALID_ARGUMENT, the filter, the order or `last` cannot be meant.
    """
    wanted = DataRequest() if request is UNSET else request
    passes = by_filter(wanted.filter, internal=internal)
    place = _place(wanted.sort_order)
    passed = sorted((record for record in records if passes(record)), key=place)
    count, size = len(passed), sum(record.size for record in passed)
    after = _read_place(wanted.last) if wanted.last else None
    if count_only:
        return Page([], "", count, size)
    start = 0 if after is None else bisect_right(passed, after, key=place)
    found = passed[start : start + min(wanted.limit or page_size, _MOST)]
    stated = count if counted == "all" else len(found)
    return Page(found, _show_place(place(found[-1])) if found else "", stated, size)


def _place(order: Order) -> Callable[[Record], tuple[int, int]]:
    match order:
        case Order.ORDER_UNSPECIFIED:
            return lambda record: (0, record.number)
        case Order.ORDER_ASCENDING:
            return lambda record: (record.moment, record.number)
        case Order.ORDER_DESCENDING:
            return lambda record: (-record.moment, -record.number)
        case _:
            raise invalid(f"sort_order {int(order)} is not known")


def _show_place(place: tuple[int, int]) -> str:
    return f"{place[0]:x}.{place[1]:x}"


def _read_place(text: str) -> tuple[int, int]:
    moment, _, number = text.partition(".")
    try:
        return int(moment[:40], 16), int(number[:40], 16)
    except ValueError:
        raise invalid("last is none that a page has given") from None


def slice_of(found: Sequence[T], token: str, size: int, page_size: int) -> tuple[list[T], str]:
    """A page by its token, and the token of the next one, empty where there is none. Raises INVALID_ARGUMENT."""
    if token and not (token.isascii() and token.isdecimal() and len(token) < 10):
        raise invalid("page_token is none that a page has given")
    start = int(token or "0")
    end = start + min(size or page_size, _MOST)
    return list(found[start:end]), str(end) if end < len(found) else ""
