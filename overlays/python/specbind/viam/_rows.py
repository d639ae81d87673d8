"""Rows and metadata as plain values."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.proto import DecodeError
from specbind.bindings._runtime.proto.json_write import to_dict
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import Struct, Timestamp, Value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata, CaptureMetadata

    from ._results import TabularData

__all__ = ["CAPTURE", "binary_facts", "capture_facts", "plain", "row_facts"]

CAPTURE = (
    "organization_id location_id robot_name robot_id part_name part_id component_type component_name method_name "
    "mime_type"
).split()
"""Members of the metadata of a capture that are texts."""


def row_facts(row: TabularData) -> dict[str, object]:
    """A row as values that JSON has; NaN and infinities are texts, as in JSON of protos."""
    return {
        "data": plain(row.data),
        "metadata": capture_facts(row.metadata),
        "time_requested": _text_of(row.time_requested),
        "time_received": _text_of(row.time_received),
    }


def capture_facts(metadata: CaptureMetadata | UnsetType) -> dict[str, object]:
    """Where and how something was captured, as values that JSON has."""
    if metadata is UNSET:
        return {}
    return {
        **{name: getattr(metadata, name) for name in CAPTURE},
        "tags": list(metadata.tags),
        "method_parameters": {name: _parameter(value) for name, value in metadata.method_parameters.items()},
    }


def binary_facts(metadata: BinaryMetadata) -> dict[str, object]:
    """What is known about binary data, as values that JSON has."""
    return {
        "binary_data_id": metadata.binary_data_id,
        "id": metadata.id,
        "file_name": metadata.file_name,
        "file_ext": metadata.file_ext,
        "file_size_bytes": metadata.file_size_bytes,
        "uri": metadata.uri,
        "time_requested": _stamp(metadata.time_requested),
        "time_received": _stamp(metadata.time_received),
        "dataset_ids": list(metadata.dataset_ids),
        "annotations": {} if metadata.annotations is UNSET else to_dict(metadata.annotations),
        "capture_metadata": capture_facts(metadata.capture_metadata),
    }


def plain(value: object) -> object:
    """A value of JSON in which NaN and infinities are texts: JSON has none, and null would hide them."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list):
        return [plain(each) for each in cast("Iterable[object]", value)]
    return value


def _parameter(value: AnyMessage) -> object:
    """A parameter: the plain value, or what an unknown message looks like."""
    try:
        if (found := value.unpack_as(Value)) is not None:
            return plain(_held(found))
        if (struct := value.unpack_as(Struct)) is not None:
            return plain(struct.fields)
    except DecodeError:
        pass  # shown below as it came
    return {"type_url": value.type_url, "value": base64.b64encode(value.value).decode()}


def _held(value: Value) -> object:
    members = (value.bool_value, value.number_value, value.string_value, value.struct_value, value.list_value)
    return next((member for member in members if member is not UNSET), None)


def _text_of(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.isoformat()}Z"


def _stamp(value: Timestamp | UnsetType) -> str | None:
    return None if value is UNSET else value.to_text()
