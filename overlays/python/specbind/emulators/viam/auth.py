"""Logging in: keys, tokens, and who may call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import msgspec
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from msgspec import UNSET

from specbind.bindings.viam.proto.rpc.v1 import (
    AuthenticateRequest,
    AuthenticateResponse,
    AuthenticateToRequest,
    AuthenticateToResponse,
    AuthServiceServer,
    ExternalAuthServiceServer,
)

from .refusals import wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from specbind.bindings._runtime.grpc.rpc import ServerCall

__all__ = ["Auth", "ExternalAuth", "Keys"]

_PLATFORM = "app.viam.com"
_HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()


class _Claims(msgspec.Struct):
    sub: str
    aud: str
    iat: int
    exp: int


class Keys:
    """The one API key, and the tokens that were given for it.

    Args:
        key_id: identifier of the API key.
        key: the API key.
        seconds: how long a token is good.
        clock: the time, in UTC.
    """

    def __init__(self, key_id: str, key: str, seconds: float, clock: Callable[[], datetime]) -> None:
        self.key_id = key_id
        self.key = key
        self._seconds = seconds
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def fits(self, key_id: str, key: str) -> bool:
        """Whether this is the API key."""
        same_id = hmac.compare_digest(key_id.encode(errors="replace"), self.key_id.encode())
        return same_id & hmac.compare_digest(key.encode(errors="replace"), self.key.encode())

    def token(self, audience: str = _PLATFORM) -> str:
        """A new token: a JSON web token with the usual claims, signed with HS256."""
        begin = self._clock().timestamp()
        # whole seconds are the form of the claims; a short life is not rounded away
        claims = _Claims(self.key_id, audience, int(begin), int(-(-(begin + self._seconds) // 1)))
        content = f"{_HEADER}.{_base64(msgspec.json.encode(claims))}"
        return f"{content}.{_base64(self.sign(content))}"

    def sign(self, content: str) -> bytes:
        """The signature of a text."""
        return hmac.digest(self._secret, content.encode(), hashlib.sha256)

    def check(self, authorization: str) -> None:
        """Let a call in. Raises UNAUTHENTICATED for a token that is missing, broken, too old or for somebody else."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("no access token stands in `authorization`")
        content, _, signature = token.strip().rpartition(".")
        if not token.isascii() or not hmac.compare_digest(signature, _base64(self.sign(content))):
            raise _unauthenticated("the token is not valid")
        claims = msgspec.json.decode(base64.urlsafe_b64decode(content.partition(".")[2] + "=="), type=_Claims)
        if claims.aud != _PLATFORM:
            raise _unauthenticated("the token is for another entity")
        if self._clock().timestamp() >= claims.exp:
            raise _unauthenticated("the token has expired")


class Auth(AuthServiceServer):
    """Trades the API key for tokens."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def authenticate(self, request: AuthenticateRequest, call: ServerCall) -> AuthenticateResponse:
        """Log in with the API key."""
        wanted("entity", request.entity)
        given = request.credentials
        if given is UNSET:
            raise _unauthenticated("credentials are wanted")
        if given.type != "api-key":
            raise _unauthenticated("only credentials of the type `api-key` are known here")
        if not self._keys.fits(request.entity, given.payload):
            raise _unauthenticated("the API key or its identifier is wrong")
        return AuthenticateResponse(access_token=self._keys.token())


class ExternalAuth(ExternalAuthServiceServer):
    """Gives tokens for other entities, which the emulator itself does not take."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def authenticate_to(self, request: AuthenticateToRequest, call: ServerCall) -> AuthenticateToResponse:
        """Trade the token of the call."""
        return AuthenticateToResponse(access_token=self._keys.token(wanted("entity", request.entity)))


def _unauthenticated(message: str) -> GRPCError:
    return GRPCError(Status.UNAUTHENTICATED, message)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
