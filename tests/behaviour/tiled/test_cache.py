"""Answers that are kept on disk."""

from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import stat
import threading
import warnings
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support.tiled_script import context_over, entry

from specbind.bindings._runtime import LimitError, Request, answer
from specbind.tiled import Cache, aio
from specbind.tiled.aio import _connection
from specbind.tiled.cache import CachedResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specbind.bindings._runtime import Response


def request(url: str = "http://x/a", accept: str = "*/*") -> Request:
    made = Request("GET", url)
    made.headers["Accept"] = accept
    return made


def kept(content: bytes) -> CachedResponse:
    return CachedResponse(200, {"ETag": '"1"', "Set-Cookie": "secret"}, content)


def test_an_answer_is_kept_under_its_url_and_what_was_asked_for(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        assert cache.set(request(accept="application/json"), kept(b"{}"))
        assert cache.set(request(accept="application/x-msgpack"), kept(b"\x80"))
        found = cache.get(request(accept="application/x-msgpack"))
        assert found is not None
        assert (found.content, found.headers) == (b"\x80", {"ETag": '"1"'})
        assert (cache.count(), cache.size()) == (2, 3)
        assert cache.get(request("http://x/b")) is None
        assert cache.delete(request(accept="application/json"))
        assert not cache.delete(request(accept="application/json"))
        cache.clear()
        assert cache.count() == 0


def test_the_body_may_be_given_beside_the_answer(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        assert cache.set(request=request(), response=kept(b"old"), content=b"new!")
        found = cache.get(request())
        assert found is not None
        assert found.content == b"new!"
        assert cache.size() == 4


def test_it_stays_within_its_capacity_and_lets_the_unused_go(tmp_path: Path):
    with Cache(tmp_path / "c.db", capacity=100, max_item_size=40) as cache:
        assert not cache.set(request(), kept(b"x" * 41))
        for name in "abc":
            cache.set(request(name), kept(b"x" * 30))
        assert cache.get(request("a")) is not None
        cache.set(request("d"), kept(b"x" * 30))
        assert [cache.get(request(name)) is not None for name in "abcd"] == [True, False, True, True]
        cache.capacity = 60
        assert cache.size() <= 60
        with pytest.raises(ValueError, match="capacity"):
            cache.max_item_size = 60
    with pytest.raises(ValueError, match="capacity"):
        Cache(tmp_path / "c.db", capacity=10, max_item_size=10)


def test_files_of_others_are_left_alone(tmp_path: Path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="another file"):
        Cache(path)
    assert path.read_bytes() == before
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(RuntimeError, match="another file"):
        Cache(tmp_path / "text")


def test_it_is_the_owner_s_and_comes_back_from_a_pickle(tmp_path: Path):
    with Cache() as cache:
        assert cache.filepath.is_relative_to(tmp_path / "cache")
        assert stat.S_IMODE(cache.filepath.stat().st_mode) == 0o600
        cache.set(request(), kept(b"1"))
        with pickle.loads(pickle.dumps(cache)) as again:  # noqa: S301 - its own
            assert again.count() == 1
        with Cache(cache.filepath, readonly=True) as readonly:
            assert readonly.get(request()) is not None
            assert not readonly.set(request("b"), kept(b"2"))
            assert not readonly.write_safe()
            with pytest.raises(RuntimeError):
                readonly.clear()
    with pytest.raises(RuntimeError, match="closed"):
        cache.count()


def test_threads_may_use_it_at_once(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:

        def work(name: str) -> None:
            for number in range(20):
                cache.set(request(f"{name}{number}"), kept(b"x"))

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert cache.count() == 80


async def test_an_answer_is_taken_from_it_when_the_server_says_that_it_is_the_same(tmp_path: Path):
    etags: list[str | None] = []

    def script(given: Request) -> Response:
        etags.append(given.headers.get("If-None-Match"))
        if etags[-1] == '"v1"':
            return answer(304, b"", headers={"ETag": '"v1"'})
        node = msgspec.msgpack.encode({"data": entry("a", metadata={"x": 1})})
        return answer(200, node, media="application/x-msgpack", headers={"ETag": '"v1"'})

    with Cache(tmp_path / "c.db") as cache:
        context = context_over(script, api_key="secret-key", cache=cache)
        for _ in range(2):
            node = await aio.from_context(context, node_path_parts=["a"])
            assert node.metadata["x"] == 1
        assert etags == [None, '"v1"']
        assert cache.count() == 1
    assert b"secret-key" not in (tmp_path / "c.db").read_bytes()


async def test_answers_without_a_validator_are_not_kept(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        for headers in ({}, {"ETag": '"1"', "Cache-Control": "no-store"}):
            context = context_over(lambda _, h=headers: answer(200, {"data": entry("a")}, headers=h), cache=cache)
            await context._connection.get_json("metadata/a")
        assert cache.count() == 0


def node_script(size: int = 0) -> Callable[[Request], Response]:
    node = msgspec.msgpack.encode({"data": entry("a", metadata={"x": "y" * size})})
    return lambda _: answer(200, node, media="application/x-msgpack", headers={"ETag": '"v1"'})


async def test_a_file_that_others_hold_fails_no_read(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        context = context_over(node_script(), api_key="k", cache=cache)
        node = await aio.from_context(context, node_path_parts=["a"])
        other = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        try:
            for _ in range(2):
                await node.refresh()
        finally:
            other.execute("ROLLBACK")
            other.close()
        await node.refresh()


async def test_a_broken_file_fails_no_read_and_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = tmp_path / "c.db"
    with Cache(path) as cache:
        context = context_over(node_script(), api_key="k", cache=cache)
        node = await aio.from_context(context, node_path_parts=["a"])
        cache._open().execute("DROP TABLE responses")
        for _ in range(3):
            await node.refresh()
    said = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert str(path) in said[0].getMessage()


async def test_a_cache_that_was_closed_fails_the_call(tmp_path: Path):
    cache = Cache(tmp_path / "c.db")
    context = context_over(node_script(), api_key="k", cache=cache)
    cache.close()
    with pytest.raises(RuntimeError, match="closed"):
        await aio.from_context(context, node_path_parts=["a"])


async def test_json_has_its_limit_with_a_cache_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_connection, "_LARGEST_JSON", 100_000)
    with Cache(tmp_path / "c.db") as cache:
        context = context_over(node_script(200_000), api_key="k", cache=cache)
        with pytest.raises(LimitError):
            await aio.from_context(context, node_path_parts=["a"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_a_child_forked_while_a_thread_uses_it_is_not_stuck(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        cache.set(request(), kept(b"1"))
        taken, done = threading.Event(), threading.Event()

        def hold() -> None:
            with cache._lock:
                taken.set()
                done.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        taken.wait(20)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a fork among threads, which is what is tried here
            child = os.fork()
        if not child:
            signal.alarm(5)
            os._exit(0 if cache.get(request()) is not None else 1)
        try:
            assert os.waitpid(child, 0)[1] == 0
        finally:
            done.set()
            thread.join()


def test_a_read_does_not_write_each_time(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        cache.set(request(), kept(b"1"))
        cache.get(request())
        before = cache._open().total_changes
        for _ in range(10):
            assert cache.get(request()) is not None
        assert cache._open().total_changes == before


def test_the_size_is_known_without_a_look_at_every_row(tmp_path: Path):
    with Cache(tmp_path / "c.db") as cache:
        seen: list[str] = []
        cache._open().set_trace_callback(seen.append)
        for name in "abc":
            cache.set(request(name), kept(b"xy"))
        cache.set(request("a"), kept(b"xyz"))
        cache.delete(request("b"))
        assert not [text for text in seen if "SUM(" in text]
        assert cache.size() == 5
        with Cache(tmp_path / "c.db") as other:
            other.set(request("d"), kept(b"1"))
        assert (cache.size(), cache.count()) == (6, 3)
        cache.clear()
        assert cache.size() == 0


def test_a_file_of_the_form_before_is_begun_anew(tmp_path: Path):
    with sqlite3.connect(tmp_path / "c.db") as database:
        database.execute(f"PRAGMA application_id = {0x73706231}")
        database.execute("CREATE TABLE responses (url TEXT, accept TEXT, body BLOB)")
    database.close()
    with Cache(tmp_path / "c.db") as cache:
        assert cache.set(request(), kept(b"1"))
        assert cache.count() == 1
