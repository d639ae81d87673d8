"""Scalars, one by one and packed: what both directions know about each type."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from .packing import fixed_packer, fixed_reader, from_zigzag, pack_signed, pack_varints, pack_zigzag, unpack_varints
from .wire import read_varint

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BOOLS", "FIXED", "ZEROS", "blob", "is_list", "pack", "read_scalar", "unpack", "zero"]

FIXED = {
    "double": ("d", 8),
    "float": ("f", 4),
    "fixed64": ("Q", 8),
    "sfixed64": ("q", 8),
    "fixed32": ("I", 4),
    "sfixed32": ("i", 4),
}
"""Letter of the `struct` module and width of the types of a fixed width."""

ZEROS: dict[str, bool | int | float | str | bytes] = {
    "string": "",
    "bytes": b"",
    "bool": False,
    "double": 0.0,
    "float": 0.0,
}


BOOLS = {False: 0, True: 1}
"""What a bool can be, and how it is written. 0 and 1 are equal to them, so they count, too."""


def blob(value: object) -> bytes:
    """Give the bytes of any buffer; a length counts elements, which may be wider than a byte.

    Raises:
        TypeError: it is no buffer.
    """
    return memoryview(cast("bytes", value)).tobytes()  # what is no buffer raises


def is_list(value: object) -> bool:
    """Whether a repeated field can hold it: texts, buffers, dicts, sets and generators are taken for a mistake."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)


def zero(kind: str) -> bool | float | str | bytes:
    """The value of a scalar that is not there."""
    return ZEROS.get(kind, 0)


def _signed32(number: int) -> int:
    number &= 0xFFFF_FFFF
    return number if number < 0x8000_0000 else number - (1 << 32)


def _signed64(number: int) -> int:
    return number if number < 0x8000_0000_0000_0000 else number - (1 << 64)


def _zigzag64(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _zigzag32(number: int) -> int:
    return _zigzag64(number & 0xFFFF_FFFF)


def _unsigned32(number: int) -> int:
    return number & 0xFFFF_FFFF


_FROM_VARINT: dict[str, Callable[[int], int]] = {
    "int32": _signed32,
    "int64": _signed64,
    "uint32": _unsigned32,
    "sint32": _zigzag32,
    "sint64": _zigzag64,
    "bool": bool,
    "enum": _signed32,
    "closed": _signed32,
}
_SAFE = {"int32": 31, "int64": 63, "uint32": 32, "uint64": 64, "enum": 31, "closed": 31}  # bits that need no care


def read_scalar(kind: str, b: bytes, p: int, *, checked: bool = True) -> tuple[bool | int | float | str | bytes, int]:
    """Read one scalar; enums as plain integers."""
    if kind in FIXED:
        code, size = FIXED[kind]
        return struct.unpack_from(f"<{code}", b, p)[0], p + size
    number, p = read_varint(b, p)
    if kind == "string":
        return b[p : p + number].decode("utf-8", "strict" if checked else "surrogateescape"), p + number
    if kind == "bytes":
        return b[p : p + number], p + number
    return _FROM_VARINT[kind](number) if kind in _FROM_VARINT else number, p


def unpack(kind: str) -> Callable[[bytes, int, int], list[int] | list[float]]:
    """Make the reader of packed values of a type; enums as plain integers."""
    if kind in FIXED:
        return fixed_reader(*FIXED[kind])
    return partial(_unpack, kind)


def _unpack(kind: str, b: bytes, start: int, end: int) -> list[int]:
    numbers = unpack_varints(b, start, end)
    if kind in _SAFE:
        if not numbers or not max(numbers) >> _SAFE[kind]:
            return numbers
    elif kind == "bool":
        return list(map(bool, numbers))
    elif not numbers or max(numbers) <= 0xFFFF_FFFF:
        return from_zigzag(numbers)
    return list(map(_FROM_VARINT[kind], numbers))


_bool = BOOLS.__getitem__


def _pack_bools(values: Sequence[object]) -> bytes:
    return bytes(map(_bool, cast("Sequence[bool]", values)))


_PACKERS: dict[str, Callable[[Sequence[int]], bytes]] = {
    "int32": partial(pack_signed, bits=32),
    "int64": partial(pack_signed, bits=64),
    "enum": partial(pack_signed, bits=32),
    "closed": partial(pack_signed, bits=32),
    "sint32": partial(pack_zigzag, bits=32),
    "sint64": partial(pack_zigzag, bits=64),
    "uint32": partial(pack_varints, bits=32),
    "uint64": partial(pack_varints, bits=64),
    "bool": _pack_bools,
}


def pack(kind: str) -> Callable[[Sequence[int]], bytes] | Callable[[Sequence[float]], bytes]:
    """Make the writer of packed values of a type, for lists that are not empty."""
    if kind in FIXED:
        return fixed_packer(FIXED[kind][0])
    return _PACKERS[kind]
