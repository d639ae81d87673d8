"""What the official client does wrong is right here; docs/vantiq.md lists it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from tests.support.raw_server import Connection, RawServer, response

from specbind.vantiq import Vantiq, VantiqException, VantiqResources
from specbind.vantiq.aio._connection import socket_url

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.vantiq.watched import WatchedServer

TYPES = VantiqResources.TYPES
DOCUMENTS = VantiqResources.DOCUMENTS


async def test_a_wrong_password_is_an_error_of_the_server(server: WatchedServer) -> None:
    async with Vantiq(server.url) as client:
        with pytest.raises(VantiqException, match="could not be authenticated") as caught:
            await client.authenticate("admin", "wrong")
        assert caught.value.code == "io.vantiq.authentication.failed"
        assert caught.value.params == ["admin"]
        assert not client.is_authenticated()


async def test_a_token_that_is_too_old_cannot_be_refreshed(client: Vantiq) -> None:
    await client.set_access_token("nonsense")
    with pytest.raises(VantiqException, match="not valid or has expired"):
        await client.refresh()


@pytest.mark.parametrize("resource_id", [None, "", "/", "a/../b", "..", 7])
async def test_an_id_that_would_hit_more_than_one_record_is_refused_before_it_is_sent(
    pumps: Vantiq, server: WatchedServer, resource_id: Any
) -> None:
    for call in (
        pumps.delete_one("Pump", resource_id),
        pumps.select_one("Pump", resource_id),
        pumps.update("Pump", resource_id, {"n": 1}),
        pumps.query(resource_id, {}),
        pumps.execute(resource_id, {}),
        pumps.publish(VantiqResources.TOPICS, resource_id, {}),
        pumps.get_namespace_users(resource_id),
    ):
        with pytest.raises(VantiqException) as caught:
            await call
        assert caught.value.code.startswith("io.vantiq.python.resourceid.")
    assert server.requests == []


@pytest.mark.parametrize("resource", [None, "", "system.", "a/b", "..", 7])
async def test_a_resource_that_is_none_is_refused_before_it_is_sent(
    pumps: Vantiq, server: WatchedServer, resource: Any
) -> None:
    for call in (
        pumps.select(resource),
        pumps.delete(resource, None),
        pumps.insert(resource, {}),
        pumps.count(resource),
    ):
        with pytest.raises(VantiqException, match="A resource has a name"):
            await call
    assert server.requests == []


async def test_ids_are_encoded_and_keep_their_slashes(client: Vantiq, server: WatchedServer) -> None:
    await client.insert(TYPES, {"name": "T"})
    server.requests.clear()
    for resource_id in ("x#y", "a?b", "50%", "ä b", "a/b"):
        await client.delete_one("T", resource_id)
    assert [path.rpartition("/T/")[2] for path in server.paths] == ["x%23y", "a%3Fb", "50%25", "%C3%A4%20b", "a/b"]
    await client.publish(VantiqResources.TOPICS, "/a/b", {})
    assert server.paths[-1] == "POST /api/v1/resources/topics//a/b"


async def test_content_in_memory_needs_one_name_only(client: Vantiq) -> None:
    answer = await client.upload(DOCUMENTS, "text/plain", None, "my document", "some content")
    assert answer.body["name"] == "my document"
    assert answer.body["contentSize"] == 12


@pytest.mark.parametrize("content", ["", b"", bytearray()])
async def test_empty_content_is_refused(client: Vantiq, server: WatchedServer, content: Any, tmp_path: Path) -> None:
    server.requests.clear()
    answer = await client.upload(DOCUMENTS, "text/plain", "name", None, content)
    assert answer.errors is not None
    assert answer.errors[0].code == "io.vantiq.python.upload.empty"
    (tmp_path / "empty").write_bytes(b"")
    answer = await client.upload(DOCUMENTS, "text/plain", str(tmp_path / "empty"))
    assert answer.errors is not None
    assert answer.errors[0].code == "io.vantiq.python.upload.empty"
    assert server.requests == []


async def test_a_file_that_is_not_there_is_told_by_name(client: Vantiq, tmp_path: Path) -> None:
    with pytest.raises(VantiqException, match="nowhere") as caught:
        await client.upload(DOCUMENTS, "text/plain", str(tmp_path / "nowhere"))
    assert isinstance(caught.value.__cause__, FileNotFoundError)


async def test_uploads_and_downloads_tell_the_errors_of_the_server(client: Vantiq) -> None:
    uploaded = await client.upload(VantiqResources.RULES, "text/plain", "name", None, "text")
    downloaded = await client.download("/docs/missing")
    for answer, code in ((uploaded, "io.vantiq.document.invalid"), (downloaded, "io.vantiq.document.not.found")):
        assert not answer.is_success
        assert answer.body is None
        assert answer.errors is not None
        assert answer.errors[0].code == code


async def test_arguments_are_not_changed(pumps: Vantiq) -> None:
    row = {"_id": "x", "id": "p1", "n": 5}
    params = {"persistent": True}
    await pumps.upsert("Pump", row)
    await pumps.update("Pump", "nothing", row)

    async def callback(kind: str, frame: dict[str, Any]) -> None: ...

    await pumps.subscribe(VantiqResources.TOPICS, "/t", None, callback, params)
    assert row == {"_id": "x", "id": "p1", "n": 5}
    assert params == {"persistent": True}


async def test_an_error_without_parameters_keeps_its_code(client: Vantiq, server: WatchedServer) -> None:
    server.answers += [
        web.json_response([{"code": "a.b", "message": "text"}], status=400),
        web.json_response({"code": "a.c"}, status=400),
        web.json_response({"error": "words"}, status=409),
        web.json_response([], status=400),
        web.Response(body=b"{", content_type="application/json", status=400),
        web.Response(text="<html>", content_type="text/html", status=400),
    ]
    found = []
    for _ in range(6):
        answer = await client.insert(TYPES, {})
        assert answer.errors is not None
        found.append((answer.errors[0].code, answer.errors[0].message, answer.errors[0].params))
    prefix = "io.vantiq.python."
    assert found[:3] == [("a.b", "text", []), ("a.c", "", []), ("409", "words", [])]
    assert [code for code, _, _ in found[3:]] == [
        f"{prefix}unknownerrorformat",
        f"{prefix}parse.exception",
        f"{prefix}nonjson.error",
    ]
    assert found[5][2] == [400, "<html>"]


def test_braces_in_the_words_of_a_server_break_nothing() -> None:
    for message in ("{", "{}", "{0.__class__}", "{name}", "{9}", "}{0}{"):
        assert message.replace("{0}", "x") in str(VantiqException("c", message, ["x"]))


async def test_a_closed_client_says_so_and_can_be_connected_again(client: Vantiq) -> None:
    await client.close()
    await client.close()
    for call in (client.select("Pump"), client.download("/docs/x"), client.upload("Pump", "a/b", "x", None, "y")):
        with pytest.raises(VantiqException, match="not connected"):
            await call
    with pytest.raises(VantiqException, match="not authenticated"):
        await client.refresh()
    await client.authenticate("admin", "secret")
    assert (await client.select(VantiqResources.USERS)).is_success


@pytest.mark.parametrize("call", ["select", "download", "authenticate", "subscribe"])
async def test_a_server_that_is_not_there_is_one_kind_of_error(unused_tcp_port: int, call: str) -> None:
    async def callback(kind: str, frame: dict[str, Any]) -> None: ...

    async with Vantiq(f"http://127.0.0.1:{unused_tcp_port}", retries=0) as client:
        await client.set_access_token("t")
        calls = {
            "select": lambda: client.select("T"),
            "download": lambda: client.download("/docs/x"),
            "authenticate": lambda: client.authenticate("a", "b"),
            "subscribe": lambda: client.subscribe(VantiqResources.TOPICS, "/t", None, callback),
        }
        with pytest.raises(VantiqException) as caught:
            await calls[call]()
        assert caught.value.__cause__ is not None
        assert caught.value.params


@pytest.mark.parametrize("path", ["http://127.0.0.1:9/docs/x", "//other/docs/x", "", None, "/docs/../x"])
async def test_a_download_stays_at_its_server(client: Vantiq, server: WatchedServer, path: Any) -> None:
    server.requests.clear()
    with pytest.raises(VantiqException, match="A download is a path"):
        await client.download(path)
    assert server.requests == []


async def test_the_url_of_the_server_itself_is_a_path_too(client: Vantiq, server: WatchedServer) -> None:
    await client.upload(DOCUMENTS, "text/plain", "x", None, "text")
    answer = await client.download(f"{server.url}/docs/x")
    assert await answer.body.read() == b"text"


async def test_a_count_that_is_no_number_is_an_error(client: Vantiq, server: WatchedServer) -> None:
    server.answers.append(web.json_response([], headers={"X-Total-Count": "many"}))
    with pytest.raises(VantiqException, match="X-Total-Count is a number"):
        await client.count("T")


async def test_a_large_download_waits_for_its_reader(client: Vantiq) -> None:
    await client.upload(DOCUMENTS, "text/plain", "large", None, bytes(8_000_000))
    answer = await client.download("/docs/large")
    await asyncio.sleep(0.05)
    assert len(answer.body._buffer) < 40  # pieces that wait, not all of them
    assert len(await answer.body.read()) == 8_000_000


async def test_a_download_that_breaks_is_told_to_its_reader() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, b"x" * 1000, {"Content-Type": "text/plain"})[:-900])

    async with RawServer(script) as raw, Vantiq(raw.url) as client:
        await client.set_access_token("t")
        answer = await client.download("/docs/x")
        with pytest.raises(VantiqException, match="Error encountered during download of /docs/x") as caught:
            await answer.body.read()
        assert caught.value.__cause__ is not None


async def test_closing_ends_a_download(client: Vantiq) -> None:
    await client.upload(DOCUMENTS, "text/plain", "large", None, bytes(8_000_000))
    answer = await client.download("/docs/large")
    await client.close()
    with pytest.raises(VantiqException, match="closed during download"):
        await answer.body.read()


def test_a_server_that_is_no_url_is_refused() -> None:
    for server in (
        "",
        "example.com",
        "ftp://x",
        "http://",
        "http://u:p@x",
        "http://x?y=1",
        "http://x:99999",
        "http://[x",
    ):
        with pytest.raises(ValueError, match="URL"):
            Vantiq(server)
    with pytest.raises(TypeError, match="server is a str"):
        Vantiq(None)  # type: ignore[arg-type]


def test_the_socket_has_the_scheme_and_path_of_the_server() -> None:
    assert socket_url("http://http-gw.example:80/http", "1") == "ws://http-gw.example:80/http/api/v1/wsock/websocket"
    assert socket_url("https://x", "2") == "wss://x/api/v2/wsock/websocket"
