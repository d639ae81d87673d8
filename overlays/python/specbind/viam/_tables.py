"""Files of rows as tables: Arrow and Parquet."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

import msgspec

from ._rows import CAPTURE, capture_facts, plain
from ._written import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

    from ._results import TabularData

__all__ = ["check_tables", "write_table"]


def check_tables() -> None:
    """Raise ModuleNotFoundError where pyarrow is not installed."""
    _pyarrow("pyarrow")


def write_table(rows: Sequence[TabularData], path: Path) -> None:
    """Write rows as Parquet where the suffix says so, else as Arrow.

    Members of rows are columns `data.<name>`, in the order in which they come first. A column whose values have no type
    in common holds their JSON texts.

    Raises:
        OSError: the file cannot be written. ModuleNotFoundError: pyarrow is not installed.
    """
    table = _table(rows)
    if path.suffix.lower() == ".parquet":
        parquet = _pyarrow("pyarrow.parquet")
        write_whole(path, lambda file: parquet.write_table(table, file))
    else:
        feather = _pyarrow("pyarrow.feather")
        write_whole(path, lambda file: feather.write_feather(table, file))


def _table(rows: Sequence[TabularData]) -> object:
    arrow = _pyarrow("pyarrow")
    moment, text = arrow.timestamp("us", tz="UTC"), arrow.string()
    columns: dict[str, Any] = {}
    for name in ("time_requested", "time_received"):
        found = [getattr(row, name) for row in rows]
        columns[name] = arrow.array([each and each.replace(tzinfo=UTC) for each in found], moment)
    facts = [capture_facts(row.metadata) for row in rows]
    for name in CAPTURE:
        columns[f"metadata.{name}"] = arrow.array([each[name] for each in facts], text)
    columns["metadata.tags"] = arrow.array([each["tags"] for each in facts], arrow.list_(text))
    parameters = [_text_of(each["method_parameters"]) for each in facts]
    columns["metadata.method_parameters"] = arrow.array(parameters, text)
    for name, values in _members([row.data for row in rows]).items():
        kind = _type_of(values, arrow)
        texts = kind is None
        cells = [None if value is None else _text_of(value) for value in values] if texts else values
        columns[f"data.{name}"] = arrow.array(cells, text if texts else kind)
    return arrow.table(columns)


def _members(rows: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    """The values of each member that any row has, None where a row has it not."""
    found: dict[str, list[object]] = {}
    for number, row in enumerate(rows):
        for name, value in row.items():
            if name not in found:
                found[name] = [None] * len(rows)
            found[name][number] = value
    return found


def _type_of(values: Iterable[object], arrow: ModuleType) -> object:
    """The type of Arrow that holds all values as they are; None where there is none."""
    present = [value for value in values if value is not None]
    if not present:
        return arrow.null()
    for python, kind in ((bool, arrow.bool_()), (str, arrow.string())):
        if all(isinstance(value, python) for value in present):
            return kind
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return arrow.float64()
    if all(isinstance(value, list) for value in present):
        inner = _type_of([item for each in cast("list[list[object]]", present) for item in each], arrow)
        return None if inner is None else arrow.list_(inner)
    if all(isinstance(value, Mapping) for value in present):
        members = _members(cast("list[Mapping[str, object]]", present))
        types = {name: _type_of(each, arrow) for name, each in members.items()}
        # Parquet knows no structs without members
        return arrow.struct(list(types.items())) if types and None not in types.values() else None
    return None


def _text_of(value: object) -> str:
    return msgspec.json.encode(plain(value)).decode()


def _pyarrow(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        message = "files of Arrow and Parquet need pyarrow: pip install 'specbind[arrow]', or write to a .jsonl file"
        raise ModuleNotFoundError(message, name=error.name) from error
