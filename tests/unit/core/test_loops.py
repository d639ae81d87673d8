"""A client of each event loop: made once, closed when nobody needs it, never shared by copies."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import os
import pickle
import subprocess
import sys
import threading
import weakref

import pytest

from specbind.core.loops import PerLoop


class Client:
    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def close(self) -> None:
        self.closed.set()


async def test_one_client_is_made_for_a_loop() -> None:
    holder = PerLoop[Client]()
    assert holder.get(Client) is holder.get(Client)


def test_another_loop_gets_another_client() -> None:
    holder = PerLoop[Client]()

    async def use() -> Client:
        return holder.get(Client)

    assert asyncio.run(use()) is not asyncio.run(use())


async def test_after_close_the_next_use_makes_a_client() -> None:
    holder = PerLoop[Client]()
    first = holder.get(Client)
    await holder.close()
    assert first.closed.is_set()
    assert holder.get(Client) is not first


async def test_a_client_whose_holder_is_gone_is_closed() -> None:
    holder = PerLoop[Client]()
    client = holder.get(Client)
    del holder
    gc.collect()
    await asyncio.wait_for(client.closed.wait(), 30)


async def test_copies_and_pickles_have_no_client() -> None:
    holder = PerLoop[Client]()
    client = holder.get(Client)
    pickled = pickle.loads(pickle.dumps(holder))  # noqa: S301 - made here
    for other in (copy.copy(holder), copy.deepcopy(holder), pickled):
        assert other.get(Client) is not client
    assert not client.closed.is_set()


def on_loop(loop: asyncio.AbstractEventLoop, holder: PerLoop[Client]) -> Client:
    async def use() -> Client:
        return holder.get(Client)

    return loop.run_until_complete(use())


def test_loops_in_two_threads_keep_their_clients() -> None:
    holder = PerLoop[Client]()
    both = threading.Barrier(2, timeout=30)
    found: list[tuple[Client, Client, bool]] = []

    async def use() -> None:
        first = holder.get(Client)
        await asyncio.to_thread(both.wait)
        second = holder.get(Client)
        await asyncio.to_thread(both.wait)
        await asyncio.sleep(0)
        found.append((first, second, first.closed.is_set()))
        await asyncio.to_thread(both.wait)
        await holder.close()

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 2
    for first, second, closed in found:
        assert first is second
        assert not closed
    assert found[0][0] is not found[1][0]
    assert all(first.closed.is_set() for first, _, _ in found)


def test_a_loop_that_stands_still_keeps_its_client_until_the_holder_goes() -> None:
    holder = PerLoop[Client]()
    with contextlib.closing(asyncio.new_event_loop()) as one, contextlib.closing(asyncio.new_event_loop()) as other:
        client = on_loop(one, holder)
        on_loop(other, holder)
        assert on_loop(one, holder) is client
        assert not client.closed.is_set()
        del holder
        gc.collect()
        one.run_until_complete(asyncio.wait_for(client.closed.wait(), 30))
        other.run_until_complete(asyncio.sleep(0))
        other.run_until_complete(asyncio.sleep(0))


def test_clients_of_closed_loops_are_let_go() -> None:
    holder = PerLoop[Client]()
    loop = asyncio.new_event_loop()
    client = weakref.ref(on_loop(loop, holder))
    loop.close()
    with contextlib.closing(asyncio.new_event_loop()) as other:
        on_loop(other, holder)
        gc.collect()
        assert client() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_leaves_the_client_of_its_parent_alone() -> None:
    holder = PerLoop[Client]()

    async def mine_instead_of(client: Client) -> bool:
        mine = holder.get(Client)
        await asyncio.sleep(0)
        return mine is not client and not client.closed.is_set()

    async def use() -> bool:
        client = holder.get(Client)
        child = os.fork()
        if not child:
            code = 1
            try:
                code = 0 if asyncio.run(mine_instead_of(client)) else 1
            finally:
                os._exit(code)
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        return status == 0 and holder.get(Client) is client

    assert asyncio.run(use())


def test_behind_a_synchronous_face_it_is_closed_at_the_end_of_the_program() -> None:
    program = """
from specbind.core._link import get_portal, portal_here
from specbind.core.loops import PerLoop
class Client:
    async def close(self): print("closed")
async def use():
    assert portal_here() is get_portal()
    return holder.get(Client)
assert portal_here() is None
holder = PerLoop()
get_portal().run(use())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "closed\n"
