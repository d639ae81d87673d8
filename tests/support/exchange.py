"""Make the same call with both clients of a package against a scripted transport, and see what was sent."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct
from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["BASE_URL", "Exchange", "Reply", "Sent", "exchange", "refusal", "runtime_module", "runtime_of", "scripted"]

BASE_URL = "https://api.test"


class Reply(NamedTuple):
    """What the scripted server answers; content that is not bytes goes as JSON."""

    status: int = 200
    content: object = b""
    media: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Sent(Struct):
    """A request as it would be on the wire."""

    method: str
    url: str
    headers: CIMultiDict[str]
    content: bytes

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The query, still percent-encoded."""
        return urlsplit(self.url).query

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


class Exchange(NamedTuple):
    """What a call gave, or the error that it raised, and what it sent."""

    value: object
    error: Exception | None
    sent: list[Sent]

    @property
    def request(self) -> Sent:
        """The only request."""
        (only,) = self.sent
        return only


def runtime_of(package: ModuleType) -> ModuleType:
    """The runtime that a generated package stands on."""
    return importlib.import_module(package.Client.__mro__[1].__module__.rpartition(".")[0])


def runtime_module(package: ModuleType, name: str) -> ModuleType:
    """A module of that runtime, such as `server`."""
    return importlib.import_module(f"{runtime_of(package).__name__}.{name}")


def scripted(package: ModuleType, *replies: Reply):
    """A transport that gives the replies in turn, the last one for ever."""
    runtime = runtime_of(package)
    left = list(replies or [Reply()])

    def give(_request: object) -> object:
        reply = left.pop(0) if len(left) > 1 else left[0]
        return runtime.answer(reply.status, reply.content, media=reply.media, headers=dict(reply.headers))

    return runtime.ScriptedTransport(give)


async def exchange(
    package: ModuleType,
    call: Callable[..., object],
    *replies: Reply,
    base_url: str | None = None,
    **options: object,
) -> Exchange:
    """Make a call with Client and with SyncClient; both must send the same and give the same. An error is raised.

    `call` takes a client and calls a method. Bodies may differ in the boundary of multipart only.
    """
    found = await refused_or_not(package, call, *replies, base_url=base_url, **options)
    if found.error is not None:
        raise found.error
    return found


async def refusal(
    package: ModuleType,
    call: Callable[..., object],
    *replies: Reply,
    base_url: str | None = None,
    **options: object,
) -> Exchange:
    """As `exchange`, for a call that must raise the same error from both clients."""
    found = await refused_or_not(package, call, *replies, base_url=base_url, **options)
    assert found.error is not None, f"the call gave {found.value!r}"
    return found


async def refused_or_not(
    package: ModuleType, call: Callable[..., object], *replies: Reply, base_url: str | None = None, **options: object
) -> Exchange:
    """The exchange of the asynchronous client, checked against the synchronous one's."""
    if base_url is None and not package.Client.default_base_url:
        base_url = BASE_URL
    first = await _asynchronous(package, call, scripted(package, *replies), base_url, options)
    second = await asyncio.to_thread(_synchronous, package, call, scripted(package, *replies), base_url, options)
    assert [_comparable(sent) for sent in first.sent] == [_comparable(sent) for sent in second.sent]
    assert (type(first.error), str(first.error)) == (type(second.error), str(second.error))
    if not hasattr(first.value, "read"):  # streams are compared by the tests that read them
        assert first.value == second.value
    return first


async def _asynchronous(package: ModuleType, call, transport, base_url: str, options: dict[str, object]) -> Exchange:
    async with package.Client(base_url, transport=transport, **options) as client:
        try:
            return Exchange(await call(client), None, _sent(transport))
        except runtime_of(package).errors.Error as error:
            return Exchange(None, error, _sent(transport))


def _synchronous(package: ModuleType, call, transport, base_url: str, options: dict[str, object]) -> Exchange:
    with package.SyncClient(base_url, transport=transport, **options) as client:
        try:
            return Exchange(call(client), None, _sent(transport))
        except runtime_of(package).errors.Error as error:
            return Exchange(None, error, _sent(transport))


def _sent(transport) -> list[Sent]:
    return [
        Sent(recorded.method, recorded.url, CIMultiDict(recorded.request.headers.items()), recorded.content)
        for recorded in transport.requests
    ]


def _comparable(sent: Sent) -> tuple[object, ...]:
    media = sent.headers.get("Content-Type", "")
    boundary = media.partition("boundary=")[2]
    content = sent.content.replace(boundary.encode(), b"boundary") if boundary else sent.content
    headers = [(name, text.replace(boundary, "boundary") if boundary else text) for name, text in sent.headers.items()]
    return sent.method, sent.url, headers, content
