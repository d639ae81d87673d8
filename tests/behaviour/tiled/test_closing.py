"""Contexts that are closed while something else goes wrong."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.support.tiled_script import HOME, Tree, context_over

from specbind.tiled.aio import _application


async def test_a_started_server_is_stopped_whatever_else_fails():
    context = context_over(Tree([]), HOME)
    stopped: list[bool] = []
    context._stop = lambda: stopped.append(True)

    async def fail() -> None:
        raise OSError("no")

    context._connection.transport.close = fail  # type: ignore[union-attr, method-assign]
    with pytest.raises(OSError, match="no"):
        await context.close()
    assert stopped == [True]


async def test_an_application_that_does_not_shut_down_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(_application, "_SHUTDOWN", 0.01)
    caplog.set_level(logging.WARNING)

    async def application(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await asyncio.Event().wait()

    lifespan = _application._Lifespan(application)
    await lifespan.started()
    await asyncio.wait_for(lifespan.end(), 5)
    assert "took longer" in caplog.text
