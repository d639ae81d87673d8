"""Compressed answers are unpacked in bounded steps, and only whole ones pass."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from petstore._runtime.decompression import decompressor
from petstore._runtime.errors import DecodeError, LimitError, TruncatedError
from petstore._runtime.scripted import answer

TEXT = b"hello " * 10_000


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def unpack(encoding: str, content: bytes, step: int = 1000) -> bytes:
    stream = decompressor(encoding)
    assert stream is not None
    out = b"".join(
        part for start in range(0, len(content), step) for part in stream.feed(content[start : start + step])
    )
    stream.finish()
    return out


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZip", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
    ],
)
def test_whole_content_is_unpacked(encoding, packed, step):
    assert unpack(encoding, packed, step) == TEXT


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_identity_needs_no_unpacking(encoding):
    assert decompressor(encoding) is None


@pytest.mark.parametrize(
    ("encoding", "packed", "kind"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-20], TruncatedError),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-1], TruncatedError),
        ("gzip", gzip.compress(TEXT, mtime=0)[:5], TruncatedError),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + b"\0" * 8, DecodeError),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"junk", DecodeError),
        ("gzip", b'{"plain": true}', DecodeError),
        ("deflate", zlib.compress(TEXT) + b"junk", DecodeError),
        ("deflate", zlib.compress(TEXT)[:-3], TruncatedError),
        ("deflate", zlib.compress(TEXT)[:-4] + b"\0\0\0\0", DecodeError),
    ],
)
def test_damaged_content_is_refused(encoding, packed, kind):
    with pytest.raises(kind):
        unpack(encoding, packed)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "gzip,br", "x" * 1000])
def test_an_unknown_encoding_is_refused(encoding):
    with pytest.raises(DecodeError, match="were offered"):
        decompressor(encoding)


async def test_a_bomb_is_stopped_at_the_limit_with_flat_memory():
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(200)) + packer.flush()
    response = answer(200, bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="after decompression"):
            await response.read(2_000_000)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


async def test_an_answer_without_content_may_name_an_encoding():
    assert await answer(200, b"", headers={"Content-Encoding": "gzip"}).read(100) == b""
