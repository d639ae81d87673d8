"""Request bodies as a server reads them."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast, get_args, get_origin
from urllib.parse import unquote_plus

import msgspec
from aiohttp import BodyPartReader, web

from .errors import DecodeError
from .files import File
from .forms import Form, Multipart
from .hooks import compose_path
from .parameters import Query
from .parsing import BadValueError, convert_text, plain_query, split_query
from .payloads import Binary, Codec, Json, is_json
from .replies import select_codec
from .unions import json_kinds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .operation import Body

__all__ = ["BadBodyError", "read_body"]

_BLOCK = 1024 * 1024
_MOST_PARTS = 10_000


class BadBodyError(ValueError):
    """A body that does not fit; `status` is 400, 413 or 415."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def read_body(
    body: Body, request: web.Request, folder: Callable[[], Path], *, most: int, most_upload: int
) -> object:
    """Read a request's body as the declared type.

    Args:
        body: what is declared.
        request: the request.
        folder: gives a folder for files; it is emptied after the call.
        most: bytes of what is held in memory.
        most_upload: bytes of files and streams.

    Raises:
        BadBodyError: it does not fit.
    """
    content_type = request.headers.get("Content-Type")
    codec = select_codec(body.codecs, content_type)
    if not request.body_exists and (content_type is None or codec is None or isinstance(codec, Json)):
        if body.required:
            raise BadBodyError("a body is required and missing")
        return msgspec.UNSET
    if codec is None:
        medias = ", ".join(codec.media for codec in body.codecs)
        raise BadBodyError(f"the media type {(content_type or '')[:100]!r} is not one of {medias}", 415)
    if isinstance(codec, Binary):
        length = request.content_length
        return File(_counted(request, most_upload), content_type=content_type, size=length)
    try:
        return await _read(codec, request, folder, content_type or "", most=most, most_upload=most_upload)
    except BadValueError as error:
        raise BadBodyError(str(error).removeprefix("query parameter ")) from None
    except (ConnectionError, web.RequestPayloadError) as error:
        raise BadBodyError("the body stopped before its end") from error


async def _read(
    codec: Codec, request: web.Request, folder: Callable[[], Path], content_type: str, *, most: int, most_upload: int
) -> object:
    if isinstance(codec, Multipart):
        members = await _parts(request, folder, most=most, most_upload=most_upload)
        return _typed(codec, members)
    content = await _content(request, most)
    if isinstance(codec, Form):
        return _typed(codec, _form(codec, content))
    try:
        return codec.decode(content, content_type)
    except DecodeError as error:
        raise BadBodyError(error.message.replace("the answer", "the body")) from None


async def _content(request: web.Request, most: int) -> bytes:
    content = bytearray()
    async for piece in request.content.iter_any():
        content += piece
        if len(content) > most:
            raise BadBodyError(f"the body is larger than {most} bytes", 413)
    return bytes(content)


async def _counted(request: web.Request, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > most:
            raise BadBodyError(f"the body is larger than {most} bytes", 413)
        yield piece


def _form(codec: Form, content: bytes) -> list[tuple[str, object]]:
    try:
        pairs = split_query(content.decode())
    except UnicodeDecodeError as error:
        raise BadBodyError(f"the form is not UTF-8: {error}") from None
    if len(pairs) > _MOST_PARTS:
        raise BadBodyError(f"the form has more than {_MOST_PARTS} members", 413)
    type_of = _declared(codec.type())
    styled = {part.name: part for part in codec.parts.values() if part.style != "form" or not part.explode}
    found: list[tuple[str, object]] = []
    for name, part in styled.items():
        query = Query(name, partial(type_of, name), style=part.style, explode=part.explode)
        value = plain_query(query, pairs)
        if value is not msgspec.UNSET:
            found.append((name, value))
    taken = tuple(f"{name}[" for name, part in styled.items() if part.style == "deepObject")
    found += [
        (name, unquote_plus(text))
        for name, text in pairs
        if name not in styled and not (taken and name.startswith(taken))
    ]
    return found


async def _parts(
    request: web.Request, folder: Callable[[], Path], *, most: int, most_upload: int
) -> list[tuple[str, object]]:
    """Read the parts: files go to the folder, other parts to memory."""
    found: list[tuple[str, object]] = []
    held = stored = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise BadBodyError("a part has no name")
            if len(found) >= _MOST_PARTS:
                raise BadBodyError(f"the body has more than {_MOST_PARTS} parts", 413)
            if part.filename is not None:
                file = await _stored(part, folder(), most_upload - stored)
                stored += file.size or 0
                found.append((part.name, file))
                continue
            value = await _text(part, most - held)
            held += len(value)
            found.append((part.name, _plain(part, value)))
    except (ValueError, RuntimeError, AssertionError) as error:
        if isinstance(error, BadBodyError):
            raise
        raise BadBodyError(f"the body is not multipart: {error}") from None
    return found


async def _text(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk():
        content += piece
        if len(content) > most:
            raise BadBodyError(f"part {part.name!r} is too large", 413)
    return bytes(content)


def _plain(part: BodyPartReader, content: bytes) -> object:
    media = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        if is_json(media):
            return cast("object", msgspec.json.decode(content))
        if not media or media.startswith("text/"):
            return content.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBodyError(f"part {part.name!r} is not {media or 'UTF-8'}: {error}") from None
    return File(content, content_type=media)


async def _stored(part: BodyPartReader, folder: Path, most: int) -> File:
    """Write a file part to a temporary file: its own name is kept as text only."""
    descriptor, name = await asyncio.to_thread(tempfile.mkstemp, dir=folder)
    size = 0
    waiting = bytearray()
    file: BinaryIO
    with open(descriptor, "wb") as file:  # noqa: ASYNC230, PTH123 - the descriptor is open already; writes go to a thread
        while piece := await part.read_chunk(64 * 1024):
            size += len(piece)
            if size > most:
                raise BadBodyError(f"part {part.name!r} is too large", 413)
            waiting += piece
            if len(waiting) >= _BLOCK:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
    return File(Path(name), filename=part.filename, content_type=part.headers.get("Content-Type"), size=size)


def _typed(codec: Codec, members: list[tuple[str, object]]) -> object:
    """Fit named members to the declared type: repeated ones to lists, JSON text to objects, text to files."""
    kind = codec.type()
    type_of = _declared(kind)
    found: dict[str, object] = {}
    for name, member in members:
        declared = type_of(name)
        value = _fitted(declared, name, member)
        repeated = declared is not None and "array" in json_kinds(declared)
        if repeated and not isinstance(value, list):
            cast("list[object]", found.setdefault(name, [])).append(value)
        elif declared is None and name in found:
            before = found[name]
            found[name] = [*cast("list[object]", before), value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    try:
        return convert_text(kind, found)
    except (msgspec.ValidationError, RecursionError) as error:
        message, path = compose_path(str(error))
        raise BadBodyError(f"the body does not fit at {path}: {message}") from None


def _fitted(declared: object, name: str, member: object) -> object:
    if declared is None or not isinstance(member, str):
        return member
    if _is_file(declared):
        return File(member.encode(), filename=name)
    if "object" in json_kinds(declared) and "string" not in json_kinds(declared):
        try:
            return cast("object", msgspec.json.decode(member))
        except (msgspec.DecodeError, RecursionError):
            return member
    return member


def _is_file(declared: object) -> bool:
    return declared is File or File in get_args(declared)


def _declared(kind: object) -> Callable[[str], object]:
    """Give a function from a member's name to its type, None where it has none."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}.get
    if get_origin(kind) is dict:
        return lambda _: get_args(kind)[-1]
    return lambda _: None
