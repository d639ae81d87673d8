"""Packed lists of every width, beside the plain encoding one by one."""

from __future__ import annotations

from random import Random

import pytest

from specbind.generator.targets.python._runtime.proto.failures import Malformed, Unencodable
from specbind.generator.targets.python._runtime.proto.packing import (
    from_zigzag,
    pack_signed,
    pack_varints,
    pack_zigzag,
    unpack_varints,
)
from specbind.generator.targets.python._runtime.proto.scalars import pack, unpack
from specbind.generator.targets.python._runtime.proto.wire import varint, varint_i64, varint_s64


def numbers(bits: int, count: int) -> list[int]:
    random = Random(bits * count)  # noqa: S311 - the same every time
    return [random.randrange(random.choice((1, 1 << bits, 1 << bits))) for _ in range(count)]


@pytest.mark.parametrize("bits", [1, 7, 8, 14, 15, 21, 28, 33, 40, 55, 56, 57, 63, 64])
@pytest.mark.parametrize("count", [1, 2, 15, 16, 600, 3000])
def test_packed_lists_are_those_of_single_numbers(bits: int, count: int):
    for values in (numbers(bits, count), [value or 1 for value in numbers(bits, count)]):
        content = b"".join(map(varint, values))
        assert pack_varints(values) == content
        assert unpack_varints(b"xx" + content + b"\x80", 2, 2 + len(content)) == values
        signed = [(value >> 1) * (-1) ** (value & 1) for value in values]
        assert pack_zigzag(signed, 64) == b"".join(map(varint_s64, signed))
        assert pack_signed(signed, 64) == b"".join(map(varint_i64, signed))
        assert from_zigzag([value << 1 ^ value >> 63 for value in signed]) == signed


def test_numbers_are_cut_to_their_width_as_the_format_says():
    content = varint(1 << 33 | 5) + varint((1 << 64) - 1)
    assert unpack("uint32")(content, 0, len(content)) == [5, 0xFFFF_FFFF]
    assert unpack("int32")(content, 0, len(content)) == [5, -1]
    assert unpack("int64")(content, 0, len(content)) == [1 << 33 | 5, -1]
    assert unpack("bool")(content, 0, len(content)) == [True, True]


@pytest.mark.parametrize("content", [b"\x80", b"\x01\xff", b"\xff" * 11 + b"\x01"])
def test_what_is_no_list_of_numbers_is_refused(content: bytes):
    with pytest.raises(Malformed):
        unpack_varints(content, 0, len(content))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uint32", 1 << 32), ("uint64", -1), ("int32", 1 << 31), ("sint64", 1 << 63), ("sint32", -1 << 40)],
)
def test_numbers_that_are_out_of_range_are_refused(kind: str, value: int):
    with pytest.raises(Unencodable):
        pack(kind)([1, value])
