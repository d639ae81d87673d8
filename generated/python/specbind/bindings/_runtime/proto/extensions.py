"""Extensions: fields that another file adds to a message.

The message keeps them among its unknown fields; an `Extension` reads and writes them there.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from msgspec import UNSET, UnsetType

from .message import UNKNOWN, Message, decode, encode
from .wire import read_varint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .table import Row

__all__ = ["Extension"]

T = TypeVar("T")
_ATTRIBUTE = "value"


class Extension(Generic[T]):
    """A field that belongs to messages of the type `extendee`.

        BONUS = Extension[int]("shop.v1.bonus", "shop.v1.Order", (100, "value", "int32", "optional"), __name__)
        BONUS.set(order, 5)

    Args:
        name: full name of the extension.
        extendee: full name of the message that it extends.
        row: the field as in a table; its attribute is always `value`.
        module: the module whose names the row uses.
    """

    def __init__(self, name: str, extendee: str, row: Row, module: str) -> None:
        self.name = name
        self.extendee = extendee
        self.number = row[0]
        self._row = row
        self._module = module

    def __repr__(self) -> str:
        return f"Extension({self.name!r}, of {self.extendee})"

    @cached_property
    def holder(self) -> type[Message]:
        """A message type that has this field alone."""
        namespace: dict[str, object] = {
            "__module__": self._module,
            "__annotations__": {_ATTRIBUTE: object},
            _ATTRIBUTE: UNSET,
            "__proto__": (self.name, (self._row,)),
        }
        make = cast("Callable[..., type[Message]]", type(Message))
        return make("Extension", (Message,), namespace)

    def get(self, message: Message) -> T | UnsetType:
        """Give the value, `UNSET` if the message has none. A list that has no element counts as none.

        Raises:
            TypeError: the extension belongs to another type of message.
            DecodeError: what the message has there is not of this type.
        """
        content = b"".join(piece for piece in self._pieces(message) if _number(piece) == self.number)
        if not content:
            return UNSET
        return cast("T", getattr(decode(self.holder, content), _ATTRIBUTE))

    def set(self, message: Message, value: T) -> None:
        """Set the value; what was there goes.

        Raises:
            TypeError: the extension belongs to another type of message.
            EncodeError: the value does not fit.
        """
        make = cast("Callable[..., Message]", self.holder)
        content = encode(make(**{_ATTRIBUTE: value}))
        self.clear(message)
        if content:
            setattr(message, UNKNOWN, [*self._pieces(message), content])

    def clear(self, message: Message) -> None:
        """Take the value away."""
        setattr(message, UNKNOWN, [piece for piece in self._pieces(message) if _number(piece) != self.number])

    def _pieces(self, message: Message) -> Sequence[bytes]:
        name = message.__proto__[0]
        if name != self.extendee:
            raise TypeError(f"{self.name} extends {self.extendee}, not {name}")
        return cast("Sequence[bytes]", getattr(message, UNKNOWN))


def _number(piece: bytes) -> int:
    return read_varint(piece, 0)[0] >> 3
