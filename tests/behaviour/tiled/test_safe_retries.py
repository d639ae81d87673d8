"""What is sent again, and what is never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.support.raw_server import Connection, RawServer, response
from tests.support.tiled_script import HOME, Tree, context_over, entry

from specbind.bindings._runtime import ConnectError, DecodeError, TruncatedError, answer
from specbind.tiled import ClientError, ConflictError, ServerError, TransportError, aio

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.bindings._runtime import Request, Response

BUSY = {"detail": "Busy"}


class Script:
    """Plays answers in a row, the last one for ever."""

    def __init__(self, *answers: Callable[[], Response | Exception]) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response | Exception:
        self.requests.append(request)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()


def over(script: Any) -> Any:
    """A connection that waits for nothing."""
    connection = context_over(script, api_key="secret")._connection

    async def soon(_seconds: float) -> None:
        return

    connection._retries._sleep = soon
    return connection


@pytest.mark.parametrize("status", [500, 501, 400, 404, 409, 422])
async def test_what_will_fail_again_is_sent_once(status: int):
    script = Script(lambda: answer(status, {"detail": "Internal server error"}))
    with pytest.raises(ServerError if status >= 500 else ClientError) as caught:
        await over(script).put("array/full/a", body=b"12", content_type="application/octet-stream")
    assert len(script.requests) == 1
    assert caught.value.response.status_code == caught.value.response.status == status
    assert caught.value.response.json() == {"detail": "Internal server error"}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_what_passes_is_read_and_written_again(status: int):
    script = Script(lambda: answer(status, BUSY), lambda: TruncatedError("cut"), lambda: answer(200, {"data": 1}))
    assert await over(script).get_json("metadata/a") == {"data": 1}
    assert len(script.requests) == 3
    script = Script(lambda: answer(status, BUSY), lambda: answer(200, None))
    await over(script).put("array/full/a", body=memoryview(b"12"), content_type="application/octet-stream")
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "failure", [lambda: answer(503, BUSY), lambda: TruncatedError("cut"), lambda: answer(429, BUSY)]
)
async def test_an_append_is_never_sent_twice(failure: Callable[[], Response | Exception]):
    script = Script(failure)
    with pytest.raises((ClientError, ServerError, TransportError)):
        await over(script).patch("table/partition/a", body=b"rows", content_type="application/x")
    assert len(script.requests) == 1


async def test_an_append_of_which_the_server_saw_nothing_is_sent():
    script = Script(lambda: ConnectError("refused"), lambda: answer(200, None))
    await over(script).patch("table/partition/a", body=b"rows", content_type="application/x")
    assert len(script.requests) == 2


async def test_tries_and_time_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TILED_RETRY_ATTEMPTS", "3")
    script = Script(lambda: answer(503, BUSY))
    with pytest.raises(ServerError):
        await over(script).get_json("metadata/a")
    assert len(script.requests) == 3
    monkeypatch.setenv("TILED_RETRY_TIMEOUT", "0")
    script = Script(lambda: answer(503, BUSY, headers={"Retry-After": "5"}))
    with pytest.raises(ServerError):
        await over(script).get_json("metadata/a")
    assert len(script.requests) == 1


async def test_a_delete_whose_answer_was_lost_is_done():
    script = Script(lambda: TruncatedError("cut"), lambda: answer(404, {"detail": "gone"}))
    assert await over(script).send_json("DELETE", "metadata/a", safe=True) is None
    script = Script(lambda: answer(404, {"detail": "never there"}))
    with pytest.raises(ClientError):
        await over(script).send_json("DELETE", "metadata/a", safe=True)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_delete_that_was_put_off_and_finds_nothing_is_not_done(status: int):
    script = Script(lambda: answer(status, BUSY), lambda: answer(404, {"detail": "never there"}))
    with pytest.raises(ClientError):
        await over(script).send_json("DELETE", "metadata/a", safe=True)
    script = Script(lambda: answer(504, BUSY), lambda: answer(404, {"detail": "gone"}))
    assert await over(script).send_json("DELETE", "metadata/a", safe=True) is None


async def test_headers_of_the_caller_take_the_place_of_those_here():
    tree = Tree(["a"])
    own = {"user-agent": "mine/1", "ACCEPT": "application/json", "X-A": "1"}
    await aio.from_context(context_over(tree, api_key="secret", headers=own))
    sent = tree.requests[-1].headers
    assert [sent.getall(name) for name in ("User-Agent", "Accept", "X-A")] == [["mine/1"], ["application/json"], ["1"]]


async def test_a_delete_on_a_kept_connection_whose_answer_was_lost_is_done():
    async def script(raw: Connection) -> None:
        if raw.number == 1:
            await raw.request()
            await raw.send(response(200, b"{}", {"Content-Type": "application/json"}))
            await raw.request()  # the node is gone, and so is the connection
            return
        await raw.request()
        await raw.send(response(404, b'{"detail":"gone"}', {"Content-Type": "application/json"}))

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        connection = context._connection
        assert await connection.get_json("metadata/a") == {}
        assert await connection.send_json("DELETE", "metadata/a", safe=True) is None
        assert [request.method for request in server.requests] == ["GET", "DELETE", "DELETE"]


async def root_of(tree: Tree) -> aio.Container:
    found = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(found, aio.Container)
    tree.requests.clear()
    return found


@pytest.mark.parametrize("lost", [lambda: TruncatedError("cut"), lambda: answer(502, BUSY)])
async def test_a_node_whose_making_was_not_answered_is_looked_for(lost: Callable[[], Response | Exception]):
    tree = Tree([])
    root = await root_of(tree)

    def made(request: Request) -> Response | Exception:
        tree.keys.append(msgspec.json.decode(request.body or b"")["id"])  # type: ignore[arg-type]
        return lost()

    tree.special["POST metadata/"] = made
    assert (await root.create_container("a")).path_parts == ["a"]
    assert [request.method for request in tree.requests] == ["POST", "GET"]


async def test_a_node_that_was_not_made_is_made_at_the_next_try():
    tree = Tree([])
    root = await root_of(tree)
    script = Script(lambda: TruncatedError("cut"), lambda: answer(200, {"id": "a", "links": {}, "data_sources": []}))
    tree.special["POST metadata/"] = script
    assert (await root.create_container("a")).path_parts == ["a"]
    assert [request.method for request in tree.requests] == ["POST", "GET", "POST"]


async def test_a_node_of_somebody_else_is_not_taken_for_the_own_one():
    tree = Tree(["a"])
    root = await root_of(tree)
    tree.special["POST metadata/"] = lambda _: TruncatedError("cut")
    with pytest.raises(TransportError):
        await root.create_container("a", metadata={"mine": True})
    tree.special["POST metadata/"] = lambda _: answer(409, {"detail": "a"})
    with pytest.raises(ConflictError):
        await root.create_container("a")


async def test_bytes_go_into_the_buffer_of_the_caller():
    buffer = bytearray(6)
    found, media = await over(lambda _: answer(200, b"abcdef", media="application/octet-stream")).get_bytes(
        "array/full/a", accept="application/octet-stream", into=memoryview(buffer)
    )
    assert (bytes(found), media, bytes(buffer)) == (b"abcdef", "application/octet-stream", b"abcdef")
    for content in (b"abc", b"abcdefgh"):
        with pytest.raises((DecodeError, TruncatedError)):
            await over(lambda _, content=content: answer(200, content)).get_bytes(
                "array/full/a", accept="*/*", into=memoryview(buffer)
            )


@pytest.mark.parametrize("content", [b"\xc1", b"{\xc1", b"[" * 100_000])
async def test_an_answer_that_cannot_be_read_is_told(content: bytes):
    for media in ("application/json", "application/x-msgpack"):
        with pytest.raises(DecodeError, match=r"GET .*metadata/a.*not (JSON|MessagePack)"):
            await over(lambda _, media=media: answer(200, content, media=media)).get_json("metadata/a")


async def test_errors_say_what_the_server_said():
    headers = {"X-Tiled-Request-ID": "abc123", "Set-Cookie": "secret=1"}
    script = Script(lambda: answer(406, {"detail": "none but text/csv"}, headers=headers))
    with pytest.raises(ClientError, match=r"none but text/csv.*abc123") as caught:
        await over(script).get_json("metadata/a")
    assert caught.value.response.text == '{"detail":"none but text/csv"}'
    assert caught.value.response.url == f"{HOME}/api/v1/metadata/a"
    assert "Set-Cookie" not in caught.value.response.headers


async def test_a_node_without_what_is_relied_on_is_refused():
    for data in (None, {"id": 1}, {"id": "a"}, {"id": "a", "attributes": {"ancestors": [1]}}, entry("a")["attributes"]):
        with pytest.raises(DecodeError):
            await aio.from_context(context_over(lambda _, data=data: answer(200, {"data": data}), api_key="k"))
