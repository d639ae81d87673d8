"""The files behind `BinaryMetadata.uri`, signed addresses and exports, over HTTP."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from aiohttp import web
from grpclib.exceptions import GRPCError

from specbind.core.filenames import safe_filename

from .faults import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .auth import Keys
    from .faults import Fault, Faults
    from .state import State

__all__ = ["Files"]

_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.ASCII)
_BLOCK = 64 * 1024


class _Part(NamedTuple):
    """What of a file is sent."""

    status: int
    start: int
    end: int
    headers: Mapping[str, str]


class Files:
    """Hands out bytes, also by ranges.

    `/data/<binary data id>` wants the token of a login, or the API key in the headers `key_id` and `key`; with
    `expires` and `signature` it wants neither. `/exports/<job id>` has to be signed.
    """

    def __init__(self, state: State, keys: Keys, faults: Faults) -> None:
        self._state = state
        self._keys = keys
        self._faults = faults
        self.exports: dict[str, Path] = {}

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application()
        application.router.add_get("/data/{organization}/{location}/{file}", self._data)
        application.router.add_get("/exports/{job}", self._export)
        return application

    def signed_url(self, path: str, ends: datetime) -> str:
        """An address that needs no token until it ends."""
        seconds = int(ends.timestamp())
        return f"{self._state.base_url}{path}?expires={seconds}&signature={self._signature(path, seconds)}"

    def _signature(self, path: str, seconds: int) -> str:
        return self._keys.sign(f"{seconds} {path}").hex()

    async def _data(self, request: web.Request) -> web.StreamResponse:
        self._admit(request, signed_only=False)
        binary = self._state.binaries.get("/".join(request.match_info.values()))
        if binary is None:
            raise web.HTTPNotFound(text="there is no such data\n")
        name = safe_filename(f"{binary.file_name or binary.file_id}{binary.file_ext}")
        return await self._send(request, binary.path, name, binary.capture.mime_type)

    async def _export(self, request: web.Request) -> web.StreamResponse:
        self._admit(request, signed_only=True)
        path = self.exports.get(request.match_info["job"])
        if path is None:
            raise web.HTTPNotFound(text="there is no such export\n")
        return await self._send(request, path, "export.zip", "application/zip")

    def _admit(self, request: web.Request, *, signed_only: bool) -> None:
        ends, signature = request.query.get("expires", ""), request.query.get("signature", "")
        if ends or signature or signed_only:
            fits = ends.isascii() and ends.isdecimal() and len(ends) < 15
            if not fits or signature != self._signature(request.path, int(ends)):
                raise web.HTTPForbidden(text="the signature does not fit\n")
            if self._state.clock() >= datetime.fromtimestamp(int(ends), UTC):
                raise web.HTTPForbidden(text="the address has expired\n")
            return
        if self._keys.fits(request.headers.get("key_id", ""), request.headers.get("key", "")):
            return
        try:
            self._keys.check(request.headers.get("Authorization", ""))
        except GRPCError as error:
            raise web.HTTPUnauthorized(text=f"{error.message}\n") from None

    async def _send(self, request: web.Request, path: Path, name: str, kind: str) -> web.StreamResponse:
        fault = self._faults.take(FILE)
        if fault is not None:
            if fault.kind == "drop" and request.transport is not None:
                request.transport.abort()
                return web.Response()  # it goes nowhere
            await _play(fault)
        try:
            total = (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError:
            raise web.HTTPNotFound(text="there is no such data\n") from None
        mark = "-changed" if fault and fault.kind == "changed" else ""
        etag = f'"{total:x}-{path.stem}{mark}"'
        part = _part(request, total, etag, ranges=not (fault and fault.kind == "no-range"))
        response = web.StreamResponse(status=part.status, headers={"ETag": etag, **part.headers})
        response.headers["Content-Type"] = kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind, re.ASCII) else _UNKNOWN
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        response.content_length = part.end - part.start
        await response.prepare(request)
        if request.method == "HEAD" or part.status == 416:
            await response.write_eof()
            return response
        return await _write(request, response, path, part, fault)


_UNKNOWN = "application/octet-stream"


async def _play(fault: Fault) -> None:
    if fault.status is not None:
        raise web.HTTPServiceUnavailable(text="not now\n")
    if fault.kind == "hang":
        await asyncio.Event().wait()
    elif fault.kind == "wait":
        await asyncio.sleep(fault.value)


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


async def _write(
    request: web.Request, response: web.StreamResponse, path: Path, part: _Part, fault: Fault | None
) -> web.StreamResponse:
    share = fault.value if fault and fault.kind == "truncate" else 1.0
    rate = fault.value if fault and fault.kind == "slow" else 0.0
    end = part.start + int((part.end - part.start) * share)
    try:
        await _send_bytes(response, path, part.start, end, rate)
        if end < part.end and request.transport is not None:
            request.transport.close()  # what was written still goes out, unlike with abort
        else:
            await response.write_eof()
    except ConnectionError:
        pass  # the client went away; there is nobody to answer
    return response


async def _send_bytes(response: web.StreamResponse, path: Path, start: int, end: int, rate: float) -> None:
    most = min(_BLOCK, max(1, int(rate / 20))) if rate else _BLOCK
    with await asyncio.to_thread(path.open, "rb") as file:
        await asyncio.to_thread(file.seek, start)
        while start < end:
            block = await asyncio.to_thread(file.read, min(most, end - start))
            if not block:
                return
            await response.write(block)
            start += len(block)
            if rate:
                await asyncio.sleep(len(block) / rate)
