"""Messages on their way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.errors import DecodeError
from specbind.viam.bson import BsonDecodeError, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.bindings._runtime.grpc.rpc import Rpc
    from specbind.viam.bson import BsonValue

__all__ = ["documents_of", "present"]

T = TypeVar("T")


def documents_of(name: str, raw: Sequence[bytes], rpc: Rpc[Any, Any] | None = None) -> list[dict[str, BsonValue]]:
    """Decode BSON documents.

    Raises:
        BsonDecodeError: one is none; `path` names the document and the field.
    """
    found: list[dict[str, BsonValue]] = []
    for index, content in enumerate(raw):
        try:
            found.append(decode(content))
        except BsonDecodeError as error:
            path = f"{name}[{index}]" + (f".{error.path}" if error.path else "")
            wrong = BsonDecodeError(f"{name}[{index}]: {error.message}", path=path, content=error.content)
            wrong.operation = rpc.path if rpc else ""
            raise wrong from None
    return found


def present(rpc: Rpc[Any, Any], name: str, value: T | UnsetType) -> T:
    """A member that an answer must have. Raises DecodeError if it lacks it."""
    if value is UNSET:
        error = DecodeError(f"the answer has no {name}", path=name)
        error.operation = rpc.path
        raise error
    return value
