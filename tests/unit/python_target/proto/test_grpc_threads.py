"""Large messages are packed and unpacked beside the event loop, in bounded memory, in order, until the call is over."""

from __future__ import annotations

import asyncio
import gzip
import os
import threading
import zlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.http2_server import OK, framed
from tests.unit.python_target.proto.rpcs import CHAT, JOIN, ONE, Note, open_streams, scripted, serving

from specbind.generator.targets.python._runtime import errors
from specbind.generator.targets.python._runtime.grpc import framing
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcLimitError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.http2_server import Peer

MIB = 1024 * 1024


class Zlib:
    """zlib that notes which thread did how much of which work, and may be held."""

    def __init__(self) -> None:
        self.threads: dict[str, set[int]] = {"pack": set(), "unpack": set()}
        self.unpacked = 0
        self.packed = 0
        self.going = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def compressobj(self, *given: int) -> Any:
        inner = zlib.compressobj(*given)

        def compress(piece: bytes) -> bytes:
            self.threads["pack"].add(threading.get_ident())
            self.packed += len(piece)
            self.going.set()
            assert self.go.wait(20)
            return inner.compress(piece)

        return SimpleNamespace(compress=compress, flush=inner.flush)

    def decompressobj(self, *given: int) -> Any:
        return Unpacker(self, zlib.decompressobj(*given))


class Unpacker:
    def __init__(self, at: Zlib, inner: Any) -> None:
        self._at = at
        self._inner = inner

    def decompress(self, *given: Any) -> bytes:
        self._at.threads["unpack"].add(threading.get_ident())
        found: bytes = self._inner.decompress(*given)
        self._at.unpacked += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Zlib:
    found = Zlib()
    module = SimpleNamespace(
        compressobj=found.compressobj, decompressobj=found.decompressobj, error=zlib.error, **ZLIB_NUMBERS
    )
    monkeypatch.setattr(framing, "zlib", module)
    return found


ZLIB_NUMBERS = {name: getattr(zlib, name) for name in ("DEFLATED", "MAX_WBITS")}


class Echo:
    __rpcs__ = ((ONE, "one"), (JOIN, "join"), (CHAT, "chat"))

    async def one(self, request: Note, call: Any) -> Note:  # noqa: ARG002
        return Note(number=len(request.text))

    async def join(self, requests: AsyncIterator[Note], call: Any) -> Note:  # noqa: ARG002
        return Note(text=",".join([f"{request.number}:{len(request.text)}" async for request in requests]))

    async def chat(self, requests: AsyncIterator[Note], call: Any) -> AsyncIterator[Note]:  # noqa: ARG002
        async for request in requests:
            yield request


async def test_a_small_message_costs_no_thread(noted: Zlib):
    async with serving(Echo(), compression="gzip") as transport:
        assert (await transport.unary(ONE, Note(text="x" * 100_000))).number == 100_000
    assert noted.threads == {"pack": {threading.get_ident()}, "unpack": {threading.get_ident()}}


async def test_a_large_message_is_packed_and_unpacked_in_threads(noted: Zlib):
    text = os.urandom(2 * MIB).hex()  # packed it has more than 1 MiB, too
    async with serving(Echo(), compression="gzip") as transport:
        assert (await transport.unary(ONE, Note(text=text))).number == len(text)
    assert noted.threads["pack"]
    assert noted.threads["unpack"]
    assert threading.get_ident() not in noted.threads["pack"] | noted.threads["unpack"]


async def test_of_what_is_small_when_packed_only_the_beginning_is_unpacked_on_the_event_loop(noted: Zlib):
    content = Note(text="x" * 20 * MIB).SerializeToString()
    packed = framing.frame(content, gzip=True)[framing.PREFIX :]
    here: list[int] = []
    usual = Unpacker.decompress

    def counted(self: Unpacker, *given: Any) -> bytes:
        found = usual(self, *given)
        if threading.get_ident() == loop:
            here.append(len(found))
        return found

    loop = threading.get_ident()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Unpacker, "decompress", counted)
        assert await framing.inflated(packed, None) == content
    assert len(packed) < MIB
    assert sum(here) <= MIB
    assert noted.unpacked == len(content)


async def test_an_answer_is_unpacked_in_a_thread(noted: Zlib):
    content = Note(text="x" * 5 * MIB).SerializeToString()

    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.headers(stream, [*OK, ("grpc-encoding", "gzip")])
        peer.data(stream, framed(gzip.compress(content), flag=1))
        peer.headers(stream, [("grpc-status", "0")], end=True)
        await peer.gone()

    async with scripted(script) as transport:
        assert len((await transport.unary(ONE, Note())).text) == 5 * MIB
    assert len(noted.threads["unpack"] - {threading.get_ident()}) == 1


async def test_a_bomb_is_stopped_while_it_is_unpacked(noted: Zlib):
    bomb = gzip.compress(bytes(100 * MIB))

    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.headers(stream, [*OK, ("grpc-encoding", "gzip")])
        peer.data(stream, framed(bomb[:15000], flag=1)[:1] + len(bomb).to_bytes(4, "big") + bomb[:15000])
        for start in range(15000, len(bomb), 15000):
            peer.data(stream, bomb[start : start + 15000])
        await peer.gone()

    async with scripted(script, max_receive_size=3 * MIB) as transport:
        with pytest.raises(RpcLimitError, match="max_receive_size"):
            await transport.unary(ONE, Note())
    assert 3 * MIB < noted.unpacked <= 3.5 * MIB


async def test_a_server_stops_a_bomb_while_it_is_unpacked(noted: Zlib):
    async with serving(Echo(), limit=3 * MIB, compression="gzip") as transport:
        with pytest.raises(errors.RateLimitError, match=str(3 * MIB)):
            await transport.unary(ONE, Note(text="x" * 100 * MIB))
    assert 3 * MIB < noted.unpacked <= 3.5 * MIB


async def test_messages_of_a_stream_stay_in_order_whatever_their_size():
    notes = [Note(text="x" * (3 * MIB if number % 2 else 3), number=number) for number in range(8)]
    async with serving(Echo(), compression="gzip") as transport:
        joined = await transport.client_stream(JOIN, notes)
        assert joined.text == ",".join(f"{note.number}:{len(note.text)}" for note in notes)
        assert [answer async for answer in transport.both_streams(CHAT, iter(notes))] == notes


@pytest.mark.parametrize("kind", ["unary", "stream", "deadline"])
async def test_a_call_that_is_over_packs_no_further(noted: Zlib, kind: str):
    large = Note(text="x" * 50 * MIB)
    noted.go.clear()
    async with serving(Echo(), compression="gzip") as transport:
        timeout = 0.3 if kind == "deadline" else None
        call = (
            transport.client_stream(JOIN, [large]) if kind == "stream" else transport.unary(ONE, large, timeout=timeout)
        )
        task = asyncio.ensure_future(call)
        async with asyncio.timeout(20):
            assert await asyncio.to_thread(noted.going.wait, 20)
            if kind == "deadline":
                with pytest.raises(errors.DeadlineError):
                    await task
            else:
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
        noted.go.set()
        assert (await transport.unary(ONE, Note(text="ab"))).number == 2
        assert open_streams(transport) == 0
        await asyncio.get_running_loop().shutdown_default_executor()
    assert noted.packed < 2 * MIB


async def test_threads_that_the_program_blocks_do_not_stop_a_call() -> None:
    over = threading.Event()
    blocked = [asyncio.create_task(asyncio.to_thread(over.wait, 60)) for _ in range(40)]
    try:
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            packed = await framing.framed(bytes(2 * MIB), gzip=True)
            assert await framing.inflated(packed[framing.PREFIX :], None) == bytes(2 * MIB)
    finally:
        over.set()
        await asyncio.gather(*blocked)
