"""The server that connectconformance calls: it reads what it is to be from stdin, and says on stdout where it is."""

from __future__ import annotations

import asyncio
import ssl
import struct
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance_protos._runtime.grpc.grpclib_server import grpclib_server
from conformance_protos._runtime.proto.wellknown import Any as AnyMessage
from conformance_protos.connectrpc.conformance import v1
from grpclib.const import Status
from grpclib.exceptions import GRPCError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping


def put(headers: Iterable[Any], into: Any) -> None:
    for header in headers:
        for value in header.value:
            into.add(header.name.lower(), value)


def seen(metadata: Any) -> list[Any]:
    def text(value: str | bytes) -> str:
        return value if isinstance(value, str) else value.decode("latin-1")

    return [v1.Header(name=name, value=list(map(text, metadata.getall(name)))) for name in dict.fromkeys(metadata)]


def request_info(call: Any, requests: Iterable[Any]) -> Any:
    info = v1.ConformancePayload_RequestInfo(
        request_headers=seen(call.metadata), requests=[AnyMessage.pack(request) for request in requests]
    )
    if call.timeout is not None:
        info.timeout_ms = int(call.timeout * 1000)
    return info


def failure(error: Any, *details: Any) -> GRPCError:
    return GRPCError(Status(int(error.code)), error.message or None, [*error.details, *details])


async def single(definition: Any, call: Any, requests: list[Any]) -> Any:
    """What a call with one answer answers."""
    info = request_info(call, requests)
    if not definition:
        return v1.ConformancePayload(request_info=info)
    put(definition.response_headers, call.headers)
    put(definition.response_trailers, call.trailers)
    await asyncio.sleep(definition.response_delay_ms / 1000)
    if definition.error:
        raise failure(definition.error, info)
    return v1.ConformancePayload(request_info=info, data=definition.response_data or b"")


class Service(v1.ConformanceServiceServer):
    async def unary(self, request: Any, call: Any) -> Any:
        return v1.UnaryResponse(payload=await single(request.response_definition, call, [request]))

    async def idempotent_unary(self, request: Any, call: Any) -> Any:
        return v1.IdempotentUnaryResponse(payload=await single(request.response_definition, call, [request]))

    async def client_stream(self, requests: AsyncIterator[Any], call: Any) -> Any:
        found = [request async for request in requests]
        definition = found[0].response_definition if found else None
        return v1.ClientStreamResponse(payload=await single(definition, call, found))

    async def server_stream(self, request: Any, call: Any) -> AsyncIterator[Any]:
        definition = request.response_definition
        if not definition:
            return
        put(definition.response_headers, call.headers)
        put(definition.response_trailers, call.trailers)
        for number, content in enumerate(definition.response_data):
            payload = v1.ConformancePayload(data=content)
            if not number:
                payload.request_info = request_info(call, [request])
            await asyncio.sleep(definition.response_delay_ms / 1000)
            yield v1.ServerStreamResponse(payload=payload)
        if definition.error:
            raise failure(definition.error, *([] if definition.response_data else [request_info(call, [request])]))

    async def bidi_stream(self, requests: AsyncIterator[Any], call: Any) -> AsyncIterator[Any]:
        found: list[Any] = []
        definition: Any = None
        sent = 0
        async for request in requests:
            found.append(request)
            if len(found) == 1 and request.response_definition:
                definition = request.response_definition
                put(definition.response_headers, call.headers)
                put(definition.response_trailers, call.trailers)
            if found[0].full_duplex:
                if not definition or sent >= len(definition.response_data):
                    break
                payload = v1.ConformancePayload(data=definition.response_data[sent])
                payload.request_info = request_info(call, [request] if sent else found)
                await asyncio.sleep(definition.response_delay_ms / 1000)
                yield v1.BidiStreamResponse(payload=payload)
                sent += 1
        if not definition:
            return
        for content in definition.response_data[sent:]:
            payload = v1.ConformancePayload(data=content)
            if not sent:
                payload.request_info = request_info(call, found)
            await asyncio.sleep(definition.response_delay_ms / 1000)
            yield v1.BidiStreamResponse(payload=payload)
            sent += 1
        if definition.error:
            raise failure(definition.error, *([] if sent else [request_info(call, found)]))


def tls_of(case: Any) -> ssl.SSLContext | None:
    if not case.use_tls:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "cert.pem"), Path(folder, "key.pem")
        certificate.write_bytes(case.server_creds.cert)
        key.write_bytes(case.server_creds.key)
        context.load_cert_chain(certificate, key)
    if case.client_tls_cert:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=case.client_tls_cert.decode())
    return context


async def main() -> None:
    length = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    case = v1.ServerCompatRequest.FromString(sys.stdin.buffer.read(length))
    options: Mapping[str, int] = {"max_receive_size": case.message_receive_limit} if case.message_receive_limit else {}
    server = grpclib_server(Service(), **options)
    await server.start("127.0.0.1", 0, ssl=tls_of(case))
    port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    pem = case.server_creds.cert if case.use_tls else b""
    content = v1.ServerCompatResponse(host="127.0.0.1", port=port, pem_cert=pem).SerializeToString()
    sys.stdout.buffer.write(struct.pack(">I", len(content)) + content)
    sys.stdout.buffer.flush()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
