"""Limits of time and size."""

from __future__ import annotations

import msgspec

__all__ = ["DEFAULT_LIMITS", "DEFAULT_TIMEOUT", "Limits", "Timeout", "to_timeout"]


class Timeout(msgspec.Struct, frozen=True):
    """Time limits of a call, in seconds on the monotonic clock; None means no limit.

    Attributes:
        total: over everything: waiting for a connection, redirects, retries and their pauses, reading the body. A
            stream that was handed over is bound by `read` only.
        connect: looking up the name, connecting and the TLS handshake.
        read: the longest silence of the server, before and within the answer.
        pool: waiting until one of the connections that `Limits` allows is free.
    """

    total: float | None = None
    connect: float | None = 5.0
    read: float | None = 60.0
    pool: float | None = 60.0

    def __post_init__(self) -> None:
        for name in ("total", "connect", "read", "pool"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"timeout: {name} must be a positive number of seconds or None, not {value!r}")


DEFAULT_TIMEOUT = Timeout()
"""No total limit, 5 s to connect, 60 s of silence, 60 s for a free connection."""


def to_timeout(value: Timeout | float | None, base: Timeout = DEFAULT_TIMEOUT) -> Timeout:
    """Read a caller's `timeout`: None means no limit at all.

    A number is the total in seconds in place of that of `base`; a `read` that is shorter is lifted to it.
    """
    if isinstance(value, Timeout):
        return value
    if value is None:
        return Timeout(None, None, None, None)
    read = None if base.read is None else max(base.read, value)
    return Timeout(total=value, connect=base.connect, read=read, pool=base.pool)


class Limits(msgspec.Struct, frozen=True):
    """Limits of size.

    Attributes:
        max_body: bytes of a body that is read whole, after decompression. Default 64 MiB. Streams have no limit.
        max_line: bytes of a status or header line. Default 8,190.
        max_headers: header lines of an answer. Default 128.
        max_redirects: redirects followed in one call. Default 10.
        connections: open connections of a client; further calls wait in order, as long as `Timeout.pool` allows.
            Default 100, 0 for no limit.
        connections_per_host: the same for one host. Default 0, no limit.
    """

    max_body: int = 64 * 1024 * 1024
    max_line: int = 8190
    max_headers: int = 128
    max_redirects: int = 10
    connections: int = 100
    connections_per_host: int = 0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) < 0:
                raise ValueError(f"limits: {name} must not be negative")


DEFAULT_LIMITS = Limits()
"""64 MiB of body, 128 headers, 10 redirects, 100 connections."""
