"""What the calls of the data client give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata, CaptureMetadata

__all__ = ["BinaryData", "DataPage", "TabularData"]

T = TypeVar("T")

_SHOWN = 64


class DataPage(tuple[list[T], int, str]):
    """One page: the results, how many the platform counts, and where the next page begins.

    Attributes:
        total_size_bytes: bytes of what the platform counts, as it says.
    """

    total_size_bytes: int

    def __new__(cls, results: list[T], count: int, last: str, total_size_bytes: int) -> Self:
        """Make a page, a tuple of three."""
        page = super().__new__(cls, (results, count, last))
        page.total_size_bytes = total_size_bytes
        return page

    def __getnewargs__(self) -> tuple[list[T], int, str, int]:
        return self[0], self[1], self[2], self.total_size_bytes


@dataclass
class TabularData:
    """One row of tabular data.

    Attributes:
        data: the row; null is None.
        metadata: where and how it was captured.
        time_requested: when the reading was asked for, in UTC; None where it is not known.
        time_received: when it was there, as above.
    """

    data: Mapping[str, Any]
    metadata: CaptureMetadata
    time_requested: datetime | None
    time_received: datetime | None

    def __str__(self) -> str:
        times = f"Time requested: {self.time_requested}\nTime received: {self.time_received}"
        return f"{self.data}\n{self.metadata}\n{times}\n"


class BinaryData:
    """One file or binary reading.

    Attributes:
        data: the bytes; empty where they were not asked for.
        metadata: what is known about it.
    """

    data: bytes
    metadata: BinaryMetadata

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __init__(self, data: bytes, metadata: BinaryMetadata) -> None:
        self.data = data
        self.metadata = metadata

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BinaryData):
            return NotImplemented
        return (self.data, self.metadata) == (other.data, other.metadata)

    def __repr__(self) -> str:
        shown = self.data if len(self.data) <= _SHOWN else self.data[:_SHOWN] + b"..."
        return f"BinaryData(data={shown!r}, metadata={self.metadata!r})"

    def __str__(self) -> str:
        return f"{self.data!r}\n{self.metadata}"
