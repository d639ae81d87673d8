"""What the calls of the data client give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata, CaptureMetadata

__all__ = ["BinaryData", "TabularData"]


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

    __hash__ = None  # type: ignore[assignment]  # rows can be changed

    def __init__(
        self,
        data: Mapping[str, Any],
        metadata: CaptureMetadata,
        time_requested: datetime | None,
        time_received: datetime | None,
    ) -> None:
        self.data = data
        self.metadata = metadata
        self.time_requested = time_requested
        self.time_received = time_received

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TabularData):
            return NotImplemented
        return (self.data, self.metadata, self.time_requested, self.time_received) == (
            other.data,
            other.metadata,
            other.time_requested,
            other.time_received,
        )

    def __repr__(self) -> str:
        times = f"time_requested={self.time_requested!r}, time_received={self.time_received!r}"
        return f"TabularData(data={self.data!r}, metadata={self.metadata!r}, {times})"

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

    __hash__ = None  # type: ignore[assignment]  # as above

    def __init__(self, data: bytes, metadata: BinaryMetadata) -> None:
        self.data = data
        self.metadata = metadata

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BinaryData):
            return NotImplemented
        return (self.data, self.metadata) == (other.data, other.metadata)

    def __repr__(self) -> str:
        kept = self.data if len(self.data) <= 64 else self.data[:64] + b"..."
        return f"BinaryData(data={kept!r}, metadata={self.metadata!r})"

    def __str__(self) -> str:
        return f"{self.data!r}\n{self.metadata}"
