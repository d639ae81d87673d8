"""Bodies are written and read by their media type."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from petstore import models
from petstore._runtime.errors import DecodeError, RequestError
from petstore._runtime.files import File
from petstore._runtime.forms import Form, Multipart, MultipartBody, Part
from petstore._runtime.operation import Body
from petstore._runtime.payloads import Binary, FileBody, Json, Text


async def whole(body: Any) -> bytes:
    return body if isinstance(body, bytes) else b"".join([piece async for piece in body.chunks()])


class Order(msgspec.Struct, rename={"unit_price": "unitPrice"}):
    unit_price: float
    tags: list[str] | msgspec.UnsetType = UNSET
    note: dict[str, int] | msgspec.UnsetType = UNSET


# JSON


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        (b'{"unitPrice": "x"}', "$.unitPrice", "Expected `float`"),
        (b'{"unitPrice": 1, "tags": ["a", 5]}', "$.tags[1]", "Expected `str`"),
        (b"{}", "$", "missing required field `unitPrice`"),
        (b"<html>", "", "not JSON"),
        (b"", "", "not JSON"),
        (b'{"unitPrice": NaN}', "", "not JSON"),
        (b'{"unitPrice": 1e999}', "$.unitPrice", "out of range"),
        (b'{"unitPrice": 1} x', "", "not JSON"),
        (b'{"note": {"\xff": 1}}', "", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "", "not JSON"),
        (b"[" * 100_000, "", "not JSON: it is nested too deep"),
    ],
)
def test_json_that_does_not_fit_says_where_and_why(content, path, says):
    codec = Json("application/json", lambda: Any if content.startswith(b"[") else Order)
    with pytest.raises(DecodeError, match=says) as caught:
        codec.decode(content, "application/json")
    assert caught.value.path == path


def test_a_byte_order_mark_is_allowed_in_json():
    assert Json("application/json", lambda: list[int]).decode(b"\xef\xbb\xbf[1]", "") == [1]


def test_unset_members_are_not_sent_and_null_is():
    media, body = Json("application/json", lambda: models.Cat).encode(models.Cat(pet_type="cat", friend=None))
    assert (media, body) == ("application/json", b'{"petType":"cat","friend":null}')


def test_a_file_cannot_go_into_json():
    with pytest.raises(RequestError, match="File"):
        Json("application/json", lambda: models.NewPet).encode(models.NewPet(name="x", photo=File(b"x")))


@pytest.mark.parametrize(
    ("content", "failed"),
    [
        (b'{"error": "no"}', True),
        (b'\xef\xbb\xbf{"error": null, "uuid": "x"}', True),
        (b'{"petType": "cat"}', False),
        (b'{"status": {"error": "no"}}', False),
        (b'["error"]', False),
        (b'"error"', False),
        (b'{"text": "\\"error\\""}', False),
        (b'{"error": ', False),
    ],
)
def test_a_failure_is_an_object_with_the_member_at_its_top(content, failed):
    codec = Json("application/json", lambda: dict, failure=lambda: models.Problem, failure_members=("error",))
    assert codec.failed(content) is failed


# text


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("é".encode(), "text/plain", "é"),
        ("é".encode("latin-1"), "text/plain; charset=ISO-8859-1", "é"),
        ("é".encode("utf-16"), 'text/plain; charset="utf-16"', "é"),
        (b"\xef\xbb\xbfx", "text/plain", "x"),
    ],
)
def test_text_is_read_in_its_charset(content, content_type, text):
    assert Text("text/plain").decode(content, content_type) == text


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=no-such", "text/plain; charset=base64"])
def test_text_in_another_charset_is_refused(content_type):
    with pytest.raises(DecodeError):
        Text("text/plain").decode(b"\xff\xfe", content_type)


# forms


def test_a_form_repeats_lists_and_writes_objects_as_json():
    media, body = Form("application/x-www-form-urlencoded", lambda: Order).encode(
        Order(unit_price=1.5, tags=["a&b", "c"], note={"x": 1})
    )
    assert media == "application/x-www-form-urlencoded"
    assert body == b"unitPrice=1.5&tags=a%26b&tags=c&note=%7B%22x%22%3A1%7D"


def test_a_form_follows_the_style_of_its_parts():
    parts = (Part("tags", style="form", explode=False), Part("note", style="deepObject"))
    form = Form("application/x-www-form-urlencoded", lambda: Order, parts=parts)
    _, body = form.encode(Order(unit_price=1, tags=["a", "b"], note={"x": 1}))
    assert body == b"unitPrice=1&tags=a,b&note%5Bx%5D=1"


# multipart


async def multipart(codec: Multipart, value: object) -> tuple[bytes, MultipartBody, str]:
    media, body = codec.encode(value)
    assert isinstance(body, MultipartBody)
    boundary = media.partition("boundary=")[2]
    return (await whole(body)).replace(boundary.encode(), b"BOUNDARY"), body, boundary


async def test_multipart_writes_each_member_by_its_kind():
    codec = Multipart("multipart/form-data", lambda: models.NewPet, parts=(Part("photo", media="image/jpeg"),))
    value = models.NewPet(name="Rex", photo=File(b"\xff\xd8", filename="r.jpg"), extra={"a": [1]}, tags=["x", "y"])
    content, body, _ = await multipart(codec, value)
    part = b'--BOUNDARY\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    assert content == b"".join(
        [
            part % (b"name", b"", b"Rex"),
            part % (b"photo", b'; filename="r.jpg"\r\nContent-Type: image/jpeg', b"\xff\xd8"),
            part % (b"extra", b"\r\nContent-Type: application/json", b'{"a":[1]}'),
            part % (b"tags", b"", b"x"),
            part % (b"tags", b"", b"y"),
            b"--BOUNDARY--\r\n",
        ]
    )
    assert body.length == len(await whole(body))
    assert body.repeatable


async def test_multipart_boundaries_differ():
    codec = Multipart("multipart/form-data", lambda: dict)
    assert len({(await multipart(codec, {"a": "b"}))[2] for _ in range(20)}) == 20


@pytest.mark.parametrize("name", ['a"; filename="x', "a\r\nContent-Type: text/html\r\n\r\nevil", "a\0\x7f"])
async def test_a_name_cannot_leave_its_quotes(name):
    codec = Multipart("multipart/form-data", lambda: dict)
    content, _, _ = await multipart(codec, {name: "v", "f": File(b"x", filename=name)})
    heads = [block.split(b"\r\n\r\n")[0] for block in content.split(b"--BOUNDARY\r\n")[1:]]
    assert len(heads) == 2
    assert [head.count(b"\r\n") for head in heads] == [0, 1]
    assert heads[0].count(b'"') == 2
    assert heads[1].count(b'"') == 4


async def test_a_media_type_with_a_line_break_is_refused():
    codec = Multipart("multipart/form-data", lambda: dict)
    with pytest.raises(RequestError, match="line break"):
        codec.encode({"f": File(b"x", content_type="text/html\r\nX: y")})


async def test_a_part_of_a_json_media_type_takes_a_whole_list():
    codec = Multipart("multipart/form-data", lambda: dict, parts=(Part("tags", media="application/json"),))
    content, _, _ = await multipart(codec, {"tags": ["x", "y"]})
    assert content.count(b"BOUNDARY") == 2
    assert b'\r\n\r\n["x","y"]\r\n' in content


async def test_a_file_is_streamed_from_disk_with_its_length(tmp_path):
    path = tmp_path / "big.bin"
    path.write_bytes(b"x" * 1_000_000)
    _, body = Multipart("multipart/form-data", lambda: dict).encode({"f": File(path)})
    pieces = [piece async for piece in body.chunks()]
    assert max(map(len, pieces)) <= 256 * 1024
    assert sum(map(len, pieces)) == body.length
    assert b'filename="big.bin"' in pieces[0]


def test_a_missing_file_is_refused_before_anything_is_sent(tmp_path):
    with pytest.raises(RequestError, match="No such file"):
        Multipart("multipart/form-data", lambda: dict).encode({"f": File(tmp_path / "none")})


# binary and files


async def endless():
    yield b"a"
    yield b"b"


@pytest.mark.parametrize(
    ("make", "length", "repeatable"),
    [
        (lambda path: path, 3, True),
        (lambda path: File(str(path)), 3, True),
        (lambda _: io.BytesIO(b"abc"), 3, True),
        (lambda _: File(b"abc"), 3, True),
        (lambda _: endless(), None, False),
        (lambda _: File(endless(), size=2), 2, False),
    ],
)
async def test_binary_bodies_know_their_length_and_whether_they_repeat(tmp_path, make, length, repeatable):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    _, body = Binary("image/*").encode(make(path))
    assert isinstance(body, FileBody)
    assert (body.length, body.repeatable) == (length, repeatable)
    first = await whole(body)
    if repeatable:
        assert first == await whole(body) == b"abc"
    else:
        with pytest.raises(ValueError, match="cannot be read again"):
            await whole(body)


async def test_an_open_file_is_read_from_where_it_stands_and_stays_open(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        file.seek(4)
        content = File(file)
        assert (content.size, content.filename) == (6, "x")
        assert await content.read() == await content.read() == b"456789"
        assert not file.closed


def test_a_file_in_text_mode_is_refused(tmp_path):
    path = tmp_path / "x"
    path.write_text("x")
    with path.open() as file, pytest.raises(TypeError, match="binary mode"):
        File(file)


# choice of the media type


def test_the_first_media_type_that_is_declared_for_the_value_is_used():
    body = Body(Json("application/json", lambda: dict), Binary("application/octet-stream"), Text("text/plain"))
    assert body.encode({"a": 1})[0] == "application/json"
    assert body.encode("x")[0] == "text/plain; charset=utf-8"
    assert body.encode([1])[0] == "application/json"  # declared for none: the first that can write it
    assert body.encode("x", "text/plain")[0] == "text/plain; charset=utf-8"
    assert body.encode(b"x", "application/octet-stream; v=1")[0] == "application/octet-stream"
    with pytest.raises(RequestError, match="'text/html' is not declared"):
        body.encode("x", "text/html")
