"""Media types by the way in which bodies of them are written and read."""

from __future__ import annotations

from enum import Enum

__all__ = ["VALUES", "MediaKind", "is_msgpack", "media_kind"]


class MediaKind(Enum):
    """A way to write or read a body."""

    JSON = "json"
    MSGPACK = "msgpack"
    FORM = "form"
    MULTIPART = "multipart"
    TEXT = "text"
    BINARY = "binary"
    EVENTS = "events"
    LINES = "lines"
    ANY = "any"


VALUES = frozenset({MediaKind.JSON, MediaKind.MSGPACK})
"""Kinds whose bodies are values of the declared type."""
_MSGPACK = {"application/msgpack", "application/x-msgpack", "application/vnd.msgpack"}
_LINES = {"application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines",
          "application/jsonlines", "application/x-jsonl", "application/json-seq"}  # fmt: skip
_TEXT = {
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/javascript",
    "application/graphql",
    "application/sql",
}


def is_msgpack(media: str) -> bool:
    """Whether a media type is MessagePack; parameters and case do not count."""
    name = media.partition(";")[0].strip().lower()
    return name in _MSGPACK or name.endswith("+msgpack")


def media_kind(media: str) -> MediaKind:
    """The kind of a media type; parameters and case do not count."""
    name = media.partition(";")[0].strip().lower()
    if name in {"application/json", "text/json"} or name.endswith("+json"):
        return MediaKind.JSON
    if is_msgpack(name):
        return MediaKind.MSGPACK
    if name == "application/x-www-form-urlencoded":
        return MediaKind.FORM
    if name.startswith("multipart/"):
        return MediaKind.MULTIPART
    if name == "text/event-stream":
        return MediaKind.EVENTS
    if name in _LINES:
        return MediaKind.LINES
    if name.startswith("text/") or name in _TEXT or name.endswith(("+xml", "+yaml")):
        return MediaKind.TEXT
    return MediaKind.ANY if name in {"*/*", "application/*", ""} else MediaKind.BINARY
