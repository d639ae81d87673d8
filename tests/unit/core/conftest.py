"""A server in memory, and time that passes only when somebody waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from multidict import CIMultiDict

from specbind.bindings._runtime.errors import TruncatedError
from specbind.bindings._runtime.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence


class FakeTime:
    """Notes the waits; the clock goes on by them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class FakeSource:
    """A body in memory that may break off, or raise, after some bytes."""

    def __init__(self, content: bytes, *, cut: int | None = None, block: int = 1000) -> None:
        self._content = content
        self._cut = cut
        self._block = block
        self.given = 0
        self.closed = False

    async def read(self, limit: int) -> bytes:
        return self._content[:limit]

    async def chunks(self) -> AsyncIterator[bytes]:
        end = len(self._content) if self._cut is None else min(self._cut, len(self._content))
        for start in range(0, end, self._block):
            block = self._content[start : min(start + self._block, end)]
            self.given += len(block)
            yield block
        if self._cut is not None and self._cut < len(self._content):
            raise TruncatedError("the answer stopped before its end")

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeServer:
    """One resource, with range requests as RFC 9110 has them and faults on request."""

    content: bytes
    etag: str = '"v1"'
    modified: str = ""
    accept_ranges: bool = True
    length: bool = True
    extra: dict[str, str] = field(default_factory=dict)
    cuts: list[int | None] = field(default_factory=list)
    """Bytes after which the body of each answer in turn breaks off; None for a whole one."""
    replies: list[Response | Exception | None] = field(default_factory=list)
    """What is answered in turn instead of the resource; None for the resource."""
    rewrite: Callable[[Request, CIMultiDict[str]], None] | None = None
    ignore_if_range: bool = False
    requests: list[Request] = field(default_factory=list)
    sources: list[FakeSource] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if self.replies else None
        if isinstance(reply, Exception):
            raise reply
        if reply is not None:
            return reply
        status, headers, body = self._answer(request)
        if self.rewrite is not None:
            self.rewrite(request, headers)
        source = FakeSource(body, cut=self.cuts.pop(0) if self.cuts else None)
        self.sources.append(source)
        return Response(status, headers, source)

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of each request."""
        return [request.headers.get("Range") for request in self.requests]

    def _answer(self, request: Request) -> tuple[int, CIMultiDict[str], bytes]:
        headers: CIMultiDict[str] = CIMultiDict({"Date": "Fri, 20 Nov 2026 12:00:00 GMT", **self.extra})
        if self.etag:
            headers["ETag"] = self.etag
        if self.modified:
            headers["Last-Modified"] = self.modified
        wanted = request.headers.get("Range")
        if self.accept_ranges:
            headers["Accept-Ranges"] = "bytes"
            current = request.headers.get("If-Range") in {None, self.etag, self.modified}
            if wanted is not None and (current or self.ignore_if_range):
                return self._partial(wanted, headers)
        if self.length:
            headers["Content-Length"] = str(len(self.content))
        return 200, headers, self.content

    def _partial(self, wanted: str, headers: CIMultiDict[str]) -> tuple[int, CIMultiDict[str], bytes]:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last) + 1 if last else len(self.content), len(self.content))
        if start >= len(self.content):
            headers["Content-Range"] = f"bytes */{len(self.content)}"
            return 416, headers, b""
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(self.content)}"
        headers["Content-Length"] = str(end - start)
        return 206, headers, self.content[start:end]


class Record:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int | None]] = []

    def __call__(self, done: int, total: int | None) -> None:
        self.calls.append((done, total))


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def serve() -> Callable[..., FakeServer]:
    return FakeServer


@pytest.fixture
def get() -> Request:
    return Request("GET", "http://host.test/file?token=secret", idempotent=True, stream=True)


@pytest.fixture
def reply() -> Callable[..., Response]:
    """Make an answer: status, content, headers."""

    def make(status: int, content: bytes = b"", **headers: str) -> Response:
        found = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
        return Response(status, found, FakeSource(content))

    return make


@pytest.fixture
def draws() -> Callable[[Sequence[float]], Callable[[], float]]:
    """Random numbers that are none."""

    def make(values: Sequence[float]) -> Callable[[], float]:
        iterator: Iterator[float] = iter(values)
        return lambda: next(iterator)

    return make


@pytest.fixture
def target(tmp_path):
    return tmp_path / "file.bin"
