"""The websocket by which a server tells of changes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import aiohttp
import msgspec

from specbind.bindings._runtime import ConnectError, DecodeError, LimitError, TransportError
from specbind.core import RetryPolicy
from specbind.tiled.exceptions import AuthenticationError
from specbind.tiled.updates import Update

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from ._connection import Connection

__all__ = ["updates"]

_ENDED, _TOO_LARGE = 1000, 1009
_REFUSED = frozenset({4001, 4003})
_HEARTBEAT = 30.0
_KEY_SECONDS = 60


async def updates(connection: Connection, path: str, start: int | None, max_size: int) -> AsyncIterator[Update]:
    """Changes of a node from now on, or from number `start` on, until the server ends them.

    A lost connection is made again, and goes on behind the last change.

    Raises:
        AuthenticationError: the server does not let the caller listen.
        LimitError: a change is larger than `max_size` bytes.
        TransportError: the connection was lost more often than is tried.
    """
    if connection.transport is not None:
        raise TransportError("an application in this process has no websocket; listen to a server")
    backoff = RetryPolicy(retries=8).backoff()
    last = None if start is None else start - 1
    failures = 0
    settings = connection.settings
    limits = aiohttp.ClientTimeout(total=None, sock_connect=settings.timeout.connect)
    async with aiohttp.ClientSession(
        timeout=limits, trust_env=settings.trust_env, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        while True:
            try:
                async with _opened(session, connection, path, last, max_size) as socket:
                    async for update in _read(socket, max_size):
                        failures = 0
                        if last is None or update.sequence > last:
                            last = update.sequence
                            yield update
                    if _is_end(socket, max_size):
                        return
                    error = TransportError(f"the server closed the connection ({socket.close_code})")
            except aiohttp.WSServerHandshakeError as refusal:
                if 400 <= refusal.status < 500:
                    raise AuthenticationError(f"the server does not let you listen ({refusal.status})") from None
                error = ConnectError(f"the server answered {refusal.status}")
            except (aiohttp.ClientError, OSError, TimeoutError) as problem:
                error = ConnectError(f"no connection to listen at: {type(problem).__name__}")
            failures += 1
            wait = backoff(failures, error)
            if wait is None:
                raise error
            await asyncio.sleep(wait)


@contextlib.asynccontextmanager
async def _opened(
    session: aiohttp.ClientSession, connection: Connection, path: str, last: int | None, max_size: int
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse, None]:
    """A websocket. A session with tokens opens it with a key that lives for a minute, as the server wants keys."""
    query = {"envelope_format": "msgpack"} | ({} if last is None else {"start": str(last + 1)})
    url = f"{connection.api_uri}stream/single/{path}?{urlencode(query)}"
    headers = dict(connection.settings.headers)
    key, short = connection.session.api_key, None
    if key is None and connection.session.tokens:
        body = {"scopes": None, "expires_in": _KEY_SECONDS, "note": "to listen", "access_tags": None}
        short = cast("dict[str, Any]", await connection.post_json("auth/apikey", body))
        key = str(short["secret"])
    if key is not None:
        headers["Authorization"] = f"Apikey {key}"
    try:
        socket = await session.ws_connect(
            url, headers=headers, max_msg_size=max_size, ssl=connection.settings.ssl, heartbeat=_HEARTBEAT
        )
    finally:
        if short is not None:
            params = [("first_eight", str(short["first_eight"]))]
            await connection.send_json("DELETE", "auth/apikey", params=params, safe=True)
    try:
        yield socket
    finally:
        await socket.close()


async def _read(socket: aiohttp.ClientWebSocketResponse, max_size: int) -> AsyncIterator[Update]:
    schema: dict[str, Any] = {}
    async for message in socket:
        if message.type is aiohttp.WSMsgType.ERROR:
            if isinstance(message.data, aiohttp.WebSocketError) and message.data.code == _TOO_LARGE:
                raise _too_large(max_size)
            return
        content = _content(message)
        kind = str(content.get("type", ""))
        if kind.endswith("-schema"):
            schema = content
            continue
        sequence = content.get("sequence")
        if not isinstance(sequence, int):
            raise DecodeError("a message of the server has no number", path="sequence")
        yield Update(kind, sequence, content.get("timestamp"), content, schema)


def _content(message: aiohttp.WSMessage) -> dict[str, Any]:
    try:
        packed = message.type is aiohttp.WSMsgType.BINARY
        found: object = msgspec.msgpack.decode(message.data) if packed else msgspec.json.decode(message.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise DecodeError(f"a message of the server cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise DecodeError("a message of the server is no object")
    return cast("dict[str, Any]", found)


def _is_end(socket: aiohttp.ClientWebSocketResponse, max_size: int) -> bool:
    """Whether nothing more will come. Raises what no new connection can mend."""
    if socket.close_code == _TOO_LARGE:
        raise _too_large(max_size)
    if socket.close_code in _REFUSED:
        raise AuthenticationError("the server does not accept the key for listening")
    return socket.close_code == _ENDED


def _too_large(max_size: int) -> LimitError:
    return LimitError(f"a change is larger than {max_size} bytes; give a larger max_size", limit=max_size)
