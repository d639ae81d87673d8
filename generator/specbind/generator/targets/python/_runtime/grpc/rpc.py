"""An rpc as data, the transport that carries it, and the bases of generated clients and servers.

Nothing here opens a connection. A transport knows how an rpc is called; a server knows which method answers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, MutableMapping

    from ..proto.message import Message

__all__ = ["GrpcTransport", "Metadata", "Requests", "Rpc", "ServerCall", "ServiceClient", "ServiceServer", "Streams"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")
R = TypeVar("R")

Metadata: TypeAlias = "Mapping[str, str | bytes]"
"""Names in lower case. Values of names that end in `-bin` are bytes, all others are text in ASCII.

A MultiDict has a name more than once."""

Requests: TypeAlias = "AsyncIterable[R] | Iterable[R]"
"""The messages of a stream that is sent."""

Streams: TypeAlias = Literal["none", "client", "server", "both"]
"""Which side sends many messages."""


class Rpc(Struct, Generic[Q, A], frozen=True):
    """One rpc.

    Attributes:
        path: `/package.Service/Method`.
        request: type of the messages that the client sends.
        response: type of the messages that the server sends.
        stream: which side sends many of them.
        idempotent: whether it may be sent again when it is not known whether it arrived.
    """

    path: str
    request: type[Q]
    response: type[A]
    stream: Streams = "none"
    idempotent: bool = False


class GrpcTransport(Protocol):
    """What a generated client needs. `timeout` is in seconds, None for no deadline."""

    async def unary(
        self,
        rpc: Rpc[Q, A],
        request: Q,
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> A:
        """Send one message, get one."""
        ...

    async def client_stream(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> A:
        """Send many messages, get one."""
        ...

    def server_stream(
        self, rpc: Rpc[Q, A], request: Q, *, metadata: Metadata | None = None, timeout: float | None = None
    ) -> AsyncIterator[A]:
        """Send one message, get many. The call begins with the first step; closing the iterator cancels it."""
        ...

    def both_streams(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[A]:
        """Send many messages, get many. As `server_stream`."""
        ...


class ServiceClient:
    """Base of generated clients. Public names are those of the rpcs alone."""

    def __init__(self, transport: GrpcTransport) -> None:
        self._transport = transport


class ServerCall(Protocol):
    """The call that a method of a server answers."""

    @property
    def metadata(self) -> Metadata:
        """What the client sent along."""
        ...

    @property
    def timeout(self) -> float | None:
        """Seconds until the client gives up, None for no deadline."""
        ...

    @property
    def headers(self) -> MutableMapping[str, str | bytes]:
        """Metadata that is sent before the first answer; a MultiDict."""
        ...

    @property
    def trailers(self) -> MutableMapping[str, str | bytes]:
        """Metadata that is sent behind the last answer, also of a call that fails; a MultiDict."""
        ...


class ServiceServer:
    """Base of generated servers: a method that is not overridden is answered with UNIMPLEMENTED.

    `__rpcs__` lists the rpcs with the names of their methods.
    """

    __rpcs__: ClassVar[tuple[tuple[Rpc[Any, Any], str], ...]] = ()
