"""Kinds of numbers, as Tiled describes them, and numpy's dtype, both ways."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from specbind.bindings._runtime import DecodeError

from ._libraries import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._libraries import Dtype

__all__ = ["BuiltinDtype", "DataType", "Endianness", "Field", "Kind", "StructDtype", "data_type_of", "read_data_type"]

_UNITS = re.compile(r"\[\d{0,9}(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)(?:/\d{1,9})?\]", re.ASCII)
_DEPTH = 16
_FIELDS = 10_000
_LARGEST = 2**31 - 1


class Endianness(StrEnum):
    """Order of the bytes of a number."""

    big = "big"
    little = "little"
    not_applicable = "not_applicable"


class Kind(StrEnum):
    """Kind of a number, by numpy's letter."""

    bit_field = "t"
    boolean = "b"
    integer = "i"
    unsigned_integer = "u"
    floating_point = "f"
    complex_floating_point = "c"
    timedelta = "m"
    datetime = "M"
    string = "S"
    unicode = "U"
    other = "V"
    object = "O"


_ORDERS = {"<": Endianness.little, ">": Endianness.big, "|": Endianness.not_applicable}
_SIGNS = {order: sign for sign, order in _ORDERS.items()}
_FOREIGN = ">" if sys.byteorder == "little" else "<"
_NAMES = {
    "b": "bool",
    "i": "int{}",
    "u": "uint{}",
    "f": "float{}",
    "c": "complex{}",
    "m": "timedelta64{1}",
    "M": "datetime64{1}",
}


@dataclass(frozen=True, slots=True)
class BuiltinDtype:
    """A plain number, text or time.

    Attributes:
        endianness: order of its bytes.
        kind: what it is.
        itemsize: bytes of one element; a character of `unicode` has 4.
        dt_units: unit of a time, as `[ns]`; None for everything else.
    """

    endianness: Endianness
    kind: Kind
    itemsize: int
    dt_units: str | None = None

    def to_numpy_str(self) -> str:
        """Numpy's text for it, as `<f8` or `<M8[ns]`."""
        size = self.itemsize // 4 if self.kind is Kind.unicode else self.itemsize
        return f"{_SIGNS[self.endianness]}{self.kind.value}{size}{self.dt_units or ''}"

    def __str__(self) -> str:
        """As numpy prints it: `int16`, `datetime64[ns]`, `>f8`."""
        name = _NAMES.get(self.kind.value)
        if name is None or _SIGNS[self.endianness] == _FOREIGN:
            return self.to_numpy_str()
        return name.format(8 * self.itemsize, self.dt_units or "")

    def to_numpy_dtype(self) -> Dtype:
        """Numpy's dtype.

        Raises:
            DecodeError: numpy has no such type.
        """
        try:
            return cast("Dtype", load("numpy").dtype(self.to_numpy_str()))
        except (TypeError, ValueError) as error:
            message = f"numpy knows no type {self.to_numpy_str()!r}; read the raw bytes with export"
            raise DecodeError(message, path="data_type") from error

    @classmethod
    def from_numpy_dtype(cls, dtype: Dtype) -> BuiltinDtype:
        """Describe a dtype of numpy without fields."""
        text = dtype.str
        units = re.search(r"\[.*\]", text)
        order = _ORDERS["<" if sys.byteorder == "little" else ">"] if text[0] == "=" else _ORDERS[text[0]]
        return cls(order, Kind(dtype.kind), dtype.itemsize, units.group() if units else None)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a structured type; without a name it is padding.

    Attributes:
        name: its name.
        dtype: what is in it.
        shape: shape of the array in it, None for a single element.
    """

    name: str
    dtype: BuiltinDtype | StructDtype
    shape: tuple[int, ...] | None = None

    @property
    def padding(self) -> bool:
        """Whether it only fills a gap."""
        return not self.name and isinstance(self.dtype, BuiltinDtype) and self.dtype.kind is Kind.other

    @property
    def size(self) -> int:
        """Bytes of it."""
        count = 1
        for side in self.shape or ():
            count *= side
        return self.dtype.itemsize * count


@dataclass(frozen=True, slots=True)
class StructDtype:
    """A record of several fields.

    Attributes:
        itemsize: bytes of one record.
        fields: its fields in their order.
    """

    itemsize: int
    fields: tuple[Field, ...]

    def to_numpy_dtype(self) -> Dtype:
        """Numpy's dtype; gaps stay where they are.

        Raises:
            DecodeError: numpy has no such type.
        """
        names: list[str] = []
        formats: list[object] = []
        offsets: list[int] = []
        offset = 0
        for field in self.fields:
            if not field.padding:
                inner = field.dtype.to_numpy_dtype()
                names.append(field.name)
                formats.append(inner if field.shape is None else (inner, field.shape))
                offsets.append(offset)
            offset += field.size
        try:
            parts = {"names": names, "formats": formats, "offsets": offsets, "itemsize": self.itemsize}
            return cast("Dtype", load("numpy").dtype(parts))
        except (TypeError, ValueError) as error:
            raise DecodeError(f"numpy refuses the structured type: {error}", path="data_type.fields") from error

    @classmethod
    def from_numpy_dtype(cls, dtype: Dtype) -> StructDtype:
        """Describe a structured dtype of numpy.

        Raises:
            ValueError: fields lie over each other.
        """
        found: list[Field] = []
        end = 0
        members = cast("Mapping[str, tuple[Any, ...]]", dtype.fields or {})
        for name in sorted(dtype.names or (), key=lambda name: int(members[name][1])):  # titles are no names
            inner, offset, *_ = members[name]
            if offset < end:
                raise ValueError(f"field {name!r} lies over the one before it; Tiled knows no such types")
            if offset > end:
                found.append(_gap(offset - end))
            shape = tuple(int(side) for side in inner.shape)
            found.append(Field(name, data_type_of(inner.base), shape or None))
            end = offset + inner.itemsize
        if dtype.itemsize > end:
            found.append(_gap(dtype.itemsize - end))
        return cls(dtype.itemsize, tuple(found))


DataType: TypeAlias = BuiltinDtype | StructDtype


def _gap(size: int) -> Field:
    return Field("", BuiltinDtype(Endianness.not_applicable, Kind.other, size))


def data_type_of(dtype: Dtype) -> DataType:
    """Describe any dtype of numpy.

    Raises:
        ValueError: it has no form that Tiled knows.
    """
    try:
        return StructDtype.from_numpy_dtype(dtype) if dtype.fields else BuiltinDtype.from_numpy_dtype(dtype)
    except KeyError as error:
        raise ValueError(f"Tiled knows no arrays of {dtype}") from error


def data_type_json(data_type: DataType) -> dict[str, object]:
    """Give the JSON of it."""
    if isinstance(data_type, StructDtype):
        fields: list[dict[str, object]] = [
            {"name": field.name, "dtype": data_type_json(field.dtype), "shape": list(field.shape or ()) or None}
            for field in data_type.fields
        ]
        return {"itemsize": data_type.itemsize, "fields": fields}
    return {
        "endianness": data_type.endianness.value,
        "kind": data_type.kind.value,
        "itemsize": data_type.itemsize,
        "dt_units": data_type.dt_units,
    }


def read_data_type(raw: object, path: str = "data_type", depth: int = 0) -> DataType:
    """Read the JSON of a type; members that are not known are ignored.

    Raises:
        DecodeError: it is none, or larger than anything real: 16 levels, 10,000 fields, 2 GiB an element.
    """
    if not isinstance(raw, dict):
        raise DecodeError(f"a type is described by an object, not by {type(raw).__name__}", path=path)
    members = cast("dict[str, object]", raw)
    if "fields" not in members:
        return _read_builtin(members, path)
    if depth >= _DEPTH:
        raise DecodeError(f"types lie in types more than {_DEPTH} deep", path=path)
    fields = members["fields"]
    if not isinstance(fields, list) or len(cast("list[object]", fields)) > _FIELDS:
        raise DecodeError(f"the fields are not a list of at most {_FIELDS}", path=f"{path}.fields")
    read = tuple(
        _read_field(field, f"{path}.fields[{at}]", depth) for at, field in enumerate(cast("list[object]", fields))
    )
    size = _read_size(members, path)
    if sum(field.size for field in read) > size:
        raise DecodeError("the fields are larger than the record", path=path)
    names = [field.name for field in read if not field.padding]
    if len(set(names)) < len(names):
        raise DecodeError("two fields have the same name", path=f"{path}.fields")
    return StructDtype(size, read)


def _read_field(raw: object, path: str, depth: int) -> Field:
    members = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    name = members.get("name")
    if not isinstance(name, str):
        raise DecodeError("a field has a name", path=path)
    given = members.get("shape")
    shape: tuple[int, ...] | None = None
    if given:
        sides = cast("list[object]", given) if isinstance(given, list | tuple) else []
        shape = tuple(side for side in sides if isinstance(side, int) and 0 <= side <= _LARGEST)
        if not shape or len(shape) != len(sides) or len(shape) > 32:
            raise DecodeError("the shape of a field is a list of numbers from 0", path=f"{path}.shape")
    field = Field(name, read_data_type(members.get("dtype"), f"{path}.dtype", depth + 1), shape)
    if field.size > _LARGEST:
        raise DecodeError("a field is larger than 2 GiB", path=path)
    return field


def _read_builtin(members: dict[str, object], path: str) -> BuiltinDtype:
    size = _read_size(members, path)
    try:
        kind = Kind(str(members.get("kind")))
        order = Endianness(str(members.get("endianness")))
    except ValueError as error:
        raise DecodeError(f"the type is not known: {error}", path=path) from error
    units = members.get("dt_units") or None
    if units is not None and not (isinstance(units, str) and _UNITS.fullmatch(units)):
        raise DecodeError("the unit of a time is not known", path=f"{path}.dt_units")
    if kind is Kind.unicode and size % 4:
        raise DecodeError("text has 4 bytes a character", path=f"{path}.itemsize")
    return BuiltinDtype(order, kind, size, units if kind in {Kind.datetime, Kind.timedelta} else None)


def _read_size(members: dict[str, object], path: str) -> int:
    size = members.get("itemsize")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _LARGEST:
        raise DecodeError("the size of an element is a number from 0 to 2 GiB", path=f"{path}.itemsize")
    return size
