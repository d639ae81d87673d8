"""Options of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    import ssl

    from specbind.bindings._runtime.grpc.retries import RpcRetries

__all__ = ["CallOptions", "ConnectOptions"]


class CallOptions(TypedDict, total=False):
    """What holds for all calls of a connection; each may be left out.

    Attributes:
        timeout: deadline of each call in seconds; default None, for none; a login has 20 s then.
        keepalive: seconds between pings while calls run; default 300, which servers of gRPC tolerate. A server that
            does not answer to one in 20 s (or in as many seconds, where that is less) is given up, and the next call
            opens another connection. None for no pings.
        retries: when a failed call is sent again; default `RpcRetries()`, None for never.
        compression: "gzip" to compress what is sent; default None.
        max_receive_size: bytes of one message that is received; default 64 MiB, None for no limit.
        max_send_size: bytes of one message that is sent; default None, for no limit.
    """

    timeout: float | None
    keepalive: float | None
    retries: RpcRetries | None
    compression: Literal["gzip"] | None
    max_receive_size: int | None
    max_send_size: int | None


class ConnectOptions(CallOptions, total=False):
    """Where and how to connect; each may be left out.

    Attributes:
        host: name or address of the platform; default `app.viam.com`.
        port: 1 to 65535; default 443.
        tls: False for a connection in the clear, or an own context, which has to offer `h2`; default True.
        insecure: whether the key may go in the clear; needed with `tls=False`.
    """

    host: str
    port: int
    tls: bool | ssl.SSLContext
    insecure: bool
