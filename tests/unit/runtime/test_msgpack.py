"""Bodies in MessagePack are the values that JSON carries; whatever else comes is a DecodeError."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from multidict import CIMultiDict
from petstore._runtime.errors import DecodeError, RequestError
from petstore._runtime.http import Response
from petstore._runtime.int_text import Int64Text
from petstore._runtime.msgpack import Msgpack
from petstore._runtime.open_model import OpenModel, no_members
from petstore._runtime.operation import Operation
from petstore._runtime.payloads import Json, is_msgpack
from petstore._runtime.replies import Reply, select_codec

MEDIA = "application/x-msgpack"


class Open(OpenModel, kw_only=True):
    first: str | msgspec.UnsetType = UNSET
    additional_properties: dict[str, Any] = msgspec.field(default_factory=no_members)


class Frame(msgspec.Struct):
    at: datetime
    raw: bytes = b""
    number: Int64Text = Int64Text(0)
    open: Open | None = None
    values: dict[str, float] | msgspec.UnsetType = UNSET
    inner: list[Frame] = []


class Failure(msgspec.Struct):
    error: str


CODEC = Msgpack(MEDIA, lambda: Frame)
NOW = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


def test_names_of_the_format():
    for media in ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack", "application/a+msgpack"):
        assert is_msgpack(media)
    assert not is_msgpack("application/json")
    assert not is_msgpack("application/x-msgpack-stream")


def test_bytes_are_read_as_base64_too_and_what_is_neither_is_said_with_its_path():
    wire = {"at": NOW, "inner": [{"at": "2024-02-29T12:30:00Z", "raw": "AP8="}]}
    assert CODEC.decode(msgspec.msgpack.encode(wire), MEDIA) == Frame(NOW, inner=[Frame(NOW, b"\x00\xff")])
    wire["inner"] = [{"at": NOW, "raw": "?"}]
    with pytest.raises(DecodeError) as caught:
        CODEC.decode(msgspec.msgpack.encode(wire), MEDIA)
    assert caught.value.path == "$.inner[0].raw"


@pytest.mark.parametrize("seconds", [253402300800, -(2**62)])
def test_a_time_that_no_datetime_can_be_is_a_decode_error(seconds):
    content = b"\x81\xa1a\xc7\x0c\xff" + struct.pack(">Iq", 0, seconds)
    codec = Msgpack(MEDIA, lambda: dict[str, Any])
    for _ in range(2):
        with pytest.raises(DecodeError):
            codec.decode(content, MEDIA)
    assert codec.members(content) == {"a": msgspec.Raw(content[3:])}


def test_the_bare_decoder_of_later_answers_says_the_same():
    content = [b"\x81\xa1a\x01", b"\x81\xa1a\xc7\x0c\xff" + struct.pack(">Iq", 0, 253402300800)]
    codec = Msgpack(MEDIA, lambda: dict[str, Any])
    operation = Operation[Any]("x", "GET", ("/x",), replies=(Reply("200", codec),))
    headers = CIMultiDict({"Content-Type": MEDIA})
    assert operation.parse(Response(200, headers, content=content[0])) == {"a": 1}
    with pytest.raises(DecodeError, match="not MessagePack"):
        operation.parse(Response(200, headers, content=content[1]))


@pytest.mark.parametrize("value", [2**64, object(), {"a": [2**70]}])
def test_what_has_no_form_is_a_request_error(value):
    with pytest.raises(RequestError, match="MessagePack"):
        CODEC.encode(value)


def test_a_value_that_holds_itself_is_a_request_error():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(RequestError):
        CODEC.encode(endless)


@pytest.mark.parametrize("key", [7, None, b"a", 1.5])
def test_a_key_that_is_no_text_is_refused_also_where_any_member_may_be(key):
    with pytest.raises(DecodeError) as caught:
        CODEC.decode(msgspec.msgpack.encode({"at": NOW, "open": {"x": {key: 1}}}), MEDIA)
    assert caught.value.path.startswith("$.open")


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=60))
@example(b"\x82\xa2at\xd6\xff\x00\x00\x00\x00\xa4open\x81\x90\x01")
@example(b"\x81\xa2at\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")
@example(b"\x81\xa4open" + b"\x81\xa1a" * 5000)
@example(b"\xdd\xff\xff\xff\xff" * 20)
def test_any_bytes_are_a_value_or_a_decode_error(content):
    refused = 0
    for kind in (Frame, Open, Any, dict[str, Frame], list[Open] | None):
        try:
            Msgpack(MEDIA, lambda kind=kind: kind).decode(content, MEDIA)
        except DecodeError:
            refused += 1
    assert refused or content


FRAMES = st.recursive(
    st.builds(
        Frame,
        at=st.datetimes(timezones=st.just(UTC)),
        raw=st.binary(max_size=8),
        number=st.integers(-(2**63), 2**63 - 1).map(Int64Text),
        open=st.none() | st.builds(Open, additional_properties=st.just({}) | st.just({"b": [1, None, {"c": "d"}]})),
        values=st.just(UNSET) | st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False, allow_infinity=False)),
    ),
    lambda inner: st.builds(Frame, at=st.just(NOW), inner=st.lists(inner, max_size=3)),
    max_leaves=4,
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(FRAMES)
def test_both_formats_give_the_same_value(frame):
    plain = Json("application/json", lambda: Frame)
    packed = CODEC.decode(CODEC.encode(frame)[1], MEDIA)
    assert packed == frame == plain.decode(plain.encode(frame)[1], "application/json")


def test_failures_are_known_by_their_members():
    codec = Msgpack(MEDIA, lambda: Frame, failure=lambda: Failure, failure_members=("error",))
    content = msgspec.msgpack.encode({"error": "no"})
    assert codec.failed(content)
    assert codec.decode_failure(content, MEDIA) == Failure("no")
    for other in ({"at": NOW}, ["error"], "error", {"inner": {"error": 1}}):
        assert not codec.failed(msgspec.msgpack.encode(other))
    assert not codec.failed(b"\x81\xa5error")


def test_an_answer_in_another_name_of_the_format_is_read_and_no_json():
    json = Json("application/json", lambda: Frame)
    assert select_codec((json, CODEC), "application/vnd.msgpack; v=5") is CODEC
    assert select_codec((json, CODEC), "application/problem+json") is json
    assert select_codec((json,), MEDIA) is None
    assert select_codec((CODEC,), "application/json") is None
