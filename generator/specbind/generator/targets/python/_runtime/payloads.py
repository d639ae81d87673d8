"""Bodies of requests and answers: JSON, text and binary. Forms are in `forms`."""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING, Any, cast

import msgspec

from .decoders import make_decoder
from .errors import DecodeError, RequestError
from .files import File
from .hooks import compose_path, decode_hook, encode_hook
from .part_headers import BodyWithPartHeaders
from .streams import ByteStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .http import RequestBody, Response

__all__ = [
    "Binary",
    "Codec",
    "FileBody",
    "Json",
    "Text",
    "Typed",
    "is_json",
    "is_msgpack",
    "json_encoder",
    "too_deep_or",
    "unfitting",
]

json_encoder = msgspec.json.Encoder(enc_hook=encode_hook)
_number_encoder = msgspec.json.Encoder(enc_hook=encode_hook, decimal_format="number")
_BOM = b"\xef\xbb\xbf"
_LONGEST_MESSAGE = 500
_MSGPACK = frozenset({"application/msgpack", "application/x-msgpack", "application/vnd.msgpack"})


class Codec:
    """One media type of a body.

    Args:
        media: media type, without parameters, as the spec has it; `*/*` and `image/*` are ranges.
        type: gives the Python type; called on first use.
    """

    __slots__ = ("media", "type")
    stream: bool = False
    """Whether an answer is handed over unread."""

    def __init__(self, media: str, type: Callable[[], object]) -> None:
        self.media = media
        self.type = type

    def accepts(self, value: object) -> bool:
        """Say whether a value can be written in this media type."""
        return not isinstance(value, File | BodyWithPartHeaders) and not hasattr(value, "__aiter__")

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body; raises RequestError for a value that cannot be written."""
        raise RequestError(f"a {self.media} body cannot be sent: {type(value).__name__}")

    def decode(self, content: bytes, content_type: str) -> object:
        """Read a body; raises DecodeError."""
        raise DecodeError(f"a {self.media} body cannot be read ({len(content)} bytes of {content_type})")

    def reader(self) -> Callable[[bytes], Any] | None:
        """Give what reads the next body as `decode` did and raises msgspec's errors; None where there is no such."""
        return None

    def open(self, response: Response) -> object:
        """Hand an answer over unread, where `stream` is set."""
        raise DecodeError(f"a {self.media} answer of status {response.status} cannot be handed over unread")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.media!r})"


class Typed(Codec):
    """A declared type in a format that has objects and lists: JSON or MessagePack.

    Args:
        media: media type.
        type: gives the Python type.
        failure: gives the type of an answer that says no whatever its status; None if there is none.
        failure_members: wire names; an object that has all of them at its top level is a failure.
        decimal_numbers: whether decimals are written as numbers and not as text; both are read.
    """

    __slots__ = ("_needles", "decimal_numbers", "failure", "failure_members")

    def __init__(
        self,
        media: str,
        type: Callable[[], object],
        *,
        failure: Callable[[], object] | None = None,
        failure_members: tuple[str, ...] = (),
        decimal_numbers: bool = False,
    ) -> None:
        super().__init__(media, type)
        self.decimal_numbers = decimal_numbers
        self.failure = failure
        self.failure_members = failure_members
        self._needles: list[bytes] = []

    @property
    def needle(self) -> bytes | None:
        """A text that every failure has in it."""
        return self._needles[0] if self._needles else None

    def members(self, content: bytes) -> dict[str, msgspec.Raw] | None:
        """Give the members of a body that is an object; None where it is none, or broken."""
        raise NotImplementedError

    def failed(self, content: bytes) -> bool:
        """Say whether a body is a failure: an object with all failure members at its top level."""
        if self.failure is None:
            return False
        for needle in self._needles:
            if needle not in content:
                return False
        members = self.members(content)  # where there are none, the declared type's decoder says what is wrong
        return members is not None and all(name in members for name in self.failure_members)

    def decode_failure(self, content: bytes, content_type: str) -> object:
        """Read a failure; raises DecodeError."""
        raise NotImplementedError


class Json(Typed):
    """JSON as a declared type. The arguments are those of Typed."""

    __slots__ = ("_decoder", "_encoder", "_failure_decoder")

    def __init__(
        self,
        media: str,
        type: Callable[[], object],
        *,
        failure: Callable[[], object] | None = None,
        failure_members: tuple[str, ...] = (),
        decimal_numbers: bool = False,
    ) -> None:
        super().__init__(media, type, failure=failure, failure_members=failure_members, decimal_numbers=decimal_numbers)
        self._encoder = _number_encoder if decimal_numbers else json_encoder
        self._needles = [msgspec.json.encode(name) for name in failure_members]
        self._decoder: msgspec.json.Decoder[Any] | None = None
        self._failure_decoder: msgspec.json.Decoder[Any] | None = None

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body."""
        try:
            media = self.media if "*" not in self.media else "application/json"
            return media, self._encoder.encode(value)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            raise RequestError(f"the body cannot be written as JSON: {error}") from error

    def decode(self, content: bytes, content_type: str) -> object:
        """Read a body; raises DecodeError with the JSON path."""
        decoder = self._decoder
        if decoder is None:
            decoder = self._decoder = make_decoder(self.type())
        return decode_json(decoder, content, content_type)

    def reader(self) -> Callable[[bytes], Any] | None:
        """Give the bare decoder, once there is one; bodies that may be a failure are not for it."""
        return (
            None if self._decoder is None or (self.failure is not None and not self._needles) else self._decoder.decode
        )

    def members(self, content: bytes) -> dict[str, msgspec.Raw] | None:
        """Give the members of a body that is an object; None where it is none, or broken."""
        if content[:1] == b"[":
            return None
        try:
            return _MEMBERS.decode(_without_bom(content))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None

    def decode_failure(self, content: bytes, content_type: str) -> object:
        """Read a failure; raises DecodeError."""
        decoder = self._failure_decoder
        if decoder is None:
            if self.failure is None:
                raise TypeError(f"{self!r} declares no failure")
            decoder = self._failure_decoder = make_decoder(self.failure())
        return decode_json(decoder, content, content_type)


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _without_bom(content: bytes) -> bytes:
    return content[3:] if content.startswith(_BOM) else content


def decode_json(decoder: msgspec.json.Decoder[Any], content: bytes, content_type: str) -> object:
    """Decode, with every way in which msgspec says no turned into a DecodeError."""
    try:
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        raise unfitting(error, content, content_type) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if content.startswith(_BOM):
            return decode_json(decoder, content[3:], content_type)
        raise DecodeError(
            f"the answer is not JSON: {too_deep_or(error)}", media_type=content_type, content=content
        ) from None


def unfitting(error: msgspec.ValidationError, content: bytes, content_type: str) -> DecodeError:
    """Give the error of a body that is not of the declared type."""
    message, path = compose_path(str(error))
    return DecodeError(
        f"the answer does not fit at {path[:200]}: {message[:_LONGEST_MESSAGE]}",
        path=path,
        media_type=content_type,
        content=content,
    )


def too_deep_or(error: Exception) -> str:
    """Say why a body could not be read."""
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)[:_LONGEST_MESSAGE]


class Text(Codec):
    """Plain text, in the charset of the Content-Type, UTF-8 by default."""

    __slots__ = ()

    def __init__(self, media: str, type: Callable[[], object] = lambda: str) -> None:
        super().__init__(media, type)

    def accepts(self, value: object) -> bool:
        """Say whether a value is text or a number."""
        return isinstance(value, str | int | float)

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body."""
        text = msgspec.to_builtins(value, enc_hook=encode_hook)
        media = self.media if "*" not in self.media else "text/plain"
        if isinstance(text, bool):
            text = "true" if text else "false"
        return f"{media}; charset=utf-8", str(text).encode()

    def decode(self, content: bytes, content_type: str) -> object:
        """Read a body; raises DecodeError for bytes that are not in the charset."""
        charset = charset_of(content_type) or "utf-8"
        try:
            text = content.decode(codecs.lookup(charset).name)
        except (LookupError, ValueError) as error:
            raise DecodeError(
                f"the answer is not {charset[:40]} text: {error}", media_type=content_type, content=content
            ) from None
        kind = self.type()
        if kind is str:
            return text.removeprefix("\ufeff")
        try:
            return msgspec.convert(text, cast("type[Any]", kind), strict=False, dec_hook=decode_hook)
        except msgspec.ValidationError as error:
            raise DecodeError(f"the answer does not fit: {error}", media_type=content_type, content=content) from None


class Binary(Codec):
    """Raw bytes: sent from bytes, a File, a path, an open file or an async iterable; received as a stream.

    With `stream=False` an answer is read whole, within the limits, and given as bytes.
    """

    __slots__ = ("stream",)

    def __init__(self, media: str, type: Callable[[], object] = lambda: bytes, *, stream: bool = True) -> None:
        super().__init__(media, type)
        self.stream = stream

    def accepts(self, value: object) -> bool:
        """Say whether a value is bytes-like, a File, a path, an open file or an async iterable."""
        return (
            isinstance(value, bytes | bytearray | memoryview | File | os.PathLike)
            or hasattr(value, "read")
            or hasattr(value, "__aiter__")
        )

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body."""
        media = self.media if "*" not in self.media else "application/octet-stream"
        if isinstance(value, bytes | bytearray | memoryview):
            return media, bytes(cast("bytes", value))
        if not self.accepts(value):
            raise RequestError(f"the body is bytes, a File, a path or an async iterable, not {type(value).__name__}")
        file = value if isinstance(value, File) else File(cast("bytes", value))
        return file.content_type or media, FileBody(file)

    def decode(self, content: bytes, content_type: str) -> object:  # noqa: ARG002 - the codecs' common signature
        """Give the bytes."""
        return content

    def open(self, response: Response) -> ByteStream:
        """Give an answer's bytes as they come."""
        return ByteStream(response)


class FileBody:
    """A File as a body."""

    __slots__ = ("_file", "length")

    def __init__(self, file: File) -> None:
        self._file = file
        try:
            self.length: int | None = file.length()
        except OSError as error:
            raise RequestError(f"the file cannot be sent: {error}") from error

    @property
    def repeatable(self) -> bool:
        """Whether it can be read again."""
        return self._file.repeatable

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the content."""
        return self._file.chunks()


def charset_of(content_type: str) -> str:
    """Give the charset parameter of a Content-Type, or ""."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"')
    return ""


def is_json(media: str) -> bool:
    """Say whether a media type is JSON, by itself or by its suffix."""
    return media in {"application/json", "text/json"} or media.endswith("+json")


def is_msgpack(media: str) -> bool:
    """Say whether a media type is MessagePack, by one of its names or by its suffix."""
    name = media.partition(";")[0].strip().lower()
    return name in _MSGPACK or name.endswith("+msgpack")
