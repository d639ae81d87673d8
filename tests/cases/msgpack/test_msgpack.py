"""MessagePack beside JSON: the same types, chosen by the answer's media type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import aiohttp
import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_module, runtime_of

PACKED = "application/x-msgpack"
TAKEN = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
WIRE = {"taken": TAKEN, "content": b"\x00\xff", "serial": "9007199254740993", "labels": {"first": "a", "more": "b"}}
AS_TEXT = {**WIRE, "taken": "2024-02-29T12:30:00Z", "content": "AP8="}


def packed(value: object, media: str = PACKED, status: int = 200) -> Reply:
    return Reply(status, msgspec.msgpack.encode(value), media)


def sample(sdk):
    return sdk.models.Sample(
        taken=TAKEN,
        content=b"\x00\xff",
        serial=runtime_module(sdk, "int_text").Int64Text(9007199254740993),
        labels=sdk.models.Labels(first="a", additional_properties={"more": "b"}),
    )


@pytest.mark.parametrize("wire", [WIRE, AS_TEXT], ids=["own forms", "forms of JSON"])
async def test_times_and_bytes_are_read_in_both_forms(sdk, wire):
    assert (await exchange(sdk, lambda c: c.api.get_sample("1"), packed(wire))).value == sample(sdk)


async def test_the_answer_decides_and_not_what_was_asked_for(sdk):
    call = {"extra_headers": {"Accept": PACKED}}
    done = await exchange(sdk, lambda c: c.api.get_sample("1", **call), Reply(200, AS_TEXT))
    assert (done.request.headers["Accept"], done.value) == (PACKED, sample(sdk))


@pytest.mark.parametrize("media", ["application/msgpack", "application/vnd.msgpack", "application/x-msgpack; v=5"])
async def test_another_name_of_the_format_is_read_too(sdk, media):
    assert (await exchange(sdk, lambda c: c.api.get_sample("1"), packed(WIRE, media))).value == sample(sdk)


async def test_the_order_of_the_document_is_asked_for(sdk):
    done = await exchange(sdk, lambda c: c.api.get_sample("1"), packed(WIRE))
    assert done.request.headers["Accept"].startswith("application/json, application/x-msgpack")


async def test_a_client_may_prefer_one(sdk):
    done = await exchange(sdk, lambda c: c.api.get_sample("1"), packed(WIRE), accept=PACKED)
    accepted = done.request.headers["Accept"]
    assert accepted.startswith("application/x-msgpack, application/json;q=0.5")
    done = await exchange(sdk, lambda c: c.api.put_sample("1", body=sample(sdk)), Reply(204), accept=PACKED)
    assert done.request.headers["Accept"] == "*/*"


async def test_bodies_have_the_forms_of_the_format(sdk):
    models = sdk.models
    body = models.Sample(
        taken=TAKEN,
        content=b"\x00\xff",
        day=date(2024, 2, 29),
        key=UUID(int=7),
        price=Decimal("1.50"),
        labels=models.Labels(additional_properties={"more": "b"}),
    )
    request = (await exchange(sdk, lambda c: c.api.put_sample("1", body=body), Reply(204))).request
    assert request.headers["Content-Type"] == "application/msgpack"
    assert msgspec.msgpack.decode(request.content) == {
        "taken": TAKEN,
        "content": b"\x00\xff",
        "day": "2024-02-29",
        "key": str(UUID(int=7)),
        "price": "1.50",
        "labels": {"more": "b"},
    }
    call = {"body": body, "content_type": "application/json"}
    request = (await exchange(sdk, lambda c: c.api.put_sample("1", **call), Reply(204))).request
    assert msgspec.json.decode(request.content)["content"] == "AP8="


async def test_unions_are_read_and_written(sdk):
    square = sdk.models.Square(kind="square", side=2.0, drawn=TAKEN)
    wire = {"kind": "square", "side": 2.0, "drawn": TAKEN}
    done = await exchange(sdk, lambda c: c.api.add_shape(body=square), packed(wire, "application/vnd.msgpack"))
    assert done.value == square
    assert msgspec.msgpack.decode(done.request.content) == wire


async def test_parts_are_written_as_they_are_declared(sdk):
    body = sdk.models.UploadBody(circle=sdk.models.Circle(kind="circle", radius=1.5), numbers=[1, 2], note="n")
    request = (await exchange(sdk, lambda c: c.api.upload(body=body), Reply(204))).request
    assert b"Content-Type: application/msgpack\r\n\r\n\x82\xa4kind" in request.content
    assert b"Content-Type: application/x-msgpack\r\n\r\n\x92\x01\x02\r\n" in request.content
    received = []

    class Uploads(sdk.Server):
        async def upload(self, *, body):
            received.append(body)

    async with runtime_module(sdk, "server").serve(Uploads().application()) as url, sdk.Client(url) as client:
        await client.api.upload(body=body)
    assert received == [body]


async def test_any_value_keeps_what_json_has_no_form_for(sdk):
    wire = {"at": TAKEN, "raw": b"x", 7: [None]}
    assert (await exchange(sdk, lambda c: c.api.get_anything(), packed(wire))).value == wire


async def test_errors_are_typed(sdk):
    found = await refusal(sdk, lambda c: c.api.get_sample("1"), packed({"title": "t"}, status=500))
    assert found.error.body == sdk.models.Problem(title="t")
    reply = packed({"title": "t"}, "application/vnd.problem+msgpack", 404)
    assert (await refusal(sdk, lambda c: c.api.get_sample("1"), reply)).error.body == sdk.models.Problem(title="t")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "no content"),
        (b"\xc1", "not MessagePack"),
        (b"\x80\x80", "trailing"),
        (b"\x80", "taken"),
        (b"\x93\x01\x02\x03", "not fit"),
        (b"\xdf\xff\xff\xff\xff", "truncated"),
        (b"\x81\xa5extra" + b"\xdd\xff\xff\xff\xff" * 50, "truncated"),
        (b"\x81\xa5extra" + b"\x91" * 100_000, "too deep"),
        (b"\x81\xa5extra\xa2\xff\xff", "utf-8"),
        (b"\x81\xa6labels\x81\x07\xa1a", "not fit"),
        (b"\x81\xa5taken\xd7\xff\xff\xff\xff\xff\xff\xff\xff\xff", "not fit"),
    ],
)
async def test_a_broken_answer_is_a_decode_error_that_names_the_call(sdk, content, text):
    found = await refusal(sdk, lambda c: c.api.get_sample("1"), Reply(200, content, PACKED))
    assert isinstance(found.error, runtime_of(sdk).DecodeError)
    assert text in str(found.error)
    assert "getSample" in str(found.error)


async def test_a_server_reads_and_writes_both(sdk):
    models = sdk.models

    class Samples(sdk.Server):
        async def get_sample(self, id):
            if id == "none":
                raise runtime_of(sdk).Rejection(404, models.Problem(title="none"))
            return sample(sdk)

        async def put_sample(self, id, *, body):
            assert (id, body) == ("1", sample(sdk))

        async def add_shape(self, *, body):
            return body

    server = runtime_module(sdk, "server").serve(Samples().application())
    async with server as url, sdk.Client(url, accept=PACKED) as client, aiohttp.ClientSession() as session:
        assert await client.api.get_sample("1") == sample(sdk)
        await client.api.put_sample("1", body=sample(sdk))
        circle = models.Circle(kind="circle", radius=1.0)
        assert await client.api.add_shape(body=circle) == circle
        with pytest.raises(runtime_of(sdk).errors.NotFoundError) as caught:
            await client.api.get_sample("none")
        assert caught.value.body == models.Problem(title="none")
        for wanted, media in [
            ("application/x-msgpack, application/json;q=0.5", PACKED),
            ("application/x-msgpack;q=0.5, application/json", "application/json"),
            ("*/*", "application/json"),
        ]:
            async with session.get(f"{url}/samples/1", headers={"Accept": wanted}) as answer:
                assert answer.content_type == media
        headers = {"Content-Type": "application/msgpack"}
        for broken in (b"", b"\xc1", b"\x81\xa5taken\x01"):
            async with session.put(f"{url}/samples/1", data=broken, headers=headers) as answer:
                assert answer.status == 400
                assert b"error" in await answer.read()
