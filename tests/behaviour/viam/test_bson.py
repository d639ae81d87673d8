"""BSON: every type there and back, every broken input one error with the place, and the same as another library."""

from __future__ import annotations

import contextlib
import importlib
import math
import pickle
import struct
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.witness import missing

from specbind.bindings._runtime.errors import DecodeError, Error
from specbind.viam.bson import (
    MAX_KEY,
    MIN_KEY,
    Binary,
    BsonDecodeError,
    BsonEncodeError,
    Code,
    DatetimeMS,
    DBPointer,
    Int64,
    Key,
    ObjectId,
    Regex,
    Timestamp,
    decode,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OID = ObjectId("507f1f77bcf86cd799439011")
SAMPLE: dict[str, Any] = {
    "double": 1.5,
    "string": "dusk \u00e9\U0001f600",
    "document": {"a": {"b": [1, {"c": None}]}},
    "array": [1, "two", [3.0], {}],
    "bytes": b"\x00\x01",
    "old": Binary(b"old", 2),
    "uuid": Binary(UUID(int=7).bytes, 4),
    "id": OID,
    "true": True,
    "false": False,
    "time": datetime(2024, 3, 1, 12, 30, 15, 123000),  # noqa: DTZ001 - UTC without a zone
    "far": DatetimeMS(2**62),
    "null": None,
    "regex": Regex("^a.*$", "im"),
    "pointer": DBPointer("db.rows", OID),
    "code": Code("return 1"),
    "scoped": Code("return x", {"x": 1}),
    "int32": -5,
    "timestamp": Timestamp(1_700_000_000, 4_294_967_295),
    "int64": 2**40,
    "decimal": Decimal("12.340"),
    "min": MIN_KEY,
    "max": MAX_KEY,
}


def element(kind: int, content: bytes, key: bytes = b"a") -> bytes:
    """A document of one element."""
    body = bytes([kind]) + key + b"\x00" + content + b"\x00"
    return struct.pack("<i", len(body) + 4) + body


def test_every_type_there_and_back() -> None:
    found = decode(encode(SAMPLE))
    assert found == SAMPLE
    assert [type(value) for value in found.values()] == [type(value) for value in SAMPLE.values()]
    assert list(found) == list(SAMPLE)


def test_bytes_of_the_specification() -> None:
    assert encode({"hello": "world"}) == b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00"
    awesome = (
        b"1\x00\x00\x00\x04BSON\x00&\x00\x00\x00\x020\x00\x08\x00\x00\x00awesome\x00"
        b"\x011\x00333333\x14@\x102\x00\xc2\x07\x00\x00\x00\x00"
    )
    assert encode({"BSON": ["awesome", 5.05, 1986]}) == awesome
    assert decode(memoryview(awesome)) == {"BSON": ["awesome", 5.05, 1986]}


def test_what_is_written_as_something_else() -> None:
    class Level(IntEnum):
        HIGH = 3

    written: dict[str, Any] = {
        "uuid": UUID(int=7),
        "tuple": (1, 2),
        "bytearray": bytearray(b"a"),
        "level": Level.HIGH,
        "naive": datetime(2024, 1, 1),  # noqa: DTZ001 - the case itself
        "zoned": datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        "fine": datetime(2024, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC),
    }
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - UTC without a zone
    assert decode(encode(written)) == {
        "uuid": Binary(UUID(int=7).bytes, 4),
        "tuple": [1, 2],
        "bytearray": b"a",
        "level": 3,
        "naive": start,
        "zoned": start,
        "fine": start + timedelta(milliseconds=999),
    }


def test_width_of_integers() -> None:
    assert encode({"a": 2**31 - 1}) == element(0x10, b"\xff\xff\xff\x7f")
    assert encode({"a": 2**31}) == element(0x12, struct.pack("<q", 2**31))
    assert encode({"a": Int64(1)}) == element(0x12, struct.pack("<q", 1))
    assert encode({"a": True}) == element(0x08, b"\x01")


def test_values() -> None:
    assert OID.generation_time == datetime(2012, 10, 17, 21, 13, 27, tzinfo=UTC)
    assert str(OID) == "507f1f77bcf86cd799439011"
    assert ObjectId(OID.binary) == OID
    assert ObjectId(b"\xff" * 12) > OID
    assert len({OID, ObjectId(OID.binary)}) == 1
    assert Binary(b"a", 5) != b"a"
    assert Binary(b"a", 5) != b"a"
    assert Binary(b"a") == b"a"
    assert Binary(b"a", 5) != Binary(b"a", 6)
    assert pickle.loads(pickle.dumps(Binary(b"a", 5))) == Binary(b"a", 5)  # noqa: S301 - its own
    assert Binary(UUID(int=7).bytes, 4).as_uuid() == UUID(int=7)
    for wrong in ("xyz", "507f1f77bcf86cd79943901", b"short", "z" * 24):
        with pytest.raises(ValueError, match=r"ObjectId|hexadecimal"):
            ObjectId(wrong)
    with pytest.raises(ValueError, match="no UUID"):
        Binary(b"a", 4).as_uuid()
    with pytest.raises(ValueError, match="0 to 255"):
        Binary(b"a", 256)


@pytest.mark.parametrize(
    "text",
    "0 -0 0E+6111 0E-6176 1 -1 1.20 1E+6111 1E-6176 9.999999999999999999999999999999999E+6144".split()
    + "Infinity -Infinity NaN -NaN sNaN 1234567890123456789012345678901234 0.000001 1E+6144 1.0E-6175".split(),
)
def test_decimals_are_exact(text: str) -> None:
    found = decode(encode({"a": Decimal(text)}))["a"]
    assert isinstance(found, Decimal)
    expected = Decimal(text)
    if not expected.is_nan():
        assert found == expected
    assert found.as_tuple()[:2] == expected.as_tuple()[:2] or text == "1E+6144"


def test_zeros_move_where_the_range_asks_for_it() -> None:
    assert str(decode(encode({"a": Decimal("1E+6112")}))["a"]) == "1.0E+6112"
    assert str(decode(encode({"a": Decimal("10E-6177")}))["a"]) == "1E-6176"
    assert str(decode(encode({"a": Decimal("0E+9999")}))["a"]) == "0E+6111"
    assert str(decode(encode({"a": Decimal("1" + "0" * 40)}))["a"]) == "1." + "0" * 33 + "E+40"


@pytest.mark.parametrize("text", ["1" * 35, "1E+6145", "1E-6177", "1.5E-6176", "1E+999999", "NaN123"])
def test_decimals_that_do_not_fit(text: str) -> None:
    with pytest.raises(BsonEncodeError, match=r"a\.b\[1\]: (a decimal has 34 digits|the payload)") as caught:
        encode({"a": {"b": [0, Decimal(text)]}})
    assert caught.value.path == "a.b[1]"


@pytest.mark.parametrize("content", [b"\xff" * 13 + b"\xff\x41\x30", b"\x00" * 15 + b"\x6c", b"\x00" * 15 + b"\xe0"])
def test_coefficients_that_are_too_large_count_as_zero(content: bytes) -> None:
    found = decode(element(0x13, content))["a"]
    assert isinstance(found, Decimal)
    assert found == 0 or found.adjusted() < 40


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def test_depth() -> None:
    assert decode(encode(nested(100))) == nested(100)
    with pytest.raises(BsonEncodeError, match="more than 100 levels"):
        encode(nested(101))
    content = b"\x05\x00\x00\x00\x00"
    for _ in range(5000):
        content = element(0x03, content)
    with pytest.raises(BsonDecodeError, match="more than 100 levels"):
        decode(content)
    endless: dict[str, Any] = {}
    endless["a"] = [endless]
    with pytest.raises(BsonEncodeError, match="more than 100 levels"):
        encode(endless)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**63, "more than 64 bits"),
        (-(2**63) - 1, "more than 64 bits"),
        (Int64(2**64), "more than 64 bits"),
        (object(), "no form for a object"),
        ({1, 2}, "no form for a set"),
        (1j, "no form for a complex"),
        ("\ud800", "half a surrogate pair"),
        ({1: 2}, "a key is a str, not 1"),
        ({"a\x00b": 2}, "with a NUL"),
        (Regex("a\x00"), "with a NUL"),
        (Timestamp(-1, 0), "32 bits"),
        (DatetimeMS(2**63), "more than 64 bits"),
    ],
)
def test_what_cannot_be_written_names_its_field(value: object, reason: str) -> None:
    with pytest.raises(BsonEncodeError, match=reason) as caught:
        encode({"rows": [{}, {"price": value}]})
    assert caught.value.path.startswith("rows[1].price")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, Error)


def test_a_document_is_a_mapping() -> None:
    with pytest.raises(TypeError, match="not list"):
        encode([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "reason", "path"),
    [
        (b"", "4 bytes are announced, 0 are left", ""),
        (b"\x05\x00\x00\x00\x01", "does not end with a zero", ""),
        (b"\x04\x00\x00\x00", "5 bytes at least", ""),
        (b"\xff\xff\xff\xff\x00", "-1 bytes", ""),
        (b"\x05\x00\x00\x00\x00\x00", "1 bytes stand behind", ""),
        (element(0x20, b""), "type 0x20 is not known", "a"),
        (element(0x02, b"\x00\x00\x00\x00"), "does not end", "a"),
        (element(0x02, b"\xff\xff\xff\x7fabc\x00"), "2147483647 bytes are announced", "a"),
        (element(0x02, b"\x02\x00\x00\x00\xff\x00"), "not UTF-8", "a"),
        (element(0x02, b"\x02\x00\x00\x00ab"), "does not end", "a"),
        (element(0x10, b"\x01"), "4 bytes are announced, 1 are left", "a"),
        (element(0x08, b"\x02"), "0 or 1, not 2", "a"),
        (element(0x05, b"\xf0\xff\xff\xff\x00"), "-16 bytes", "a"),
        (element(0x05, b"\x05\x00\x00\x00\x02\x02\x00\x00\x00a"), "lengths of old binary", "a"),
        (element(0x0B, b"ab"), "does not end", "a"),
        (element(0x0F, b"\x04\x00\x00\x00"), "are left", "a"),
        (element(0x03, element(0x04, element(0x08, b"\x07", b"0"), b"b")), "not 7", "a.b[0]"),
        (element(0x08, b"\x07", b"\x1b[2J"), "not 7", "['\\x1b[2J']"),
        (element(0x08, b"\x07", b"x" * 100), "not 7", "['" + "x" * 60 + "']"),
        (element(0x08, b"\x01\x08a\x00\x01"), "stands twice", "a"),
        (element(0x08, b"\x01", b"\xff"), "not UTF-8", ""),
    ],
)
def test_what_is_broken(content: bytes, reason: str, path: str) -> None:
    with pytest.raises(BsonDecodeError, match=reason) as caught:
        decode(content)
    assert caught.value.path == path
    assert isinstance(caught.value, DecodeError)


def test_every_truncation_is_an_error() -> None:
    content = encode(SAMPLE)
    for end in range(len(content)):
        with pytest.raises(BsonDecodeError):
            decode(content[:end])
        shortened = struct.pack("<i", end) + content[4:end]
        with pytest.raises(BsonDecodeError):
            decode(shortened[:-1] + b"\x01")


def test_every_flipped_byte_is_read_or_an_error() -> None:
    content = encode(SAMPLE)
    for place in range(len(content)):
        for value in (0, 1, 0x7F, 0x80, 0xFF, content[place] ^ 1):
            try:
                decode(content[:place] + bytes([value]) + content[place + 1 :])
            except BsonDecodeError as error:
                assert str(error).isprintable()  # noqa: PT017 - most of them are errors, not all


KEYS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
OBJECT_IDS = st.binary(min_size=12, max_size=12).map(ObjectId)
MOMENTS = st.integers(-62_135_596_800_000, 253_402_300_799_999).map(
    lambda ms: datetime(1970, 1, 1) + timedelta(milliseconds=ms)  # noqa: DTZ001 - UTC without a zone
)
DECIMALS = st.builds(
    lambda sign, number, exponent: Decimal((sign, tuple(map(int, str(number))), exponent)),
    st.integers(0, 1),
    st.integers(0, 10**34 - 1),
    st.integers(-6176, 6111),
)
SHARED = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    TEXTS,
    st.binary(),
    MOMENTS,
)
TYPED = st.one_of(
    SHARED,
    OBJECT_IDS,
    DECIMALS,
    st.builds(Binary, st.binary(), st.integers(1, 255)),
    st.builds(Timestamp, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.builds(Regex, KEYS, st.sampled_from(["", "i", "imx"])),
    st.builds(DBPointer, TEXTS, OBJECT_IDS),
    st.builds(Code, TEXTS),
    st.builds(Code, TEXTS, st.dictionaries(KEYS, SHARED, max_size=2)),
    st.integers(2**59, 2**63 - 1).map(DatetimeMS),
    st.sampled_from([MIN_KEY, MAX_KEY]),
)


def documents(values: Any) -> Any:
    deep = st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12)
    return st.dictionaries(KEYS, deep, max_size=5)


@given(documents(TYPED))
def test_documents_come_back(document: dict[str, Any]) -> None:
    content = encode(document)
    assert decode(content) == document
    assert encode(decode(content)) == content


@given(st.binary(max_size=60) | documents(SHARED).map(encode), st.integers(0, 60), st.integers(0, 255))
def test_any_bytes_are_read_or_one_error(content: bytes, place: int, value: int) -> None:
    changed = content[:place] + bytes([value]) + content[place + 1 :]
    with contextlib.suppress(BsonDecodeError):
        decode(changed)


def other_library() -> Any:
    try:
        return importlib.import_module("bson")
    except ImportError:
        missing("pymongo", "pip install pymongo")


FOREIGN: dict[type, Callable[[Any, Any], Any]] = {
    dict: lambda value, bson: {key: foreign(each, bson) for key, each in value.items()},
    list: lambda value, bson: [foreign(each, bson) for each in value],
    Binary: lambda value, bson: bson.binary.Binary(bytes(value), value.subtype),
    ObjectId: lambda value, bson: bson.objectid.ObjectId(value.binary),
    Decimal: lambda value, bson: bson.decimal128.Decimal128(value),
    Timestamp: lambda value, bson: bson.timestamp.Timestamp(value.time, value.increment),
    Regex: lambda value, bson: bson.regex.Regex(value.pattern, value.options),
    Code: lambda value, bson: bson.code.Code(value.code, foreign(value.scope, bson)),
    DatetimeMS: lambda value, bson: bson.datetime_ms.DatetimeMS(value.milliseconds),
    Key: lambda value, bson: bson.min_key.MinKey() if value is MIN_KEY else bson.max_key.MaxKey(),
}


def foreign(value: Any, bson: Any) -> Any:
    """A value as the other library has it."""
    convert = FOREIGN.get(type(value))
    return convert(value, bson) if convert else value


@pytest.mark.witness
@given(documents(TYPED.filter(lambda value: not isinstance(value, DBPointer))))
def test_another_library_writes_and_reads_the_same(document: dict[str, Any]) -> None:
    bson = other_library()
    options = bson.codec_options.CodecOptions(
        tz_aware=False, datetime_conversion=bson.codec_options.DatetimeConversion.DATETIME_AUTO
    )
    theirs = foreign(document, bson)
    content = encode(document)
    assert bson.encode(theirs, codec_options=options) == content
    assert bson.decode(content, codec_options=options) == theirs


@pytest.mark.witness
@given(st.binary(min_size=16, max_size=16))
def test_another_library_reads_decimals_the_same(content: bytes) -> None:
    bson = other_library()
    ours = decode(element(0x13, content))["a"]
    theirs = bson.decode(element(0x13, content))["a"].to_decimal()
    assert isinstance(ours, Decimal)
    if ours.is_nan():
        assert theirs.is_nan()
    elif ours:  # a coefficient out of range is 0 by the standard; the other library takes it as it is
        assert ours == theirs


def test_not_a_number() -> None:
    found = decode(encode({"a": math.nan}))["a"]
    assert isinstance(found, float)
    assert math.isnan(found)
