"""Secrets of calls stand in no log and in no error."""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from base64 import b64encode
from typing import Any

import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.events import SendRequest, listen
from grpclib.exceptions import GRPCError
from tests.support.http2_server import http2_server
from tests.unit.python_target.proto.rpcs import ONE, Note, scripted, serving

from specbind.generator.targets.python._runtime.grpc.credentials import RpcToken
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcError, RpcForbiddenError
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.rpc import ServiceServer

SECRET = "sunshine-4711"  # of nobody
BINARY = b"\xfe\xffmoonlight-0815"


class Echoing(ServiceServer):
    """Says what it was sent when it refuses a call."""

    __rpcs__ = ((ONE, "one"),)

    async def one(self, request: Note, call: Any) -> Note:
        said = " ".join(str(value) for name, value in call.metadata.items() if not name.endswith("-bin"))
        call.trailers["echo"] = said
        if request.text == "fine":
            return Note(text=said)
        raise GRPCError(Status.PERMISSION_DENIED, f"{said} may not {b64of(BINARY)}", [Note(text=f"not {said}")])


def b64of(content: bytes) -> str:
    return b64encode(content).decode().rstrip("=")


WAYS: list[dict[str, Any]] = [
    {"credentials": RpcToken(SECRET)},
    {"credentials": RpcToken(SECRET, name="x-caller", prefix="")},
    {"metadata": {"authorization": f"Bearer {SECRET}"}},
    {"metadata": {"cookie": f"session={SECRET}"}},
    {"metadata": {"x-api-key": SECRET, "my-token-bin": BINARY}},
]


def ids(way: dict[str, Any]) -> str:
    return "-".join(str(name) for found in way.values() for name in getattr(found, "keys", lambda: ["signed"])())


@pytest.mark.parametrize("way", WAYS, ids=ids)
async def test_no_log_shows_a_secret(way: dict[str, Any], caplog: pytest.LogCaptureFixture):
    asyncio.get_running_loop().set_debug(True)
    known = ["hpack", "hpack.hpack", "hpack.table", "h2", "grpclib", "grpclib.protocol", "grpclib.server", "asyncio"]
    for name in ["", *known]:
        caplog.set_level(logging.DEBUG, name or None)
    async with serving(Echoing(), **way) as transport:
        for text in ("fine", "fine", "refuse"):
            try:
                await transport.unary(ONE, Note(text=text))
            except RpcError as error:
                logging.getLogger("caller").warning("failed", exc_info=error)
    assert any(record.name == "caller" for record in caplog.records)
    for record in caplog.records:
        shown = record.getMessage() + caplog.handler.format(record)
        assert SECRET not in shown, record
        assert b64of(BINARY) not in shown or "metadata" not in way or "my-token-bin" not in way["metadata"], record


@pytest.mark.parametrize("way", WAYS, ids=ids)
async def test_no_error_shows_a_secret_that_the_server_says(way: dict[str, Any]):
    async with serving(Echoing(), **way) as transport:
        with pytest.raises(RpcForbiddenError, match="may not") as caught:
            await transport.unary(ONE, Note(text="refuse"))
    error = caught.value
    found = "".join(traceback.format_exception(error))
    shown = [found, str(error), repr(error), error.message, repr(error.args), repr(error.details)]
    shown += [repr(pickle.loads(pickle.dumps(error)).args)]  # noqa: S301  # its own
    assert Note.FromString(error.details[0].value).text.startswith("not ")  # what is left can be read
    for text in shown:
        assert SECRET not in text
        assert b64of(BINARY) not in text or "my-token-bin" not in str(way)


async def test_what_a_listener_of_a_channel_signs_is_a_secret_too():
    async def script(peer: Any) -> None:
        stream, headers = await peer.call()
        peer.refuse(stream, 7, ("grpc-message", f"no {headers['authorization'].split()[1]}"))

    async def sign(event: SendRequest) -> None:
        event.metadata["authorization"] = f"Bearer {SECRET}"

    async with http2_server(script) as port:
        channel = Channel("127.0.0.1", port)
        listen(channel, SendRequest, sign)
        with pytest.raises(RpcForbiddenError) as caught:
            await GrpclibTransport.over(channel).unary(ONE, Note())
        channel.close()
    assert str(caught.value).endswith("no ***")


async def test_what_is_no_gRPC_shows_no_secret_either():  # noqa: N802  # its name
    async def script(peer: Any) -> None:
        stream, headers = await peer.call()
        peer.headers(stream, [(":status", "403"), ("content-type", "text/plain")])
        peer.data(stream, f"who is {headers['x-key']}?".encode(), end=True)

    async with scripted(script, metadata={"x-key": SECRET}) as transport:
        with pytest.raises(RpcForbiddenError, match="who is") as caught:
            await transport.unary(ONE, Note())
    assert SECRET not in repr(caught.value)


async def test_a_long_text_of_a_server_takes_no_long_time():
    async def script(peer: Any) -> None:
        stream, _ = await peer.call()
        peer.refuse(stream, 7, ("grpc-message", "a" * 60_000))

    async with scripted(script, metadata={"x-key": SECRET}) as transport, asyncio.timeout(5):
        with pytest.raises(RpcForbiddenError) as caught:
            await transport.unary(ONE, Note())
    assert caught.value.message.startswith("a" * 1000)
