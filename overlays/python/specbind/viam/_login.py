"""Logging in with an API key, and the connection that comes of it."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
from ssl import SSLContext, SSLError
from typing import TYPE_CHECKING, cast

import msgspec
from grpclib.config import Configuration
from msgspec import UNSET, Struct, UnsetType

from specbind.bindings._runtime.credentials import AccessToken
from specbind.bindings._runtime.errors import RequestError, TokenError
from specbind.bindings._runtime.grpc.credentials import RpcToken
from specbind.bindings._runtime.grpc.grpclib_channel import OwnChannel
from specbind.bindings._runtime.grpc.grpclib_codec import DetailsCodec, MessageCodec
from specbind.bindings._runtime.grpc.grpclib_errors import RpcConnectError, RpcError, RpcLostError
from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings._runtime.grpc.retries import RpcRetries
from specbind.bindings.viam.proto.rpc.v1 import AuthenticateRequest, AuthServiceClient, Credentials
from specbind.bindings.viam.proto.rpc.v1.services import AUTH_SERVICE_AUTHENTICATE as _AUTHENTICATE
from specbind.core import arguments

from ._options import CallOptions, ConnectOptions
from ._rpcs import READS
from ._site import Site

if TYPE_CHECKING:
    from typing import Unpack

    from grpclib.protocol import H2Protocol

    from specbind.bindings._runtime.grpc.options import CallOptions as TransportOptions
    from specbind.bindings._runtime.grpc.rpc import GrpcTransport

__all__ = ["ApiKeyLogin", "Channel", "Connection", "key_of_environment", "lifetime"]

LOGIN_SECONDS = 20.0
"""Deadline of a login where nothing else is said, as in the official client."""
HOST = "app.viam.com"
"""Where the platform is."""
KEEPALIVE = 300.0
"""Seconds between pings: what servers of gRPC tolerate where they state nothing else."""
_LONGEST_SILENCE = 20.0
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


class ApiKeyLogin:
    """Trades an API key for tokens: for a transport that is made by hand.

        login = ApiKeyLogin(GrpclibTransport("app.viam.com"), api_key, api_key_id)
        client = DataClient(GrpclibTransport("app.viam.com", credentials=RpcToken(login)), {})

    Args:
        transport: carries the login, without credentials of its own.
        api_key: the key.
        api_key_id: its identifier.
        kind: what kind of secret it is.
        timeout: deadline of a login in seconds.
    """

    def __init__(
        self,
        transport: GrpcTransport,
        api_key: str,
        api_key_id: str,
        *,
        kind: str = "api-key",
        timeout: float = LOGIN_SECONDS,
    ) -> None:
        self._auth = AuthServiceClient(transport)
        self._request = AuthenticateRequest(entity=api_key_id, credentials=Credentials(type=kind, payload=api_key))
        self._timeout = timeout

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
        return f"<ApiKeyLogin of {self._request.entity}>"


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
        api_key: str,
        api_key_id: str,
        *,
        once: bool = False,
        login_timeout: float | None = None,
        kind: str = "api-key",
        **options: Unpack[ConnectOptions],
    ) -> Connection:
        """Connect and log in.

        Args:
            api_key: the secret.
            api_key_id: who logs in: the identifier of the key.
            once: whether the first login is tried once only, whatever `retries` says.
            login_timeout: deadline of a login; default `timeout`, else 20 s.
            kind: what kind of secret it is.
            options: see ConnectOptions.

        Raises:
            ValueError: an argument makes no sense, or the key would go in the clear. TypeError: of a wrong type.
            RpcError: the platform refuses, or cannot be reached.
        """
        host, port, tls = options.get("host", HOST), options.get("port", 443), options.get("tls", True)
        if not isinstance(tls, bool | SSLContext):  # pyright: ignore[reportUnnecessaryIsInstance] - no checker
            raise TypeError(f"tls is True, False or an SSLContext, not {type(tls).__name__}")
        if options.get("timeout") is not None:
            arguments.number("timeout", options.get("timeout"), unit="seconds", positive=True)
        _check(api_key, api_key_id, host, port, safe=bool(tls) or options.get("insecure", False))
        config = _pinging(options.get("keepalive", KEEPALIVE))
        calls = _calls(options)
        codec, details = MessageCodec(), DetailsCodec()
        channel = Channel(host, port, ssl=tls or None, config=config, codec=codec, status_details_codec=details)
        try:
            seconds = options.get("timeout") if login_timeout is None else login_timeout

            def login(retries: RpcRetries | None) -> ApiKeyLogin:
                plain = GrpclibTransport.over(channel, retries=retries, idempotent=[_AUTHENTICATE])
                return ApiKeyLogin(
                    plain, api_key, api_key_id, kind=kind, timeout=LOGIN_SECONDS if seconds is None else seconds
                )

            usual = options.get("retries", RpcRetries())
            logins = [login(None if once else usual)]
            token = RpcToken(lambda: logins[-1]())  # noqa: PLW0108 - the last one of the time when it is called
            await token.metadata()
            logins.append(login(usual))
            calls["credentials"], calls["idempotent"] = token, READS
            transport = GrpclibTransport.over(channel, **calls)
        except BaseException as error:
            channel.close()
            if isinstance(error, RpcConnectError | RpcLostError):
                error.message += _hint(error, in_the_clear=not tls)
            raise
        name = f"[{host}]" if ":" in host else host
        return cls(
            channel, transport, Site(f"{'https' if tls else 'http'}://{name}:{port}", token, options.get("timeout"))
        )


def _check(api_key: str, api_key_id: str, host: str, port: int, *, safe: bool) -> None:
    for name, value in (("api_key", api_key), ("api_key_id", api_key_id)):
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a checker
            raise TypeError(f"{name} is a str, not {type(value).__name__}")  # not its value: it may be the key
    if not api_key or not api_key_id:
        raise ValueError("an API key and its identifier are needed, and one of them is empty")
    if not arguments.text("host", host) or any(mark in host for mark in "/@? "):
        raise ValueError("host is a name or an address, as app.viam.com; the port has an argument of its own")
    if ":" in host and not _is_ipv6(host):
        raise ValueError("host is a name or an address without a port; the port has an argument of its own")
    arguments.whole("port", port, least=1, most=65535)
    if not safe:
        raise ValueError("without TLS the API key would go in the clear; insecure=True allows that")


def _hint(error: RpcError, *, in_the_clear: bool) -> str:
    """What may be wrong where nothing could be said to the server."""
    if in_the_clear:
        return "; the server may want TLS" if isinstance(error, RpcLostError) else ""
    cause = error.__cause__
    wrong = isinstance(cause, SSLError) and cause.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
    return "; the server speaks no TLS" if wrong else ""


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _calls(options: ConnectOptions) -> TransportOptions:
    """What a transport is told of the options."""
    known = set(CallOptions.__annotations__) - {"keepalive"}
    unknown = set(options) - set(ConnectOptions.__annotations__)
    if unknown:
        raise TypeError(f"there is no option {min(unknown)!r}")
    return cast("TransportOptions", {name: value for name, value in options.items() if name in known})


def _pinging(keepalive: float | None) -> Configuration:
    if keepalive is None:
        return Configuration()
    arguments.number("keepalive", keepalive, unit="seconds", positive=True)
    return Configuration(
        _keepalive_time=keepalive,
        _keepalive_timeout=min(keepalive, _LONGEST_SILENCE),
        _http2_max_pings_without_data=0,  # a stream without messages is no dead one
        _http2_min_sent_ping_interval_without_data=keepalive / 2,
    )


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
