"""Arguments on their way into messages, and values of messages on their way out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from grpclib.const import Status
from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.errors import DecodeError
from specbind.bindings._runtime.grpc.grpclib_errors import RpcDecodeError, rpc_error
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import NullValue, Timestamp, Value
from specbind.bindings.viam.viam.app.data.v1 import BinaryData as Found
from specbind.bindings.viam.viam.app.data.v1 import BinaryID, BinaryMetadata

from ._foreign import SupportsSerialize, full_name, message_of, shown
from ._results import BinaryData

if TYPE_CHECKING:
    from specbind.bindings._runtime.grpc.rpc import Rpc
    from specbind.bindings._runtime.proto.message import JsonValue

__all__ = [
    "BinaryIDLike",
    "Identifiers",
    "identifiers",
    "instant",
    "moment",
    "packed",
    "refusal",
    "several",
    "share",
    "texts",
    "times",
]

BinaryIDLike: TypeAlias = BinaryID | BinaryData | SupportsSerialize | str
"""What names binary data: the text `binary_data_id` of its metadata, a BinaryID, its metadata or a result."""

Identifiers: TypeAlias = tuple[list[BinaryID], list[str]]


def refusal(rpc: Rpc[Any, Any], message: str) -> Exception:
    """The error of an argument that the platform would refuse, raised before anything is sent."""
    return rpc_error(Status.INVALID_ARGUMENT, message, path=rpc.path)


def identifiers(rpc: Rpc[Any, Any], given: object) -> Identifiers:
    """Sort identifiers into those of the old and those of the new kind.

    Raises:
        TypeError: it is no list, or something in it is no identifier.
        RpcBadRequestError: there are none.
    """
    found = [_identity(each) for each in several("binary_ids", given)]
    if not found:
        raise refusal(rpc, "binary_ids is empty")
    new = [each for each in found if isinstance(each, str)]
    if "" in new:
        raise refusal(rpc, "one of binary_ids is an empty text, or data without an identifier")
    old = [message_of(BinaryID, "one of binary_ids", each) for each in found if not isinstance(each, str)]
    return old, new


def several(name: str, value: object) -> list[object]:
    """A list. Raises TypeError for what is one thing by itself: a text, a mapping, a message."""
    if not _is_list(value):
        raise TypeError(f"{name} is a list, not {shown(value)}")
    return list(cast("Iterable[object]", value))


def _is_list(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | SupportsSerialize)


def _identity(given: object) -> object:
    """The identifier of binary data that was given itself; anything else as it is."""
    if isinstance(given, BinaryData):
        given = given.metadata
    match full_name(given):
        case "viam.app.data.v1.BinaryData":
            found = message_of(Found, "one of binary_ids", given).metadata
            metadata = BinaryMetadata() if found is UNSET else found
        case "viam.app.data.v1.BinaryMetadata":
            metadata = message_of(BinaryMetadata, "one of binary_ids", given)
        case _:
            return given
    return metadata.binary_data_id or metadata.id


def texts(name: str, value: object, *, needed: bool = False) -> list[str]:
    """A list of texts, empty for None unless it is needed.

    Raises:
        TypeError: it is one text, or something in it is none.
    """
    if value is None and not needed:
        return []
    found = several(name, value)
    for each in found:
        if not isinstance(each, str):
            raise TypeError(f"{name} is a list of texts, and has {shown(each)} in it")
    return cast("list[str]", found)


def share(rpc: Rpc[Any, Any], name: str, value: object) -> float:
    """A part of a width or height, from 0 to 1.

    Raises:
        TypeError: it is no number.
        RpcBadRequestError: it lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is a number, not {shown(value)}")
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
        raise TypeError(f"{name} is a pair of datetimes, not {shown(value)}")
    pair = list(cast("Sequence[object]", value))
    if len(pair) != 2:
        raise ValueError(f"{name} is a pair of datetimes, and has {len(pair)} members")
    return instant(name, pair[0]), instant(name, pair[1])


def moment(value: Timestamp | UnsetType, rpc: Rpc[Any, Any] | None = None) -> datetime | None:
    """A point in time in UTC, without a zone, as the official client gives it; None where there is none.

    Raises:
        DecodeError: it lies outside of the years 1 to 9999; where the rpc is known, an RpcDecodeError.
    """
    if value is UNSET:
        return None
    try:
        return value.to_datetime().replace(tzinfo=None)
    except OverflowError:
        message = f"the answer has a time outside of the years 1 to 9999: {value.seconds} seconds"
        if rpc is None:
            raise DecodeError(message) from None
        raise RpcDecodeError(Status.INTERNAL, message, path=rpc.path) from None


def packed(name: str, value: object) -> dict[str, AnyMessage]:
    """Parameters of a method, each in an Any; plain Python goes in as google.protobuf.Value.

    Raises:
        TypeError: it is no mapping of texts, or a value has no form in JSON.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping of names to values, not {shown(value)}")
    return {
        _name(name, key): _in_any(f"{name}[{key!r}]", each)
        for key, each in cast("Mapping[object, object]", value).items()
    }


def _name(name: str, key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{name} is a mapping of texts, and has the name {shown(key)}")
    return key


def _in_any(name: str, value: object) -> AnyMessage:
    if isinstance(value, SupportsSerialize):
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
            raise TypeError(f"{name} is a value of JSON, not {shown(value)}")
