"""The messages of google.protobuf.

In fields of other messages some of them appear as plain Python: Struct as a dict, ListValue as a list, Value as any
JSON value, and the wrappers (StringValue and so on) as the value or `UNSET`. The classes here are for a message that is
one of them as a whole: a request, an answer, the content of an Any.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import index
from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET, UnsetType, field

from ..enums import OpenInt
from .errors import DecodeError
from .message import Message, decode, encode
from .registry import find_type

if TYPE_CHECKING:
    from datetime import tzinfo

    from .message import JsonValue
    from .registry import Registry

__all__ = [
    "Any",
    "BoolValue",
    "BytesValue",
    "DoubleValue",
    "Duration",
    "Empty",
    "FieldMask",
    "FloatValue",
    "Int32Value",
    "Int64Value",
    "ListValue",
    "NullValue",
    "StringValue",
    "Struct",
    "Timestamp",
    "UInt32Value",
    "UInt64Value",
    "Value",
]

M = TypeVar("M", bound=Message)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
_MICROSECOND = timedelta(microseconds=1)


class _TimeTextError(DecodeError, ValueError):
    """A text that is no time."""


class NullValue(OpenInt):
    """The one value of null."""

    NULL_VALUE = 0


class Timestamp(Message):
    """A point in time, to the nanosecond.

    Attributes:
        seconds: since 1970-01-01T00:00:00Z, negative before; of the years 1 to 9999.
        nanos: nanoseconds that count forward from there, 0 to 999,999,999.
    """

    seconds: int = 0
    nanos: int = 0

    __proto__ = ("google.protobuf.Timestamp", ((1, "seconds", "int64"), (2, "nanos", "int32")))

    def to_datetime(self) -> datetime:
        """Give it in UTC. What is below a microsecond is cut off.

        Raises:
            OverflowError: it is not in the years 1 to 9999.
        """
        return _EPOCH + timedelta(0, self.seconds, self.nanos // 1000)

    @classmethod
    def from_datetime(cls, moment: datetime) -> Timestamp:
        """Make it of a datetime that knows its zone.

        Raises:
            ValueError: it has no zone, so it names no point in time.
        """
        if moment.utcoffset() is None:
            raise ValueError(f"{moment!r} has no time zone; give it one, as datetime.UTC")
        seconds, rest = divmod(moment - _EPOCH, _SECOND)
        return cls(seconds=seconds, nanos=rest // _MICROSECOND * 1000)

    def to_text(self) -> str:
        """Give it as RFC 3339 in UTC, with all its digits.

        Raises:
            EncodeError: it is not in the years 1 to 9999.
        """
        from .json_write import instant_text  # noqa: PLC0415 - texts are rarely asked for

        return instant_text(self)

    @classmethod
    def from_text(cls, text: str) -> Timestamp:
        """Read RFC 3339 with any offset.

        Raises:
            DecodeError: it is something else.
        """
        from .json_read import from_text  # noqa: PLC0415 - texts are rarely asked for

        return from_text(cls, text)

    # the same under the names of Google's library, for code that was written for it

    def ToDatetime(self, tzinfo: tzinfo | None = None) -> datetime:  # noqa: N802 - Google's name
        """Give it without a zone, in UTC, or in a zone. Cut off and raises as `to_datetime`."""
        moment = self.to_datetime()
        return moment.replace(tzinfo=None) if tzinfo is None else moment.astimezone(tzinfo)

    def FromDatetime(self, dt: datetime) -> None:  # noqa: N802 - Google's name
        """Become a datetime; one without a zone is UTC."""
        found = self.from_datetime(dt if dt.utcoffset() is not None else dt.replace(tzinfo=UTC))
        self.seconds, self.nanos = found.seconds, found.nanos

    def GetCurrentTime(self) -> None:  # noqa: N802 - Google's name
        """Become the time of now."""
        self.FromDatetime(datetime.now(UTC))

    def ToSeconds(self) -> int:  # noqa: N802 - Google's name
        """Give the seconds since 1970."""
        return self.seconds

    def FromSeconds(self, seconds: int) -> None:  # noqa: N802 - Google's name
        """Become so many seconds since 1970. Raises as `FromNanoseconds`."""
        self.FromNanoseconds(index(seconds) * 1_000_000_000)

    def ToMilliseconds(self) -> int:  # noqa: N802 - Google's name
        """Give the milliseconds since 1970, rounded down."""
        return self.ToNanoseconds() // 1_000_000

    def FromMilliseconds(self, millis: int) -> None:  # noqa: N802 - Google's name
        """Become so many milliseconds since 1970. Raises as `FromNanoseconds`."""
        self.FromNanoseconds(index(millis) * 1_000_000)

    def ToMicroseconds(self) -> int:  # noqa: N802 - Google's name
        """Give the microseconds since 1970, rounded down."""
        return self.ToNanoseconds() // 1000

    def FromMicroseconds(self, micros: int) -> None:  # noqa: N802 - Google's name
        """Become so many microseconds since 1970. Raises as `FromNanoseconds`."""
        self.FromNanoseconds(index(micros) * 1000)

    def ToNanoseconds(self) -> int:  # noqa: N802 - Google's name
        """Give the nanoseconds since 1970."""
        return self.seconds * 1_000_000_000 + self.nanos

    def FromNanoseconds(self, nanos: int) -> None:  # noqa: N802 - Google's name
        """Become so many nanoseconds since 1970.

        Raises:
            TypeError: it is no integer.
            ValueError: it is not in the years 1 to 9999.
        """
        seconds, rest = divmod(index(nanos), 1_000_000_000)
        if not _FIRST <= seconds <= _LAST:
            raise ValueError(f"{seconds} seconds since 1970 are not in the years 1 to 9999")
        self.seconds, self.nanos = seconds, rest

    def ToJsonString(self) -> str:  # noqa: N802 - Google's name
        """Give it as `to_text` does."""
        return self.to_text()

    def FromJsonString(self, value: str) -> None:  # noqa: N802 - Google's name
        """Become what `from_text` reads. Its DecodeError is a ValueError here, as of Google's library."""
        try:
            found = self.from_text(value)
        except DecodeError as error:
            raise _TimeTextError(str(error)) from error
        self.seconds, self.nanos = found.seconds, found.nanos


class Duration(Message):
    """A span of time, to the nanosecond.

    Attributes:
        seconds: at most 315,576,000,000 either way.
        nanos: nanoseconds of the same sign, less than a second.
    """

    seconds: int = 0
    nanos: int = 0

    __proto__ = ("google.protobuf.Duration", ((1, "seconds", "int64"), (2, "nanos", "int32")))

    def to_timedelta(self) -> timedelta:
        """Give it as a timedelta. What is below a microsecond is cut off, towards zero.

        Raises:
            OverflowError: it is longer than a timedelta can be; a lawful one is not.
        """
        micros = abs(self.nanos) // 1000
        return timedelta(0, self.seconds, micros if self.nanos >= 0 else -micros)

    @classmethod
    def from_timedelta(cls, span: timedelta) -> Duration:
        """Make it of a timedelta."""
        micros = abs(span) // _MICROSECOND
        seconds, rest = divmod(micros, 1_000_000)
        sign = -1 if span < timedelta(0) else 1
        return cls(seconds=sign * seconds, nanos=sign * rest * 1000)

    def to_text(self) -> str:
        """Give it as seconds with an `s`.

        Raises:
            EncodeError: it is out of range.
        """
        from .json_write import instant_text  # noqa: PLC0415 - texts are rarely asked for

        return instant_text(self)

    @classmethod
    def from_text(cls, text: str) -> Duration:
        """Read seconds with an `s`.

        Raises:
            DecodeError: it is something else.
        """
        from .json_read import from_text  # noqa: PLC0415 - texts are rarely asked for

        return from_text(cls, text)


class Any(Message):
    """A message of any type, encoded, with the name of its type.

    Attributes:
        type_url: ends in `/` and the full name of the type.
        value: the encoded message.
    """

    type_url: str = ""
    value: bytes = b""

    __proto__ = ("google.protobuf.Any", ((1, "type_url", "string"), (2, "value", "bytes")))

    @property
    def type_name(self) -> str:
        """Full name of the type of the content."""
        return self.type_url.rpartition("/")[2]

    @classmethod
    def pack(cls, message: Message) -> Any:
        """Encode a message into an Any.

        Raises:
            EncodeError: the message cannot be encoded.
        """
        return cls(type_url=f"type.googleapis.com/{message.__proto__[0]}", value=encode(message))

    def unpack(self, registry: Registry | None = None) -> Message:
        """Decode the content. By default its type is looked up in the imported packages of this runtime.

        Those are the package that the runtime stands in, or all of `specbind.bindings` that were imported. Where
        several have the same message, it is read as that of the first.

        Raises:
            LookupError: its type is not known, or two packages define it differently.
            DecodeError: it is not of its type.
        """
        name = self.type_name
        return decode(find_type(name) if registry is None else registry.find(name), self.value)

    def unpack_as(self, cls: type[M]) -> M | None:
        """Decode the content if it is of this type, else give None.

        Raises:
            DecodeError: it is not of its type.
        """
        return decode(cls, self.value) if self.type_name == cls.__proto__[0] else None


class FieldMask(Message):
    """Names of fields.

    Attributes:
        paths: names as in the .proto file, with dots between levels.
    """

    paths: list[str] = field(default_factory=list[str])

    __proto__ = ("google.protobuf.FieldMask", ((1, "paths", "string", "repeated"),))


class Empty(Message):
    """Nothing."""

    __proto__ = ("google.protobuf.Empty", ())


class Struct(Message):
    """An object of JSON."""

    fields: dict[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])

    __proto__ = ("google.protobuf.Struct", ((1, "fields", "map string value"),))


class ListValue(Message):
    """A list of JSON."""

    values: list[JsonValue] = field(default_factory=list["JsonValue"])

    __proto__ = ("google.protobuf.ListValue", ((1, "values", "value", "repeated"),))


class Value(Message):
    """A value of JSON, as the oneof that it is on the wire."""

    null_value: NullValue | UnsetType = UNSET
    number_value: float | UnsetType = UNSET
    string_value: str | UnsetType = UNSET
    bool_value: bool | UnsetType = UNSET
    struct_value: dict[str, JsonValue] | UnsetType = UNSET
    list_value: list[JsonValue] | UnsetType = UNSET

    __proto__ = (
        "google.protobuf.Value",
        (
            (1, "null_value", "enum NullValue", "oneof:kind"),
            (2, "number_value", "double", "oneof:kind"),
            (3, "string_value", "string", "oneof:kind"),
            (4, "bool_value", "bool", "oneof:kind"),
            (5, "struct_value", "struct", "oneof:kind"),
            (6, "list_value", "list", "oneof:kind"),
        ),
    )


class DoubleValue(Message):
    """A double that can be absent."""

    value: float = 0.0

    __proto__ = ("google.protobuf.DoubleValue", ((1, "value", "double"),))


class FloatValue(Message):
    """A float that can be absent."""

    value: float = 0.0

    __proto__ = ("google.protobuf.FloatValue", ((1, "value", "float"),))


class Int64Value(Message):
    """An int64 that can be absent."""

    value: int = 0

    __proto__ = ("google.protobuf.Int64Value", ((1, "value", "int64"),))


class UInt64Value(Message):
    """A uint64 that can be absent."""

    value: int = 0

    __proto__ = ("google.protobuf.UInt64Value", ((1, "value", "uint64"),))


class Int32Value(Message):
    """An int32 that can be absent."""

    value: int = 0

    __proto__ = ("google.protobuf.Int32Value", ((1, "value", "int32"),))


class UInt32Value(Message):
    """A uint32 that can be absent."""

    value: int = 0

    __proto__ = ("google.protobuf.UInt32Value", ((1, "value", "uint32"),))


class BoolValue(Message):
    """A bool that can be absent."""

    value: bool = False

    __proto__ = ("google.protobuf.BoolValue", ((1, "value", "bool"),))


class StringValue(Message):
    """A text that can be absent."""

    value: str = ""

    __proto__ = ("google.protobuf.StringValue", ((1, "value", "string"),))


class BytesValue(Message):
    """Bytes that can be absent."""

    value: bytes = b""

    __proto__ = ("google.protobuf.BytesValue", ((1, "value", "bytes"),))
