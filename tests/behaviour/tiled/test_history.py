"""What was sent, for people: recorded, and in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tests.support.tiled_script import Tree, context_over

from specbind.bindings._runtime import ConnectError, answer
from specbind.tiled import TransportError, aio, hide_logs, record_history, show_logs

SECRET = "0123456789abcdef-secret"


async def root_over(tree: Any) -> Any:
    return await aio.from_context(context_over(tree, api_key=SECRET, headers={"X-Own": SECRET}))


async def test_each_try_is_recorded_with_its_answer_and_no_secret():
    tree = Tree(["a"])
    root = await root_over(tree)
    tree.special["GET metadata/a"] = lambda _: answer(404, {"detail": "gone"}, headers={"Set-Cookie": SECRET})
    with record_history() as history:
        assert await root.count() == 1
        assert not await root.contains("a")
    assert [each.method for each in history.requests] == ["GET", "GET"]
    assert [each.status_code for each in history.responses] == [200, 404]
    assert [each.url for each in history.responses] == [each.url for each in history.requests]
    assert all(each.seconds >= 0 for each in history.responses)
    assert SECRET not in repr(history)


async def test_what_was_never_answered_is_recorded_with_its_error():
    tree = Tree(["a"])
    root = await root_over(tree)
    tree.special["PATCH metadata/"] = lambda _: ConnectError("no route")
    root.context._connection._retries._seconds = 0
    with record_history() as history, pytest.raises(TransportError):
        await root.patch_metadata([])
    assert [(each.status_code, each.error) for each in history.responses] == [(None, "ConnectError")]


async def test_recordings_are_independent_and_end():
    root = await root_over(Tree(["a"]))
    with record_history() as outer:
        with record_history() as inner:
            await root.count()
        await root.count()
    await root.count()
    assert (len(outer.requests), len(inner.requests)) == (2, 1)


async def test_logs_are_shown_until_they_are_hidden(capsys: pytest.CaptureFixture[str]):
    loggers = [logging.getLogger(name) for name in ("specbind.tiled", "specbind.bindings.tiled")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    root = await root_over(Tree(["a"]))
    show_logs()
    show_logs()
    try:
        await root.count()
    finally:
        hide_logs()
    await root.count()
    shown = capsys.readouterr().err
    assert shown.count("/api/v1/search/") == 1
    assert SECRET not in shown
    assert [(logger.level, list(logger.handlers)) for logger in loggers] == before
