"""aiohttp's pool of connections, with a look at each kept one before it is used again."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

__all__ = ["Connector"]


class Connector(aiohttp.TCPConnector):
    """Throws a kept connection away on which anything came while nobody had asked.

    It would be read as the answer to the next request, be it the answer of somebody else, or it is the end of the
    connection. aiohttp itself looks only whether the connection is known to be closed.
    """

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            protocol = connection.protocol
            if protocol is not None and not _has_news(protocol):
                return connection
            connection.close()
        return None


def _has_news(protocol: ResponseHandler) -> bool:
    """Say whether bytes or an end of the connection wait, read by the event loop or not yet."""
    if protocol.should_close or protocol.transport is None:
        return True
    sock = protocol.transport.get_extra_info("socket")
    return sock is not None and _readable(sock.fileno())


def _readable(descriptor: int) -> bool:
    if descriptor < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])
