"""JSON lines: a row of JSON values, one a line (`application/jsonl`, `application/x-ndjson`) or after RS (RFC 7464)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

from .decoders import make_decoder
from .errors import DecodeError, RequestError, TruncatedError
from .files import File
from .open_model import OpenModel
from .payloads import Codec, decode_json, json_encoder
from .typed_streams import LARGEST_ITEM, ItemBody, Items, Splitter, SyncTypedStream, TypedStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from .http import RequestBody, Response
    from .portal import Portal

__all__ = ["LineStream", "Lines", "SyncLineStream"]

T = TypeVar("T")
_RECORD = b"\x1e"
_BOM = b"\xef\xbb\xbf"
_NOT_ITEMS = (str, bytes, bytearray, memoryview, Mapping, msgspec.Struct, OpenModel, File, os.PathLike)


class LineStream(TypedStream[T], Generic[T]):
    """JSON values as they come: `async with await client.x.y() as lines: async for line in lines: ...`.

    Empty lines are passed over. The last line needs no line break.
    """

    def synchronous(self, portal: Portal) -> SyncLineStream[T]:
        """Give the same for synchronous callers."""
        return SyncLineStream(self, portal)


class SyncLineStream(SyncTypedStream[T], Generic[T]):
    """The same for synchronous callers: `with` and `for`."""


class Lines(Codec):
    """A row of JSON values. Sent from an iterable or async iterable, received as a LineStream.

    A list or tuple is written at once and can be sent again; other iterables are asked for one value at a time.

    Args:
        media: media type; one that ends in `json-seq` is written and read as RFC 7464 says.
        type: gives the type of one value.
        largest: bytes of one line.
    """

    __slots__ = ("_decoder", "_largest", "_sequence")
    stream = True

    def __init__(self, media: str, type: Callable[[], object], *, largest: int = LARGEST_ITEM) -> None:
        super().__init__(media, type)
        self._largest = largest
        self._sequence = media.partition(";")[0].strip().lower().endswith("json-seq")
        self._decoder: msgspec.json.Decoder[Any] | None = None

    def accepts(self, value: object) -> bool:
        """Say whether a value is an iterable or async iterable of values."""
        return isinstance(value, AsyncIterable | Iterable) and not isinstance(value, _NOT_ITEMS)

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body; raises RequestError."""
        if not self.accepts(value):
            raise RequestError(f"a {self.media} body is an iterable or async iterable, not {type(value).__name__}")
        items = cast("Items[object]", value)
        if isinstance(items, list | tuple):
            return self.media, b"".join([self._line(item) for item in cast("list[object]", items)])
        return self.media, ItemBody(items, self._line)

    def _line(self, item: object) -> bytes:
        try:
            text = json_encoder.encode(item)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            raise RequestError(f"an item of the body cannot be written as JSON: {error}") from error
        return b"%b%b\n" % (_RECORD if self._sequence else b"", text)

    def decode(self, content: bytes, content_type: str) -> object:
        """Read a whole body as a list; raises DecodeError with the number of the line."""
        del content_type
        parts = content.removeprefix(_BOM).split(_RECORD if self._sequence else b"\n")
        return [self._item(part, number) for number, part in enumerate(parts, 1) if part.strip()]

    def open(self, response: Response) -> LineStream[Any]:
        """Give an answer's lines."""
        return LineStream(response, self.read)

    async def read(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Any, None]:
        """Read values from pieces of bytes; raises DecodeError, LimitError and TruncatedError."""
        splitter = Splitter(_RECORD if self._sequence else b"\n", self._largest)
        number = 0
        async for piece in pieces:
            for part in splitter.feed(piece):
                number += 1
                if part.strip():
                    yield self._item(part, number)
        rest = splitter.rest()
        if not rest.strip():
            return
        if self._sequence and not rest[-1:].isspace() and rest[-1:] not in {b'"', b"]", b"}"}:
            # RFC 7464, 2.4: a number or a name may have been cut
            raise TruncatedError(f"record {number + 1} of the stream has no end")
        yield self._item(rest, number + 1)

    def _item(self, part: bytes, number: int) -> object:
        decoder = self._decoder
        if decoder is None:
            decoder = self._decoder = make_decoder(self.type())
        try:
            return decode_json(decoder, part.removeprefix(_BOM) if number == 1 else part, self.media)
        except DecodeError as error:
            error.message = f"line {number}: {error.message}"
            raise
