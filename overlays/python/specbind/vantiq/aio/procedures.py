"""Procedures in one line, and coroutine functions for programs that are not asynchronous."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from specbind.vantiq.errors import VantiqException, told

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from specbind.vantiq.response import VantiqResponse

    from .client import Vantiq

__all__ = ["async_from_sync", "execute_procedure"]

P = ParamSpec("P")
R = TypeVar("R")


async def execute_procedure(vantiq_client: Vantiq, procedure_name: str, params: dict[str, Any]) -> VantiqResponse:
    """Run a procedure and close the client, which is used as `async with`.

    Raises:
        VantiqException: the procedure failed; the text has the server's reason.
    """
    async with vantiq_client:
        response = await vantiq_client.execute(procedure_name, params)
    if not response.is_success:
        errors = response.errors or []
        reason = told(errors[0].message, errors[0].params) if errors else "no error detail returned"
        raise VantiqException(
            "io.vantiq.sdk.procedure.execution.failed",
            "Execution of procedure {0} failed: {1}",
            [procedure_name, reason],
        )
    return response


def async_from_sync(func: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    """Let a coroutine function be called without `await`. Where an event loop runs already, it gets one of its own in
    another thread, and the caller waits.
    """

    @functools.wraps(func)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(func(*args, **kwargs))
        context = contextvars.copy_context()
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(context.run, lambda: asyncio.run(func(*args, **kwargs))).result()

    return call
