"""The websocket of a client: opened, validated, written and read."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec

from specbind.bindings._runtime.hooks import decode_hook
from specbind.bindings._runtime.payloads import json_encoder
from specbind.bindings._runtime.redirects import REDIRECTS
from specbind.bindings.vantiq_events import models
from specbind.vantiq.errors import errors_in

from ._paths import fault

if TYPE_CHECKING:
    from ._session import Session

__all__ = ["Connection", "is_final", "socket_url"]

_logger = logging.getLogger("Vantiq")
_LARGEST_FRAME = 64 << 20
_CLOSING = 1.0  # seconds that a peer has for its part of the end
_FINAL = (401, 403)
_FRAMES = msgspec.json.Decoder(dict[str, Any])


class Connection:
    """A websocket that can be opened again after its end.

    Args:
        session: the server and its token.
        version: version of the API.
        heartbeat: seconds between pings; a peer that does not answer within half of them is taken for dead.
        patience: seconds that the server may take to connect and to validate.
    """

    def __init__(self, session: Session, version: str, *, heartbeat: float, patience: float) -> None:
        self._session = session
        self._url = socket_url(session.server, version)
        self._heartbeat = heartbeat
        self._patience = patience
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    @property
    def is_open(self) -> bool:
        """Whether frames can be sent now."""
        return self._socket is not None and not self._socket.closed

    async def open(self) -> None:
        """Connect and validate. Raises VantiqException."""
        try:
            async with asyncio.timeout(self._patience):
                await self._validate()
        except TimeoutError as error:
            message = "Failed to start subscriber transport: {0}"
            raise fault("subtransport.exception", message, f"no answer within {self._patience:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise fault("subtransport.exception", "Failed to start subscriber transport: {0}", str(error)) from error

    async def _validate(self) -> None:
        session = self._session
        if session.token is None:
            message = "Attempt to connect subscriber when parent was not authenticated."
            raise fault("subscriber.notauthenticated", message)
        if self._http is None:
            self._http = aiohttp.ClientSession(
                trust_env=session.trust_env, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_plainly,)
            )
        socket = await self._http.ws_connect(
            self._url,
            heartbeat=self._heartbeat,
            timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING),  # pyright: ignore[reportCallIssue]  # attrs, old form
            ssl=session.ssl,
            proxy=session.proxy,
            max_msg_size=_LARGEST_FRAME,
        )
        try:
            await self._greet(socket, session.token)
        except BaseException:
            await socket.close()
            raise
        self._socket = socket  # only now: nothing may be sent before the server has said yes

    async def _greet(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        """Say who asks, and wait for the yes. Raises VantiqException for a no."""
        validation = models.Validation(op="validate", resource_name="system.credentials", object=token)
        await socket.send_str(json_encoder.encode(validation).decode())
        while True:
            received = await socket.receive()
            if received.type is not aiohttp.WSMsgType.TEXT:
                reason = "closed before it was validated"
                raise fault("subtransport.failed", "Failed to start subscriber transport: {0}", reason)
            frame, delivery = _read(received.data)
            if delivery is None:
                continue
            if delivery.status == 200:
                return
            if delivery.status >= 400:
                first = errors_in(delivery.status, frame.get("body"))[0]
                message = "Connect call failed: {0} :: {1}:{2}"
                raise fault("connect.failed", message, delivery.status, first.code, first.message)

    async def receive(self) -> tuple[dict[str, Any], models.Delivery | None, int] | None:
        """The next frame as it came, as its type, and its length; None at the end."""
        socket = self._socket
        while socket is not None:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                return *_read(message.data), len(message.data)
            if message.type is not aiohttp.WSMsgType.BINARY:
                return None  # closed by the peer, by us or by a silence that was too long
        return None

    async def send(self, frame: msgspec.Struct) -> None:
        """Send a frame. A socket that is lost just now is noticed by the reader, which sends what matters again."""
        socket = self._socket
        if socket is None or socket.closed:
            return
        try:
            await socket.send_str(json_encoder.encode(frame).decode())
        except (aiohttp.ClientError, ConnectionError, RuntimeError):
            _logger.debug("a frame could not be sent: the socket is lost")

    async def drop(self) -> None:
        """End this websocket; another one may be opened."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def close(self) -> None:
        """End it for good."""
        await self.drop()
        http, self._http = self._http, None
        if http is not None:
            await http.close()


def is_final(code: str, params: list[Any]) -> bool:
    """Whether an error of `open` would come again at each further try: the token is missing or refused."""
    if code.endswith(".notauthenticated"):
        return True
    return code.endswith(".connect.failed") and params[0] in _FINAL


async def _plainly(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send the handshake without a password of a `.netrc`, and follow no redirect: a token is for its server only."""
    request.headers.popall("Authorization", None)
    response = await send(request)
    if response.status in REDIRECTS:
        response.close()
        message = "Failed to start subscriber transport: {0}"
        raise fault("subtransport.failed", message, f"a redirect of the websocket ({response.status}) is not followed")
    return response


def socket_url(server: str, version: str) -> str:
    """URL of the websocket of a server."""
    parts = urlsplit(server)
    scheme = "wss" if parts.scheme.lower() == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path}/api/v{version}/wsock/websocket", "", ""))


def _read(text: str) -> tuple[dict[str, Any], models.Delivery | None]:
    """A frame as it came, and as its type; None for what is none, which is passed over."""
    try:
        frame = _FRAMES.decode(text)
        return frame, msgspec.convert(frame, models.Delivery, dec_hook=decode_hook)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        _logger.warning("a frame of the server does not fit and is passed over: %s", error)
        return {}, None
