"""The base of generated messages, and what can be done with a message."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, TypeAlias, TypeVar, cast

from msgspec import UNSET, Struct

from .failures import Malformed, Unencodable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from .codec import Codec
    from .table import MessageTable

__all__ = [
    "UNKNOWN",
    "JsonValue",
    "Message",
    "codec_of",
    "decode",
    "encode",
    "unknown_fields",
    "value_or_default",
    "which_oneof",
]

M = TypeVar("M", bound="Message")

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What google.protobuf.Value holds. What is read never has an `int`: its numbers are doubles."""

UNKNOWN = "_unknown_fields"
"""The attribute that keeps unknown fields, one piece each."""

_CODECS: dict[type, Codec] = {}

# what the writers meet on values that do not fit; RuntimeError: a dict changes while it is written
_REFUSALS = (
    Unencodable,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    LookupError,
    RuntimeError,
    struct.error,
)


class Message(Struct, kw_only=True, repr_omit_defaults=True):
    """Base of every generated message.

    Fields that the table does not know are kept as they came and are written again behind the others; they count when
    two messages are compared. Give arguments by keyword: by position they follow the file, whose order may change.
    """

    __proto__: ClassVar[MessageTable] = ("", ())

    _unknown_fields: Sequence[bytes] = ()

    def SerializeToString(self) -> bytes:  # noqa: N802 - the name that gRPC libraries call
        """Encode; see `encode`."""
        return encode(self)

    @classmethod
    def FromString(cls, data: bytes) -> Self:  # noqa: N802 - the name that gRPC libraries call
        """Decode; see `decode`."""
        return decode(cls, data)


def codec_of(cls: type[Message]) -> Codec:
    """The codec of a message type; it is made on first use.

    Raises:
        TypeError: the class and its table do not fit each other.
    """
    found = _CODECS.get(cls)
    if found is None:
        from .codec import CODECS  # noqa: PLC0415 - the codec is loaded with the first message that needs it

        found = _CODECS[cls] = CODECS[cls]
    return found


def encode(message: Message) -> bytes:
    """Encode a message in the binary form.

    Raises:
        EncodeError: a value does not fit its field, a required field is not set, two members of a oneof are set, or
            another thread changes a dict meanwhile.
        TypeError: it is no message.
    """
    codec = codec_of(type(message))
    try:
        return codec.write(message)
    except RecursionError:
        from .diagnosis import encode_error  # noqa: PLC0415 - loaded when something is wrong

        raise encode_error(message, Unencodable("it has too many levels")) from None
    except _REFUSALS as error:
        from .diagnosis import encode_error  # noqa: PLC0415 - loaded when something is wrong

        raise encode_error(message, error) from error


def decode(cls: type[M], data: bytes | bytearray | memoryview) -> M:
    """Decode a message from its binary form.

    Raises:
        DecodeError: the bytes are no such message; `path` says where.
        TypeError: `data` is not bytes-like, or `cls` no type of message.
    """
    content = data if type(data) is bytes else bytes(memoryview(data))  # bytes(5) would be five zeros
    codec = codec_of(cls)
    try:
        return cast("M", codec.read(content, 0, len(content), 0))  # the reader of this class
    except (Malformed, IndexError, ValueError, struct.error, RecursionError) as error:
        from .diagnosis import decode_error  # noqa: PLC0415 - loaded when something is wrong

        raise decode_error(cls, content, error) from None


def which_oneof(message: Message, name: str) -> str | None:
    """Give the attribute of a oneof's member that is set, None if none is.

    Raises:
        LookupError: there is no such oneof.
    """
    members = [field.attribute for field in codec_of(type(message)).fields if field.oneof == name]
    if not members:
        raise LookupError(f"{type(message).__name__} has no oneof {name}")
    return next((member for member in members if getattr(message, member) is not UNSET), None)


def value_or_default(message: Message, attribute: str) -> object:
    """Give the value of a field, or what its absence means: the default of the .proto file, or the zero of the type.

    A message that is absent stays `UNSET`: it has no default.

    Raises:
        LookupError: there is no such field.
    """
    codec = codec_of(type(message))
    field = codec.by_attribute.get(attribute)
    if field is None:
        raise LookupError(f"{type(message).__name__} has no field {attribute}")
    value: object = getattr(message, attribute)
    return codec.default(field) if value is UNSET else value


def unknown_fields(message: Message) -> bytes:
    """Give the fields that the table does not know, as they came."""
    chunks: Sequence[bytes] = getattr(message, UNKNOWN)
    return b"".join(chunks)
