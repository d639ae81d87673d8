"""JSON pointers (RFC 6901) and locations: `file#pointer`, where file is relative to the root document, or "" for it."""

from __future__ import annotations

from urllib.parse import quote, unquote

__all__ = ["child", "escape", "location", "split", "tokens"]


def escape(token: str) -> str:
    """A key as one pointer token."""
    if "~" in token or "/" in token:
        return token.replace("~", "~0").replace("/", "~1")
    return token


def child(place: str, token: str | int) -> str:
    """The location of a member of the value at `place`."""
    return f"{place}/{escape(token) if isinstance(token, str) else token}"


def location(file: str, pointer: str = "") -> str:
    """The location of `pointer` in `file`."""
    return f"{quote(file, safe='/._-~ ') if file else ''}#{pointer}"


def split(place: str) -> tuple[str, str]:
    """The file and the pointer of a location."""
    file, _, pointer = place.partition("#")
    return unquote(file), pointer


def tokens(pointer: str) -> tuple[str, ...]:
    """The keys along a pointer. "" is the whole document."""
    if not pointer:
        return ()
    parts = pointer.removeprefix("/").split("/")
    if "~" not in pointer:
        return tuple(parts)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)
