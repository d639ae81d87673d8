"""Rows and metadata as plain values, and files of rows."""

from __future__ import annotations

import base64
import importlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.proto import DecodeError
from specbind.bindings._runtime.proto.json_write import to_dict
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import Struct, Timestamp, Value

from ._written import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata, CaptureMetadata

    from ._results import TabularData

__all__ = ["binary_facts", "capture_facts", "row_facts", "write_rows"]

_CAPTURE = (
    "organization_id location_id robot_name robot_id part_name part_id component_type component_name method_name "
    "mime_type"
).split()


def write_rows(rows: Sequence[TabularData], dest: str | os.PathLike[str]) -> None:
    """Write rows to a file: Arrow, Parquet or JSON lines, as its suffix says.

    Raises:
        OSError: the file cannot be written. ModuleNotFoundError: pyarrow is needed and not installed.
    """
    path = Path(dest)
    suffix = path.suffix.lower()
    if suffix in {".arrow", ".feather", ".parquet"}:
        arrow: Any = _pyarrow("pyarrow")
        table = arrow.Table.from_pylist([_cells(row) for row in rows])
        if suffix == ".parquet":
            parquet: Any = _pyarrow("pyarrow.parquet")
            write_whole(path, lambda file: parquet.write_table(table, file))
        else:
            feather: Any = _pyarrow("pyarrow.feather")
            write_whole(path, lambda file: feather.write_feather(table, file))
        return
    lines = msgspec.json.Encoder().encode_lines([row_facts(row) for row in rows])
    write_whole(path, lambda file: file.write(lines))


def _pyarrow(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        message = "files of Arrow and Parquet need pyarrow: pip install 'specbind[arrow]', or write to a .jsonl file"
        raise ModuleNotFoundError(message, name=error.name) from error


def row_facts(row: TabularData) -> dict[str, object]:
    """A row as values that JSON has; NaN and infinities are texts, as in JSON of protos."""
    return {
        "data": plain(row.data),
        "metadata": capture_facts(row.metadata),
        "time_requested": _text_of(row.time_requested),
        "time_received": _text_of(row.time_received),
    }


def _cells(row: TabularData) -> dict[str, object]:
    """A row as cells of a table: members of the row are columns `data.<name>`, times know their zone."""
    metadata = capture_facts(row.metadata)
    metadata["method_parameters"] = msgspec.json.encode(metadata["method_parameters"]).decode()
    return {
        "time_requested": row.time_requested and row.time_requested.replace(tzinfo=UTC),
        "time_received": row.time_received and row.time_received.replace(tzinfo=UTC),
        **{f"metadata.{name}": value for name, value in metadata.items()},
        **{f"data.{name}": value for name, value in row.data.items()},
    }


def capture_facts(metadata: CaptureMetadata | UnsetType) -> dict[str, object]:
    """Where and how something was captured, as values that JSON has."""
    if metadata is UNSET:
        return {}
    return {
        **{name: getattr(metadata, name) for name in _CAPTURE},
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
