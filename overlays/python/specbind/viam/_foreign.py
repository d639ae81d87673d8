"""Messages of other libraries, as those of the official client."""

from __future__ import annotations

from typing import Protocol, TypeVar, runtime_checkable

from specbind.bindings._runtime.errors import DecodeError
from specbind.bindings._runtime.proto.message import Message, decode

__all__ = ["SupportsSerialize", "full_name", "message_of", "shown"]

M = TypeVar("M", bound=Message)


@runtime_checkable
class SupportsSerialize(Protocol):
    """A message of any library."""

    def SerializeToString(self) -> bytes:  # noqa: N802 - the name that gRPC libraries call
        """Give the binary form."""
        ...


def message_of(kind: type[M], name: str, value: object) -> M:
    """Give a message of ours for one of any library.

    Args:
        kind: type of the message.
        name: name of the argument, for errors.
        value: what was given for it.

    Raises:
        TypeError: it is something else, a message of another type, or cannot be read.
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, SupportsSerialize) or isinstance(value, type):
        raise TypeError(f"{name} is a {kind.__name__}, not {shown(value)}")
    wanted, known = kind.__proto__[0], full_name(value)
    if known and known != wanted:
        raise TypeError(f"{name} is a {wanted}, not a {known}")
    try:
        return decode(kind, value.SerializeToString())
    except DecodeError as error:
        raise TypeError(f"{name} is no {wanted}: {error}") from error


def full_name(message: object) -> str:
    """Full name of the type of a message of ours or Google's; empty where it says none."""
    if isinstance(message, Message):
        return message.__proto__[0]
    name = getattr(getattr(message, "DESCRIPTOR", None), "full_name", "")
    return name if isinstance(name, str) else ""


def shown(value: object) -> str:
    """A value for a message: bounded, since it may be anything."""
    found = repr(value)
    return found if len(found) <= 80 else f"{found[:77]}..."
