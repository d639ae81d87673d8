"""What reads and writes need of a connection: bytes and JSON below `/api/v1`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Sequence

__all__ = ["Filling", "NodeState", "Patience", "Wire", "quote_path"]


def quote_path(parts: Iterable[str]) -> str:
    """Join the keys of a path, each quoted: none of them can leave its segment.

    Raises:
        ValueError: a key is empty, `.` or `..`, or has a slash in it.
    """
    quoted: list[str] = []
    for part in parts:
        if part in {"", ".", ".."} or "/" in part:
            raise ValueError(f"{part!r:.80} is no key: it is empty, a dot, two dots, or has a slash in it")
        quoted.append(quote(part, safe=""))
    return "/".join(quoted)


class Patience:
    """How long a read goes on trying while nothing comes. What comes gives it the whole time again.

    Args:
        seconds: that time.
    """

    __slots__ = ("_seconds", "until")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.until = 0.0
        self.renew()

    def renew(self) -> None:
        """Something came. How often one piece is asked for has bounds of its own."""
        self.until = asyncio.get_running_loop().time() + self._seconds
        """When no further try begins, on the event loop's clock."""

    @property
    def over(self) -> bool:
        """Whether that time has passed."""
        return asyncio.get_running_loop().time() > self.until


class Filling:
    """An answer on its way: what came of it, and how long it may be tried.

    Attributes:
        patience: how long; None for an answer that is asked for once.
        keeps: whether who reads it has a use for a part. If not, it is asked for again as a whole.
        came: bytes at its front that came with the last try. An answer of which a part `keeps` is not asked for again
            when it broke off after some: who reads it goes on behind them.
    """

    __slots__ = ("came", "keeps", "patience")

    def __init__(self, patience: Patience | None = None, *, keeps: bool = True) -> None:
        self.patience = patience
        self.keeps = keeps
        self.came = 0


class Wire(Protocol):
    """A connection to one server. Paths are below `/api/v1`, as `array/full/a/b`, with keys already quoted."""

    connections: int
    """Requests that may be under way at once."""

    @property
    def patience(self) -> float:
        """Seconds that a read may go on trying, whatever it is cut into."""
        ...

    async def get_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        accept: str,
        into: memoryview | None = None,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        """Give body and content type. `into`: a buffer of the exact size, which is filled and given back."""
        ...

    async def post_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: object = None,
        accept: str,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        """Send JSON; give body and content type."""
        ...

    async def put(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | memoryview | AsyncIterable[bytes],
        content_type: str,
    ) -> object:
        """Send bytes; give the JSON of the answer."""
        ...

    async def patch(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | memoryview | AsyncIterable[bytes],
        content_type: str,
    ) -> object:
        """Send bytes, never twice; give the JSON of the answer."""
        ...

    async def get_json(self, path: str, *, params: Sequence[tuple[str, str]] = ()) -> object:
        """Give the JSON of the answer."""
        ...

    async def post_json(self, path: str, body: object, *, params: Sequence[tuple[str, str]] = ()) -> object:
        """Send JSON; give the JSON of the answer."""
        ...


class NodeState(msgspec.Struct, frozen=True):
    """A node as a read or write needs it: where it is, and the resource as the server gave it."""

    wire: Wire
    path: tuple[str, ...]
    item: dict[str, Any]
    structure_family: str
