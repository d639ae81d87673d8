"""How bodies are written and answers are read: by media type and type, alike in every language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from .media import VALUES, MediaKind, media_kind
from .model import Alias, AnyType, Field, NeverType, NullableType, Object, Presence, Ref, Scalar, ScalarKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .model import Definition, Operation, Payload, Type

__all__ = ["Result", "answer_headers", "answer_kind", "body_kind", "failure_members", "is_untyped_text", "result_of"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")


class Result(Struct, frozen=True):
    """What a good answer gives: values of `types`, text, bytes, nothing, and streams with their items' type.

    A stream of bytes stands alone; its type says nothing.
    """

    types: tuple[Type, ...]
    text: bool
    content: bool
    empty: bool
    streams: tuple[tuple[MediaKind, Type], ...]


def result_of(operation: Operation) -> Result:
    """The result of an operation. Bytes are a stream where nothing else may come, else they are read whole."""
    good = [response for response in operation.responses if not response.error]
    payloads = [
        payload for response in good for payload in response.payloads if not isinstance(payload.type, NeverType)
    ]
    empty = not payloads or any(not response.payloads for response in good)
    kinds = {answer_kind(payload) for payload in payloads}
    if kinds == {MediaKind.BINARY} and not empty:
        return Result((), text=False, content=False, empty=False, streams=((MediaKind.BINARY, payloads[0].type),))
    streams = dict.fromkeys(
        (kind, payload.item or payload.type)
        for payload in payloads
        if (kind := answer_kind(payload)) in {MediaKind.EVENTS, MediaKind.LINES}
    )
    return Result(
        tuple(payload.type for payload in payloads if answer_kind(payload) in VALUES),
        text=MediaKind.TEXT in kinds,
        content=MediaKind.BINARY in kinds,
        empty=empty,
        streams=tuple(streams),
    )


def body_kind(payload: Payload) -> MediaKind:
    """How a body is written: by its media type, but raw bytes are raw bytes under any."""
    kind = media_kind(payload.media)
    type_ = payload.type
    while isinstance(type_, NullableType):
        type_ = type_.item
    if isinstance(type_, Scalar) and type_.scalar is ScalarKind.BINARY:
        return MediaKind.BINARY
    if kind is MediaKind.EVENTS:
        return MediaKind.BINARY  # nobody sends events
    return MediaKind.JSON if kind is MediaKind.ANY else kind


def answer_kind(payload: Payload) -> MediaKind:
    """How an answer is read: as it would be written, but events are a stream, and forms are left to the caller."""
    kind = body_kind(payload)
    if kind is MediaKind.BINARY and media_kind(payload.media) is MediaKind.EVENTS:
        return MediaKind.EVENTS
    return MediaKind.BINARY if kind in {MediaKind.FORM, MediaKind.MULTIPART} else kind


def is_untyped_text(payload: Payload, definitions: Mapping[str, Definition]) -> bool:
    """Whether an answer is given as text although the spec declares more than text for it."""
    if answer_kind(payload) is not MediaKind.TEXT:
        return False
    type_, seen = payload.type, set[str]()
    while isinstance(type_, Ref | NullableType):
        if isinstance(type_, NullableType):
            type_ = type_.item
            continue
        found = definitions.get(type_.id)
        if not isinstance(found, Alias) or type_.id in seen:
            return found is not None
        seen.add(type_.id)
        type_ = found.type
    if isinstance(type_, Scalar):  # a format of text says how it is written, which the text shows
        return type_.scalar is not ScalarKind.STRING
    return not isinstance(type_, AnyType | NeverType)


def failure_members(payload: Payload, definitions: Mapping[str, Definition]) -> tuple[str, ...] | None:
    """Wire names by which a failure with a good status is known; None where the payload has no such failure."""
    failure = definitions.get(payload.failure.id) if payload.failure else None
    if not isinstance(failure, Object):
        return None
    return tuple(field.wire for field in failure.fields if field.presence is Presence.REQUIRED)


def answer_headers(operation: Operation) -> tuple[Field, ...]:
    """Headers that the answers declare, all statuses together, every one optional; names that HTTP has no room for
    are left out.
    """
    fields: dict[str, Field] = {}
    for response in operation.responses:
        for header in response.headers:
            if _TOKEN.match(header.wire):
                field = Field(header.wire, header.type, Presence.OPTIONAL, header.doc, deprecated=header.deprecated)
                fields.setdefault(header.wire.lower(), field)
    return tuple(fields.values())
