"""Handing out files: whole as most servers do, or by ranges as a proxy does, and with faults on request."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from specbind.core.tasks import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from specbind.emulators.faults import Fault

__all__ = ["hand_out"]

_BLOCK = 1 << 18
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


class _Part(NamedTuple):
    """Bytes from `start` up to `end` of `total`, the status and the headers that go with them."""

    status: int
    start: int
    end: int
    headers: dict[str, str]


async def hand_out(
    request: web.Request,
    path: Path,
    *,
    ranges: bool,
    fault: Fault | None = None,
    media: str = "application/zip",
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Answer a request for a file that is there.

    Args:
        request: what asks for it.
        path: the archive.
        ranges: serve ranges, with a strong ETag; else the whole file and a weak one.
        fault: one of the kinds that are for downloads.
        media: media type of the file.
        headers: further headers of the answer.
    """
    kind = fault.kind if fault else ""
    found = await in_thread(path.stat)
    total = int(found.st_size * fault.value) if fault and kind == "growing" else found.st_size
    mark = f"{total:x}-{found.st_mtime_ns:x}" + ("-changed" if kind == "changed" else "")
    etag = f'"{mark}"' if ranges else f'W/"{mark}"'
    part = _part(request, total, etag, ranges=ranges and kind != "no-range")
    if kind == "wrong-range" and part.status == 206:
        start = part.start - 1 if part.start else part.start + 1
        shown = {**part.headers, "Content-Range": f"bytes {start}-{start + part.end - part.start - 1}/{total}"}
        part = part._replace(start=start, end=start + part.end - part.start, headers=shown)
    response = web.StreamResponse(status=part.status, headers={"ETag": etag, **part.headers, **(headers or {})})
    response.content_type = media
    response.content_length = part.end - part.start
    await response.prepare(request)
    if request.method == "HEAD" or part.status == 416:
        await response.write_eof()
        return response
    end = part.start + int((part.end - part.start) * fault.value) if fault and kind == "truncate" else part.end
    try:
        await _send(response, path, part.start, end, rate=fault.value if fault and kind == "slow" else 0.0)
        if end < part.end and request.transport is not None:
            request.transport.close()  # what was written still goes out, unlike with abort
        else:
            await response.write_eof()
    except ConnectionError:
        pass  # the client went away; there is nobody to answer
    return response


def _part(request: web.Request, total: int, etag: str, *, ranges: bool) -> _Part:
    if not ranges:
        return _Part(200, 0, total, {})
    accepts = {"Accept-Ranges": "bytes"}
    wanted = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if wanted is None or request.headers.get("If-Range", etag) != etag:
        return _Part(200, 0, total, accepts)
    first, last, suffix = wanted.groups()
    if suffix is not None:
        start, end = max(0, total - int(suffix)), total
    else:
        start, end = int(first), min(total, int(last) + 1 if last else total)
    if start >= end:
        return _Part(416, 0, 0, {**accepts, "Content-Range": f"bytes */{total}"})
    return _Part(206, start, end, {**accepts, "Content-Range": f"bytes {start}-{end - 1}/{total}"})


async def _send(response: web.StreamResponse, path: Path, start: int, end: int, *, rate: float) -> None:
    with await in_thread(path.open, "rb") as file:
        await in_thread(file.seek, start)
        while start < end:
            most = min(_BLOCK, max(1, int(rate / 20))) if rate else _BLOCK
            block = await in_thread(file.read, min(most, end - start))
            if not block:
                return
            await response.write(block)
            start += len(block)
            if rate:
                await asyncio.sleep(len(block) / rate)
