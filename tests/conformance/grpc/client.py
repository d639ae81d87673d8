"""The client that connectconformance drives: calls come on stdin, what became of them goes to stdout.

The module path has the generated package `conformance_protos`.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance_protos import REGISTRY
from conformance_protos._runtime.grpc.grpclib_errors import RpcError
from conformance_protos._runtime.grpc.grpclib_transport import GrpclibTransport
from conformance_protos._runtime.grpc.reply import Reply
from conformance_protos._runtime.proto import which_oneof
from conformance_protos.connectrpc.conformance import v1
from msgspec import UNSET
from multidict import MultiDict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

AT_ONCE = 8
CANCELED = 1
METHODS = {
    "Unary": "unary",
    "ServerStream": "server_stream",
    "ClientStream": "client_stream",
    "BidiStream": "bidi_stream",
    "Unimplemented": "unimplemented",
    "IdempotentUnary": "idempotent_unary",
}


def sent_metadata(headers: Iterable[Any]) -> MultiDict[str | bytes]:
    found: MultiDict[str | bytes] = MultiDict()
    for header in headers:
        name = header.name.lower()
        for value in header.value:
            found.add(name, value.encode("latin-1") if name.endswith("-bin") else value)
    return found


def seen_metadata(metadata: MultiDict[str | bytes]) -> list[Any]:
    names = dict.fromkeys(metadata)
    texts = {
        name: [value.decode("latin-1") if isinstance(value, bytes) else value for value in metadata.getall(name)]
        for name in names
    }
    return [v1.Header(name=name, value=values) for name, values in texts.items()]


def tls_of(case: Any) -> ssl.SSLContext | bool:
    if not case.server_tls_cert:
        return False
    context = ssl.create_default_context(cadata=case.server_tls_cert.decode())
    context.set_alpn_protocols(["h2"])
    if case.client_tls_creds:
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = Path(folder, "cert.pem"), Path(folder, "key.pem")
            certificate.write_bytes(case.client_tls_creds.cert)
            key.write_bytes(case.client_tls_creds.key)
            context.load_cert_chain(certificate, key)
    return context


class Case:
    """One call."""

    def __init__(self, case: Any, client: Any) -> None:
        self.case = case
        self.messages = [found.unpack(REGISTRY) for found in case.request_messages]
        self.method = getattr(client, METHODS[case.method])
        self.options: dict[str, Any] = {"metadata": sent_metadata(case.request_headers)}
        if case.timeout_ms:
            self.options["timeout"] = case.timeout_ms / 1000
        self.payloads: list[Any] = []
        self.begun = 0
        self.turn = asyncio.Semaphore(0)
        cancel = case.cancel or v1.ClientCompatRequest_Cancel()
        self.cancel_before = which_oneof(cancel, "cancel_timing") == "before_close_send" if case.cancel else False
        self.cancel_after_ms = cancel.after_close_send_ms
        self.cancel_at = cancel.after_num_responses
        self.call: asyncio.Task[None] | None = None

    async def run(self) -> Any:
        """What became of the call."""
        error = None
        with Reply() as reply:
            self.call = asyncio.create_task(self._call())
            try:
                await self.call
            except RpcError as failed:
                error = v1.Error(
                    code=v1.Code(failed.status.value), message=failed.message, details=list(failed.details)
                )
            except asyncio.CancelledError:
                error = v1.Error(code=v1.Code(CANCELED), message="canceled")
        return v1.ClientResponseResult(
            response_headers=seen_metadata(reply.headers),
            response_trailers=seen_metadata(reply.trailers),
            payloads=self.payloads,
            error=UNSET if error is None else error,
        )

    async def _call(self) -> None:
        kind = self.case.stream_type.name.removeprefix("STREAM_TYPE_")
        if kind in {"UNARY", "SERVER_STREAM"}:
            self._cancel_later()
        sent = self._requests(full=kind.startswith("FULL")) if "BIDI" in kind or kind == "CLIENT_STREAM" else None
        begun = self.method(self.messages[0] if sent is None else sent, **self.options)
        if kind in {"UNARY", "CLIENT_STREAM"}:
            answer = await begun
            self.payloads.append(answer.payload or v1.ConformancePayload())
            return
        async with aclosing(begun) as answers:
            async for answer in answers:
                self.payloads.append(answer.payload or v1.ConformancePayload())
                self.turn.release()
                if self.cancel_at and len(self.payloads) >= self.cancel_at:
                    raise asyncio.CancelledError

    async def _requests(self, *, full: bool) -> AsyncIterator[Any]:
        for number, message in enumerate(self.messages):
            if full and number:
                await self.turn.acquire()
            await asyncio.sleep(self.case.request_delay_ms / 1000)
            yield message
        if full and self.messages:
            await self.turn.acquire()
        if self.cancel_before and self.call is not None:
            self.call.cancel()
            await asyncio.sleep(60)
        self._cancel_later()

    def _cancel_later(self) -> None:
        if self.call is not None and self.cancel_after_ms is not UNSET:
            asyncio.get_running_loop().call_later(self.cancel_after_ms / 1000, self.call.cancel)


async def result(case: Any) -> Any:
    options: dict[str, Any] = {}
    if case.message_receive_limit:
        options["max_receive_size"] = case.message_receive_limit
    if case.compression.name == "COMPRESSION_GZIP":
        options["compression"] = "gzip"
    try:
        async with GrpclibTransport(case.host, case.port, tls=tls_of(case), **options) as transport:
            found = await Case(case, v1.ConformanceServiceClient(transport)).run()
    except Exception as error:  # noqa: BLE001  # the runner hears of it
        failure = v1.ClientErrorResult(message=f"{type(error).__name__}: {error}")
        return v1.ClientCompatResponse(test_name=case.test_name, error=failure)
    return v1.ClientCompatResponse(test_name=case.test_name, response=found)


async def main() -> None:
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(AT_ONCE)

    async def answer(case: Any) -> None:
        try:
            content = (await result(case)).SerializeToString()
            sys.stdout.buffer.write(struct.pack(">I", len(content)) + content)
            sys.stdout.buffer.flush()
        finally:
            places.release()

    async with asyncio.TaskGroup() as tasks:
        while head := await loop.run_in_executor(None, sys.stdin.buffer.read, 4):
            content = await loop.run_in_executor(None, sys.stdin.buffer.read, struct.unpack(">I", head)[0])
            await places.acquire()
            tasks.create_task(answer(v1.ClientCompatRequest.FromString(content)))


if __name__ == "__main__":
    asyncio.run(main())
