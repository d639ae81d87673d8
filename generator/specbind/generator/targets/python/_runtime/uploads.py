"""Request bodies as a server reads them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from .errors import DecodeError, LimitError, TruncatedError
from .files import File
from .forms import Form, Multipart
from .line_stream import Lines
from .members import MOST_PARTS, BadBodyError, form_members, styled_members, typed_members
from .parsing import BadValueError
from .payloads import Binary, Codec, Typed, is_json, is_msgpack
from .replies import select_codec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .operation import Body

__all__ = ["BadBodyError", "read_body"]

_BLOCK = 1024 * 1024


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
    if not request.body_exists and (content_type is None or codec is None or isinstance(codec, Typed)):
        if body.required:
            raise BadBodyError("a body is required and missing")
        return msgspec.UNSET
    if codec is None:
        medias = ", ".join(codec.media for codec in body.codecs)
        raise BadBodyError(f"the media type {(content_type or '')[:100]!r} is not one of {medias}", 415)
    if isinstance(codec, Lines):
        return _lines(codec, _counted(request, most_upload))
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
        return typed_members(codec, styled_members(codec, members))
    content = await _content(request, most)
    if isinstance(codec, Form):
        return typed_members(codec, form_members(codec, content))
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


async def _lines(codec: Lines, pieces: AsyncIterator[bytes]) -> AsyncIterator[object]:
    """Give the values of a body as the method asks for them."""
    try:
        async for item in codec.read(pieces):
            yield item
    except (DecodeError, LimitError, TruncatedError) as error:
        status = 413 if isinstance(error, LimitError) else 400
        raise BadBodyError(error.message.replace("the answer", "the body"), status) from None


async def _counted(request: web.Request, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > most:
            raise BadBodyError(f"the body is larger than {most} bytes", 413)
        yield piece


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
            if len(found) >= MOST_PARTS:
                raise BadBodyError(f"the body has more than {MOST_PARTS} parts", 413)
            if part.filename is not None:
                file = await _stored(part, folder(), most_upload - stored)
                stored += file.size or 0
                found.append((part.name, file))
                continue
            value = await _text(part, most - held)
            held += len(value)
            found.append((part.name, _plain(part, value)))
    except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as error:
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
        if is_msgpack(media):
            return cast("object", msgspec.msgpack.decode(content))
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
