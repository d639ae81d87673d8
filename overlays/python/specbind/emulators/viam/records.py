"""Captured data as the emulator keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings._runtime.proto.errors import EncodeError
from specbind.bindings.viam.viam.app.data.v1 import BoundingBox, CaptureMetadata, Classification

from .refusals import invalid

if TYPE_CHECKING:
    from pathlib import Path

    from msgspec import UnsetType

    from specbind.bindings._runtime.proto.message import JsonValue
    from specbind.bindings._runtime.proto.wellknown import Any, Timestamp

    from .fleet import Part

__all__ = ["Binary", "Capture", "Record", "Row", "checked_time", "nanoseconds"]


@dataclass
class Capture:
    """Where and how data was captured."""

    part: Part
    component_type: str = ""
    component_name: str = ""
    method: str = ""
    parameters: dict[str, Any] = field(default_factory=dict[str, "Any"])
    tags: list[str] = field(default_factory=list[str])
    mime_type: str = ""

    def message(self) -> CaptureMetadata:
        """What is answered about it."""
        return CaptureMetadata(
            organization_id=self.part.organization_id,
            location_id=self.part.location_id,
            robot_name=self.part.robot_name,
            robot_id=self.part.robot_id,
            part_name=self.part.name,
            part_id=self.part.id,
            component_type=self.component_type,
            component_name=self.component_name,
            method_name=self.method,
            method_parameters=dict(self.parameters),
            tags=list(self.tags),
            mime_type=self.mime_type,
        )


@dataclass
class Record:
    """What rows and binary data have in common; `number` counts uploads."""

    number: int
    capture: Capture
    requested: Timestamp
    received: Timestamp
    synced: Timestamp
    size: int

    @property
    def moment(self) -> int:
        """When it was captured, in nanoseconds since 1970."""
        return nanoseconds(self.received)


@dataclass
class Row(Record):
    """One row of tabular data."""

    data: dict[str, JsonValue]


@dataclass
class Binary(Record):
    """One file or binary reading; its bytes lie in `path`, whose name nobody else chose."""

    file_id: str
    path: Path
    file_name: str = ""
    file_ext: str = ""
    boxes: list[BoundingBox] = field(default_factory=list[BoundingBox])
    classifications: list[Classification] = field(default_factory=list[Classification])
    dataset_ids: list[str] = field(default_factory=list[str])

    @property
    def id(self) -> str:
        """Identifier: organization, location and file, with slashes between."""
        return f"{self.capture.part.organization_id}/{self.capture.part.location_id}/{self.file_id}"


def nanoseconds(moment: Timestamp) -> int:
    """Since 1970."""
    return moment.seconds * 10**9 + moment.nanos


def checked_time(name: str, moment: Timestamp | UnsetType) -> Timestamp | None:
    """A time of a request. Raises INVALID_ARGUMENT for one that no calendar has."""
    if moment is UNSET:
        return None
    try:
        moment.to_text()
    except EncodeError as error:
        raise invalid(f"{name} is no point in time: {error}") from error
    return moment
