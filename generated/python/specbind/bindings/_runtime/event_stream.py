"""Server-sent events (`text/event-stream`), typed: reading as the WHATWG says, and writing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

import msgspec

from .decoders import make_decoder
from .errors import DecodeError, Error, LimitError, RequestError, TransportError, TruncatedError
from .hooks import decode_hook, encode_hook
from .payloads import Codec, decode_json, json_encoder
from .typed_streams import LARGEST_ITEM, ItemBody, Items, SyncTypedStream, TypedStream, split_lines
from .unions import json_kinds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from .http import RequestBody, Response
    from .portal import Portal

__all__ = ["EventSource", "EventStream", "Events", "ServerSentEvent", "SyncEventStream"]

T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"
_BREAK = re.compile("\r\n|\r|\n")
_NOT_IN_FIELDS = re.compile("[\r\n\0]")
_DONE = "[DONE]"


class ServerSentEvent(msgspec.Struct, Generic[T], frozen=True):
    """One event.

    Attributes:
        data: its data as the declared type.
        event: its name, "message" by default.
        id: the last id that the server gave, with this event or before; "" if none. To a client it is written only
            with the event that has it.
        retry: milliseconds that the server asks to wait before the next connection, None where it does not say.
    """

    data: T
    event: str = "message"
    id: str = ""
    retry: int | None = None


EventSource: TypeAlias = AsyncIterable[T | ServerSentEvent[T]]
"""What a server's method gives for an event stream: data, or events where they have a name or an id."""


class EventStream(TypedStream[ServerSentEvent[T]], Generic[T]):
    """Events as they come: `async with await client.x.y() as events: async for event in events: ...`.

    A stream that breaks off gives every whole event, and raises then. To go on, call again with the header
    `Last-Event-ID: <last_event_id>` after `retry` milliseconds; the error has that id too.

    Attributes:
        last_event_id: the last id that came with a whole event, or alone and ended by an empty line; "" if none.
        retry: milliseconds that the server asks to wait before the next connection, None if it does not say.
    """

    last_event_id: str = ""
    retry: int | None = None
    _count: int = 0

    def synchronous(self, portal: Portal) -> SyncEventStream[T]:
        """Give the same for synchronous callers."""
        return SyncEventStream(self, portal)

    def note(self, item: ServerSentEvent[T]) -> None:
        """Remember id and retry of an event."""
        self._count += 1
        self.last_event_id = item.id
        if item.retry is not None:
            self.retry = item.retry

    def hear(self, last_id: str | None, retry: int | None) -> None:
        """Remember what came without an event."""
        if last_id is not None:
            self.last_event_id = last_id
        if retry is not None:
            self.retry = retry

    def broken(self, error: Error) -> None:
        """Say what came before the connection was lost, and how to go on."""
        if not isinstance(error, TransportError):
            return
        error.last_event_id = self.last_event_id
        came = f"{self._count} whole event{'' if self._count == 1 else 's'} came before"
        if self.last_event_id:
            again = f"to go on, call again with the header Last-Event-ID: {self.last_event_id[:100]!r}"
        else:
            again = "they have no id, so a new call begins where the server likes" if self._count else "call again"
        error.message += f"; {came}; {again}"


class SyncEventStream(SyncTypedStream[ServerSentEvent[T]], Generic[T]):
    """The same for synchronous callers: `with` and `for`."""

    def __init__(self, stream: EventStream[T], portal: Portal) -> None:
        super().__init__(stream, portal)
        self._events = stream

    @property
    def last_event_id(self) -> str:
        """The last id that came, see EventStream; "" if none."""
        return self._events.last_event_id

    @property
    def retry(self) -> int | None:
        """Milliseconds that the server asks to wait before the next connection, None if it does not say."""
        return self._events.retry


class _Block:
    """The lines of one event as they come."""

    __slots__ = ("_data", "begun", "event", "id", "lines", "retry")

    def __init__(self, last_id: str, retry: int | None) -> None:
        self._data = bytearray()
        self.begun = False  # something came of an event: neither a comment nor `retry`, which stand alone
        self.lines = 0  # of data
        self.event = ""
        self.id = last_id
        self.retry = retry

    @property
    def data(self) -> bytes:
        """The lines of data, as one text."""
        return bytes(self._data)

    @property
    def size(self) -> int:
        """Bytes of data."""
        return len(self._data)

    def take(self, line: bytes) -> None:
        """Read one line."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        self.begun |= name not in {b"", b"retry"}
        if name == b"data":
            if self.lines:
                self._data += b"\n"
            self._data += value
            self.lines += 1
        elif name == b"event":
            self.event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self.id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= 18:
            self.retry = int(value)


class Events(Codec):
    """An event stream. Received as an EventStream, written from an async iterable of data or ServerSentEvents.

    The data is the text itself where the type is text in JSON (`str`, enums, dates); else it is read as JSON. Data that
    is `end` and not declared as text ends the stream, as several APIs do with `[DONE]`: it is not given to the caller
    and what comes behind it is not read. Anything else that is not JSON is a DecodeError.

    A stream that stops within an event, which an empty line would have ended, raises TruncatedError: it may be cut.

    Args:
        media: media type.
        type: gives the type of an event's data.
        end: data that ends the stream, "" for none.
        largest: bytes of one event.
    """

    __slots__ = ("_decoder", "_end", "_is_text", "_largest")
    stream = True

    def __init__(
        self, media: str, type: Callable[[], object], *, end: str = _DONE, largest: int = LARGEST_ITEM
    ) -> None:
        super().__init__(media, type)
        self._end = end.encode()
        self._largest = largest
        self._is_text: bool | None = None
        self._decoder: msgspec.json.Decoder[Any] | None = None

    @property
    def is_text(self) -> bool:
        """Whether the data is the text itself."""
        if self._is_text is None:
            self._is_text = json_kinds(self.type()) == frozenset({"string"})
        return self._is_text

    def accepts(self, value: object) -> bool:
        """Say whether a value is an async iterable, or a list or tuple."""
        return isinstance(value, AsyncIterable | list | tuple)

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body; raises RequestError."""
        if not isinstance(value, AsyncIterable | Iterable) or isinstance(value, str | bytes):
            raise RequestError(f"a {self.media} body is an async iterable, not {type(value).__name__}")
        return self.media, ItemBody(cast("Items[object]", value), self._written)

    def _written(self, item: object) -> bytes:
        event = _event(item)
        lines: list[str] = []
        for name, text in (("event", event.event if event.event != "message" else ""), ("id", event.id)):
            if _NOT_IN_FIELDS.search(text) is not None:
                raise RequestError(f"the {name} of an event must not have a line break or NUL in it")
            if text:
                lines.append(f"{name}: {text}\n")
        if event.retry is not None:
            lines.append(f"retry: {event.retry:d}\n")
        lines += [f"data: {line}\n" for line in _BREAK.split(self._data(event.data))]
        return ("".join(lines) + "\n").encode()

    def _data(self, value: object) -> str:
        try:
            if self.is_text:
                return str(msgspec.to_builtins(value, enc_hook=encode_hook))
            return json_encoder.encode(value).decode()
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            raise RequestError(f"the data of an event cannot be written: {error}") from error

    def open(self, response: Response) -> EventStream[Any]:
        """Give an answer's events."""
        stream: EventStream[Any] = EventStream(response, lambda pieces: self.read(pieces, stream.hear))
        return stream

    async def read(
        self, pieces: AsyncIterator[bytes], hear: Callable[[str | None, int | None], None] = lambda _id, _retry: None
    ) -> AsyncGenerator[ServerSentEvent[Any], None]:
        """Read events from pieces of bytes; raises DecodeError, LimitError and TruncatedError.

        `hear` is told the id and retry that come without an event; of an id also that there is none any more.
        """
        block = _Block("", None)
        number = 0
        first = True
        async for raw in split_lines(pieces, self._largest):
            line = raw.removeprefix(_BOM) if first else raw
            first = False
            if line:
                block.take(line)
                if line.startswith(b"retry"):
                    hear(None, block.retry)
                if block.size > self._largest:
                    raise LimitError(f"one event is larger than {self._largest} bytes", limit=self._largest)
                continue
            if block.lines:
                number += 1
                data = block.data
                if self._end and data == self._end and not self.is_text:
                    return
                value = self._value(data, number)
                yield ServerSentEvent(value, block.event or "message", block.id, block.retry)
            else:
                hear(block.id, None)
            block = _Block(block.id, None if block.lines else block.retry)
        if block.begun and (not block.lines or block.data != self._end or self.is_text):
            raise TruncatedError(f"the stream stopped within event {number + 1}")

    def _value(self, data: bytes, number: int) -> object:
        try:
            if self.is_text:
                return self._text(data)
            if self._decoder is None:
                self._decoder = make_decoder(self.type())
            try:
                return decode_json(self._decoder, data, self.media)
            except DecodeError:
                if "string" not in json_kinds(self.type()) or data.lstrip().startswith((b"{", b"[", b'"')):
                    raise
                return self._text(data)  # some kinds of events have JSON, others the text itself
        except DecodeError as error:
            error.message = f"event {number}: {error.message}"
            raise

    def _text(self, data: bytes) -> object:
        text = data.decode("utf-8", "replace")
        kind = self.type()
        if kind is str:
            return text
        try:
            return msgspec.convert(text, cast("type[Any]", kind), strict=False, dec_hook=decode_hook)
        except msgspec.ValidationError as error:
            raise DecodeError(f"the answer does not fit: {error}", media_type=self.media, content=data) from None


def _event(item: object) -> ServerSentEvent[object]:
    if isinstance(item, ServerSentEvent):
        return cast("ServerSentEvent[object]", item)
    return ServerSentEvent(item)
