"""Form and multipart bodies."""

from __future__ import annotations

import email
import email.policy
import io

import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of


async def sent(sdk, call):
    return (await exchange(sdk, call, Reply(204))).request


def parts(request):
    """The parts as an independent reader sees them: (name, filename, media type, content)."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    return [
        (
            part.get_param("name", header="Content-Disposition"),
            part.get_filename(),
            part.get_content_type() if "Content-Type" in part else None,
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


async def test_forms_follow_the_styles_of_their_members(sdk):
    where = sdk.models.Where(city="a b", zip=1)
    order = sdk.models.Order(
        item="x&y", count=2, gift=True, tags=["a", "b"], codes=["c", "d"], names=["e", "f"], where=where
    )
    request = await sent(sdk, lambda c: c.api.send_form(body=order))
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.content.decode().split("&") == [
        "item=x%26y",
        "count=2",
        "gift=true",
        "tags=a,b",
        "codes=c%7Cd",
        "names=e",
        "names=f",
        "where%5Bcity%5D=a%20b",
        "where%5Bzip%5D=1",
    ]


async def test_an_object_without_a_style_is_json_in_a_form(sdk):
    order = sdk.models.Order(item="x", plain=sdk.models.Where(city="a"))
    request = await sent(sdk, lambda c: c.api.send_form(body=order))
    assert request.content == b"item=x&plain=%7B%22city%22%3A%22a%22%7D"


async def test_multipart_parts(sdk):
    file = runtime_of(sdk).File
    upload = sdk.models.Upload(
        picture=file(b"png", filename="p.png"),
        pages=[file(b"1", filename="1.txt", content_type="text/plain"), file(b"2")],
        meta={"k": "v"},
        note="hi",
        count=3,
        tags=["a", "b"],
        where=sdk.models.Where(city="c"),
    )
    request = await sent(sdk, lambda c: c.api.upload(body=upload))
    assert parts(request) == [
        ("picture", "p.png", "image/png", b"png"),
        ("pages", "1.txt", "text/plain", b"1"),
        ("pages", "pages", "application/octet-stream", b"2"),
        ("meta", None, "application/json", b'{"k":"v"}'),
        ("note", None, "text/markdown", b"hi"),
        ("count", None, None, b"3"),
        ("tags", None, None, b"a"),
        ("tags", None, None, b"b"),
        ("where", None, "application/json", b'{"city":"c"}'),
    ]


async def test_files_from_a_path_and_from_an_open_file(sdk, tmp_path):
    file = runtime_of(sdk).File
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"jpg")
    request = await sent(sdk, lambda c: c.api.upload(body=sdk.models.Upload(picture=file(path))))
    assert parts(request) == [("picture", "photo.jpg", "image/jpeg", b"jpg")]
    body = sdk.models.Upload(picture=file(io.BytesIO(b"jpg"), filename="x", content_type="image/jpeg"))
    assert parts(await sent(sdk, lambda c: c.api.upload(body=body))) == [("picture", "x", "image/jpeg", b"jpg")]


async def test_a_quote_or_line_break_in_a_file_name_stays_inside_it(sdk):
    file = runtime_of(sdk).File
    upload = sdk.models.Upload(picture=file(b"x", filename='a"\r\nX-Evil: 1'))
    request = await sent(sdk, lambda c: c.api.upload(body=upload))
    assert b"X-Evil: 1\r\n" not in request.content
    assert len(parts(request)) == 1


async def test_boundaries_are_never_the_same(sdk):
    upload = sdk.models.Upload(picture=runtime_of(sdk).File(b"x"))
    types = {(await sent(sdk, lambda c: c.api.upload(body=upload))).headers["Content-Type"] for _ in range(3)}
    assert len(types) == 3


async def test_null_inside_a_list_of_parts_is_left_out(sdk):
    upload = sdk.models.Upload(picture=runtime_of(sdk).File(b"x"), tags=["a", None])
    assert [part[3] for part in parts(await sent(sdk, lambda c: c.api.upload(body=upload)))] == [b"x", b"a"]


async def test_a_text_where_a_file_is_due_is_refused(sdk):
    for more in ({"picture": "/etc/hostname"}, {"picture": runtime_of(sdk).File(b""), "pages": ["a.png"]}):
        done = await refusal(sdk, lambda c, more=more: c.api.upload(body=sdk.models.Upload(**more)), Reply(204))
        assert "is a file: give File(path)" in str(done.error)
        assert done.sent == []


async def test_an_open_file_is_sent(sdk):
    done = await exchange(sdk, lambda c: c.api.upload(body=sdk.models.Upload(picture=io.BytesIO(b"png"))), Reply(204))
    assert parts(done.request)[0][3] == b"png"


async def test_an_item_with_the_delimiter_of_its_list_is_refused(sdk):
    part = runtime_of(sdk).operation.Part("tags", style="form", explode=False)
    body = runtime_of(sdk).operation.Multipart("multipart/form-data", lambda: dict, parts=(part,))
    body.encode({"tags": ["a", "b"]})
    with pytest.raises(runtime_of(sdk).RequestError, match="comma"):
        body.encode({"tags": ["a", "b,c"]})
