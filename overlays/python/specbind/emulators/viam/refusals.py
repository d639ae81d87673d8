"""What the emulator says when it says no, and the checks that many calls share."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from grpclib.const import Status
from grpclib.exceptions import GRPCError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_TEXT", "bounded", "conflict", "exhausted", "invalid", "is_uuid", "texts", "unknown", "wanted"]

MAX_TEXT = 4096
"""The most characters of a name, a tag or another short text."""

_SHOWN = 120


def invalid(message: str) -> GRPCError:
    """INVALID_ARGUMENT: the request cannot be meant."""
    return GRPCError(Status.INVALID_ARGUMENT, message)


def unknown(kind: str, identifier: str) -> GRPCError:
    """NOT_FOUND: there is no such thing."""
    shown = identifier if len(identifier) <= _SHOWN else f"{identifier[:_SHOWN]}…"
    return GRPCError(Status.NOT_FOUND, f"there is no {kind} {shown!r}")


def conflict(message: str) -> GRPCError:
    """ALREADY_EXISTS: a name is taken."""
    return GRPCError(Status.ALREADY_EXISTS, message)


def exhausted(size: int, most: int) -> GRPCError:
    """RESOURCE_EXHAUSTED: a message would be, or is, too large. Both in bytes."""
    return GRPCError(Status.RESOURCE_EXHAUSTED, f"message larger than max ({size} vs. {most})")


def wanted(name: str, value: str) -> str:
    """A text that has to be there. Raises INVALID_ARGUMENT for an empty or an endless one."""
    if not value:
        raise invalid(f"{name} is required")
    return bounded(name, value)


def bounded(name: str, value: str) -> str:
    """A text that may be empty. Raises INVALID_ARGUMENT where it is longer than `MAX_TEXT`."""
    if len(value) > MAX_TEXT:
        raise invalid(f"{name} is longer than {MAX_TEXT} characters")
    return value


def texts(name: str, values: Iterable[str]) -> list[str]:
    """Texts none of which is empty, each of them once, in order. Raises INVALID_ARGUMENT, also where there is none."""
    found = list(dict.fromkeys(wanted(name, value) for value in values))
    if not found:
        raise invalid(f"{name} is required")
    return found


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in its usual form."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
