"""Arguments on their way into messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.enums import OpenInt
from specbind.bindings._runtime.proto.message import Message
from specbind.core import arguments
from specbind.viam._foreign import message_of, shown
from specbind.viam._messages import several
from specbind.viam.bson import BsonDocument, encode

if TYPE_CHECKING:
    from specbind.bindings._runtime.proto.message import JsonValue

__all__ = ["Query", "documents", "enum", "messages_of", "only", "optional", "parameters"]

E = TypeVar("E", bound=OpenInt)
M = TypeVar("M", bound=Message)
T = TypeVar("T")

Query: TypeAlias = Iterable[BsonDocument | bytes]
"""The stages of an aggregation: documents, or BSON that was encoded before."""


def optional(value: T | None) -> T | UnsetType:
    """None is absent."""
    return UNSET if value is None else value


def messages_of(kind: type[M], name: str, value: object) -> list[M]:
    """As `message_of`, for each of a list."""
    return [message_of(kind, f"{name}[{index}]", each) for index, each in enumerate(several(name, value))]


def enum(kind: type[E], name: str, value: int) -> E:
    """A member of an enum, also given as a number or as a member of another library's. Raises TypeError if not."""
    if isinstance(value, bool) or not isinstance(cast("object", value), int):
        raise TypeError(f"{name} is a {kind.__name__}, not {shown(value)}")
    return kind(int(value))


def documents(name: str, value: object) -> list[bytes]:
    """Encode each document of a list; bytes are sent as they are.

    Raises:
        TypeError: it is one document, or something in it is none.
        BsonEncodeError: a value has no form in BSON; `path` names it.
    """
    found = several(name, value)
    for index, each in enumerate(found):
        if not isinstance(each, Mapping | bytes):
            raise TypeError(f"{name}[{index}] is a document or its BSON, not {shown(each)}")
    return [each if isinstance(each, bytes) else encode(cast("BsonDocument", each)) for each in found]


def parameters(name: str, value: object) -> dict[str, JsonValue] | UnsetType:
    """Values of JSON by name; None is absent. Raises TypeError for anything else."""
    if value is None:
        return UNSET
    arguments.mapping(name, value)
    return dict(cast("Mapping[str, JsonValue]", value))


def only(call: str, name: str, value: T | None, old: str, other: T | None) -> T:
    """The value of an argument that has an old name too. Raises TypeError unless one of them is given."""
    if value is not None and other is not None:
        raise TypeError(f"{call}() takes {name} or its old name {old}, not both")
    found = other if value is None else value
    if found is None:
        raise TypeError(f"{call}() needs {name}")
    return found
