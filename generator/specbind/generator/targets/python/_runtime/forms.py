"""Form and multipart bodies."""

from __future__ import annotations

import mimetypes
import os
import re
import secrets
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import quote, unquote

import msgspec

from .errors import RequestError
from .files import File
from .header_text import header_name, header_value
from .hooks import encode_hook
from .narrowing import is_array
from .open_model import OpenModel, member_types, members_of
from .parameters import Header, Query, scalar_text
from .part_headers import BodyWithPartHeaders
from .payloads import Codec, is_json, is_msgpack, json_encoder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from .files import FileSource
    from .http import RequestBody

__all__ = ["Form", "Multipart", "MultipartBody", "Part"]

_TYPES = mimetypes.MimeTypes()  # the built-in table: that of the machine would give other types elsewhere
_QUOTED = re.compile(r'["\x00-\x1f\x7f]')


class Part:
    """How one member of a form or multipart body is written.

    Args:
        name: wire name.
        media: media type of the part, several separated by commas, or ranges; "" for the default of the value. A File
            goes as its own type, else as the one that fits its name, else as the first.
        style: OpenAPI's `style`. With one, or without `explode`, the member is written as a query parameter would be.
        explode: OpenAPI's `explode`.
        allow_reserved: leave reserved characters as they are, for forms.
        headers: declared headers of the part; `with_part_headers` gives their values.
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
        headers: tuple[Header, ...] = (),
    ) -> None:
        self.name = name
        self.media = media
        self.style = style
        self.explode = explode
        self.allow_reserved = allow_reserved
        self.headers = headers

    @property
    def styled(self) -> bool:
        """Whether the style says how the member is written."""
        return self.style != "form" or not self.explode

    def query(self, media: str = "") -> Query:
        """Give the query parameter that is written in the same way."""
        return Query(
            self.name,
            lambda: object,
            style=self.style,
            explode=self.explode,
            allow_reserved=self.allow_reserved,
            media=media,
        )


class _Members(Codec):
    """A body of named members."""

    __slots__ = ("parts",)

    def __init__(self, media: str, type: Callable[[], object], *, parts: tuple[Part, ...] = ()) -> None:
        super().__init__(media, type)
        self.parts = {part.name: part for part in parts}

    def accepts(self, value: object) -> bool:
        """Say whether a value has members."""
        return _has_members(value)

    def _members(self, value: object) -> Iterator[tuple[str, object]]:
        try:
            for name, member in members_of(value):
                if member is not None:
                    yield name, member
        except (TypeError, ValueError) as error:
            raise RequestError(f"a {self.media} body cannot be sent: {error}") from error


def _has_members(value: object) -> bool:
    return isinstance(value, msgspec.Struct | OpenModel | dict)


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
        if not media and part.style == "form" and _has_members(member):
            media = "application/json"
        if not is_json(media):
            media = ""
        return part.query(media).write(member)


class Multipart(_Members):
    """`multipart/form-data` with a random boundary. A list repeats its part, nested values are JSON parts.

    Another `multipart` type, as `multipart/mixed`, is written alike; a list then gives parts without names.
    """

    __slots__ = ()

    def accepts(self, value: object) -> bool:
        """Say whether a value has members, or is a list where parts need no names."""
        if isinstance(value, BodyWithPartHeaders):
            value = value.body
        return super().accepts(value) or (self._unnamed and isinstance(value, list | tuple))

    @property
    def _unnamed(self) -> bool:
        return self.media.partition(";")[0].strip().lower() != "multipart/form-data"

    def encode(self, value: object) -> tuple[str, bytes | RequestBody]:
        """Give the Content-Type and the body, which is read while it is sent."""
        headers: Mapping[str, Mapping[str, object]] = {}
        if isinstance(value, BodyWithPartHeaders):
            headers = value.headers
            value = value.body
        boundary = secrets.token_hex(16)
        segments: list[bytes | File] = []
        known: set[str] = set()
        for part, name, item in self._items(value):
            known.add(part.name)
            try:
                head, content = _part(part, name, item, headers.get(part.name, {}))
            except (TypeError, ValueError, RecursionError, OSError) as error:
                raise RequestError(f"the body's part {part.name!r} cannot be sent: {error}") from error
            segments += (f"--{boundary}\r\n{head}\r\n".encode(), content, b"\r\n")
        if unknown := headers.keys() - known:
            raise RequestError(f"there are headers for the part {min(unknown)!r}, which the body does not have")
        segments.append(f"--{boundary}--\r\n".encode())
        return f"{self.media}; boundary={boundary}", MultipartBody(segments)

    def _items(self, value: object) -> Iterator[tuple[Part, str | None, object]]:
        """Give each part with its name, None for one without."""
        if self._unnamed and is_array(value):
            part = self.parts.get("") or Part("")
            yield from ((part, None, item) for item in value if item is not None)
            return
        for name, member in self._members(value):
            part = self.parts.get(name) or Part(name)
            if part.styled:
                try:
                    pairs = part.query().write(member)
                except (TypeError, ValueError, RecursionError) as error:
                    raise RequestError(f"the body's part {name!r} cannot be sent: {error}") from error
                for wire, text in pairs:
                    if not isinstance(member, str) and _hides_commas(part, text):
                        raise RequestError(f"the body's part {name!r} cannot be sent: an item has a comma in it")
                    yield part, unquote(wire), unquote(text)
            elif is_array(member) and not _is_whole(_first(part.media)):
                yield from ((part, name, self._checked(name, item)) for item in member if item is not None)
            else:
                yield part, name, self._checked(name, member)

    def _checked(self, name: str, member: object) -> object:
        """Refuse a text where a file is due: it would be the content, and is most likely meant as a path."""
        if isinstance(member, str) and is_file_type(member_types(self.type())(name)):
            raise RequestError(f"the body's part {name!r} is a file: give File(path), an open file, or bytes")
        return member


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


def _hides_commas(part: Part, text: str) -> bool:
    return part.style == "form" and not part.explode and unquote(text).count(",") != text.count(",")


def is_file_type(kind: object) -> bool:
    """Say whether a declared type takes files and no text: `bytes | File`, or a list of those."""
    kinds = get_args(kind) or (kind,)
    return str not in kinds and any(found is File or get_args(found)[:1] == (File,) for found in kinds)


def _part(part: Part, name: str | None, value: object, headers: Mapping[str, object]) -> tuple[str, bytes | File]:
    """Give the headers and the content of one part."""
    filename = ""
    content: bytes | File
    if not isinstance(value, File) and (
        isinstance(value, os.PathLike) or hasattr(value, "read") or hasattr(value, "__aiter__")
    ):
        value = File(cast("FileSource", value))
    if isinstance(value, File):
        filename = value.filename or part.name
        media = value.content_type or _fitting(part.media, filename) or "application/octet-stream"
        content = value
    elif isinstance(value, bytes | bytearray | memoryview):
        filename = part.name
        media = _first(part.media) or "application/octet-stream"
        content = bytes(cast("bytes", value))
    else:
        media, content = _written(part, value)
    head = ""
    if name is not None:
        head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        head += f'; filename="{_quoted(filename)}"\r\n' if filename else "\r\n"
    elif filename:
        head = f'Content-Disposition: attachment; filename="{_quoted(filename)}"\r\n'
    if media:
        head += f"Content-Type: {header_value('Content-Type', media)}\r\n"
    for field, text in _fields(part, headers):
        head += f"{field}: {text}\r\n"
    return head, content


def _written(part: Part, value: object) -> tuple[str, bytes]:
    """Write a value that is no file: as JSON or MessagePack where declared, else objects as JSON, others as text."""
    packed = next((choice for choice in _choices(part.media) if is_msgpack(choice)), "")
    if packed and not any(map(is_json, _choices(part.media))):
        return packed, msgspec.msgpack.encode(value, enc_hook=encode_hook)
    plain = msgspec.to_builtins(value, enc_hook=encode_hook, str_keys=True)
    media = _first(part.media)
    if isinstance(plain, dict | list):
        json_media = next((choice for choice in _choices(part.media) if is_json(choice)), "")
        return json_media or media or "application/json", json_encoder.encode(plain)
    if is_json(media):
        return media, json_encoder.encode(plain)
    return media, scalar_text(plain).encode()


def _fields(part: Part, given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Write the headers of a part; raises RequestError for one that is missing or cannot be written."""
    declared = {header.name.lower(): header for header in part.headers}
    for name, value in given.items():
        if name.lower() in {"content-disposition", "content-type", "content-length"}:
            raise RequestError(f"{name} of a part is not given as a header; a File has a name and a content_type")
        header = declared.pop(name.lower(), None) or Header(name, lambda: str)
        text = header.write(value)
        if text is not None:
            yield header_name(header.name), header_value(name, text)
    for header in declared.values():
        if header.required:
            raise RequestError(f"its header {header.name!r} is missing; give it by `with_part_headers`")


def _is_whole(media: str) -> bool:
    """Say whether a list of this media type is one part."""
    return is_json(media) or is_msgpack(media)


def _choices(media: str) -> list[str]:
    """Give the media types of a list, without ranges."""
    return [choice for choice in (choice.strip() for choice in media.split(",")) if choice and "*" not in choice]


def _first(media: str) -> str:
    return next(iter(_choices(media)), "")


def _fitting(media: str, filename: str) -> str:
    """Give the media type of a list that fits a file's name, else the first."""
    choices = [choice.strip() for choice in media.split(",")]
    guessed = _TYPES.guess_type(filename)[0] or ""
    for choice in choices:
        if guessed and (choice == guessed or (choice.endswith("/*") and guessed.startswith(choice[:-1]))):
            return guessed
    return _first(media)


def _quoted(name: str) -> str:
    """Write a name as browsers do: quotes and control characters percent-encoded, the rest as UTF-8."""
    return _QUOTED.sub(lambda found: quote(found[0], safe=""), name)
