"""The form of contract cases. `docs/design/vectors.md` describes it for people who write a runner."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

__all__ = [
    "SCHEMA_VERSION",
    "Argument",
    "BodyArgument",
    "Case",
    "Content",
    "Failure",
    "FileContent",
    "PartContent",
    "RequestCase",
    "ResponseCase",
    "Vectors",
    "load",
]

SCHEMA_VERSION = 1


class Argument(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, rename={"location": "in"}):
    """A parameter that is given: where it goes, its wire name and its value as JSON."""

    location: str
    name: str
    value: Any


class BodyArgument(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The body that is given. `media` is named only where the caller chooses among several.

    Inside `value` a file is an object with the one member `$file`, a FileContent.
    """

    value: Any
    media: str = ""


class FileContent(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file: its bytes in base64, the name and the media type that go with it."""

    base64: str
    filename: str = ""
    media: str = ""


class PartContent(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a multipart body; `media` is "" where the part says none."""

    name: str
    base64: str
    filename: str = ""
    media: str = ""


class Content(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Bytes on the wire, exactly one of: JSON compared as a value, MessagePack in base64 compared as a value, text,
    bytes in base64, parts in their order.
    """

    json: Any = UNSET
    msgpack: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    parts: tuple[PartContent, ...] | UnsetType = UNSET


class RequestCase(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is sent. `target` is path and query below the base URL, percent-encoded.

    Headers are those that count; names are in lower case. A multipart Content-Type stands without its boundary.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: Content | None = None


class ResponseCase(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the server answers."""

    status: int
    headers: dict[str, str] = {}
    body: Content | None = None


class Failure(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The error that the call ends with: `kind` is status or decode; `body` is the decoded body of a status error."""

    kind: str
    status: int = 0
    body: Content | None = None


class Case(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One call: arguments and credentials in, a request out; an answer in, `result` or `failure` out.

    `credentials` are by scheme id: a key, a token, or `user:password`. Without `result` and `failure` the call gives
    nothing.
    """

    operation: str
    case: str
    request: RequestCase
    response: ResponseCase
    arguments: tuple[Argument, ...] = ()
    body: BodyArgument | None = None
    credentials: dict[str, str] = {}
    result: Content | None = None
    failure: Failure | None = None


class Vectors(Struct, frozen=True, forbid_unknown_fields=True):
    """All cases of an API."""

    schema: int
    api: str
    cases: tuple[Case, ...]


def load(data: bytes) -> Vectors:
    """Read cases. Raises msgspec.ValidationError."""
    return msgspec.json.decode(data, type=Vectors)
