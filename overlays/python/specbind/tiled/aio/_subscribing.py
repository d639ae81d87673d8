"""The websocket by which a server tells of changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import aiohttp
import msgspec

from specbind.bindings._runtime import ConnectError, DecodeError, Error, LimitError, RedirectError, TransportError
from specbind.core import RetryPolicy
from specbind.tiled.exceptions import AuthenticationError, HTTPStatusError
from specbind.tiled.updates import Update

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ._connection import Connection

__all__ = ["updates"]

_ENDED, _TOO_LARGE = 1000, 1009
_REFUSED = frozenset({4001, 4003})
_BUSY = frozenset({429, 502, 503, 504})
_HEARTBEAT = 30.0
_CLOSING = 2.0
_KEY_SECONDS = 60
_STEADY = 5.0
"""Seconds after which a connection counts as one that stood: only failures in a row are counted."""
_ANEW = "%s: the server counts its changes anew, %d came after %d; all that it kept come now"
_NOT_KEPT = "%s: the server has change %d no more; some behind it may be missing"
_LOGGER = logging.getLogger("specbind.tiled")


class _Listener:
    """One iterator of updates, as those see it who close its context."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self._loop = asyncio.get_running_loop()

    async def end(self) -> None:
        """End it: whoever waits for a change is told that there are no more."""
        if asyncio.get_running_loop() is self._loop:
            await self._end()
            return
        with contextlib.suppress(RuntimeError):  # its event loop was closed, and all sockets with it
            self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._end()))

    async def _end(self) -> None:
        self.ended.set()
        if self.socket is not None:
            await _close(self.socket)

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)


async def updates(connection: Connection, path: str, start: int | None, max_size: int) -> AsyncGenerator[Update, None]:
    """Changes of a node from now on, or from number `start` on, until the server ends them or the context is closed.

    A lost connection is made again, and goes on behind the last change. Where the server was started again and counts
    from the beginning, all that it kept come, and a warning in the log says so, as where changes may be missing.

    Raises:
        AuthenticationError: the server does not let the caller listen.
        LimitError: a change is larger than `max_size` bytes.
        TransportError: the connection was lost more often than is tried, or led elsewhere by a redirect.
    """
    if connection.transport is not None:
        raise TransportError("an application in this process has no websocket; listen to a server")
    listener = _Listener()
    connection.listeners.add(listener)
    try:
        async with contextlib.aclosing(_listen(listener, connection, path, start, max_size)) as found:
            async for update in found:
                yield update
    finally:
        connection.listeners.discard(listener)


class _Place:
    """Where among the changes of a node a listener is.

    After a lost connection the last change is asked for once more: a server that was started again counts from the
    beginning, and what it has under that number is another one.
    """

    def __init__(self, path: str, start: int | None) -> None:
        self._path = path
        self._start = start
        self._last: Update | None = None
        self._again = False

    @property
    def asked(self) -> int | None:
        """The first number to ask for; None for what comes from now on."""
        return self._start if self._last is None else self._last.sequence

    def lost(self) -> None:
        """The connection is lost."""
        self._again = self._last is not None
        if self.asked is None:
            _LOGGER.warning("%s: the connection was lost before a change came; some may be missing", self._path)

    def takes(self, update: Update) -> bool:
        """Whether a change is a new one. Raises _CountsAnewError where all have to be asked for."""
        last, again = self._last, self._again
        self._again = False
        if last is not None and again:
            if update.sequence < last.sequence or (
                update.sequence == last.sequence and update.timestamp != last.timestamp
            ):
                _LOGGER.warning(_ANEW, self._path, update.sequence, last.sequence)
                self._last, self._start = None, 0
                raise _CountsAnewError
            if update.sequence > last.sequence:
                _LOGGER.warning(_NOT_KEPT, self._path, last.sequence)
        if last is not None and update.sequence <= last.sequence:
            return False
        self._last = update
        return True


class _CountsAnewError(Exception):
    """The server was started again; its changes are asked for from the oldest on."""


async def _listen(
    listener: _Listener, connection: Connection, path: str, start: int | None, max_size: int
) -> AsyncGenerator[Update, None]:
    backoff = RetryPolicy(retries=8).backoff()
    place, failures = _Place(path, start), 0
    clock = asyncio.get_running_loop().time
    while not listener.ended.is_set():
        opened = clock()
        try:
            async with (
                _opened(listener, connection, path, place.asked, max_size) as socket,
                contextlib.aclosing(_read(socket, max_size)) as messages,
            ):
                opened = clock()
                async for update in messages:
                    failures = 0
                    if place.takes(update):
                        yield update
                if listener.ended.is_set() or _is_end(socket, max_size):
                    return
                error: Error = TransportError(f"the server closed the connection ({socket.close_code})")
        except _CountsAnewError:
            continue
        except (aiohttp.ClientError, OSError, TransportError, HTTPStatusError) as problem:
            error = _failed(problem)
        place.lost()
        failures = 1 if clock() - opened >= _STEADY else failures + 1
        wait = backoff(failures, error)
        if wait is None:
            raise error
        await listener.pause(wait)


def _failed(problem: Exception) -> Error:
    """Why there is no connection just now. Raises what no new connection can mend."""
    if isinstance(problem, aiohttp.WSServerHandshakeError):
        if 400 <= problem.status < 500 and problem.status not in _BUSY:
            raise AuthenticationError(f"the server does not let you listen ({problem.status})") from None
        return ConnectError(f"the server answered {problem.status}")
    if isinstance(problem, HTTPStatusError):  # to the request for a key
        if problem.status not in _BUSY:
            raise problem
        return problem
    return (
        problem if isinstance(problem, Error) else ConnectError(f"no connection to listen at: {type(problem).__name__}")
    )


async def _close(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Close it, also if the server says anything but goodbye."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING):
            await socket.close()


@contextlib.asynccontextmanager
async def _opened(
    listener: _Listener, connection: Connection, path: str, start: int | None, max_size: int
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse, None]:
    """A websocket. A session with tokens opens it with a key that lives for a minute, as the server wants keys."""
    settings = connection.settings
    query = {"envelope_format": "msgpack"} | ({} if start is None else {"start": str(start)})
    url = f"{connection.api_uri}stream/single/{path}?{urlencode(query)}"
    short = None
    key = connection.session.api_key
    if key is None and connection.session.tokens:
        key, short = await _short_key(connection)
    headers = dict(settings.headers)
    if key is not None:
        headers = {name: text for name, text in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = f"Apikey {key}"
    limits = aiohttp.ClientTimeout(total=None, sock_connect=settings.timeout.connect)
    async with aiohttp.ClientSession(
        timeout=limits,
        trust_env=settings.trust_env,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
        middlewares=(_plainly(signed="authorization" in {name.lower() for name in headers}),),
    ) as session:
        try:
            socket = await session.ws_connect(
                url,
                max_msg_size=max_size,
                ssl=settings.ssl,
                heartbeat=_HEARTBEAT,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING),  # pyright: ignore[reportCallIssue]  # attrs, old form
            )
        except BaseException:
            await _revoke(connection, short)
            raise
        listener.socket = socket
        try:
            await _revoke(connection, short)
            yield socket
        finally:
            listener.socket = None
            await _close(socket)


def _plainly(*, signed: bool) -> aiohttp.ClientMiddlewareType:
    """Send the handshake without a password of a `.netrc`, and follow no redirect: keys are for their server only."""

    async def send_plainly(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        if not signed:
            request.headers.popall("Authorization", None)
        response = await send(request)
        if 300 <= response.status < 400:
            response.close()
            raise RedirectError(f"a redirect of the websocket ({response.status}) is not followed")
        return response

    return send_plainly


async def _short_key(connection: Connection) -> tuple[str, str]:
    """Text and first eight characters of a key that lives for a minute."""
    body = {"scopes": None, "expires_in": _KEY_SECONDS, "note": "to listen", "access_tags": None}
    found = await connection.post_json("auth/apikey", body)
    members = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    secret, first_eight = members.get("secret"), members.get("first_eight")
    if not isinstance(secret, str) or not isinstance(first_eight, str):
        raise DecodeError("the answer of the server has no key to listen with in it", path="secret")
    return secret, first_eight


async def _revoke(connection: Connection, first_eight: str | None) -> None:
    if first_eight is None:
        return
    try:
        await connection.send_json("DELETE", "auth/apikey", params=[("first_eight", first_eight)], safe=True)
    except Error as error:  # it ends by itself
        _LOGGER.warning("a key to listen with could not be revoked; it ends within %d s: %s", _KEY_SECONDS, error)


async def _read(socket: aiohttp.ClientWebSocketResponse, max_size: int) -> AsyncGenerator[Update, None]:
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
