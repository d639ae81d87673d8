"""What servers do wrong, and what becomes of it: one error each, with the path of the rpc."""

from __future__ import annotations

import gzip
import pickle
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel
from grpclib.exceptions import GRPCError
from h2.errors import ErrorCodes
from h2.events import RequestReceived
from tests.support.http2_server import OK, framed, http2_server
from tests.unit.python_target.proto.rpcs import ONE, A, Note, open_streams, scripted

from specbind.generator.targets.python._runtime import errors
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import (
    RpcDecodeError,
    RpcError,
    RpcLimitError,
    RpcLostError,
    RpcProtocolError,
    RpcUnauthorizedError,
)
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.reply import Reply
from specbind.generator.targets.python._runtime.grpc.status_messages import StatusMessage
from specbind.generator.targets.python._runtime.proto.wellknown import Any as AnyMessage

if TYPE_CHECKING:
    from tests.support.http2_server import Peer

HTML = [(":status", "502"), ("content-type", "text/html")]


def no_status(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, framed(A), end=True)


def no_headers(peer: Peer, stream: int) -> None:
    peer.headers(stream, [*HTML[:0], (":status", "200")], end=True)


def html(peer: Peer, stream: int) -> None:
    peer.headers(stream, HTML)
    peer.data(stream, b"<h1>Bad\x1b[31m Gateway</h1>", end=True)


def html_of_200(peer: Peer, stream: int) -> None:
    peer.headers(stream, [(":status", "200"), ("content-type", "text/html")])
    peer.data(stream, b"<h1>Log in</h1>", end=True)


def unauthorized(peer: Peer, stream: int) -> None:
    peer.headers(stream, [(":status", "401")], end=True)


def trailers_only(peer: Peer, stream: int) -> None:
    peer.refuse(stream, 5, ("grpc-message", "no%20such%0athing"))


def odd_status(peer: Peer, stream: int) -> None:
    peer.refuse(stream, 99, ("grpc-message", "odd"))


def text_status(peer: Peer, stream: int) -> None:
    peer.headers(stream, [*OK, ("grpc-status", "fine")], end=True)


def flag_of_two(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, framed(A, flag=2))


def compressed_without_name(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, framed(gzip.compress(A), flag=1))


def compressed_by_a_stranger(peer: Peer, stream: int) -> None:
    peer.headers(stream, [*OK, ("grpc-encoding", "br")])
    peer.data(stream, framed(b"xxx", flag=1))


def broken_gzip(peer: Peer, stream: int) -> None:
    peer.headers(stream, [*OK, ("grpc-encoding", "gzip")])
    peer.data(stream, framed(gzip.compress(A)[:-4], flag=1))


def bomb(peer: Peer, stream: int) -> None:
    peer.headers(stream, [*OK, ("grpc-encoding", "gzip")])
    peer.data(stream, framed(gzip.compress(bytes(1_000_000)), flag=1))


def too_long(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, b"\x00\xff\xff\xff\xff")


def truncated(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, framed(A)[:-1])
    peer.headers(stream, [("grpc-status", "0")], end=True)


def truncated_prefix(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, b"\x00\x00", end=True)


def no_message(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.headers(stream, [("grpc-status", "0")], end=True)


def two_messages(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.data(stream, framed(A) * 2)
    peer.headers(stream, [("grpc-status", "0")], end=True)


def no_note(peer: Peer, stream: int) -> None:
    peer.answer(stream, b"\x0a\xff")


def no_base64(peer: Peer, stream: int) -> None:
    peer.answer(stream, A, ("x-bin", "!"))


def refused(peer: Peer, stream: int) -> None:
    peer.reset(stream, ErrorCodes.REFUSED_STREAM)


def calmed(peer: Peer, stream: int) -> None:
    peer.reset(stream, ErrorCodes.ENHANCE_YOUR_CALM)


def canceled(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.reset(stream, ErrorCodes.CANCEL)


def closed(peer: Peer, stream: int) -> None:  # noqa: ARG001
    peer.close()


def gone(peer: Peer, stream: int) -> None:
    peer.headers(stream, OK)
    peer.close()


def goaway(peer: Peer, stream: int) -> None:  # noqa: ARG001
    peer.goaway(0, ErrorCodes.ENHANCE_YOUR_CALM)


FAULTS: list[tuple[Any, type[Exception], str, str]] = [
    (no_status, RpcProtocolError, "INTERNAL", "no status"),
    (no_headers, RpcProtocolError, "UNKNOWN", "not gRPC but HTTP 200"),
    (html, errors.ServerError, "UNAVAILABLE", "HTTP 502, text/html: <h1>Bad.* Gateway"),
    (html_of_200, RpcProtocolError, "UNKNOWN", "text/html: <h1>Log in"),
    (unauthorized, RpcUnauthorizedError, "UNAUTHENTICATED", "HTTP 401"),
    (trailers_only, errors.NotFoundError, "NOT_FOUND", "no such thing"),
    (odd_status, errors.ServerError, "UNKNOWN", "odd"),
    (text_status, RpcProtocolError, "INTERNAL", "the status is 'fine'"),
    (flag_of_two, RpcProtocolError, "INTERNAL", "begins with the byte 2"),
    (compressed_without_name, RpcProtocolError, "INTERNAL", "'identity'"),
    (compressed_by_a_stranger, RpcProtocolError, "INTERNAL", "'br'"),
    (broken_gzip, RpcProtocolError, "INTERNAL", "not gzip"),
    (bomb, RpcLimitError, "RESOURCE_EXHAUSTED", "max_receive_size=1000"),
    (too_long, RpcLimitError, "RESOURCE_EXHAUSTED", "4294967295 bytes, more than max_receive_size=1000"),
    (truncated, RpcProtocolError, "INTERNAL", "stops before its end"),
    (truncated_prefix, RpcProtocolError, "INTERNAL", "stops before its end"),
    (no_message, errors.ServerError, "UNIMPLEMENTED", "no message"),
    (two_messages, errors.ServerError, "UNIMPLEMENTED", "more than one"),
    (no_note, RpcDecodeError, "INTERNAL", "no Note"),
    (no_base64, RpcProtocolError, "INTERNAL", "'x-bin' is no base64"),
    (refused, RpcLostError, "UNAVAILABLE", "cut off"),
    (calmed, RpcLostError, "RESOURCE_EXHAUSTED", "cut off"),
    (canceled, RpcLostError, "CANCELLED", "cut off"),
    (closed, RpcLostError, "UNAVAILABLE", "connection was lost"),
    (gone, RpcLostError, "UNAVAILABLE", "connection was lost"),
    (goaway, RpcLostError, "UNAVAILABLE", "GOAWAY"),
]


@pytest.mark.parametrize(("fault", "kind", "code", "text"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
async def test_a_fault_is_one_error_of_the_call(fault: Any, kind: type[Exception], code: str, text: str, own: bool):
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        fault(peer, stream)
        await peer.until(RequestReceived)

    async with http2_server(script) as port:
        channel = None if own else Channel("127.0.0.1", port)
        options: dict[str, Any] = {"max_receive_size": 1000, "retries": None}
        transport = (
            GrpclibTransport("127.0.0.1", port, tls=False, **options)
            if channel is None
            else GrpclibTransport.over(channel, **options)
        )
        with pytest.raises(kind, match=text if own or "lost" not in text else "cut off") as caught:
            await transport.unary(ONE, Note(), timeout=20)
        error = caught.value
        assert isinstance(error, RpcError)
        assert isinstance(error, GRPCError)
        assert (error.code, error.operation, error.attempt) == (code, ONE.path, 1)
        assert str(error).startswith(f"{ONE.path}: {code}")
        assert str(error).isprintable()
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
        assert (type(copy), str(copy)) == (type(error), str(error))
        assert open_streams(transport) == 0
        transport.close()
        if channel is not None:
            channel.close()


async def test_details_and_metadata_of_a_failure():
    detail = AnyMessage.pack(Note(text="why"))
    status = b64encode(StatusMessage(code=3, message="bad", details=[detail]).SerializeToString()).decode().rstrip("=")

    async def script(peer: Peer) -> None:
        for value in (status, "!", b64encode(b"\xff\xff").decode()):
            stream, _ = await peer.call()
            peer.refuse(stream, 3, ("grpc-status-details-bin", value), ("a", "1"), ("a", "2"), ("b-bin", "AQ"))

    async with scripted(script) as transport:
        for expected in ((detail,), (), ()):
            with Reply() as reply, pytest.raises(errors.BadRequestError) as caught:
                await transport.unary(ONE, Note())
            error = caught.value
            assert isinstance(error, RpcError)
            assert error.details == expected
            assert error.metadata.getall("a") == reply.trailers.getall("a") == ["1", "2"]
            assert error.metadata["b-bin"] == b"\x01"
            assert dict(error.headers) == {"a": "1"}
