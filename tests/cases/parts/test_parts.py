"""Parts of multipart bodies: media types and headers of their own."""

from __future__ import annotations

import email
import email.policy

import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_module, runtime_of


def parts(request):
    """The parts as an independent reader sees them, by name."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    return {part.get_param("name", header="Content-Disposition"): part for part in message.iter_parts()}


def upload(sdk, **more):
    return sdk.models.Upload(picture=runtime_of(sdk).File(b"jpg", filename="a.jpg"), **more)


async def sent(sdk, body):
    return parts((await exchange(sdk, lambda c: c.api.upload(body=body), Reply(204))).request)


async def test_parts_have_their_declared_headers(sdk):
    headers = {"picture": {"X-Sum": 7, "X-Tags": ["a", "b"]}, "about": {"X-Lang": "de"}}
    body = upload(sdk, about=sdk.models.UploadAbout(text="hi"))
    found = await sent(sdk, sdk.with_part_headers(body, headers))
    assert (found["picture"]["X-Sum"], found["picture"]["X-Tags"]) == ("7", "a,b")
    assert found["about"]["X-Lang"] == "de"


async def test_the_media_type_is_one_of_the_declared_ones(sdk):
    found = await sent(sdk, sdk.with_part_headers(
        upload(sdk, about=sdk.models.UploadAbout(text="hi")), {"picture": {"X-Sum": 7}}
    ))  # fmt: skip
    assert found["picture"].get_content_type() == "image/jpeg"
    assert found["about"].get_content_type() == "application/json"
    assert found["about"].get_payload(decode=True) == b'{"text":"hi"}'


async def test_a_list_with_a_style_is_one_part(sdk):
    body = sdk.with_part_headers(upload(sdk, sizes=[1, 2]), {"picture": {"X-Sum": 7}})
    assert (await sent(sdk, body))["sizes"].get_payload(decode=True) == b"1|2"


@pytest.mark.parametrize("headers", [{"nothing": {"X-Sum": 1}}, {"picture": {"X-Sum": "1\r\nX-Evil: 1"}}])
async def test_headers_that_cannot_be_sent_are_refused(sdk, headers):
    body = sdk.with_part_headers(upload(sdk), headers)
    found = await refusal(sdk, lambda c: c.api.upload(body=body))
    assert isinstance(found.error, runtime_of(sdk).RequestError)
    assert found.sent == []


async def test_a_server_reads_the_parts(sdk):
    seen = []

    class Uploads(sdk.Server):
        async def upload(self, *, body):
            seen.append((await body.picture.read(), body.picture.content_type, body.about.text, body.sizes))

    async with runtime_module(sdk, "server").serve(Uploads().application()) as url, sdk.Client(url) as client:
        body = upload(sdk, about=sdk.models.UploadAbout(text="hi"), sizes=[1, 2])
        await client.api.upload(body=sdk.with_part_headers(body, {"picture": {"X-Sum": 7}}))
    assert seen == [(b"jpg", "image/jpeg", "hi", [1, 2])]
