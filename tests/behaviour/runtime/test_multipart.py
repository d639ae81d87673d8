"""Parts of a multipart body: types, styles, headers, nested objects, and bodies without names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import petstore
import pytest
from msgspec import UNSET, UnsetType, field
from petstore._runtime import File, RequestError
from petstore._runtime.model import Model
from petstore._runtime.open_model import OpenModel
from petstore._runtime.operation import Body, Header, Json, Multipart, Operation, Part, Reply
from petstore._runtime.part_headers import with_part_headers
from petstore._runtime.server import BaseServer, Endpoint, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

MEDIA = "multipart/form-data"


class Address(OpenModel, kw_only=True):
    city: str
    additional_properties: dict[str, int] = field(default_factory=dict)


class Form(Model, kw_only=True):
    name: str = ""
    photo: File | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    filter: dict[str, int] | UnsetType = UNSET
    ids: list[int] | UnsetType = UNSET
    words: list[str] | UnsetType = UNSET


HEADERS = (Header("X-Rate", lambda: int, required=True), Header("X-Tags", lambda: list[str]))
PARTS = (
    Part("photo", media="image/png, image/jpeg", headers=HEADERS),
    Part("filter", style="deepObject"),
    Part("ids", explode=False),
    Part("words", style="pipeDelimited", explode=False),
)
SEND: Operation[dict[str, Any]] = Operation(
    "send",
    "POST",
    ("/send",),
    body=Body(Json("application/json", lambda: Form), Multipart(MEDIA, lambda: Form, parts=PARTS)),
    replies=(Reply("200", Json("application/json", lambda: dict[str, Any])),),
)


async def parts(value: object, *declared: Part, media: str = MEDIA, kind: object = Form) -> list[str]:
    content_type, body = Multipart(media, lambda: kind, parts=declared or PARTS).encode(value)
    assert not isinstance(body, bytes)
    content = b"".join([piece async for piece in body.chunks()]).decode()
    assert body.length == len(content.encode())
    boundary = content_type.partition("boundary=")[2]
    return [part.strip("\r\n") for part in content.split(f"--{boundary}")[1:-1]]


def file(name: str, content_type: str | None = None) -> File:
    return File(b"x", filename=name, content_type=content_type)


@pytest.mark.parametrize(
    ("allowed", "sent", "expected"),
    [
        ("image/png, image/jpeg", file("a.jpg"), "image/jpeg"),
        ("image/png, image/jpeg", file("a.bin"), "image/png"),
        ("image/*", file("a.jpg"), "image/jpeg"),
        ("image/*", file("a.txt"), "application/octet-stream"),
        ("image/png", file("a.jpg", "image/webp"), "image/webp"),
        ("", file("a.jpg"), "application/octet-stream"),
    ],
)
async def test_a_file_goes_as_the_allowed_type_that_fits_it(allowed, sent, expected):
    (part,) = await parts({"photo": sent}, Part("photo", media=allowed))
    assert f"Content-Type: {expected}" in part.split("\r\n")


async def test_other_values_go_as_the_allowed_type_that_they_fit():
    both = "text/plain, application/json"
    assert await parts({"a": {"b": 1}, "c": 1}, Part("a", media=both), Part("c", media=both)) == [
        'Content-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{"b":1}',
        'Content-Disposition: form-data; name="c"\r\nContent-Type: text/plain\r\n\r\n1',
    ]


async def test_declared_headers_are_written_as_declared_and_others_as_text():
    headers = {"x-rate": 3, "X-Tags": ["a", "b"], "X-Other": "o"}
    (part,) = await parts(with_part_headers({"photo": file("a.png")}, {"photo": headers}))
    assert part.split("\r\n")[2:5] == ["X-Rate: 3", "X-Tags: a,b", "X-Other: o"]


async def test_each_item_of_a_list_gets_the_headers():
    body = with_part_headers({"photo": [file("a.png"), file("b.png")]}, {"photo": {"X-Rate": 1}})
    assert [part.split("\r\n")[2] for part in await parts(body)] == ["X-Rate: 1", "X-Rate: 1"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "header 'X-Rate' is missing"),
        ({"photo": {"X-Rate": 1, "X-Bad": "a\r\nb"}}, "line break"),
        ({"photo": {"X-Rate": 1, "a b": "c"}}, "cannot be the name"),
        ({"photo": {"X-Rate": 1, "content-type": "image/png"}}, "not given as a header"),
        ({"photo": {"X-Rate": 1}, "other": {"a": "b"}}, "the part 'other', which the body does not have"),
    ],
)
async def test_headers_that_cannot_be_are_refused(headers, said):
    with pytest.raises(RequestError, match=said):
        await parts(with_part_headers({"photo": file("a.png")}, headers))


async def test_styles_are_those_of_query_parameters():
    value = Form(filter={"a b": 1, "c": 2}, ids=[1, 2], words=["x y", "z"])
    name = "Content-Disposition: form-data; name="
    assert (await parts(value))[1:] == [
        f'{name}"filter[a b]"\r\n\r\n1',
        f'{name}"filter[c]"\r\n\r\n2',
        f'{name}"ids"\r\n\r\n1,2',
        f'{name}"words"\r\n\r\nx y|z',
    ]


async def test_a_mixed_body_needs_no_names():
    value: Sequence[object] = [{"a": 1}, file("a.png", "image/png"), "text"]
    assert await parts(value, media="multipart/mixed") == [
        'Content-Type: application/json\r\n\r\n{"a":1}',
        'Content-Disposition: attachment; filename="a.png"\r\nContent-Type: image/png\r\n\r\nx',
        "text",
    ]
    with pytest.raises(RequestError, match="list"):
        await parts(value)


class Server(BaseServer):
    endpoints = (Endpoint("send", SEND, ("body",)),)

    async def send(self, *, body: Form) -> dict[str, Any]:
        photo = body.photo
        address = body.address
        return {
            "photo": None if photo is UNSET else [photo.filename, photo.content_type, len(await photo.read())],
            "address": None if address is UNSET else [address.city, address.additional_properties],
            "filter": body.filter,
            "ids": body.ids,
            "words": body.words,
        }


async def test_a_server_reads_what_a_client_writes():
    body = Form(
        photo=file("a.jpg"),
        address=Address(city="x", additional_properties={"n": 1}),
        filter={"a b": 1},
        ids=[1, 2],
        words=["x y", "z,"],
    )
    async with serve(Server().application()) as url, petstore.Client(url) as client:
        found = await client.call(SEND, (with_part_headers(body, {"photo": {"X-Rate": 1}}),))
    assert found == {
        "photo": ["a.jpg", "image/jpeg", 1],
        "address": ["x", {"n": 1}],
        "filter": {"a b": 1},
        "ids": [1, 2],
        "words": ["x y", "z,"],
    }
