"""Arguments on their way into messages, and values of messages on their way out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from grpclib.const import Status
from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.grpc.grpclib_errors import RpcDecodeError, rpc_error
from specbind.bindings._runtime.proto.message import Message, decode
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import NullValue, Timestamp, Value
from specbind.bindings.viam.viam.app.data.v1 import BinaryID

if TYPE_CHECKING:
    from specbind.bindings._runtime.grpc.rpc import Rpc
    from specbind.bindings._runtime.proto.message import JsonValue

__all__ = [
    "BinaryIDLike",
    "Encodable",
    "Identifiers",
    "identifiers",
    "instant",
    "message_of",
    "moment",
    "packed",
    "refusal",
    "share",
    "texts",
    "times",
]

M = TypeVar("M", bound=Message)


@runtime_checkable
class Encodable(Protocol):
    """A message of any library, as that of the official client."""

    def SerializeToString(self) -> bytes:  # noqa: N802 - the name that gRPC libraries call
        """Give the binary form."""
        ...


BinaryIDLike: TypeAlias = BinaryID | Encodable | str
"""What names binary data: a BinaryID of any library, or the text `binary_data_id` of its metadata."""

Identifiers: TypeAlias = tuple[list[BinaryID], list[str]]


def message_of(kind: type[M], name: str, value: object) -> M:
    """Give a message of ours for one of any library.

    Args:
        kind: type of the message.
        name: name of the argument, for errors.
        value: what was given for it.

    Raises:
        TypeError: it is something else, or a message of another type.
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, Encodable) or isinstance(value, type):
        raise TypeError(f"{name} is a {kind.__name__}, not {_shown(value)}")
    known = full_name(value)
    if known and known != kind.__proto__[0]:
        raise TypeError(f"{name} is a {kind.__name__}, not a {known}")
    return decode(kind, value.SerializeToString())


def full_name(message: object) -> str:
    """Full name of the type of a message of ours or Google's; empty where it says none."""
    if isinstance(message, Message):
        return message.__proto__[0]
    name = getattr(getattr(message, "DESCRIPTOR", None), "full_name", "")
    return name if isinstance(name, str) else ""


def refusal(rpc: Rpc[Any, Any], message: str) -> Exception:
    """The error of an argument that the platform would refuse, raised before anything is sent."""
    return rpc_error(Status.INVALID_ARGUMENT, message, path=rpc.path)


def identifiers(rpc: Rpc[Any, Any], given: object) -> Identifiers:
    """Sort identifiers into those of the old and those of the new kind.

    Raises:
        TypeError: it is no list, or something in it is no identifier.
        RpcBadRequestError: there are none.
    """
    if isinstance(given, (str, Encodable)):
        raise TypeError("binary_ids is a list of identifiers, not one: write [identifier]")
    if not isinstance(given, Iterable):
        raise TypeError(f"binary_ids is a list of identifiers, not {_shown(given)}")
    found = list(cast("Iterable[object]", given))
    if not found:
        raise refusal(rpc, "binary_ids is empty")
    new = [each for each in found if isinstance(each, str)]
    if "" in new:
        raise refusal(rpc, "one of binary_ids is an empty text")
    old = [message_of(BinaryID, "one of binary_ids", each) for each in found if not isinstance(each, str)]
    return old, new


def texts(name: str, value: object) -> list[str]:
    """A list of texts, empty for None.

    Raises:
        TypeError: it is one text, or something in it is none.
    """
    if value is None:
        return []
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} is a list of texts, not {_shown(value)}")
    found = list(cast("Iterable[object]", value))
    for each in found:
        if not isinstance(each, str):
            raise TypeError(f"{name} is a list of texts, and has {_shown(each)} in it")
    return cast("list[str]", found)


def share(rpc: Rpc[Any, Any], name: str, value: object) -> float:
    """A part of a width or height, from 0 to 1.

    Raises:
        TypeError: it is no number.
        RpcBadRequestError: it lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is a number, not {_shown(value)}")
    found = float(value)
    if math.isnan(found) or not 0 <= found <= 1:
        raise refusal(rpc, f"{name} is {found}, and lies outside of 0 to 1")
    return found


def instant(name: str, value: object) -> Timestamp | UnsetType:
    """A point in time; a datetime without a zone is UTC, as the official client takes it. None stays absent.

    Raises:
        TypeError: it is neither a datetime nor a Timestamp.
    """
    if value is None:
        return UNSET
    if isinstance(value, datetime):
        return Timestamp.from_datetime(value if value.utcoffset() is not None else value.replace(tzinfo=UTC))
    return message_of(Timestamp, name, value)


def times(name: str, value: object) -> tuple[Timestamp | UnsetType, Timestamp | UnsetType]:
    """When something was asked for, and when it was there. None for both means that neither is known.

    Raises:
        TypeError: it is no pair of points in time.
        ValueError: it has not two members.
    """
    if value is None:
        return UNSET, UNSET
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise TypeError(f"{name} is a pair of datetimes, not {_shown(value)}")
    pair = list(cast("Sequence[object]", value))
    if len(pair) != 2:
        raise ValueError(f"{name} is a pair of datetimes, and has {len(pair)} members")
    return instant(name, pair[0]), instant(name, pair[1])


def moment(rpc: Rpc[Any, Any], value: Timestamp | UnsetType) -> datetime | None:
    """A point in time in UTC, without a zone, as the official client gives it; None where there is none.

    Raises:
        RpcDecodeError: it lies outside of the years 1 to 9999.
    """
    if value is UNSET:
        return None
    try:
        return value.to_datetime().replace(tzinfo=None)
    except OverflowError:
        message = f"the answer has a time outside of the years 1 to 9999: {value.seconds} seconds"
        raise RpcDecodeError(Status.INTERNAL, message, path=rpc.path) from None


def packed(name: str, value: object) -> dict[str, AnyMessage]:
    """Parameters of a method, each in an Any; plain Python goes in as google.protobuf.Value.

    Raises:
        TypeError: it is no mapping of texts, or a value has no form in JSON.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping of names to values, not {_shown(value)}")
    return {
        _name(name, key): _in_any(f"{name}[{key!r}]", each)
        for key, each in cast("Mapping[object, object]", value).items()
    }


def _name(name: str, key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{name} is a mapping of texts, and has the name {_shown(key)}")
    return key


def _in_any(name: str, value: object) -> AnyMessage:
    if isinstance(value, Encodable):
        known = full_name(value)
        if known in {"", AnyMessage.__proto__[0]}:
            return message_of(AnyMessage, name, value)
        return AnyMessage(type_url=f"type.googleapis.com/{known}", value=value.SerializeToString())
    return AnyMessage.pack(_value(name, value))


def _value(name: str, value: object) -> Value:
    match value:
        case None:
            return Value(null_value=NullValue(0))
        case bool():
            return Value(bool_value=value)
        case int() | float():
            return Value(number_value=float(value))
        case str():
            return Value(string_value=value)
        case Mapping():
            return Value(struct_value=dict(cast("Mapping[str, JsonValue]", value)))
        case list() | tuple():
            return Value(list_value=list(cast("Sequence[JsonValue]", value)))
        case _:
            raise TypeError(f"{name} is a value of JSON, not {_shown(value)}")


def _shown(value: object) -> str:
    """A value for a message: bounded, since it may be anything."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
