"""Extensions: fields that another file adds to a message.

The message keeps them among its unknown fields; an `Extension` reads and writes them there.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from msgspec import UNSET, UnsetType

from .message import UNKNOWN, Message, decode, encode
from .wire import group_end, keep, read_tag, read_varint, skip, varint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .table import Row

__all__ = ["Extension", "in_order"]

T = TypeVar("T")
_ATTRIBUTE = "value"
_ITEM, _MESSAGE, _END = b"\x0b\x10", b"\x1a", b"\x0c"  # a group 1 with the number of the type and the message


class Extension(Generic[T]):
    """A field that belongs to messages of the type `extendee`.

        BONUS = Extension[int]("shop.v1.bonus", "shop.v1.Order", (100, "value", "int32", "optional"), __name__)
        BONUS.set(order, 5)

    Args:
        name: full name of the extension.
        extendee: full name of the message that it extends.
        row: the field as in a table; its attribute is always `value`. The word `item` says that the message is a
            message set, where numbers go up to 2**31 - 2.
        module: the module whose names the row uses.
    """

    def __init__(self, name: str, extendee: str, row: Row, module: str) -> None:
        self.name = name
        self.extendee = extendee
        self.number = row[0]
        self._row = row
        self._item = "item" in (row[3] if len(row) > 3 else "").split()
        self._module = module

    def __repr__(self) -> str:
        return f"Extension({self.name!r}, of {self.extendee})"

    @cached_property
    def holder(self) -> type[Message]:
        """A message type that has this field alone; the field has the number 1 in the case of a message set."""
        row = self._row
        if self._item:
            row = (1, _ATTRIBUTE, row[2].replace("group ", "message ", 1))
        namespace: dict[str, object] = {
            "__module__": self._module,
            "__annotations__": {_ATTRIBUTE: object},
            _ATTRIBUTE: UNSET,
            "__proto__": (self.name, (row,)),
        }
        make = cast("Callable[..., type[Message]]", type(Message))
        return make("Extension", (Message,), namespace)

    def get(self, message: Message) -> T | UnsetType:
        """Give the value, `UNSET` if the message has none. A list that has no element counts as none.

        It is read anew each time: what is changed in it counts after `set` alone.

        Raises:
            TypeError: the extension belongs to another type of message.
            DecodeError: what the message has there is not of this type.
        """
        pieces = [piece for piece in self._pieces(message) if self._is_own(piece)]
        content = b"".join(_content(piece) for piece in pieces) if self._item else b"".join(pieces)
        if not content:
            return UNSET
        return cast("T", getattr(decode(self.holder, content), _ATTRIBUTE))

    def set(self, message: Message, value: T) -> None:
        """Set the value; what was there goes.

        Raises:
            TypeError: the extension belongs to another type of message.
            EncodeError: the value does not fit.
        """
        pieces = self.pieces(value)
        self.clear(message)
        if pieces:
            setattr(message, UNKNOWN, in_order([*self._pieces(message), *pieces]))

    def pieces(self, value: object) -> list[bytes]:
        """The value as it stands among the unknown fields of a message that was read.

        Raises:
            EncodeError: the value does not fit.
        """
        make = cast("Callable[..., Message]", self.holder)
        content = encode(make(**{_ATTRIBUTE: value}))
        if self._item:
            p = read_varint(content, 1)[1] if content else 0
            return [_ITEM + varint(self.number) + _MESSAGE + varint(len(content) - p) + content[p:] + _END] if p else []
        found: list[bytes] = []
        p, end = 0, len(content)
        while p < end:
            tag, p = read_tag(content, p)
            p = keep(content, p, end, tag, 0, found)
        return found

    def clear(self, message: Message) -> None:
        """Take the value away.

        Raises:
            TypeError: the extension belongs to another type of message.
        """
        setattr(message, UNKNOWN, [piece for piece in self._pieces(message) if not self._is_own(piece)] or ())

    def _is_own(self, piece: bytes) -> bool:
        return (_number(piece) if self._item else read_varint(piece, 0)[0] >> 3) == self.number

    def _pieces(self, message: Message) -> Sequence[bytes]:
        name = message.__proto__[0]
        if name != self.extendee:
            raise TypeError(f"{self.name} extends {self.extendee}, not {name}")
        return cast("Sequence[bytes]", getattr(message, UNKNOWN))


def in_order(pieces: list[bytes]) -> list[bytes]:
    """Unknown fields in the order of their numbers, so that it does not matter which was set first."""
    return sorted(pieces, key=_number)


def _number(piece: bytes) -> int:
    """The number of a field; of an item of a message set that of its type, 0 if it has none."""
    if piece[:1] == b"\x0b":
        return _parts(piece)[0]
    return read_varint(piece, 0)[0] >> 3


def _parts(item: bytes) -> tuple[int, bytes]:
    """The number of the type, and the message with its length, of an item of a message set; the first of each."""
    number, content = 0, b""
    p, end = 1, group_end(item, 1, len(item), 1, 0)[0]
    while p < end:
        tag, p = read_tag(item, p)
        behind = skip(item, p, end, tag, 0)
        if tag == 16 and not number:
            number = read_varint(item, p)[0]
        elif tag == 26 and not content:
            content = item[p:behind]
        p = behind
    return number, content


def _content(piece: bytes) -> bytes:
    """The message of an item as field 1; a message set may also have the field as other messages would."""
    if piece[:1] == b"\x0b":
        content = _parts(piece)[1]
        return b"\x0a" + content if content else b""
    tag, p = read_varint(piece, 0)
    return b"\x0a" + piece[p:] if tag & 7 == 2 else b""
