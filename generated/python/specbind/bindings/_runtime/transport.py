"""What a client needs of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from .http import Request, Response

__all__ = ["Transport"]


@runtime_checkable
class Transport(Protocol):
    """Sends one request and gives the answer as soon as its headers are there.

    It follows no redirects, keeps no cookies, tries nothing again and does not decompress. It keeps the limits
    `connect`, `read` and `pool` of `request.timeout`, and goes to no link-local address where `request.guarded` is set.
    It raises errors of this package only, and frees the connection when it is cancelled.
    """

    async def send(self, request: Request) -> Response:
        """Send a request; raises TransportError and its kinds."""
        ...

    async def close(self) -> None:
        """Close all connections. May be called twice."""
