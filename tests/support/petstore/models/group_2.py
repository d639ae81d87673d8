"""Types of Petstore, group 2."""

from __future__ import annotations

from datetime import date as Date
from typing import Any

from .._runtime.int_text import Int64Text
from .._runtime.model import UNSET, Model, UnsetType, field
from .._runtime.open_model import OpenModel, no_members


class Labels(OpenModel, kw_only=True, rename={"pet_id": "petId", "odd": 'a"b'}):
    """`additionalProperties: {type: integer}` beside properties. A property called `additional_properties` is renamed."""

    pet_id: Int64Text
    """`type: string, format: int64`: a number here, text on the wire."""
    since: Date | UnsetType = UNSET
    odd: int | UnsetType = UNSET
    additional_properties: dict[str, int] = field(default_factory=no_members)
    """Members that the spec does not name."""


class Headers(
    OpenModel,
    kw_only=True,
    patterns=(("^x-", lambda: str), ("^[0-9]+$", lambda: list[Labels])),  # patternProperties, in their order
    additional=lambda: int,  # additionalProperties beside patternProperties; left out: the dict's own value type
):
    """`patternProperties`. The dict has the union of all types; a pattern that is not `safe_pattern` makes it Any."""

    additional_properties: dict[str, str | list[Labels] | int] = field(default_factory=no_members)


class Closed(OpenModel, kw_only=True, patterns=(("^x-", lambda: str),), closed=True):
    """`patternProperties` with `additionalProperties: false`."""

    name: str | UnsetType = UNSET
    additional_properties: dict[str, str] = field(default_factory=no_members)


class Anything(OpenModel, kw_only=True):
    """`additionalProperties: true`, written by the spec, beside properties."""

    name: str | UnsetType = UNSET
    additional_properties: dict[str, Any] = field(default_factory=no_members)


class Tick(Model, kw_only=True):
    """Data of an event."""

    n: int


class CountHeaders(Model, kw_only=True, rename={"x_rate_limit": "X-Rate-Limit", "x_day": "X-Day"}):
    """Headers of the answers of `count`: all statuses together, all with UNSET; never in a body."""

    x_rate_limit: int | UnsetType = UNSET
    x_day: Date | UnsetType = UNSET
