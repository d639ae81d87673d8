"""A portal that runs everything in the calling thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

T = TypeVar("T")
P = ParamSpec("P")


class Portal:
    """Runs coroutines one by one."""

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(call)

    def iterate(self, values: AsyncIterator[T]) -> Iterator[T]:
        with asyncio.Runner() as runner:
            while True:
                try:
                    yield runner.run(_next(values))
                except StopAsyncIteration:
                    return

    async def later(self, call: Coroutine[Any, Any, T]) -> T:
        return await call

    async def each(self, values: AsyncIterator[T]) -> AsyncIterator[T]:
        async for value in values:
            yield value

    def callback(self, function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
        async def call(*args: P.args, **keywords: P.kwargs) -> T:
            return function(*args, **keywords)

        return call


async def _next(values: AsyncIterator[T]) -> T:
    return await values.__anext__()


_PORTAL = Portal()


def get_portal() -> Portal:
    return _PORTAL
