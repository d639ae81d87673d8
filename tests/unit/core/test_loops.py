"""A client of each event loop: made once, closed when nobody needs it, never shared by copies."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle

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
