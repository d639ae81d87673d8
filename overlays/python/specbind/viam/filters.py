"""Filters of captured data that read like Python.

    from specbind.viam.filters import F

    night = (F.component_name == "camera-1") & F.tags.any("dusk", "fog") & (F.time >= start)
    await client.binary_data_by_filter_page(night)

The platform joins all that is stated by "and", and takes a list as "one of these". Anything else (`|`, `~`, `!=`, the
same field with two values) is an error before something is sent. A condition goes wherever a filter does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data.v1 import CaptureInterval, Filter, TagsFilter, TagsFilterType
from specbind.core.filters import AllOf, AnyOf, Comparison, Field, Not
from specbind.core.filters import Condition as AnyCondition

from ._foreign import SupportsSerialize, message_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Condition", "F", "FilterLike", "SupportsSerialize", "as_filter"]

Condition: TypeAlias = AnyCondition[Filter]
"""A condition on captured data; `build()` gives the `Filter`."""

_TEXTS = frozenset(
    "component_name component_type method robot_name robot_id part_name part_id dataset_id".split(),
)
_LISTS = frozenset("location_ids organization_ids mime_type bbox_labels".split())
_Member: TypeAlias = str | tuple[str, ...] | TagsFilter | datetime


FilterLike: TypeAlias = "Filter | Condition | SupportsSerialize | None"
"""What is taken as a filter."""


def as_filter(filter: FilterLike) -> Filter:
    """Give the filter that is meant: a message, a condition, a message of another library, or None for everything.

    Raises:
        TypeError: it is something else, or a condition that the platform does not know.
        ValueError: the values of a condition do not fit.
    """
    if filter is None:
        return Filter()
    if isinstance(filter, Filter):
        return filter
    if isinstance(filter, AnyCondition):
        return _checked(filter.build())
    foreign = cast("object", filter)  # callers without a type checker give anything
    if not isinstance(foreign, SupportsSerialize) or isinstance(foreign, type):
        raise TypeError(f"filter is a Filter, a condition such as F.robot_id == id, or None, not {foreign!r:.80}")
    return message_of(Filter, "filter", foreign)


def _checked(built: object) -> Filter:
    if not isinstance(built, Filter):
        raise TypeError("filter is a condition for another system; use F of specbind.viam.filters")
    return built


def _filter(condition: AnyCondition[Filter]) -> Filter:
    """Make the message of a condition."""
    found: dict[str, _Member] = {}
    for comparison in _comparisons(condition):
        for name, value in _members(comparison):
            if found.setdefault(name, value) != value:
                raise ValueError(f"{comparison.field} is asked for twice with different values; the platform takes one")
    start, end = found.pop("start", None), found.pop("end", None)
    message = Filter()
    for name, value in found.items():
        setattr(message, name, [*value] if isinstance(value, tuple) else value)
    if isinstance(start, datetime) and isinstance(end, datetime) and start > end:
        raise ValueError(f"the time begins at {start} and ends before it, at {end}")
    if start is not None or end is not None:
        message.interval = CaptureInterval()
        if isinstance(start, datetime):
            message.interval.start = Timestamp.from_datetime(start)
        if isinstance(end, datetime):
            message.interval.end = Timestamp.from_datetime(end)
    return message


def _comparisons(condition: AnyCondition[Filter]) -> Iterator[Comparison[Filter]]:
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _comparisons(part)
    elif isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, AnyOf):
        raise TypeError("the platform knows no `|`; make two calls, or ask for one of several values with any()")
    elif isinstance(condition, Not):
        raise TypeError("the platform knows no `~`; F.tags.untagged() is what it can ask for")
    else:
        raise TypeError(f"{condition!r:.80} is no condition of the platform")


def _members(asked: Comparison[Filter]) -> Iterator[tuple[str, _Member]]:
    """Members of the message that a comparison sets."""
    name, operator = asked.field, asked.operator
    if name in _TEXTS or name in _LISTS:
        values = asked.value if operator == "any" else (asked.value,)
        texts = _texts(name, values) if operator in {"==", "any"} else ()
        if name in _LISTS and texts:
            yield name, texts
        elif len(texts) == 1:
            yield name, texts[0]
        else:
            ways = "by == or any()" if name in _LISTS else "with one text by =="
            raise TypeError(f"the platform compares {name} {ways}, not by {operator}")
    elif name == "tags":
        yield "tags_filter", _tags(operator, asked.value)
    elif name == "time":
        if operator not in {">=", "<="}:
            raise TypeError(f"the platform compares time by >=, <= or between(), not by {operator}")
        yield ("start" if operator == ">=" else "end"), _moment(asked.value)
    else:
        raise TypeError(f"the platform has no field {name}")


def _tags(operator: str, value: object) -> TagsFilter:
    if operator == "exists":
        tagged = TagsFilterType.TAGS_FILTER_TYPE_TAGGED if value else TagsFilterType.TAGS_FILTER_TYPE_UNTAGGED
        return TagsFilter(type=tagged)
    if operator in {"==", "any"}:
        tags = _texts("tags", value if operator == "any" else (value,))
        return TagsFilter(type=TagsFilterType.TAGS_FILTER_TYPE_MATCH_BY_OR, tags=list(tags))
    raise TypeError(f"the platform compares tags by any(), tagged() or untagged(), not by {operator}")


def _texts(name: str, values: object) -> tuple[str, ...]:
    """Texts in the order of first appearance. An empty one would select everything."""
    found: dict[str, None] = {}
    for value in cast("tuple[object, ...]", values):  # of Field.any, or made here
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            raise TypeError(f"{name}.any() takes the values one by one: write .any(*values)")
        if not isinstance(value, str):
            raise TypeError(f"{name} is compared with a str, not with {value!r:.80}")
        if not value:
            raise ValueError(f'{name} is compared with "", which the platform takes as "any at all"')
        found[value] = None
    return tuple(found)


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"time is compared with a datetime, not with {value!r:.80}")
    return value if value.utcoffset() is not None else value.replace(tzinfo=UTC)


class _Tags(Field[Filter]):
    __slots__ = ()

    def tagged(self) -> Comparison[Filter]:
        """Data that has any tag."""
        return self.exists()

    def untagged(self) -> Comparison[Filter]:
        """Data that has no tag."""
        return self.exists(wanted=False)


class _Fields:
    """What captured data can be asked by. Texts are compared whole, with upper and lower case."""

    __slots__ = ()

    component_name: Final = Field("component_name", make=_filter)
    component_type: Final = Field("component_type", make=_filter)
    method: Final = Field("method", make=_filter)
    robot_name: Final = Field("robot_name", make=_filter)
    robot_id: Final = Field("robot_id", make=_filter)
    part_name: Final = Field("part_name", make=_filter)
    part_id: Final = Field("part_id", make=_filter)
    dataset_id: Final = Field("dataset_id", make=_filter)
    location_ids: Final = Field("location_ids", make=_filter)
    organization_ids: Final = Field("organization_ids", make=_filter)
    mime_type: Final = Field("mime_type", make=_filter)
    bbox_labels: Final = Field("bbox_labels", make=_filter)
    tags: Final = _Tags("tags", make=_filter)
    time: Final = Field("time", make=_filter)


F: Final = _Fields()
"""The fields: `F.robot_id == id`, `F.tags.any("dusk", "fog")`, `F.time.between(start, end)`."""
