"""Running the emulated platform as a program, or inside of one."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from specbind.bindings._runtime.server import serve as serve_application
from specbind.emulators.running import run_until_stopped

from .server import API_KEY, API_KEY_ID, Viam

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["Address", "run", "serve"]


@dataclass(frozen=True)
class Address:
    """Where an emulated platform listens: gRPC in the clear on `host` and `port`, files at `files_url`."""

    host: str
    port: int
    files_url: str


def run(
    port: int = 8080,
    host: str = "127.0.0.1",
    api_key_id: str = API_KEY_ID,
    api_key: str = API_KEY,
    *,
    files_port: int = 0,
    page_size: int = 50,
    count: Literal["all", "page"] = "all",
    token_seconds: float = 3600.0,
    max_message: int = 32 << 20,
    faults: str = "",
) -> int:
    """Serve until SIGINT or SIGTERM; prints what a client needs when it listens. Gives the exit status.

    Args:
        port: TCP port of gRPC; 0 takes a free one.
        host: address to listen on.
        api_key_id: identifier of the API key.
        api_key: the API key.
        files_port: TCP port of the files; 0 takes a free one.
        page_size: results of a page where a call asks for no number.
        count: what `count` of a page of data is: that of `all` that passes, or of the `page` alone.
        token_seconds: how long the token of a login is good.
        max_message: most bytes of a message that is answered or read.
        faults: faults to play; see `faults`.
    """
    viam = Viam(
        api_key_id=api_key_id,
        api_key=api_key,
        page_size=page_size,
        count=count,
        token_seconds=token_seconds,
        max_message=max_message,
        faults=faults,
    )
    return run_until_stopped(
        serve(viam, host, port, files_port=files_port), f"{host}:{port}", lambda address: _greeting(viam, address)
    )


@asynccontextmanager
async def serve(
    viam: Viam, host: str = "127.0.0.1", port: int = 0, *, files_port: int = 0
) -> AsyncGenerator[Address, None]:
    """Serve a platform inside of a running event loop, for tests; gives its address. Closes the platform at the end."""
    try:
        async with serve_application(viam.files.application(), host, files_port) as url:
            viam.state.base_url = url
            server = viam.server()
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            # a socket of our own: grpclib does not tell the port that it was given. It names TCP, since only then
            # asyncio sends small answers at once
            with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
                if os.name == "posix":
                    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family is socket.AF_INET6:
                    listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listening.bind((host, port))
                await server.start(sock=listening)
                try:
                    yield Address(host, int(listening.getsockname()[1]), url)
                finally:
                    server.close()
                    await server.wait_closed()
    finally:
        await viam.close()


def _greeting(viam: Viam, address: Address) -> str:
    lines = [
        f"Viam emulator listens on {address.host}:{address.port} (gRPC without TLS), files on {address.files_url}",
        f"API key id {viam.keys.key_id}, API key {viam.keys.key}",
        *(f"part {part.id} ({part.name}) of organization {part.organization_id}" for part in viam.state.parts.values()),
    ]
    return "\n".join(lines)
