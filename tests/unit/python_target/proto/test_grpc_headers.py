"""The header fields and frames of gRPC, without a connection."""

from __future__ import annotations

import gzip

import pytest
from multidict import MultiDict

from specbind.generator.targets.python._runtime.errors import RequestError
from specbind.generator.targets.python._runtime.grpc.framing import TooLong, frame, inflate, parse_prefix
from specbind.generator.targets.python._runtime.grpc.headers import (
    code_of_http_status,
    code_of_reset,
    decode_message,
    decode_metadata,
    decode_status,
    encode_metadata,
    encode_timeout,
    is_grpc,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0n"),
        (-1, "0n"),
        (0.05, "50000000n"),
        (0.5, "500000u"),
        (30, "30000000u"),
        (100, "100000m"),
        (3600.5, "3600500m"),
        (100_000, "100000S"),
        (10**10, "2777777H"),
        (10**30, "99999999H"),
    ],
)
def test_a_deadline_has_the_finest_unit_of_eight_digits(seconds: float, text: str):
    assert encode_timeout(seconds) == text


def test_metadata_is_sent_in_its_order_with_its_duplicates():
    metadata = MultiDict([("a", "1"), ("b-bin", b"\x00\xff\x01\x02"), ("a", "2"), ("empty", "")])
    assert encode_metadata(metadata) == [("a", "1"), ("b-bin", "AP8BAg"), ("a", "2"), ("empty", "")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Upper", "x"),
        ("", "x"),
        ("a b", "x"),
        ("a\r\nb", "x"),
        (":path", "/other"),
        ("grpc-timeout", "1S"),
        ("te", "x"),
        ("connection", "close"),
        ("host", "other"),
        ("a" * 300, "x"),
        ("a", "line\r\nfeed"),
        ("a", " edge"),
        ("a", "edge "),
        ("a", "\x00"),
        ("a", "ü"),
        ("a", b"bytes"),
        ("a", 7),
        ("a-bin", "text"),
    ],
)
def test_hostile_metadata_is_refused(name: str, value: object):
    with pytest.raises(RequestError, match="metadata"):
        encode_metadata({name: value})  # type: ignore[dict-item]


def test_metadata_is_read_with_its_duplicates_and_what_is_malformed_is_named():
    found, malformed = decode_metadata(
        [
            (":status", "200"),
            ("content-type", "application/grpc"),
            ("grpc-status", "0"),
            ("grpc-retry-pushback-ms", "5"),
            ("a", "1"),
            ("a", "2"),
            ("b-bin", "AP8, AP8="),
            ("c-bin", "no base64!"),
        ]
    )
    assert found == MultiDict(
        [("grpc-retry-pushback-ms", "5"), ("a", "1"), ("a", "2"), ("b-bin", b"\x00\xff"), ("b-bin", b"\x00\xff")]
    )
    assert malformed == ["c-bin"]


def test_what_a_status_is():
    assert decode_status("14") == 14
    assert [decode_status(text) for text in ("", "x", "-1", "\u0661", "9" * 5000)] == [None] * 5
    assert decode_message("100%25 %E2%98%BA %zz %ff") == "100% ☺ %zz \ufffd"
    assert [code_of_http_status(text) for text in ("400", "401", "403", "404", "429", "502", "503", "504")] == [
        *(13, 16, 7, 12, 14, 14, 14, 14)
    ]
    assert code_of_http_status("500") == code_of_http_status("x") == 2
    assert [code_of_reset(code) for code in (None, 0, 2, 7, 8, 11, 12)] == [14, 13, 13, 14, 1, 8, 7]
    types = ["application/grpc", "application/grpc+proto", "Application/gRPC; x=y"]
    assert all(map(is_grpc, types))
    assert not any(map(is_grpc, [None, "", "text/html", "application/grpc+json", "application/grpc-web"]))


def test_frames():
    assert frame(b"abc") == b"\x00\x00\x00\x00\x03abc"
    packed = frame(b"a" * 10_000, gzip=True)
    flag, length = parse_prefix(packed[:5])
    assert (flag, length) == (1, len(packed) - 5)
    assert length < 200
    assert inflate(packed[5:], 10_000) == b"a" * 10_000
    assert inflate(gzip.compress(b""), 0) == b""


def test_a_bomb_is_not_inflated():
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(TooLong):
        inflate(bomb, 1_000_000)
    assert len(inflate(bomb, None)) == 50_000_000


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", gzip.compress(b"abc", mtime=0)[:-3], gzip.compress(b"abc", mtime=0) + b"x"]
)
def test_what_is_no_whole_gzip_is_refused(content: bytes):
    with pytest.raises(ValueError, match=r"end|header"):
        inflate(content, 100)
