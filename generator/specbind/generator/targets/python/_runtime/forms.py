"""Form and multipart bodies."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import msgspec

from .errors import RequestError
from .files import File
from .hooks import encode_hook
from .narrowing import is_array, is_object
from .parameters import Query, header_name, header_value, scalar_text
from .payloads import Codec, is_json, json_encoder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from .http import RequestBody

__all__ = ["Form", "Multipart", "MultipartBody", "Part"]

_QUOTED = re.compile(r'["\x00-\x1f\x7f]')


class Part:
    """How one member of a form or multipart body is written.

    Args:
        name: wire name.
        media: media type of the part, "" for the default of the value.
        style: OpenAPI's `style`, for forms.
        explode: OpenAPI's `explode`, for forms.
        allow_reserved: leave reserved characters as they are, for forms.
        headers: fixed headers of the part.
    """

    __slots__ = ("allow_reserved", "explode", "headers", "media", "name", "style")

    def __init__(
        self,
        name: str,
        *,
        media: str = "",
        style: str = "form",
        explode: bool = True,
        allow_reserved: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.media = media
        self.style = style
        self.explode = explode
        self.allow_reserved = allow_reserved
        self.headers = headers


class _Members(Codec):
    """A body of named members."""

    __slots__ = ("parts",)

    def __init__(self, media: str, type: Callable[[], object], *, parts: tuple[Part, ...] = ()) -> None:
        super().__init__(media, type)
        self.parts = {part.name: part for part in parts}

    def accepts(self, value: object) -> bool:
        """Say whether a value has members."""
        return isinstance(value, msgspec.Struct | dict)

    def _members(self, value: object) -> Iterator[tuple[str, object]]:
        if isinstance(value, msgspec.Struct):
            names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
            pairs = [(wire, cast("object", getattr(value, name))) for name, wire in names]
        elif is_object(value):
            pairs = list(value.items())
        else:
            raise RequestError(f"a {self.media} body is a model or a dict, not {type(value).__name__}")
        for name, member in pairs:
            if member is not msgspec.UNSET and member is not None:
                yield name, member


class Form(_Members):
    """`application/x-www-form-urlencoded`. Objects go as JSON text unless their part has the style deepObject."""

    __slots__ = ()

    def accepts(self, value: object) -> bool:
        """Say whether a value has members and no files."""
        return super().accepts(value) and not any(isinstance(member, File) for _, member in self._members(value))

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body."""
        pairs: list[tuple[str, str]] = []
        for name, member in self._members(value):
            try:
                pairs += self._write(name, member)
            except (TypeError, ValueError, RecursionError) as error:
                raise RequestError(f"the body's member {name!r} cannot be sent: {error}") from error
        return self.media, "&".join(f"{name}={text}" for name, text in pairs).encode()

    def _write(self, name: str, member: object) -> list[tuple[str, str]]:
        part = self.parts.get(name) or Part(name)
        media = part.media
        if not media and part.style == "form" and (is_object(member) or isinstance(member, msgspec.Struct)):
            media = "application/json"
        if not is_json(media):
            media = ""
        query = Query(
            name,
            lambda: object,
            style=part.style,
            explode=part.explode,
            allow_reserved=part.allow_reserved,
            media=media,
        )
        return query.write(member)


class Multipart(_Members):
    """`multipart/form-data` with a random boundary. A list repeats its part, nested values are JSON parts."""

    __slots__ = ()

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body, which is read while it is sent."""
        boundary = secrets.token_hex(16)
        segments: list[bytes | File] = []
        for name, member in self._members(value):
            part = self.parts.get(name) or Part(name)
            items = member if is_array(member) and not is_json(part.media) else [member]
            for item in items:
                try:
                    head, content = _part(part, item)
                except (TypeError, ValueError, RecursionError, OSError) as error:
                    raise RequestError(f"the body's part {name!r} cannot be sent: {error}") from error
                segments += (f"--{boundary}\r\n{head}\r\n".encode(), content, b"\r\n")
        segments.append(f"--{boundary}--\r\n".encode())
        return f"{self.media}; boundary={boundary}", MultipartBody(segments)


class MultipartBody:
    """The parts one after the other; files are read when their turn comes."""

    __slots__ = ("_segments", "length", "repeatable")

    def __init__(self, segments: list[bytes | File]) -> None:
        self._segments = segments
        lengths: list[int | None] = []
        for segment in segments:
            try:
                lengths.append(len(segment) if isinstance(segment, bytes) else segment.length())
            except OSError as error:
                raise RequestError(f"the file cannot be sent: {error}") from error
        known = [length for length in lengths if length is not None]
        self.length: int | None = sum(known) if len(known) == len(lengths) else None
        self.repeatable = all(isinstance(segment, bytes) or segment.repeatable for segment in segments)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the content, small segments joined."""
        waiting: list[bytes] = []
        for segment in self._segments:
            if isinstance(segment, bytes):
                waiting.append(segment)
                continue
            if waiting:
                yield b"".join(waiting)
                waiting.clear()
            async for piece in segment.chunks():
                yield piece
        yield b"".join(waiting)


def _part(part: Part, value: object) -> tuple[str, bytes | File]:
    """Give the headers and the content of one part."""
    filename = ""
    media = part.media
    content: bytes | File
    if isinstance(value, File):
        filename = value.filename or part.name
        media = value.content_type or _concrete(media) or "application/octet-stream"
        content = value
    elif isinstance(value, bytes | bytearray | memoryview):
        filename = part.name
        media = _concrete(media) or "application/octet-stream"
        content = bytes(cast("bytes", value))
    elif isinstance(value, os.PathLike):
        return _part(part, File(cast("os.PathLike[str]", value)))
    else:
        plain = msgspec.to_builtins(value, enc_hook=encode_hook, str_keys=True)
        if is_json(media) or isinstance(plain, dict | list):
            media = media or "application/json"
            content = json_encoder.encode(plain)
        else:
            content = scalar_text(plain).encode()
    head = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if filename:
        head += f'; filename="{_quoted(filename)}"'
    head += "\r\n"
    if media:
        head += f"Content-Type: {header_value('Content-Type', media)}\r\n"
    for name, text in part.headers:
        head += f"{header_name(name)}: {header_value(name, text)}\r\n"
    return head, content


def _concrete(media: str) -> str:
    """Give the first media type of a list, "" for a range."""
    first = media.partition(",")[0].strip()
    return "" if "*" in first else first


def _quoted(name: str) -> str:
    """Write a name as browsers do: quotes and control characters percent-encoded, the rest as UTF-8."""
    return _QUOTED.sub(lambda found: quote(found[0], safe=""), name)
