"""Arrow files of a server: read without a copy, and only what unpacks to no more than what came.

A file is a stream with a magic number before it and a table of contents behind it. It is read as the stream, so that
every batch is looked at before its buffers are.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from specbind.bindings._runtime import DecodeError
from specbind.tiled._libraries import load

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ARROW_FILE", "arrow_table"]

ARROW_FILE = "application/vnd.apache.arrow.file"
_MAGIC = b"ARROW1\0\0"
_CONTINUATION = 0xFFFFFFFF
_SPARE = 1_000_000
"""Rows that need no bytes, as those of a column without values, beside one for each bit that came."""
# fields of the flatbuffers Message, DictionaryBatch and RecordBatch
_HEADER_TYPE, _HEADER, _BODY_LENGTH, _CUSTOM, _DATA, _COMPRESSION = 1, 2, 3, 4, 1, 3
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3


def arrow_table(body: bytes | memoryview, media_type: str = ARROW_FILE) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Read an Arrow file; the table looks into `body`.

    Raises:
        DecodeError: it is none, or not sound: offsets that lead outside, text that is no UTF-8, compressed buffers,
            more rows than can be in it.
    """
    if media_type.partition(";")[0].strip() != ARROW_FILE:
        raise DecodeError(f"{ARROW_FILE} was due, and {media_type!r:.60} came", media_type=media_type)
    arrow = load("pyarrow")
    try:
        return _table_in(memoryview(body))
    except (arrow.ArrowException, OSError, ValueError, IndexError, struct.error) as error:
        raise DecodeError(f"the answer is no sound Arrow file: {error}", media_type=media_type) from error


def _table_in(view: memoryview) -> Any:  # noqa: ANN401 - pyarrow has no types
    if bytes(view[: len(_MAGIC)]) != _MAGIC:
        raise ValueError("it does not begin as one")
    if any(_compressed(message) for message in _messages(view)):
        raise ValueError("it is compressed, which was not asked for")
    table = load("pyarrow.ipc").open_stream(load("pyarrow").py_buffer(view[len(_MAGIC) :])).read_all()
    if table.num_rows > 8 * len(view) + _SPARE:
        raise ValueError(f"it claims {table.num_rows} rows in {len(view)} bytes")
    table.validate(full=True)
    return table


def _messages(view: memoryview) -> Iterator[memoryview]:
    """The descriptions of all messages, as the stream has them."""
    at = len(_MAGIC)
    while True:
        mark, length = struct.unpack_from("<II", view, at)
        if mark != _CONTINUATION:
            raise ValueError("a message has no mark")
        if not length:
            return
        message = view[at + 8 : at + 8 + length]
        yield message
        body = _field(message, _root(message), _BODY_LENGTH)
        size = struct.unpack_from("<q", message, body)[0] if body else 0
        if size < 0:
            raise ValueError("a message has a negative length")
        at += 8 + length + size


def _compressed(message: memoryview) -> bool:
    root = _root(message)
    kind = _field(message, root, _HEADER_TYPE)
    header_type = message[kind] if kind else 0
    if header_type not in {_DICTIONARY_BATCH, _RECORD_BATCH}:
        return False
    if _field(message, root, _CUSTOM):  # an older way to say it, and nothing that a table needs
        return True
    batch = _table(message, root, _HEADER)
    if header_type == _DICTIONARY_BATCH:
        batch = _table(message, batch, _DATA)
    return bool(_field(message, batch, _COMPRESSION))


def _root(message: memoryview) -> int:
    return int(struct.unpack_from("<I", message)[0])


def _field(message: memoryview, table: int, number: int) -> int:
    """Where a field of a flatbuffers table stands, 0 if it is absent."""
    vtable = table - struct.unpack_from("<i", message, table)[0]
    size = struct.unpack_from("<H", message, vtable)[0]
    place = 4 + 2 * number
    offset = struct.unpack_from("<H", message, vtable + place)[0] if place + 2 <= size else 0
    return table + int(offset) if offset else 0


def _table(message: memoryview, table: int, number: int) -> int:
    """Where the table of a field begins."""
    place = _field(message, table, number)
    if not place:
        raise ValueError("a message lacks its content")
    return place + int(struct.unpack_from("<I", message, place)[0])
