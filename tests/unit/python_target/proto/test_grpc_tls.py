"""Certificates of gRPC servers are checked."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest
from tests.support.certificate import localhost_certificate
from tests.unit.python_target.proto.rpcs import ONE, Note
from tests.unit.python_target.proto.test_grpc_server import Echo

from specbind.generator.targets.python._runtime.grpc.attempts import is_final_handshake
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcConnectError
from specbind.generator.targets.python._runtime.grpc.grpclib_server import grpclib_server
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.retries import RpcRetries

if TYPE_CHECKING:
    from pathlib import Path

FAST = RpcRetries(base=0.001)


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


async def test_a_server_without_tls_is_final():
    server = grpclib_server(Echo())
    await server.start("127.0.0.1", 0)
    port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    async with GrpclibTransport("127.0.0.1", port, retries=FAST) as transport:
        with pytest.raises(RpcConnectError, match=r"(?i)wrong.version.number") as caught:
            await transport.unary(ONE, Note())
        assert caught.value.attempt == 1
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("reset", [False, True])
async def test_a_handshake_that_breaks_off_is_tried_again(reset: bool):
    async def breaking_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        if reset:
            writer.transport.abort()
        writer.close()

    async with (
        await asyncio.start_server(breaking_off, "127.0.0.1", 0) as server,
        GrpclibTransport("127.0.0.1", server.sockets[0].getsockname()[1], retries=FAST) as transport,
    ):
        with pytest.raises(RpcConnectError) as caught:
            await transport.unary(ONE, Note())
        assert caught.value.attempt == FAST.attempts


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), True),
        (ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca"), True),
        (ssl.SSLError(1, "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] handshake failure"), True),
        (ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error"), False),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), False),
        (ConnectionRefusedError(), False),
        (None, False),
    ],
    ids=str,
)
def test_which_handshakes_are_final(error: Exception | None, final: bool):
    assert is_final_handshake(error) is final
