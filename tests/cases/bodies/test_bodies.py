"""Request bodies by media type, and operations that take several."""

from __future__ import annotations

import io

import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of


async def sent(sdk, call):
    return (await exchange(sdk, call, Reply(204))).request


async def test_json(sdk):
    thing = sdk.models.Thing(name="a", note=None)
    request = await sent(sdk, lambda c: c.api.send_json(body=thing))
    assert (request.headers["Content-Type"], request.content) == ("application/json", b'{"name":"a","note":null}')


async def test_an_optional_body_may_be_left_out(sdk):
    request = await sent(sdk, lambda c: c.api.send_json())
    assert request.content == b""
    assert "Content-Type" not in request.headers


async def test_a_json_like_media_type_keeps_its_name(sdk):
    request = await sent(sdk, lambda c: c.api.send_patch(body=sdk.models.Thing(name="a")))
    assert (request.headers["Content-Type"], request.content) == ("application/merge-patch+json", b'{"name":"a"}')


async def test_a_list(sdk):
    assert (await sent(sdk, lambda c: c.api.send_list(body=[1, 2]))).content == b"[1,2]"


async def test_text_is_utf_8(sdk):
    request = await sent(sdk, lambda c: c.api.send_text(body="grün"))
    assert (request.headers["Content-Type"], request.content) == ("text/plain; charset=utf-8", "grün".encode())


async def test_raw_bytes_from_anywhere(sdk, tmp_path):
    file = runtime_of(sdk).File
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x00\xff")
    for body in (
        lambda: b"\x00\xff",
        lambda: file(path),
        lambda: file(b"\x00\xff"),
        lambda: file(io.BytesIO(b"\x00\xff")),
    ):
        request = await sent(sdk, lambda c, body=body: c.api.send_binary(body=body()))
        assert (request.headers["Content-Type"], request.content) == ("application/octet-stream", b"\x00\xff")


async def test_raw_bytes_from_an_async_iterable(sdk):
    async def pieces():
        yield b"a"
        yield b"b"

    file = runtime_of(sdk).File
    assert (await sent(sdk, lambda c: c.api.send_binary(body=file(pieces(), size=2)))).content == b"ab"


@pytest.mark.parametrize(
    ("content_type", "wanted", "content"),
    [
        (None, "application/json", b'{"name":"a b","size":1}'),
        ("application/json", "application/json", b'{"name":"a b","size":1}'),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", b"name=a%20b&size=1"),
    ],
)
async def test_content_type_chooses(sdk, content_type, wanted, content):
    thing = sdk.models.Thing(name="a b", size=1)
    more = {} if content_type is None else {"content_type": content_type}
    request = await sent(sdk, lambda c: c.api.send_several(body=thing, **more))
    assert (request.headers["Content-Type"], request.content) == (wanted, content)


async def test_the_type_of_the_value_chooses_among_media_types(sdk):
    request = await sent(sdk, lambda c: c.api.send_several(body="a,b", content_type="text/csv"))
    assert (request.headers["Content-Type"], request.content) == ("text/csv; charset=utf-8", b"a,b")
    request = await sent(sdk, lambda c: c.api.send_several(body=b"png", content_type="image/png"))
    assert (request.headers["Content-Type"], request.content) == ("image/png", b"png")


async def test_a_content_type_that_is_not_declared_is_refused(sdk):
    found = await refusal(sdk, lambda c: c.api.send_several(body="x", content_type="text/html"))
    assert isinstance(found.error, runtime_of(sdk).RequestError)
    assert "text/csv" in str(found.error)


async def test_a_value_that_cannot_be_written_is_refused_before_sending(sdk):
    found = await refusal(sdk, lambda c: c.api.send_list(body=[object()]))
    assert isinstance(found.error, runtime_of(sdk).RequestError)
    assert found.sent == []


async def test_media_types_that_differ_in_parameters_only(sdk):
    thing = sdk.models.Thing(name="a")
    request = await sent(sdk, lambda c: c.api.send_log(body=thing, content_type="application/json;simple"))
    assert request.headers["Content-Type"] == "application/json;simple"
