"""Answers that are kept on disk."""

from __future__ import annotations

import pickle
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support.tiled_script import context_over, entry

from specbind.bindings._runtime import Request, answer
from specbind.tiled import Cache, aio
from specbind.tiled.cache import CachedResponse

if TYPE_CHECKING:
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
