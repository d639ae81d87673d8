"""What all parts of the data client share: the services, and the metadata of every call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from grpclib.client import Channel

from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport

from ._home import Home, HomeTransport
from ._rpcs import READS

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from specbind.bindings._runtime.grpc.rpc import GrpcTransport, Rpc
    from specbind.bindings._runtime.proto.message import Message

    from ._site import Site

__all__ = ["Calls"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")


class Calls:
    """Base of the parts of `DataClient`, each of which holds the calls of one subject."""

    _site: Site | None = None

    def __init__(self, channel: Channel | GrpcTransport, metadata: Mapping[str, str]) -> None:
        """Make the calls over a channel, which stays the caller's to close.

        Args:
            channel: of grpclib, as the official client takes it, or a transport.
            metadata: sent with every call; `authorization` among it where the transport does not log in itself.
        """
        if not isinstance(channel, Channel) and not hasattr(channel, "unary"):
            raise TypeError(f"channel is a Channel of grpclib or a transport, not {type(channel).__name__}")
        if not isinstance(metadata, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - no checker
            raise TypeError(f"metadata is a mapping, not {type(metadata).__name__}")  # not its value: it has a token
        loop: AbstractEventLoop | None = getattr(channel, "_loop", None)  # grpclib's takes one when it is made
        over: GrpcTransport = (
            GrpclibTransport.over(channel, metadata=metadata, idempotent=READS)
            if isinstance(channel, Channel)
            else channel
        )
        self._home = Home(loop)
        self._transport: GrpcTransport = HomeTransport(over, self._home)
        self._metadata = dict(metadata)

    async def _ask(self, rpc: Rpc[Q, A], request: Q, timeout: float | None = None) -> A:  # noqa: ASYNC109 - the server's
        """Send one message, get one: without the warning that generated clients give for deprecated rpcs."""
        return await self._transport.unary(rpc, request, metadata=self._metadata, timeout=timeout)
