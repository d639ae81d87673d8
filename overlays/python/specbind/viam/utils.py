"""What the official client's module of this name has for captured data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from ._filter_call import MakesFilters
from ._messages import instant

if TYPE_CHECKING:
    from datetime import datetime

    from specbind.bindings._runtime.proto.wellknown import Timestamp

__all__ = ["create_filter", "datetime_to_timestamp"]

create_filter = MakesFilters.create_filter


def datetime_to_timestamp(dt: datetime | None) -> Timestamp | None:
    """A datetime as a Timestamp; one without a zone is UTC. None stays None."""
    found = instant("dt", dt)
    return None if found is UNSET else found
