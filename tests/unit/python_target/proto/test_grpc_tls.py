"""Certificates of gRPC servers are checked."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from tests.support.certificate import localhost_certificate
from tests.unit.python_target.proto.rpcs import ONE, Note
from tests.unit.python_target.proto.test_grpc_server import Echo

from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcConnectError
from specbind.generator.targets.python._runtime.grpc.grpclib_server import grpclib_server
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_certificate_that_is_not_trusted_is_final(tmp_path: Path):
    certificate, key = localhost_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    server = grpclib_server(Echo())
    await server.start("127.0.0.1", 0, ssl=context)
    port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.set_alpn_protocols(["h2"])
    async with GrpclibTransport("localhost", port, tls=trusting) as transport:
        assert await transport.unary(ONE, Note(text="a")) == Note(text="a")
    async with GrpclibTransport("localhost", port) as transport:
        with pytest.raises(RpcConnectError, match="certificate") as caught:
            await transport.unary(ONE, Note())
        assert caught.value.attempt == 1
    server.close()
    await server.wait_closed()
