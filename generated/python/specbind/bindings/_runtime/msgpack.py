"""Bodies in MessagePack: the same types as in JSON, with bytes and times in the forms that MessagePack has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from .decoders import made_for
from .errors import DecodeError, RequestError
from .hooks import decode_hook, encode_hook
from .payloads import Typed, too_deep_or, unfitting

if TYPE_CHECKING:
    from collections.abc import Callable

    from .http import RequestBody

__all__ = ["Msgpack"]

_encoder = msgspec.msgpack.Encoder(enc_hook=encode_hook)
_number_encoder = msgspec.msgpack.Encoder(enc_hook=encode_hook, decimal_format="number")
_BROKEN = (ValueError, RecursionError, OverflowError)
"""What msgspec raises for content that is none, all its own errors among them.

A length that is announced and does not come is a DecodeError, a timestamp that no datetime can be a bare ValueError.
"""


class Msgpack(Typed):
    """MessagePack as a declared type. The arguments are those of Typed.

    Bytes are written as `bin` and times with an offset as timestamps (extension -1). Read are these and the forms that
    JSON has: base64 and ISO 8601 in text.
    """

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
        self._encoder = _number_encoder if decimal_numbers else _encoder
        self._needles = [name.encode() for name in failure_members]
        self._decoder: msgspec.msgpack.Decoder[Any] | None = None
        self._failure_decoder: msgspec.msgpack.Decoder[Any] | None = None

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body."""
        try:
            return self.media, self._encoder.encode(value)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            raise RequestError(f"the body cannot be written as MessagePack: {error}") from error

    def decode(self, content: bytes, content_type: str) -> object:
        """Read a body; raises DecodeError with the path."""
        decoder = self._decoder
        if decoder is None:
            decoder = self._decoder = made_for(self.type(), _make)
        return _decode(decoder, self.type, content, content_type)

    def reader(self) -> Callable[[bytes], Any] | None:
        """Give the bare decoder, once there is one; bodies that may be a failure are not for it."""
        return (
            None if self._decoder is None or (self.failure is not None and not self._needles) else self._decoder.decode
        )

    def members(self, content: bytes) -> dict[str, msgspec.Raw] | None:
        """Give the members of a body that is an object; None where it is none, or broken."""
        try:
            return _MEMBERS.decode(content)
        except _BROKEN:
            return None

    def decode_failure(self, content: bytes, content_type: str) -> object:
        """Read a failure; raises DecodeError."""
        if self.failure is None:
            raise TypeError(f"{self!r} declares no failure")
        decoder = self._failure_decoder
        if decoder is None:
            decoder = self._failure_decoder = made_for(self.failure(), _make)
        return _decode(decoder, self.failure, content, content_type)


_MEMBERS = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])


def _make(kind: object) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(cast("type[Any]", kind), dec_hook=_hook)


def _decode(
    decoder: msgspec.msgpack.Decoder[Any], type_: Callable[[], object], content: bytes, content_type: str
) -> object:
    """Decode, with every way in which msgspec says no turned into a DecodeError."""
    try:
        try:
            return decoder.decode(content)
        except msgspec.ValidationError:
            # a decoder of MessagePack takes no base64 for bytes; a conversion takes both
            return msgspec.convert(msgspec.msgpack.decode(content), cast("type[Any]", type_()), dec_hook=_hook)
    except msgspec.ValidationError as error:
        raise unfitting(error, content, content_type) from None
    except _BROKEN as error:
        text = f"the answer is not MessagePack: {too_deep_or(error)}"
        raise DecodeError(text, media_type=content_type, content=content) from None


def _hook(kind: type, value: object) -> object:
    """Convert what msgspec does not know; raises ValueError where a map has a key that is no text, as no JSON has."""
    waiting: list[object] = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            members = cast("dict[object, object]", found)
            for name in members:
                if not isinstance(name, str):
                    raise ValueError(f"Expected `str` as a key, got `{type(name).__name__}`")  # noqa: TRY004 - msgspec adds the path
            waiting += members.values()
        elif isinstance(found, list):
            waiting += cast("list[object]", found)
    return decode_hook(kind, value)
