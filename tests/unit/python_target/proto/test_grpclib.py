"""Generated clients and servers over grpclib, on a port of this machine."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.support.compiled import write
from tests.support.proto_package import Generated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TEXT = """syntax = "proto3"; package echo.v1;
message Note { string text = 1; int32 number = 2; }
service Echo {
  rpc One(Note) returns (Note);
  rpc Join(stream Note) returns (Note);
  rpc Split(Note) returns (stream Note);
  rpc Chat(stream Note) returns (stream Note);
  rpc Unanswered(Note) returns (Note);
}
"""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder: Path = tmp_path_factory.mktemp("echo")
    return Generated(folder / "out", "echo_protos", write(folder, echo=TEXT), [folder])


def server_class(echo: Generated) -> Any:  # noqa: C901  # one method per kind of call
    note = echo.at("echo.v1.Note")

    class Echo(echo.at("echo.v1.EchoServer")):  # type: ignore[misc]
        seen: Any = None
        ended = 0

        async def one(self, request: Any, call: Any) -> Any:
            self.seen = call
            match request.text:
                case "missing":
                    raise GRPCError(Status.NOT_FOUND, "nobody", [note(text="detail")])
                case "late":
                    await asyncio.sleep(60)
                    return None
                case "bug":
                    raise ValueError("secret")
                case "limit":
                    return note(text=str(call.timeout is not None and 0 < call.timeout <= 30))
                case _:
                    return note(text=f"{request.text} {call.metadata.get('who', '')}")

        async def join(self, requests: AsyncIterator[Any], call: Any) -> Any:  # noqa: ARG002
            return note(text="".join([request.text async for request in requests]))

        async def split(self, request: Any, call: Any) -> Any:  # noqa: ARG002
            try:
                for number, letter in enumerate(request.text):
                    yield note(text=letter, number=number)
                    if letter == "!":
                        raise GRPCError(Status.RESOURCE_EXHAUSTED, "enough")
                    if letter == "~":
                        await asyncio.sleep(60)
            finally:
                self.ended += 1

        async def chat(self, requests: AsyncIterator[Any], call: Any) -> Any:  # noqa: ARG002
            async for request in requests:
                yield note(text=request.text.upper())

    return Echo


@asynccontextmanager
async def connected(echo: Generated, **options: Any):
    service = server_class(echo)()
    server = echo.runtime("grpc.grpclib_server").grpclib_server(service)
    await server.start("127.0.0.1", 0)
    port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    transport = echo.runtime("grpc.grpclib_transport").GrpclibTransport("127.0.0.1", port, tls=False, **options)
    try:
        yield echo.at("echo.v1.EchoClient")(transport), service
    finally:
        transport.close()
        server.close()
        await server.wait_closed()


async def test_the_four_kinds(echo: Generated):
    note = echo.at("echo.v1.Note")

    async def notes(*texts: str):
        for text in texts:
            yield note(text=text)

    async with connected(echo, metadata={"who": "all"}) as (client, _):
        assert (await client.one(note(text="a"))).text == "a all"
        assert (await client.one(note(text="a"), metadata={"who": "one"})).text == "a one"
        assert (await client.join([note(text="x"), note(text="y")])).text == "xy"
        assert (await client.join(notes("x", "y", "z"))).text == "xyz"
        assert (await client.join([])).text == ""
        assert [found.number async for found in client.split(note(text="abc"))] == [0, 1, 2]
        assert [found.text async for found in client.chat(notes("a", "b"))] == ["A", "B"]
        assert [found async for found in client.chat([])] == []


async def test_answers_come_while_messages_are_sent(echo: Generated):
    note = echo.at("echo.v1.Note")
    answered = asyncio.Event()

    async def turns():
        yield note(text="ping")
        await asyncio.wait_for(answered.wait(), 20)
        yield note(text="pong")

    async with connected(echo) as (client, _):
        found = []
        async for answer in client.chat(turns()):
            found.append(answer.text)
            answered.set()
        assert found == ["PING", "PONG"]


async def test_a_failure_of_what_is_sent_ends_the_call(echo: Generated):
    note = echo.at("echo.v1.Note")

    async def failing():
        yield note(text="a")
        raise RuntimeError("mine")

    async with connected(echo) as (client, _):
        with pytest.raises(RuntimeError, match="mine"):
            [answer async for answer in client.chat(failing())]
        with pytest.raises(RuntimeError, match="mine"):
            await client.join(failing())
        assert (await client.one(note(text="still"))).text == "still "


async def test_a_status_is_an_error_of_both_trees(echo: Generated):
    note, errors = echo.at("echo.v1.Note"), echo.runtime("errors")
    async with connected(echo) as (client, _):
        with pytest.raises(errors.NotFoundError) as caught:
            await client.one(note(text="missing"))
        error: Any = caught.value
        assert isinstance(error, GRPCError)
        assert (error.status, error.code, error.message) == (Status.NOT_FOUND, "NOT_FOUND", "nobody")
        assert [detail.unpack(echo.root.REGISTRY) for detail in error.details] == [note(text="detail")]
        assert str(error) == "/echo.v1.Echo/One: NOT_FOUND: nobody"
        with pytest.raises(errors.ServerError) as caught:
            await client.unanswered(note())
        assert caught.value.code == "UNIMPLEMENTED"  # type: ignore[attr-defined]
        with pytest.raises(errors.ServerError) as caught:
            await client.one(note(text="bug"))
        assert "secret" not in str(caught.value)
        answers = client.split(note(text="ab!c"))
        assert [(await anext(answers)).text for _ in range(3)] == ["a", "b", "!"]
        with pytest.raises(errors.RateLimitError, match="enough"):
            await anext(answers)


async def test_deadlines_go_to_the_server_and_hold_here(echo: Generated):
    note, errors = echo.at("echo.v1.Note"), echo.runtime("errors")
    async with connected(echo, timeout=30) as (client, service):
        assert (await client.one(note(text="limit"))).text == "True"
        assert service.seen.timeout is not None
        with pytest.raises(errors.DeadlineError) as caught:
            await client.one(note(text="late"), timeout=0.2)
        assert isinstance(caught.value, (TimeoutError, GRPCError))
        with pytest.raises(TimeoutError):
            [answer async for answer in client.split(note(text="a~"), timeout=0.2)]


async def test_leaving_a_stream_cancels_the_call(echo: Generated):
    note = echo.at("echo.v1.Note")
    async with connected(echo) as (client, service):
        answers = client.split(note(text="a~b"))
        assert (await anext(answers)).text == "a"
        await answers.aclose()
        for _ in range(200):
            if service.ended:
                break
            await asyncio.sleep(0.02)
        assert service.ended == 1
        assert (await client.one(note(text="still"))).text == "still "


async def test_no_server_is_a_connect_error(echo: Generated):
    errors = echo.runtime("errors")
    transport = echo.runtime("grpc.grpclib_transport").GrpclibTransport("127.0.0.1", 1, tls=False)
    with pytest.raises(errors.ConnectError, match="no connection") as caught:
        await echo.at("echo.v1.EchoClient")(transport).one(echo.at("echo.v1.Note")())
    assert caught.value.operation == "/echo.v1.Echo/One"
    transport.close()


async def test_an_answer_that_is_no_message_is_a_decode_error(echo: Generated):
    errors, note = echo.runtime("errors"), echo.at("echo.v1.Note")

    class Broken:
        def SerializeToString(self) -> bytes:  # noqa: N802
            return b"\x0a\xff"

    service = server_class(echo)()

    async def one(request: Any, call: Any) -> Any:  # noqa: ARG001
        return Broken()

    service.one = one
    server = echo.runtime("grpc.grpclib_server").grpclib_server(service)
    await server.start("127.0.0.1", 0)
    port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    async with echo.runtime("grpc.grpclib_transport").GrpclibTransport("127.0.0.1", port, tls=False) as transport:
        with pytest.raises(errors.DecodeError):
            await echo.at("echo.v1.EchoClient")(transport).one(note())
    server.close()
    await server.wait_closed()
