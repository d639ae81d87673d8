"""A small platform that answers as a test scripts it, and notes what it was asked."""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from specbind.bindings._runtime.grpc.grpclib_server import grpclib_server
from specbind.bindings.viam.proto.rpc.v1 import AuthenticateRequest, AuthenticateResponse, AuthServiceServer
from specbind.bindings.viam.viam.app.data.v1 import DataServiceServer
from specbind.bindings.viam.viam.app.datasync.v1 import DataSyncServiceServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

__all__ = ["KEY", "KEY_ID", "Platform", "jwt", "listed"]

KEY = "secret-key"
KEY_ID = "c5c1c1b8-4a0c-4b8a-9d6e-0b4c7d1a2f3e"


def jwt(number: int, seconds: float | None = 3600) -> str:
    """A token that says it is good for so many seconds."""
    claims: dict[str, float] = {"iat": 1000, "n": number} | ({} if seconds is None else {"exp": 1000 + seconds})
    return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.s"


def listed(folder: Path) -> list[str]:
    """Names of what stands in a folder."""
    return sorted(path.name for path in folder.iterdir())


def _scripted(rpc: Any, name: str) -> Callable[..., Any]:
    if rpc.stream == "client":

        async def collect(self: Any, requests: AsyncIterator[Any], call: Any) -> Any:
            received = [request async for request in requests]
            return self.platform.answer(rpc, name, received, call)

        return collect

    async def one(self: Any, request: Any, call: Any) -> Any:
        return self.platform.answer(rpc, name, request, call)

    return one


def _service(base: Any, platform: Platform) -> Any:
    methods = {name: _scripted(rpc, name) for rpc, name in base.__rpcs__ if rpc.stream in {"none", "client"}}
    service = type(f"Scripted{base.__name__}", (base,), methods)()
    service.platform = platform
    return service


class Platform:
    """Answers each call with what `script` gives for its name: a message, an error, or a function of the request.

    Attributes:
        asked: names and requests, in the order in which they came; logins are counted apart.
        headers: metadata of these calls.
        logins: how many there were.
        good: the tokens that are taken; None takes any.
    """

    def __init__(self) -> None:
        self.script: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []
        self.headers: list[dict[str, Any]] = []
        self.logins = 0
        self.seconds: float | None = 3600
        self.good: set[str] | None = None
        self.port = 0

    def answer(self, rpc: Any, name: str, request: Any, call: Any) -> Any:
        if name == "authenticate":
            return self._login(request)
        self.asked.append((name, request))
        self.headers.append(dict(call.metadata))
        if self.good is not None and call.metadata.get("authorization", "").removeprefix("Bearer ") not in self.good:
            raise GRPCError(Status.UNAUTHENTICATED, "the token is not good")
        found = self.script.get(name, rpc.response)
        if callable(found):
            found = found() if isinstance(found, type) else found(request)
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def _login(self, request: AuthenticateRequest) -> AuthenticateResponse:
        self.logins += 1
        assert request.credentials
        if (request.entity, request.credentials.type, request.credentials.payload) != (KEY_ID, "api-key", KEY):
            raise GRPCError(Status.UNAUTHENTICATED, "no such key")
        token = jwt(self.logins, self.seconds)
        if self.good is not None:
            self.good = {token}
        return AuthenticateResponse(access_token=token)

    def requests(self, name: str) -> list[Any]:
        """What one call was asked."""
        return [request for asked, request in self.asked if asked == name]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Serve on a free port of this machine."""
        services = [_service(base, self) for base in (DataServiceServer, DataSyncServiceServer, AuthServiceServer)]
        server = grpclib_server(*services)
        await server.start("127.0.0.1", 0)
        try:
            self.port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
            yield self.port
        finally:
            server.close()
            await server.wait_closed()
