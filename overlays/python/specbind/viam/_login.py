"""Logging in with an API key, and the connection that comes of it."""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Struct, UnsetType

from specbind.bindings._runtime.credentials import AccessToken
from specbind.bindings._runtime.errors import RequestError, TokenError
from specbind.bindings._runtime.grpc.credentials import RpcToken
from specbind.bindings._runtime.grpc.grpclib_channel import OwnChannel
from specbind.bindings._runtime.grpc.grpclib_codec import DetailsCodec, MessageCodec
from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings.viam.proto.rpc.v1 import AuthenticateRequest, AuthServiceClient, Credentials
from specbind.core import arguments

from ._rpcs import READS
from ._site import Site

if TYPE_CHECKING:
    import ssl

    from grpclib.protocol import H2Protocol

    from specbind.bindings._runtime.grpc.rpc import GrpcTransport

__all__ = ["Channel", "Connection", "Login", "key_of_environment", "lifetime"]

LOGIN_SECONDS = 20.0
"""Deadline of a login where nothing else is said, as in the official client."""
_LONGEST = 30 * 86_400.0
_SHORTEST = 60.0
_MOST_CLAIMS = 64 * 1024


class _Claims(Struct):
    """What a token says of its time; nothing of it is trusted."""

    exp: float | UnsetType = UNSET
    iat: float | UnsetType = UNSET
    nbf: float | UnsetType = UNSET


def lifetime(token: str) -> float | None:
    """Seconds for which a fresh JSON web token says that it is good; None where it says nothing usable.

    It is only a hint when to log in again: its signature is not checked, and both times are the server's, so that
    our clock does not matter.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(parts[1]) > _MOST_CLAIMS:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
    except (ValueError, binascii.Error):
        return None
    begin = claims.nbf if claims.iat is UNSET else claims.iat
    if claims.exp is UNSET or begin is UNSET:
        return None
    seconds = claims.exp - begin
    return min(seconds, _LONGEST) if seconds >= _SHORTEST else None


class Login:
    """Trades an entity and its credentials for tokens."""

    def __init__(
        self, transport: GrpcTransport, entity: str, payload: str, *, kind: str = "api-key", timeout: float | None
    ) -> None:
        self._auth = AuthServiceClient(transport)
        self._request = AuthenticateRequest(entity=entity, credentials=Credentials(type=kind, payload=payload))
        self._timeout = LOGIN_SECONDS if timeout is None else timeout

    async def __call__(self) -> AccessToken:
        """Log in.

        Raises:
            RpcError: the platform refuses. TokenError: it gives no token.
        """
        answer = await self._auth.authenticate(self._request, timeout=self._timeout)
        token = answer.access_token
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise TokenError("the login gave no token that can be sent")
        return AccessToken(token, lifetime(token))

    def __repr__(self) -> str:
        return f"<Login of {self._request.entity}>"


class Channel(OwnChannel):
    """A channel that stays closed."""

    _ended = False

    async def __connect__(self) -> H2Protocol:
        """Give the connection, opened if need be. Raises RequestError when the channel was closed."""
        if self._ended:
            raise RequestError("the client is closed; make a new one")
        return await super().__connect__()

    def close(self) -> None:
        """Close the connection for good."""
        self._ended = True
        super().close()


class Connection(Struct, frozen=True):
    """A connection that is logged in."""

    channel: Channel
    transport: GrpclibTransport
    site: Site

    @classmethod
    async def open(
        cls,
        entity: str,
        payload: str,
        *,
        host: str,
        port: int = 443,
        tls: bool | ssl.SSLContext = True,
        timeout: float | None = None,  # noqa: ASYNC109 - the deadline goes to the server
        login_timeout: float | None = None,
        kind: str = "api-key",
        insecure: bool = False,
    ) -> Connection:
        """Connect and log in.

        Args:
            entity: who logs in: the identifier of the key.
            payload: the secret.
            host: name or address of the platform.
            port: 1 to 65535.
            tls: as `DataClient.from_api_key` takes it.
            timeout: deadline of each call in seconds, None for none.
            login_timeout: deadline of the login; default `timeout`, else 20 s.
            kind: what kind of secret it is.
            insecure: whether the secret may go without TLS.

        Raises:
            ValueError: an argument makes no sense, or the key would go in the clear. TypeError: of a wrong type.
            RpcError: the platform refuses, or cannot be reached.
        """
        if not arguments.text("api_key", payload) or not arguments.text("api_key_id", entity):
            raise ValueError("an API key and its identifier are needed, and one of them is empty")
        if not arguments.text("host", host) or any(mark in host for mark in "/@? "):
            raise ValueError("host is a name or an address, as app.viam.com; the port has an argument of its own")
        arguments.whole("port", port, least=1, most=65535)
        if not tls and not insecure:
            raise ValueError("without TLS the API key would go in the clear; insecure=True allows that")
        channel = Channel(host, port, ssl=tls or None, codec=MessageCodec(), status_details_codec=DetailsCodec())
        try:
            plain = GrpclibTransport.over(channel)
            seconds = timeout if login_timeout is None else login_timeout
            token = RpcToken(Login(plain, entity, payload, kind=kind, timeout=seconds))
            await token.metadata()
            transport = GrpclibTransport.over(channel, timeout=timeout, credentials=token, idempotent=READS)
        except BaseException:
            channel.close()
            raise
        name = f"[{host}]" if ":" in host else host
        return cls(channel, transport, Site(f"{'https' if tls else 'http'}://{name}:{port}", token))


def key_of_environment(api_key: str | None = None, api_key_id: str | None = None) -> tuple[str, str]:
    """The key and its identifier; what is None comes from VIAM_API_KEY and VIAM_API_KEY_ID.

    Raises:
        ValueError: one of them is not there.
    """
    found = api_key or os.environ.get("VIAM_API_KEY")
    if not found:
        raise ValueError("api key cannot be None: set VIAM_API_KEY")
    identifier = api_key_id or os.environ.get("VIAM_API_KEY_ID")
    if not identifier:
        raise ValueError("api key ID cannot be None: set VIAM_API_KEY_ID")
    return found, identifier
