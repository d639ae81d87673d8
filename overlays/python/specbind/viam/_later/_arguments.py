"""Arguments on their way into messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from grpclib.const import Status
from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.enums import OpenInt
from specbind.bindings._runtime.errors import DecodeError
from specbind.bindings._runtime.grpc.grpclib_errors import RpcError, rpc_error
from specbind.bindings._runtime.proto.message import Message, decode
from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data.v1 import BinaryID
from specbind.viam.bson import BsonDocument, encode
from specbind.viam.filters import SupportsSerialize

if TYPE_CHECKING:
    from specbind.bindings._runtime.grpc.rpc import Rpc
    from specbind.bindings._runtime.proto.message import JsonValue

__all__ = [
    "BinaryIDLike",
    "Query",
    "documents",
    "enum",
    "identifiers",
    "instant",
    "message_of",
    "messages_of",
    "only",
    "optional",
    "parameters",
    "refusal",
    "texts",
]

E = TypeVar("E", bound=OpenInt)
M = TypeVar("M", bound=Message)
T = TypeVar("T")

BinaryIDLike: TypeAlias = BinaryID | SupportsSerialize | str
"""What names binary data: the text `binary_data_id` of its metadata, or a BinaryID of any library."""

Query: TypeAlias = Iterable[BsonDocument | bytes]
"""The stages of an aggregation: documents, or BSON that was encoded before."""


def refusal(rpc: Rpc[Any, Any], message: str) -> RpcError:
    """The error of an argument that the platform refuses, before anything is sent."""
    return rpc_error(Status.INVALID_ARGUMENT, message, path=rpc.path)


def optional(value: T | None) -> T | UnsetType:
    """None is absent."""
    return UNSET if value is None else value


def message_of(kind: type[M], name: str, value: object) -> M:
    """Give a message of ours for one of any library. Raises TypeError for anything else."""
    if isinstance(value, kind):
        return value
    known = kind.__proto__[0]
    descriptor: Any = getattr(value, "DESCRIPTOR", None)
    if isinstance(value, Message) or not isinstance(value, SupportsSerialize):
        raise TypeError(f"{name} is a {kind.__name__}, not {value!r:.80}")
    if getattr(descriptor, "full_name", known) != known:
        raise TypeError(f"{name} is a {known}, not a {descriptor.full_name}")
    try:
        return decode(kind, value.SerializeToString())
    except DecodeError as error:
        raise TypeError(f"{name} is no {known}: {error}") from error


def _several(name: str, value: object) -> list[object]:
    if isinstance(value, str | bytes | Mapping | SupportsSerialize) or not isinstance(value, Iterable):
        raise TypeError(f"{name} is a list, not {value!r:.80}")
    return list(cast("Iterable[object]", value))


def messages_of(kind: type[M], name: str, value: object) -> list[M]:
    """As `message_of`, for each of a list."""
    return [message_of(kind, f"{name}[{index}]", each) for index, each in enumerate(_several(name, value))]


def texts(name: str, value: object) -> list[str]:
    """A list of texts. Raises TypeError for one text, or if something in it is none."""
    found = _several(name, value)
    for each in found:
        if not isinstance(each, str):
            raise TypeError(f"{name} is a list of str, and has {each!r:.80} in it")
    return cast("list[str]", found)


def identifiers(rpc: Rpc[Any, Any], given: object) -> tuple[list[BinaryID], list[str]]:
    """Sort identifiers into those of the old and those of the new kind.

    Raises:
        TypeError: it is no list, or something in it is no identifier.
        RpcBadRequestError: there are none, or one is empty.
    """
    found = _several("binary_ids", given)
    if not found:
        raise refusal(rpc, "binary_ids is empty")
    new = [each for each in found if isinstance(each, str)]
    if "" in new:
        raise refusal(rpc, "one of binary_ids is an empty text")
    return [message_of(BinaryID, "one of binary_ids", each) for each in found if not isinstance(each, str)], new


def instant(name: str, value: object) -> Timestamp | UnsetType:
    """A point in time; a datetime without a zone is UTC. None is absent. Raises TypeError for anything else."""
    if value is None:
        return UNSET
    if isinstance(value, datetime):
        return Timestamp.from_datetime(value if value.utcoffset() is not None else value.replace(tzinfo=UTC))
    return message_of(Timestamp, name, value)


def enum(kind: type[E], name: str, value: int) -> E:
    """A member of an enum, also given as a number or as a member of another library's. Raises TypeError if not."""
    if isinstance(value, bool) or not isinstance(cast("object", value), int):
        raise TypeError(f"{name} is a {kind.__name__}, not {value!r:.80}")
    return kind(int(value))


def documents(name: str, value: object) -> list[bytes]:
    """Encode each document of a list; bytes are sent as they are.

    Raises:
        TypeError: it is one document, or something in it is none.
        BsonEncodeError: a value has no form in BSON; `path` names it.
    """
    found = _several(name, value)
    for index, each in enumerate(found):
        if not isinstance(each, Mapping | bytes):
            raise TypeError(f"{name}[{index}] is a document or its BSON, not {each!r:.80}")
    return [each if isinstance(each, bytes) else encode(cast("BsonDocument", each)) for each in found]


def parameters(name: str, value: object) -> dict[str, JsonValue] | UnsetType:
    """Values of JSON by name; None is absent. Raises TypeError for anything else."""
    if value is None:
        return UNSET
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping of names to values, not {value!r:.80}")
    return dict(cast("Mapping[str, JsonValue]", value))


def only(call: str, name: str, value: T | None, old: str, other: T | None) -> T:
    """The value of an argument that has an old name too. Raises TypeError unless one of them is given."""
    if value is not None and other is not None:
        raise TypeError(f"{call}() takes {name} or its old name {old}, not both")
    found = other if value is None else value
    if found is None:
        raise TypeError(f"{call}() needs {name}")
    return found
