"""64-bit integers go as text and are numbers in Python."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from petstore._runtime.errors import DecodeError
from petstore._runtime.hooks import encode_hook
from petstore._runtime.int_text import Int64Text, UInt64Text
from petstore._runtime.model import Model
from petstore._runtime.parameters import Header, Path, Query
from petstore._runtime.parsing import parse_path, parse_query
from petstore._runtime.payloads import Json, json_encoder
from petstore._runtime.unions import ShapedUnion, Variant


class Row(Model):
    number: Int64Text
    more: list[UInt64Text] = msgspec.field(default_factory=list)


Either = ShapedUnion("Either", lambda: (Variant(Int64Text), Variant(bool)))


def decode(kind, text: bytes):
    return Json("application/json", lambda: kind).decode(text, "application/json")


def test_it_is_text_on_the_wire_and_an_int_in_python():
    row = decode(Row, b'{"number":"-9223372036854775808","more":["18446744073709551615"]}')
    assert (row.number, row.more) == (-(2**63), [2**64 - 1])
    assert json_encoder.encode(row) == b'{"number":"-9223372036854775808","more":["18446744073709551615"]}'
    assert json_encoder.encode(Row(Int64Text(5))) == b'{"number":"5","more":[]}'
    assert row.number + 1 == -(2**63) + 1
    assert pickle.loads(pickle.dumps(row)) == row  # noqa: S301 - our own bytes


def test_a_json_number_is_read_too():
    assert decode(Row, b'{"number":7}').number == 7


@pytest.mark.parametrize("text", [b'"9223372036854775808"', b'"1.0"', b'" 1"', b'""', b"true", b"1.5", b'"\\u0661"'])
def test_what_is_no_such_integer_is_refused(text):
    with pytest.raises(DecodeError) as caught:
        decode(Row, b'{"number":' + text + b"}")
    assert caught.value.path == "$.number"


def test_unsigned_means_unsigned():
    with pytest.raises(ValueError, match="between 0 and"):
        UInt64Text(-1)


def test_it_is_a_parameter_and_a_variant():
    assert Path("id", lambda: Int64Text).write(Int64Text(5)) == "5"
    assert Query("id", lambda: list[Int64Text], explode=False).write([Int64Text(5), Int64Text(6)]) == [("id", "5,6")]
    assert Header("X", lambda: Int64Text).write(Int64Text(5)) == "5"
    assert parse_path(Path("id", lambda: Int64Text), "5") == 5
    assert parse_query(Query("id", lambda: list[Int64Text]), [("id", "5"), ("id", "6")]) == [5, 6]
    assert decode(Either, b'"5"') == 5
    assert msgspec.to_builtins({"a": Int64Text(5)}, enc_hook=encode_hook) == {"a": "5"}
