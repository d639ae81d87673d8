"""What a transport does beside calls: credentials, retries, sizes, compression, metadata of answers."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel
from grpclib.events import RecvMessage, RecvTrailingMetadata, SendRequest, listen
from h2.errors import ErrorCodes
from h2.events import RequestReceived
from multidict import MultiDict
from tests.support.http2_server import OK, framed, http2_server
from tests.unit.python_target.proto.rpcs import CHAT, JOIN, ONE, SAFE, SPLIT, A, Note, scripted

from specbind.generator.targets.python._runtime import errors
from specbind.generator.targets.python._runtime.credentials import AccessToken
from specbind.generator.targets.python._runtime.grpc.credentials import RpcToken
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcConnectError, RpcDeadlineError, RpcError
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.options import Settings
from specbind.generator.targets.python._runtime.grpc.reply import Reply
from specbind.generator.targets.python._runtime.grpc.retries import RpcRetries, RpcThrottle
from specbind.generator.targets.python._runtime.grpc.status_messages import RetryInfo, StatusMessage
from specbind.generator.targets.python._runtime.proto.wellknown import Any as AnyMessage
from specbind.generator.targets.python._runtime.proto.wellknown import Duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.http2_server import Peer

UNAVAILABLE = 14
UNAUTHENTICATED = 16
FAST = RpcRetries(base=0.001)


def refusing(code: int, times: int, *trailers: tuple[str, str], seen: list[dict[str, str]] | None = None) -> Any:
    """A server that refuses the first calls and answers the others."""
    calls = [] if seen is None else seen

    async def script(peer: Peer) -> None:
        while True:
            stream, headers = await peer.call()
            calls.append(headers)
            if len(calls) <= times:
                peer.refuse(stream, code, *trailers)
            else:
                peer.answer(stream, A)

    return script


# -- retries


def test_how_long_is_waited():
    retries = RpcRetries(attempts=4, base=0.5, cap=1.5, max_pushback=5)
    assert [retries.wait(n, draw=lambda: 1.0) for n in (1, 2, 3, 4)] == [0.5, 1.0, 1.5, None]
    assert retries.wait(1, draw=lambda: 0.0) == 0.0
    assert [retries.wait(1, pushback) for pushback in (0.0, 5.0, 5.1, -1.0)] == [0.0, 5.0, None, None]
    assert RpcRetries(attempts=5000, cap=2).wait(4000, draw=lambda: 1.0) == 2
    assert RpcRetries(attempts=1).wait(1) is None
    with pytest.raises(ValueError, match="at least once"):
        RpcRetries(attempts=0)


def test_the_budget_of_a_transport():
    throttle = RpcThrottle(RpcRetries(budget=4, refill=0.5), clock=lambda: 0.0)
    assert [throttle.failed() for _ in range(3)] == [True, False, False]
    for _ in range(4):
        throttle.succeeded()
    assert throttle.failed() is False
    for _ in range(20):
        throttle.succeeded()
    assert throttle.failed() is True


def test_the_budget_comes_back_with_time_but_never_above_itself():
    now = [50.0]
    throttle = RpcThrottle(RpcRetries(budget=4, recovery=0.5), clock=lambda: now[0])
    assert [throttle.failed() for _ in range(5)] == [True, False, False, False, False]
    now[0] += 5.0
    assert throttle.failed() is False  # 2.5 came back, and one goes
    now[0] += 4.0
    assert throttle.failed() is True
    now[0] += 1000.0
    assert [throttle.failed() for _ in range(2)] == [True, False]
    now[0] -= 10.0  # no clock goes back, but one that does takes nothing
    throttle.succeeded()
    assert throttle.failed() is False


def test_a_budget_without_recovery_is_that_of_gRPC():  # noqa: N802  # its name
    now = [0.0]
    throttle = RpcThrottle(RpcRetries(budget=4, recovery=0), clock=lambda: now[0])
    assert [throttle.failed() for _ in range(2)] == [True, False]
    now[0] += 1000.0
    assert throttle.failed() is False


async def test_one_call_that_fails_leaves_the_next_ones_their_attempts():
    now = [0.0]
    seen: list[dict[str, str]] = []
    async with scripted(refusing(UNAVAILABLE, 99, seen=seen), retries=FAST) as transport:
        transport._throttle = RpcThrottle(FAST, clock=lambda: now[0])
        for _ in range(3):
            with pytest.raises(errors.ServerError):
                await transport.unary(SAFE, Note())
            now[0] += 10.0
    assert len(seen) == 12


async def test_an_idempotent_rpc_is_tried_again():
    seen: list[dict[str, str]] = []
    async with scripted(refusing(UNAVAILABLE, 2, seen=seen), retries=FAST, timeout=30) as transport:
        with Reply() as reply:
            assert await transport.unary(SAFE, Note()) == Note(text="a")
        assert (reply.attempts, len(seen)) == (3, 3)
        left = [int(headers["grpc-timeout"][:-1]) for headers in seen]
        assert left == sorted(left, reverse=True)


@pytest.mark.parametrize(
    ("rpc", "code", "options"),
    [
        (ONE, UNAVAILABLE, {}),
        (SAFE, 8, {}),
        (SAFE, 13, {}),
        (SAFE, UNAVAILABLE, {"retries": None}),
        (SAFE, UNAVAILABLE, {"retries": RpcRetries(attempts=1)}),
        (SAFE, UNAVAILABLE, {"retries": RpcRetries(budget=0)}),
    ],
)
async def test_what_is_not_tried_again(rpc: Any, code: int, options: dict[str, Any]):
    async with scripted(refusing(code, 1), **{"retries": FAST, **options}) as transport:
        with pytest.raises(RpcError) as caught:
            await transport.unary(rpc, Note())
        assert caught.value.attempt == 1


@pytest.mark.parametrize("known", [[ONE], {ONE.path}], ids=["rpc", "path"])
async def test_an_overlay_knows_what_is_idempotent(known: Any):
    async with scripted(refusing(UNAVAILABLE, 1), retries=FAST, idempotent=known) as transport:
        assert await transport.unary(ONE, Note()) == Note(text="a")


async def test_the_last_error_says_how_often_it_was_tried():
    async with scripted(refusing(UNAVAILABLE, 9), retries=FAST) as transport:
        with pytest.raises(errors.ServerError, match=r"UNAVAILABLE \(attempt 4\)") as caught:
            await transport.unary(SAFE, Note())
        assert caught.value.attempt == 4


async def test_a_server_that_is_down_is_spared():
    seen: list[dict[str, str]] = []
    steady = RpcRetries(base=0.001, recovery=0)
    async with scripted(refusing(UNAVAILABLE, 99, seen=seen), retries=steady) as transport:
        for _ in range(6):
            with pytest.raises(errors.ServerError):
                await transport.unary(SAFE, Note())
        assert len(seen) == 4 + 5 * 1  # half of the budget is gone after the first try of the second call


def delayed(seconds: int) -> tuple[str, str]:
    info = RetryInfo(retry_delay=Duration(seconds=seconds))
    status = StatusMessage(code=UNAVAILABLE, details=[AnyMessage.pack(info)]).SerializeToString()
    return ("grpc-status-details-bin", b64encode(status).decode())


@pytest.mark.parametrize(
    ("trailer", "again"),
    [
        (("grpc-retry-pushback-ms", "1"), True),
        (("grpc-retry-pushback-ms", "-1"), False),
        (("grpc-retry-pushback-ms", "soon"), False),
        (("grpc-retry-pushback-ms", "99999999"), False),
        (delayed(0), True),
        (delayed(9999), False),
    ],
)
async def test_a_server_says_when_to_come_back(trailer: tuple[str, str], again: bool):
    slow = RpcRetries(base=1000, cap=1000)
    async with scripted(refusing(UNAVAILABLE, 1, trailer), retries=slow) as transport, asyncio.timeout(20):
        if again:
            assert await transport.unary(SAFE, Note()) == Note(text="a")
        else:
            with pytest.raises(errors.ServerError):
                await transport.unary(SAFE, Note())


async def test_no_wait_is_begun_that_passes_the_deadline():
    async with (
        scripted(refusing(UNAVAILABLE, 1, ("grpc-retry-pushback-ms", "30000"))) as transport,
        asyncio.timeout(10),
    ):
        with pytest.raises(errors.ServerError):
            await transport.unary(SAFE, Note(), timeout=5)


async def test_a_call_that_was_not_looked_at_is_sent_again_whatever_it_is():
    async def script(peer: Peer) -> None:
        for _ in range(2):
            stream, _ = await peer.call()
            peer.reset(stream, ErrorCodes.REFUSED_STREAM)
            stream, _ = await peer.call()
            peer.answer(stream, A)
        stream, _ = await peer.call()
        peer.reset(stream, ErrorCodes.REFUSED_STREAM)
        await peer.until(RequestReceived)

    async with scripted(script, retries=FAST) as transport:
        assert await transport.unary(ONE, Note()) == Note(text="a")
        assert await transport.client_stream(JOIN, [Note(), Note()]) == Note(text="a")
        with pytest.raises(errors.TransportError):  # what an iterator gave is gone
            await transport.client_stream(JOIN, iter([Note()]))


async def test_a_connection_that_does_not_open_is_tried_again():
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.answer(stream, A)
        await peer.until(RequestReceived)

    class Late(Channel):
        missing = 2

        async def __connect__(self) -> Any:
            self.missing -= 1
            if self.missing >= 0:
                raise ConnectionRefusedError("not yet")
            return await super().__connect__()

    async with http2_server(script) as port, Late("127.0.0.1", port) as channel:
        transport = GrpclibTransport.over(channel, retries=FAST)
        assert await transport.client_stream(JOIN, iter([Note()])) == Note(text="a")
        channel.missing = 99
        with pytest.raises(RpcConnectError, match="not yet") as caught:
            await transport.unary(ONE, Note())
        assert caught.value.attempt == 4


async def test_nothing_is_repeated_once_an_answer_was_seen():
    safe_split = type(SPLIT)(SPLIT.path, Note, Note, "server", idempotent=True)

    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.refuse(stream, UNAVAILABLE)
        stream, _ = await peer.call()
        peer.headers(stream, OK)
        peer.data(stream, framed(A))
        peer.headers(stream, [("grpc-status", str(UNAVAILABLE))], end=True)
        await peer.until(RequestReceived)
        raise AssertionError

    async with scripted(script, retries=FAST) as transport:
        answers = transport.server_stream(safe_split, Note())
        assert await anext(answers) == Note(text="a")
        with pytest.raises(errors.ServerError):
            await anext(answers)


# -- credentials


class Tokens:
    """Credentials that count."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> str:
        await asyncio.sleep(0.01)
        self.made += 1
        return f"t{self.made}"


async def test_a_token_is_asked_for_once_and_renewed_once_for_all():
    tokens = Tokens()
    seen: list[str] = []

    async def script(peer: Peer) -> None:
        while True:
            stream, headers = await peer.call()
            seen.append(headers["authorization"])
            if headers["authorization"] == "Bearer t1" and headers[":path"] == ONE.path:
                peer.refuse(stream, UNAUTHENTICATED)
            else:
                peer.answer(stream, A)

    async with scripted(script, credentials=RpcToken(tokens), metadata={"authorization": "x"}) as transport:
        await asyncio.gather(*(transport.unary(SAFE, Note()) for _ in range(5)))
        assert (tokens.made, set(seen)) == (1, {"Bearer t1"})
        await asyncio.gather(*(transport.unary(ONE, Note()) for _ in range(5)))
        assert tokens.made == 2
        assert await transport.client_stream(JOIN, iter([Note()])) == Note(text="a")
        await transport.unary(ONE, Note(), metadata={"authorization": "own"})
        assert seen[-1] == "own"


async def test_a_token_that_cannot_be_renewed_is_used_to_its_end_but_not_once_refused():
    asked = 0

    def source() -> AccessToken:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise OSError("no network")
        return AccessToken("t1", 1000.0)

    seen: list[dict[str, str]] = []
    token = RpcToken(source)
    script = refusing(UNAUTHENTICATED, 0, seen=seen)
    async with scripted(script, credentials=token) as transport:
        await transport.unary(ONE, Note())
        token._token._renew_at = 0.0
        for _ in range(3):
            await transport.unary(ONE, Note())
        assert [headers["authorization"] for headers in seen] == ["Bearer t1"] * 4
        assert asked == 2
    async with scripted(refusing(UNAUTHENTICATED, 9), credentials=token) as transport:
        with pytest.raises(errors.RequestError, match="no token"):
            await transport.unary(ONE, Note())


async def test_a_second_refusal_is_the_answer():
    tokens = Tokens()
    async with scripted(refusing(UNAUTHENTICATED, 99), credentials=RpcToken(tokens)) as transport:
        with pytest.raises(errors.UnauthorizedError):
            await transport.unary(ONE, Note())
        assert tokens.made == 2


async def test_messages_that_are_gone_are_not_sent_again_with_a_new_token():
    tokens = Tokens()
    async with scripted(refusing(UNAUTHENTICATED, 99), credentials=RpcToken(tokens)) as transport:
        with pytest.raises(errors.UnauthorizedError):
            await transport.client_stream(JOIN, iter([Note()]))
        assert tokens.made == 1


async def test_a_stream_is_begun_again_with_a_new_token():
    script = refusing(UNAUTHENTICATED, 1)
    async with scripted(script, credentials=RpcToken(Tokens())) as transport:
        assert [found async for found in transport.server_stream(SPLIT, Note())] == [Note(text="a")]
    async with scripted(refusing(UNAUTHENTICATED, 1), credentials=RpcToken(Tokens())) as transport:
        assert [found async for found in transport.both_streams(CHAT, [Note()])] == [Note(text="a")]


async def test_the_deadline_holds_for_credentials_too():
    async def never() -> str:
        await asyncio.sleep(60)
        return ""

    async with GrpclibTransport("127.0.0.1", 1, tls=False, credentials=RpcToken(never)) as transport:
        with pytest.raises(RpcDeadlineError, match="credentials"):
            await transport.unary(ONE, Note(), timeout=0.05)


async def test_a_fixed_token_stays_and_is_not_shown():
    token = RpcToken("secret", name="x-key", prefix="")
    assert await token.metadata() == {"x-key": "secret"}
    await token.refresh({"x-key": "secret"})
    assert await token.metadata() == {"x-key": "secret"}
    assert "secret" not in repr(token)


async def test_no_token_is_an_error_that_says_so():
    def broken() -> str:
        raise OSError("no login")

    async with GrpclibTransport("127.0.0.1", 1, tls=False, credentials=RpcToken(broken)) as transport:
        with pytest.raises(errors.RequestError, match="no login"):
            await transport.unary(ONE, Note())


# -- options


@pytest.mark.parametrize(
    "options",
    [{"timeout": 0}, {"timeout": float("inf")}, {"max_receive_size": -1}, {"max_send_size": -1}, {"compression": "br"}],
)
def test_wrong_options_are_refused(options: dict[str, Any]):
    with pytest.raises(ValueError, match=r"None is no|gzip alone"):
        GrpclibTransport("127.0.0.1", 1, **options)


def test_an_option_that_there_is_not_is_refused():
    with pytest.raises(TypeError, match="colour"):
        GrpclibTransport("127.0.0.1", 1, colour="blue")  # type: ignore[call-arg]


def test_a_transport_can_be_made_before_the_event_loop():
    transport = GrpclibTransport("127.0.0.1", 1, tls=False, retries=None)

    async def call() -> None:
        with pytest.raises(RpcConnectError):
            await transport.unary(ONE, Note())
        transport.close()

    asyncio.run(call())
    assert Settings().max_receive_size == 64 * 1024 * 1024


async def test_listeners_of_a_channel_hear_of_calls():
    seen: list[Any] = []

    async def sign(event: Any) -> None:
        event.metadata["authorization"] = "listener"

    async def note(event: Any) -> None:
        seen.append(event)

    async def script(peer: Peer) -> None:
        stream, headers = await peer.call()
        assert headers["authorization"] == "listener"
        peer.answer(stream, A)
        await peer.until(RequestReceived)

    async with http2_server(script) as port, Channel("127.0.0.1", port) as channel:
        listen(channel, SendRequest, sign)
        listen(channel, RecvMessage, note)
        listen(channel, RecvTrailingMetadata, note)
        async with GrpclibTransport.over(channel) as transport:
            assert await transport.unary(ONE, Note()) == Note(text="a")
            assert [type(event) for event in seen] == [RecvMessage, RecvTrailingMetadata]
        assert channel._protocol is not None  # somebody else's, so it is not closed


async def test_metadata_of_calls_and_answers():
    async def script(peer: Peer) -> None:
        event = await peer.until(RequestReceived)
        names = [(name, value) for name, value in event.headers or [] if str(name) in {"a", "b", "c-bin"}]
        assert names == [("b", "1"), ("b", "2"), ("a", "mine"), ("c-bin", "AP8")]
        peer.headers(event.stream_id, [*OK, ("x", "1"), ("x", "2"), ("y-bin", "AQ")])
        peer.data(event.stream_id, framed(A))
        peer.headers(event.stream_id, [("grpc-status", "0"), ("cost", "7")], end=True)
        stream, _ = await peer.call()
        peer.answer(stream, A)
        await peer.until(RequestReceived)

    defaults = MultiDict([("a", "all"), ("b", "1"), ("b", "2")])
    async with scripted(script, metadata=defaults) as transport:
        with Reply() as outer:
            with Reply() as reply:
                await transport.unary(ONE, Note(), metadata={"a": "mine", "c-bin": b"\x00\xff"})
            await transport.unary(ONE, Note())
        assert reply.headers == MultiDict([("x", "1"), ("x", "2"), ("y-bin", b"\x01")])
        assert reply.trailers == MultiDict([("cost", "7")])
        assert not outer.trailers
        assert Reply.current() is None


async def test_headers_of_a_stream_are_there_with_its_first_answer():
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.headers(stream, [*OK, ("x", "1")])
        peer.data(stream, framed(A))
        await peer.until(RequestReceived)

    async with scripted(script) as transport:
        with Reply() as reply:
            answers = transport.server_stream(SPLIT, Note())
        await anext(answers)
        assert (reply.headers["x"], len(reply.trailers)) == ("1", 0)
        await answers.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [list, lambda: iter(()), lambda: (Note() for _ in range(0))])
async def test_no_messages_to_send(make: Callable[[], Any]):
    async with scripted(refusing(0, 0)) as transport:
        assert await transport.client_stream(JOIN, make()) == Note(text="a")
