"""Values of BSON that Python has no type for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import total_ordering
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "EPOCH",
    "MAX_KEY",
    "MIN_KEY",
    "NAIVE_EPOCH",
    "Binary",
    "BsonDocument",
    "BsonValue",
    "Code",
    "DBPointer",
    "DatetimeMS",
    "Int64",
    "Key",
    "ObjectId",
    "Regex",
    "Timestamp",
]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH: Final = EPOCH.replace(tzinfo=None)


@total_ordering
class ObjectId:
    """An identifier of twelve bytes; the first four are the seconds at which it was made.

    Attributes:
        binary: the bytes.
    """

    __slots__ = ("binary",)

    def __init__(self, value: str | bytes) -> None:
        """Make it of its bytes, or of 24 hexadecimal digits. Raises ValueError for anything else."""
        binary = bytes.fromhex(value) if isinstance(value, str) and len(value) == 24 else value
        if not isinstance(binary, bytes) or len(binary) != 12:
            raise ValueError(f"an ObjectId is 12 bytes or 24 hexadecimal digits, not {value!r:.80}")
        self.binary = binary

    @property
    def generation_time(self) -> datetime:
        """When it was made, in UTC."""
        return EPOCH + timedelta(seconds=int.from_bytes(self.binary[:4], "big"))

    def __str__(self) -> str:
        return self.binary.hex()

    def __repr__(self) -> str:
        return f"ObjectId('{self}')"

    def __eq__(self, other: object) -> bool:
        return self.binary == other.binary if isinstance(other, ObjectId) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.binary < other.binary if isinstance(other, ObjectId) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.binary)


class Binary(bytes):
    """Bytes with a subtype other than 0; those of subtype 0 are plain `bytes`.

    Attributes:
        subtype: 0 to 255: 4 is a UUID, 5 a digest, 128 and above are the user's own.
    """

    subtype: int

    def __new__(cls, content: bytes | bytearray | memoryview, subtype: int = 0) -> Self:
        """Make it. Raises ValueError for a subtype out of range."""
        if not 0 <= subtype <= 255:
            raise ValueError(f"a subtype is 0 to 255, not {subtype}")
        made = super().__new__(cls, content)
        made.subtype = subtype
        return made

    def as_uuid(self) -> UUID:
        """Give the UUID that it is. Raises ValueError if it is not of subtype 4 and 16 bytes."""
        if self.subtype != 4 or len(self) != 16:
            raise ValueError(f"subtype {self.subtype} with {len(self)} bytes is no UUID")
        return UUID(bytes=bytes(self))

    def __eq__(self, other: object) -> bool:
        subtype = other.subtype if isinstance(other, Binary) else 0
        return super().__eq__(other) is True and self.subtype == subtype

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = bytes.__hash__

    def __repr__(self) -> str:
        return f"Binary({bytes(self)!r}, {self.subtype})"

    def __reduce__(self) -> tuple[type[Self], tuple[bytes, int]]:
        return type(self), (bytes(self), self.subtype)


class Int64(int):
    """An int that is written with 64 bits, even if 32 would do. What is read is a plain `int`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, order=True)
class DatetimeMS:
    """A point in time that no datetime holds.

    Attributes:
        milliseconds: since 1970-01-01T00:00:00Z, negative before; 64 bits.
    """

    milliseconds: int


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A time of MongoDB's own log; not meant for users' data.

    Attributes:
        time: seconds since 1970, 0 to 4,294,967,295.
        increment: position within the second, as large.
    """

    time: int
    increment: int


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in the dialect of the server.

    Attributes:
        pattern: without NUL.
        options: letters, which are written in the order of the alphabet.
    """

    pattern: str
    options: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """JavaScript.

    Attributes:
        code: its text.
        scope: its variables, None if it has none.
    """

    code: str
    scope: dict[str, BsonValue] | None = None


@dataclass(frozen=True, slots=True)
class DBPointer:
    """A reference of old databases.

    Attributes:
        namespace: database and collection.
        id: the document.
    """

    namespace: str
    id: ObjectId


class Key(Enum):
    """The two values that stand before and behind all others."""

    MIN = "min"
    MAX = "max"


MIN_KEY: Final = Key.MIN
"""Smaller than every other value."""
MAX_KEY: Final = Key.MAX
"""Larger than every other value."""

_Single: TypeAlias = (
    bool | int | float | str | bytes | datetime | Decimal | ObjectId | DatetimeMS | Timestamp | Regex | DBPointer | Key
)

BsonValue: TypeAlias = "_Single | Code | list[BsonValue] | dict[str, BsonValue] | None"
"""What a field holds."""

BsonDocument: TypeAlias = Mapping[str, object]
"""What can be written, as far as its values can."""
