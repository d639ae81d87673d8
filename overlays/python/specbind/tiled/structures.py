"""Structures: what the server says of the shape of a node, typed.

`read_structure("array", raw)` picks the class by the family that stands beside the structure. Members that are not
known are ignored; numbers that cannot be are refused.
"""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from specbind.bindings._runtime import DecodeError

from ._dtypes import (
    BuiltinDtype,
    DataType,
    Endianness,
    Field,
    Kind,
    StructDtype,
    data_type_json,
    data_type_of,
    read_data_type,
)
from ._libraries import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._libraries import Array

__all__ = [
    "ArrayStructure",
    "AwkwardStructure",
    "BuiltinDtype",
    "BytesStructure",
    "COOStructure",
    "Chunks",
    "ContainerStructure",
    "DataType",
    "Endianness",
    "Field",
    "Kind",
    "RaggedStructure",
    "SparseStructure",
    "StructDtype",
    "Structure",
    "TableStructure",
    "data_type_of",
    "read_structure",
    "structure_json",
]

Chunks: TypeAlias = tuple[tuple[int, ...], ...]

_SIDES = 64  # numpy's limit
_BYTES = 2**63 - 1
_PARTITIONS = 10_000_000
_COORDINATES = BuiltinDtype(Endianness.little, Kind.unsigned_integer, 8)
_SCHEMA_PREFIX = "data:application/vnd.apache.arrow.file;base64,"


@dataclass(frozen=True, slots=True)
class ArrayStructure:
    """An array in chunks.

    Attributes:
        data_type: type of an element.
        chunks: for each dimension the lengths of its chunks.
        shape: elements along each dimension.
        dims: names of the dimensions.
        resizable: whether it may grow, for all dimensions or for each.
    """

    data_type: DataType
    chunks: Chunks
    shape: tuple[int, ...]
    dims: tuple[str, ...] | None = None
    resizable: bool | tuple[bool, ...] = False

    @property
    def nbytes(self) -> int:
        """Bytes of the whole array."""
        return math.prod(self.shape) * self.data_type.itemsize

    @classmethod
    def from_array(
        cls,
        array: Array,
        shape: Sequence[int] | None = None,
        chunks: Chunks | None = None,
        dims: Sequence[str] | None = None,
    ) -> ArrayStructure:
        """Describe an array; its `chunks` are used where it has some.

        Raises:
            ValueError: Tiled knows no such type, a lazy array does not know the lengths of its chunks, or `dims` are
                no names, not as many as the dimensions, or two of them are the same.
        """
        sides = tuple(int(side) for side in (array.shape if shape is None else shape))
        given: Any = getattr(array, "chunks", None) if chunks is None else chunks
        if given is None or not all(isinstance(row, tuple) for row in given):  # other libraries have one length each
            given = tuple((side,) for side in sides)
        own = tuple(tuple(int(length) for length in row) for row in given)
        return cls(data_type_of(array.dtype), own, sides, checked_dims(dims, len(sides)))


@dataclass(frozen=True, slots=True)
class COOStructure:
    """A sparse array: coordinates and values.

    Attributes:
        shape: elements along each dimension.
        chunks: for each dimension the lengths of its chunks.
        dims: names of the dimensions.
        resizable: whether it may grow.
        data_type: type of a value, None on old servers.
        coord_data_type: type of a coordinate.
        layout: always `COO`.
    """

    shape: tuple[int, ...]
    chunks: Chunks
    dims: tuple[str, ...] | None = None
    resizable: bool | tuple[bool, ...] = False
    data_type: DataType | None = None
    coord_data_type: BuiltinDtype = _COORDINATES
    layout: str = "COO"


SparseStructure: TypeAlias = COOStructure


@dataclass(frozen=True, slots=True)
class TableStructure:
    """A table in partitions.

    Attributes:
        arrow_schema: the Arrow schema, as the server gives it: a data address.
        npartitions: partitions, at least 1.
        columns: names of the columns.
        resizable: whether it may grow.
    """

    arrow_schema: str
    npartitions: int
    columns: tuple[str, ...]
    resizable: bool | tuple[bool, ...] = False

    @property
    def arrow_schema_decoded(self) -> Any:  # noqa: ANN401 - pyarrow has no types
        """The `pyarrow.Schema`.

        Raises:
            DecodeError: it is none.
        """
        arrow = load("pyarrow")
        try:
            content = base64.b64decode(self.arrow_schema.removeprefix(_SCHEMA_PREFIX), validate=True)
            return load("pyarrow.ipc").read_schema(arrow.py_buffer(content))
        except (binascii.Error, ValueError, OSError, arrow.ArrowException) as error:
            raise DecodeError(f"the schema of the table cannot be read: {error}", path="arrow_schema") from error

    @property
    def meta(self) -> Any:  # noqa: ANN401 - a frame of pandas
        """An empty `pandas.DataFrame` with the columns, types and index of the table."""
        return self.arrow_schema_decoded.empty_table().to_pandas()

    @classmethod
    def from_schema(cls, schema: Any, npartitions: int = 1) -> TableStructure:  # noqa: ANN401 - pyarrow has no types
        """Describe a table by its `pyarrow.Schema`.

        Raises:
            ValueError: a column has a name that Tiled refuses, or two have the same.
        """
        pandas: dict[str, Any] = schema.pandas_metadata or {}
        index = {name for name in pandas.get("index_columns", ()) if isinstance(name, str)}
        columns = tuple(str(name) for name in schema.names if name not in index)
        for name in columns:
            if name.startswith("_"):
                raise ValueError(f"column {name!r}: Tiled refuses names that begin with an underscore")
        if len(set(schema.names)) < len(schema.names):
            twice = next(name for name in schema.names if schema.names.count(name) > 1)
            raise ValueError(f"column {twice!r} is there twice; Tiled needs a name for each")
        text = base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")
        return cls(_SCHEMA_PREFIX + text, npartitions, columns)


@dataclass(frozen=True, slots=True)
class AwkwardStructure:
    """Nested lists of different lengths and records.

    Attributes:
        length: elements at the top.
        form: awkward's form, with `form_key` at each node.
    """

    length: int
    form: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RaggedStructure:
    """Arrays whose rows have different lengths.

    Attributes:
        data_type: type of an element.
        shape: elements along each dimension, None where rows differ.
        size: elements in all.
        chunks: lengths of the chunks, None where rows differ.
        dims: names of the dimensions.
        resizable: whether it may grow.
    """

    data_type: DataType
    shape: tuple[int | None, ...]
    size: int
    chunks: tuple[tuple[int, ...] | None, ...]
    dims: tuple[str, ...] | None = None
    resizable: bool | tuple[bool, ...] = False


@dataclass(frozen=True, slots=True)
class ContainerStructure:
    """A container.

    Attributes:
        count: entries in it, None where the server does not say.
        contents: the entries themselves where the server sent them along; None for a link that leads nowhere.
    """

    count: int | None = None
    contents: dict[str, dict[str, Any] | None] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class BytesStructure:
    """Files that are given as they are."""


Structure: TypeAlias = (
    ArrayStructure
    | COOStructure
    | TableStructure
    | AwkwardStructure
    | RaggedStructure
    | ContainerStructure
    | BytesStructure
)


def checked_dims(dims: Sequence[str] | None, ndim: int) -> tuple[str, ...] | None:
    """Names of dimensions that were given.

    Raises:
        ValueError: they are no names, not as many as the dimensions, or two of them are the same.
    """
    if dims is None:
        return None
    names = cast("tuple[object, ...]", tuple(dims))
    texts = tuple(name for name in names if isinstance(name, str))
    if isinstance(dims, str) or len(texts) != len(names):
        raise ValueError(f"dims are names, one for each dimension, as ['x', 'y']; not {dims!r:.80}")
    if len(texts) != ndim:
        raise ValueError(f"dims has {len(texts)} names, and there are {ndim} dimensions")
    if len(set(texts)) < len(texts):
        raise ValueError(f"dims has the same name twice: {', '.join(map(repr, texts)):.200}")
    return texts


def read_structure(family: str, raw: object) -> Structure:
    """Read the structure of a node of that family.

    Raises:
        DecodeError: the family is not known, or the structure is none of it.
    """
    read = _READERS.get(family)
    if read is None:
        raise DecodeError(
            f"structure family {family!r:.80} is not known here; read it with export", path="structure_family"
        )
    if not isinstance(raw, dict):
        raise DecodeError(f"the structure is an object, not {type(raw).__name__}", path="structure")
    return read(cast("dict[str, object]", raw))


def structure_json(structure: Structure) -> dict[str, object]:
    """Give the JSON of a structure, as the server takes it."""
    if isinstance(structure, BytesStructure):
        return {}
    found: dict[str, object] = {}
    for name in structure.__slots__:
        value: object = getattr(structure, name)
        found[name] = data_type_json(value) if isinstance(value, BuiltinDtype | StructDtype) else _plain(value)
    return found


def _plain(value: object) -> object:
    """Lists for tuples, as JSON has them."""
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return value


def _read_array(raw: dict[str, object]) -> ArrayStructure:
    shape = _shape(raw)
    data_type = read_data_type(raw.get("data_type"))
    if math.prod(side for side in shape if side) * max(1, data_type.itemsize) > _BYTES:
        raise DecodeError("the array would have more than 2^63 bytes", path="shape")
    return ArrayStructure(data_type, _chunks(raw, shape), shape, _dims(raw, len(shape)), _resizable(raw))


def _read_sparse(raw: dict[str, object]) -> COOStructure:
    if raw.get("layout", "COO") != "COO":
        raise DecodeError(f"sparse layout {raw['layout']!r:.40} is not known, only COO", path="layout")
    shape = _shape(raw)
    coordinates = read_data_type(raw["coord_data_type"], "coord_data_type") if raw.get("coord_data_type") else None
    if isinstance(coordinates, StructDtype):
        raise DecodeError("coordinates are whole numbers", path="coord_data_type")
    found = COOStructure(
        shape,
        _chunks(raw, shape),
        _dims(raw, len(shape)),
        _resizable(raw),
        read_data_type(raw["data_type"]) if raw.get("data_type") else None,
    )
    if coordinates is None:
        return found
    return COOStructure(found.shape, found.chunks, found.dims, found.resizable, found.data_type, coordinates)


def _read_table(raw: dict[str, object]) -> TableStructure:
    schema = raw.get("arrow_schema")
    if not isinstance(schema, str) or not schema.startswith(_SCHEMA_PREFIX):
        raise DecodeError("the schema is a data address with an Arrow schema", path="arrow_schema")
    columns = raw.get("columns")
    names = cast("list[object]", columns) if isinstance(columns, list | tuple) else [None]
    texts = tuple(name for name in names if isinstance(name, str))
    if len(texts) != len(names):
        raise DecodeError("the columns are a list of names", path="columns")
    return TableStructure(schema, _whole(raw, "npartitions", _PARTITIONS), texts, _resizable(raw))


def _read_awkward(raw: dict[str, object]) -> AwkwardStructure:
    form = raw.get("form")
    if not isinstance(form, dict):
        raise DecodeError("the form is an object", path="form")
    return AwkwardStructure(_whole(raw, "length", _BYTES), cast("dict[str, Any]", form))


def _read_ragged(raw: dict[str, object]) -> RaggedStructure:
    given = raw.get("shape")
    sides = cast("list[object]", given) if isinstance(given, list | tuple) else []
    shape = tuple(None if side is None else _count(side, "shape") for side in sides)
    if len(shape) > _SIDES:
        raise DecodeError(f"more than {_SIDES} dimensions", path="shape")
    parts = raw.get("chunks")
    chunks = tuple(
        None if part is None else tuple(_count(length, "chunks") for length in cast("list[object]", part))
        for part in (cast("list[object]", parts) if isinstance(parts, list | tuple) else [])
        if part is None or isinstance(part, list | tuple)
    )
    return RaggedStructure(
        read_data_type(raw.get("data_type")),
        shape,
        _whole(raw, "size", _BYTES),
        chunks,
        _dims(raw, len(shape)),
        _resizable(raw),
    )


def _read_container(raw: dict[str, object]) -> ContainerStructure:
    contents = raw.get("contents")
    if contents is not None and not isinstance(contents, dict):
        raise DecodeError("the contents are an object", path="contents")
    count = raw.get("count")
    entries = cast("dict[str, dict[str, Any] | None] | None", contents)
    for key, entry in (entries or {}).items():
        if entry is not None and not isinstance(entry, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - hostile
            raise DecodeError("an entry is an object or null", path=f"contents.{key}")
    return ContainerStructure(None if count is None else _count(count, "count"), entries)


def _read_bytes(_raw: dict[str, object]) -> BytesStructure:
    return BytesStructure()


_READERS: dict[str, Callable[[dict[str, object]], Structure]] = {
    "array": _read_array,
    "sparse": _read_sparse,
    "table": _read_table,
    "awkward": _read_awkward,
    "ragged": _read_ragged,
    "container": _read_container,
    "bytes": _read_bytes,
}


def _count(value: object, path: str, most: int = _BYTES) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise DecodeError(f"{value!r:.40} is not a number from 0 to {most}", path=path)
    return value


def _whole(raw: dict[str, object], name: str, most: int) -> int:
    return _count(raw.get(name), name, most)


def _shape(raw: dict[str, object]) -> tuple[int, ...]:
    given = raw.get("shape")
    if not isinstance(given, list | tuple):
        raise DecodeError("the shape is a list of numbers", path="shape")
    shape = tuple(_count(side, "shape") for side in cast("list[object]", given))
    if len(shape) > _SIDES:
        raise DecodeError(f"more than {_SIDES} dimensions", path="shape")
    return shape


def _chunks(raw: dict[str, object], shape: tuple[int, ...]) -> Chunks:
    given = raw.get("chunks")
    parts = cast("list[object]", given) if isinstance(given, list | tuple) else []
    if len(parts) != len(shape):
        raise DecodeError(f"chunks speak of {len(parts)} dimensions, the shape of {len(shape)}", path="chunks")
    found: list[tuple[int, ...]] = []
    for at, (part, side) in enumerate(zip(parts, shape, strict=True)):
        path = f"chunks[{at}]"
        lengths = cast("list[object]", part) if isinstance(part, list | tuple) else [None]
        row = tuple(_count(length, path) for length in lengths)
        if sum(row) != side:
            raise DecodeError(f"the chunks have {sum(row)} elements together, the dimension has {side}", path=path)
        found.append(row)
    return tuple(found)


def _dims(raw: dict[str, object], ndim: int) -> tuple[str, ...] | None:
    given = raw.get("dims")
    if given is None:
        return None
    names = cast("list[object]", given) if isinstance(given, list | tuple) else []
    found = tuple(name for name in names if isinstance(name, str))
    if len(found) != ndim:
        raise DecodeError(f"the dimensions have {len(found)} names, but there are {ndim}", path="dims")
    return found


def _resizable(raw: dict[str, object]) -> bool | tuple[bool, ...]:
    given = raw.get("resizable")
    if isinstance(given, list | tuple):
        return tuple(bool(item) for item in cast("list[object]", given))
    return bool(given)
