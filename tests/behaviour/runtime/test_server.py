"""A generated server, called by the generated client and by hand."""

# ruff: noqa: ARG002 - methods and hooks have the arguments of their operation

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import petstore
import pytest
from aiohttp import ClientSession, FormData, web
from petstore import models
from petstore._runtime import UNSET, File, ServerError, StatusError
from petstore._runtime.operation import Binary, Body, Form, Json, Operation, Part, Query, Reply, Text
from petstore._runtime.operation import Path as PathParameter
from petstore._runtime.server import BadRequest, BaseServer, Content, Endpoint, Rejection, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

PHOTO = b"\xff\xd8" + b"x" * 1_000_000


class Pets(petstore.Server):
    """Remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[tuple[object, ...]] = []
        self.kept: Path | None = None
        self.credentials: Mapping[str, str] = {}

    async def authenticate(self, operation: Operation[object], credentials: Mapping[str, str]) -> None:
        self.credentials = credentials
        if credentials.get("token") == "bad":
            raise Rejection(401, models.Problem(error="wrong token"), {"X-Request-Id": "r-1"})

    async def get_pet(self, pet_id, *, with_output=UNSET, ids=UNSET, filter=UNSET, x_trace=UNSET, session=UNSET):
        self.calls.append((pet_id, with_output, ids, filter, x_trace, session))
        if pet_id == 0:
            raise Rejection(200, models.Problem(error="soft"))
        if pet_id < 0:
            raise LookupError("a secret detail")
        return models.Cat(pet_type="cat", lives=pet_id)

    async def add_pet(self, *, body):
        content = await body.photo.read()
        self.kept = body.photo.path
        self.calls.append(
            (body.name, body.photo.filename, body.photo.content_type, len(content), body.extra, body.tags)
        )
        return None if body.name == "none" else models.Dog(pet_type="dog", bark=body.name)

    async def download_photo(self, pet_id: int) -> Content:
        if pet_id == 1:
            return b"photo"
        path = self.folder / "photo.jpg"
        path.write_bytes(PHOTO)
        if pet_id == 2:
            return path
        if pet_id == 3:
            return File(path, filename="ö.jpg", content_type="image/jpeg; v=1")

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(PHOTO), 100_000):
                yield PHOTO[start : start + 100_000]

        return pieces()


@pytest.fixture
async def server(tmp_path):
    pets = Pets(tmp_path)
    async with serve(pets.application()) as url:
        pets.url = url + "/v1"
        yield pets


@pytest.fixture
async def client(server):
    async with petstore.Client(server.url, auth=petstore.Token("s&c"), timeout=10) as found:
        yield found


async def test_arguments_arrive_as_they_were_given(server, client):
    arguments = {"with_output": -5, "ids": [1, 2], "filter": {"a": "b,c&d"}, "x_trace": "t", "session": "s; p"}
    assert await client.pets.get_pet(7, **arguments) == models.Cat(pet_type="cat", lives=7)
    assert server.calls == [(7, *arguments.values())]
    assert server.credentials == {"token": "s&c"}


async def test_arguments_that_were_not_given_are_unset(server, client):
    await client.pets.get_pet(7)
    assert server.calls == [(7, UNSET, UNSET, UNSET, UNSET, UNSET)]


async def test_a_multipart_body_arrives_with_its_file_on_disk_and_is_cleaned_up(server, client):
    photo = File(PHOTO, filename="r.jpg")
    found = await client.pets.add_pet(body=models.NewPet(name="Rex", photo=photo, extra={"q": [1]}, tags=["a", "b"]))
    assert found == models.Dog(pet_type="dog", bark="Rex")
    assert server.calls == [("Rex", "r.jpg", "image/jpeg", len(PHOTO), {"q": [1]}, ["a", "b"])]
    assert server.kept is not None
    assert not server.kept.exists()
    assert not server.kept.parent.exists()


async def test_a_name_of_a_file_is_never_a_path(server, client):
    await client.pets.add_pet(body=models.NewPet(name="Rex", photo=File(b"x", filename="../../evil.jpg")))
    assert server.calls[0][1] == "../../evil.jpg"
    assert server.kept is not None
    assert "evil" not in str(server.kept)


async def test_none_is_the_answer_without_content(client):
    raw = await client.pets.with_raw_response.add_pet(body=models.NewPet(name="none", photo=File(b"x")))
    assert (raw.status, raw.content) == (204, b"")


@pytest.mark.parametrize(("number", "length"), [(1, 5), (2, len(PHOTO)), (3, len(PHOTO)), (4, None)])
async def test_content_comes_from_bytes_paths_files_and_iterators(client, number, length):
    async with await client.pets.download_photo(number) as stream:
        assert stream.content_length == length
        assert await stream.read() == (b"photo" if number == 1 else PHOTO)
        assert stream.content_type == ("image/jpeg; v=1" if number == 3 else "image/jpeg")


async def test_a_rejection_is_the_declared_error(client):
    with pytest.raises(StatusError) as caught:
        await client.pets.get_pet(0)
    assert (caught.value.status, caught.value.body) == (200, models.Problem(error="soft"))
    with pytest.raises(StatusError) as caught:
        await client.with_options(auth=petstore.Token("bad")).pets.get_pet(1)
    assert (caught.value.status, caught.value.request_id) == (401, "r-1")
    assert caught.value.body == models.Problem(error="wrong token")


async def test_an_unexpected_error_is_logged_and_answered_without_details(client, caplog):
    with pytest.raises(ServerError) as caught:
        await client.pets.get_pet(-1)
    assert caught.value.content == b'{"error":"internal error"}'
    assert "a secret detail" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


async def test_a_method_that_nobody_wrote_is_not_implemented():
    async with serve(petstore.Server().application()) as url, petstore.Client(url + "/v1") as client:
        with pytest.raises(ServerError, match=r"501.*getPet is not implemented"):
            await client.pets.get_pet(1)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("/pets/x/info", "path parameter 'petId': Expected `int`, got `str`"),
        ("/pets/1/info?with_output=much", "query parameter 'with_output'"),
        ("/pets/1/info?ids=1,x", "query parameter 'ids': Expected `int`, got `str` at $[1]"),
        ("/pets/1/info?filter=%7B", "query parameter 'filter': not the application/json"),
        ("/pets/1/info?filter=%7B%22a%22:1%7D", "query parameter 'filter'"),
    ],
)
async def test_a_request_that_does_not_fit_is_refused_by_name(server, target, says):
    raw = await fetch(server.url + target)
    assert raw[0] == 400
    assert says in msgspec.json.decode(raw[1])["error"]
    assert not server.calls


async def fetch(url: str, method: str = "GET", **options) -> tuple[int, bytes, Mapping[str, str]]:
    async with ClientSession() as session, session.request(method, url, **options) as response:
        return response.status, await response.read(), response.headers


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/nope", 404), ("DELETE", "/pets", 405), ("GET", "/pets/1%2Finfo", 404), ("GET", "/pets//info", 404)],
)
async def test_paths_and_methods_that_are_not_there(server, method, target, status):
    found, _, headers = await fetch(server.url + target, method)
    assert found == status
    assert headers.get("Allow") == ("POST" if status == 405 else None)


async def test_a_head_is_answered_where_a_get_is(server):
    status, content, headers = await fetch(server.url + "/pets/2/photo", "HEAD")
    assert (status, content, headers["Content-Length"]) == (200, b"", str(len(PHOTO)))


async def test_a_path_answers_range_requests(server):
    status, content, headers = await fetch(server.url + "/pets/2/photo", headers={"Range": "bytes=0-1"})
    assert (status, content, headers["Content-Range"]) == (206, b"\xff\xd8", f"bytes 0-1/{len(PHOTO)}")


@pytest.mark.parametrize(
    ("data", "headers", "status", "says"),
    [
        (b"{}", {"Content-Type": "text/csv"}, 415, "'text/csv'"),
        (b"--x", {"Content-Type": "multipart/form-data; boundary=y"}, 400, "not multipart"),
        (b"x", {"Content-Type": "multipart/form-data"}, 400, "not multipart"),
        (b"--y\r\nbad", {"Content-Type": "multipart/form-data; boundary=y"}, 400, "not multipart"),
        (b"{", {"Content-Type": "application/json"}, 400, "not JSON"),
        (b'{"name": 5}', {"Content-Type": "application/json"}, 400, "$.name"),
        (None, {}, 400, "missing"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(server, data, headers, status, says):
    found, content, _ = await fetch(
        server.url + "/pets", "POST", data=data, headers=headers, skip_auto_headers=["Content-Type"]
    )
    assert (found, says in msgspec.json.decode(content)["error"]) == (status, True)


async def test_a_part_that_is_missing_is_named(server):
    form = FormData({"name": "Rex"})
    form.add_field("extra", "{}", content_type="application/json")
    found, content, _ = await fetch(server.url + "/pets", "POST", data=form)
    assert (found, b"missing required field `photo`" in content) == (400, True)


async def test_sizes_are_bounded(server, client):
    server.largest_upload = 1000
    with pytest.raises(StatusError) as caught:
        await client.pets.add_pet(body=models.NewPet(name="x", photo=File(b"y" * 2000, filename="f")))
    assert caught.value.status == 413
    server.largest_body = 10
    with pytest.raises(StatusError) as caught:
        await client.pets.add_pet(body=models.NewPet(name="x" * 100, photo=File(b"y", filename="f")))
    assert caught.value.status == 413
    assert not server.calls


async def test_the_reject_hook_shapes_what_does_not_fit(tmp_path):
    class Soft(Pets):
        async def reject(self, problem: BadRequest) -> Rejection:
            return Rejection(200, models.Problem(error=f"{problem.operation.id}: {problem.message}"))

        async def miss(self, method: str, path: str, allowed: object) -> Rejection:
            return Rejection(404, f"<pre>Cannot {method} {path}</pre>", {"Content-Type": "text/html"})

    async with serve(Soft(tmp_path).application(base_path="")) as url:
        assert (await fetch(url + "/pets/x/info"))[:2] == (
            200,
            b'{"error":"getPet: path parameter \'petId\': Expected `int`, got `str`"}',
        )
        status, content, headers = await fetch(url + "/nope")
        assert (status, content, headers["Content-Type"]) == (404, b"<pre>Cannot GET /nope</pre>", "text/html")


class Change(msgspec.Struct):
    uuid: str
    count: int = 0
    names: list[str] = []
    options: dict[str, int] = {}


NAMED: Operation[str] = Operation("named", "GET", ("/things/mine",), replies=(Reply("200", Text("text/plain")),))
THING: Operation[str] = Operation(
    "thing", "GET", ("/things/", PathParameter("id", lambda: str)), replies=(Reply("200", Text("text/plain")),)
)
CHANGE: Operation[Change] = Operation(
    "change",
    "POST",
    ("/change",),
    query=(Query("deep", lambda: dict[str, str], style="deepObject"),),
    body=Body(Form("application/x-www-form-urlencoded", lambda: Change), Json("application/json", lambda: Change)),
    replies=(Reply("200", Json("application/json", lambda: Change)), Reply("202")),
)
STYLED: Operation[Change] = Operation(
    "styled",
    "POST",
    ("/styled",),
    body=Body(
        Form(
            "application/x-www-form-urlencoded",
            lambda: Change,
            parts=(Part("names", style="pipeDelimited", explode=False), Part("options", style="deepObject")),
        )
    ),
    replies=(Reply("200", Json("application/json", lambda: Change)),),
)
RAW: Operation[str] = Operation(
    "raw", "PUT", ("/raw",), body=Body(Binary("*/*"), required=True), replies=(Reply("201", Text("text/plain")),)
)


class Things(BaseServer):
    endpoints = (
        Endpoint("thing", THING),
        Endpoint("named", NAMED),
        Endpoint("change", CHANGE, ("deep", "body")),
        Endpoint("raw", RAW, ("body",)),
        Endpoint("styled", STYLED, ("body",)),
    )

    async def thing(self, name: str) -> str:
        return f"thing {name}"

    async def named(self) -> str:
        return "named"

    async def change(self, *, deep: object, body: object) -> object:
        return None if body is UNSET else msgspec.structs.replace(body, uuid=f"{body.uuid} {deep}")

    async def styled(self, *, body: Change) -> Change:
        return body

    async def raw(self, *, body: File) -> str:
        return f"{body.content_type} {body.size} {len(await body.read())}"


@pytest.fixture
async def things():
    async with serve(Things().application()) as url, petstore.Client(url) as client:
        yield client


async def test_literal_paths_go_before_parameters(things):
    assert await things.call(NAMED, ()) == "named"
    assert await things.call(THING, ("mine too/?",)) == "thing mine too/?"


async def test_a_form_and_json_body_arrive_alike(things):
    change = Change("u", 3, ["a", "b"], {"x": 1})
    for media in ("application/x-www-form-urlencoded", "application/json"):
        found = await things.call(CHANGE, ({"k": "v"}, change, media))
        assert found == Change("u {'k': 'v'}", 3, ["a", "b"], {"x": 1})


async def test_a_form_is_read_by_the_style_of_its_parts(things):
    change = Change("u", 3, ["a,b", "c"], {"x": 1, "y[z]": 2})
    assert await things.call(STYLED, (change,)) == change


async def test_a_member_that_does_not_fit_its_style_is_refused(things):
    url = things.base_url + "/styled"
    found, content, _ = await fetch(url, "POST", data={"uuid": "u", "options[a]": "1", "options[a][b]": "2"})
    assert (found, b"both a value and an object" in content) == (400, True)


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "application/octet-stream"}, {"Content-Type": "application/json"}]
)
async def test_an_empty_body_that_may_be_missing_is_unset(things, headers):
    status, _, _ = await fetch(things.base_url + "/change", "POST", headers=headers)
    assert status == 202


async def test_an_empty_form_is_a_form_without_members(things):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, content, _ = await fetch(things.base_url + "/change", "POST", headers=headers)
    assert (status, b"missing required field `uuid`" in content) == (400, True)


async def test_a_body_that_may_be_missing_is_unset(things):
    assert (await things.answer(CHANGE, (UNSET, UNSET, UNSET))).status == 202


async def test_a_binary_body_is_a_stream(things):
    assert await things.call(RAW, (b"x" * 100_000,)) == "application/octet-stream 100000 100000"


async def test_an_endpoint_checks_its_keyword_names():
    with pytest.raises(TypeError, match="2 keyword names are needed"):
        Endpoint("change", CHANGE, ("deep",))


async def test_a_client_that_goes_away_ends_the_call():
    ended = asyncio.Event()

    class Slow(Pets):
        async def download_photo(self, pet_id: int) -> Content:
            async def pieces() -> AsyncIterator[bytes]:
                try:
                    while True:
                        yield b"x" * 100_000
                finally:
                    ended.set()

            return pieces()

    async with serve(Slow(Path()).application()) as url, petstore.Client(url + "/v1") as client:
        async with await client.pets.download_photo(1) as stream:
            await anext(aiter(stream))
        await asyncio.wait_for(ended.wait(), 5)


async def test_the_application_is_an_aiohttp_application(server):
    assert isinstance(server.application(), web.Application)


async def test_a_path_parameter_that_stands_twice_comes_once():
    name = PathParameter("id", lambda: int)
    operation = Operation("o", "GET", ("/a/", name, "/b/", name), replies=(Reply("200", Text("text/plain")),))

    class Twice(BaseServer):
        endpoints = (Endpoint("o", operation),)

        async def o(self, *positional: int) -> str:
            return str(positional)

    async with serve(Twice().application()) as url, ClientSession() as session:
        async with session.get(f"{url}/a/1/b/1") as found:
            assert await found.text() == "(1,)"
        async with session.get(f"{url}/a/1/b/2") as found:
            assert (found.status, "more than once" in await found.text()) == (400, True)


@pytest.mark.parametrize(
    ("kind", "accept", "expected"),
    [
        (dict[str, int], "*/*", "text/plain; charset=utf-8"),
        (dict[str, int], "application/json", "text/plain; charset=utf-8"),
        (str, "*/*", "application/json"),
        (str, "application/json;q=0.5, text/*", "text/plain; charset=utf-8"),
        (str, "image/png", "application/json"),
    ],
)
async def test_text_goes_as_what_it_fits_and_the_client_accepts(kind, accept, expected):
    reply = Reply("200", Json("application/json", lambda: kind), Text("text/plain"))

    class Mixed(BaseServer):
        endpoints = (Endpoint("o", Operation("o", "GET", ("/a",), replies=(reply,))),)

        async def o(self) -> str:
            return "found"

    async with (
        serve(Mixed().application()) as url,
        ClientSession(headers={"Accept": accept}) as session,
        session.get(f"{url}/a") as found,
    ):
        assert (found.headers["Content-Type"], (await found.text()).strip('"')) == (expected, "found")
