"""The platform as a site, and what it takes for a proof."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

__all__ = ["Site"]


class Site(Struct, frozen=True):
    """Where a client is logged in.

    Attributes:
        base_url: origin of the platform; the token goes there and nowhere else.
        credentials: an RpcCredentials that gives the token.
        timeout: longest silence of a server of files in seconds, and longest time to connect to it; None for the
            usual limits.
    """

    base_url: str
    credentials: Any
    timeout: float | None = None

    @property
    def in_the_clear(self) -> bool:
        """Whether the caller has allowed connections without TLS."""
        return self.base_url.startswith("http:")
