"""Several media types of one body and of one answer."""

from __future__ import annotations

import aiohttp
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_module, runtime_of


async def given(sdk, *reply):
    return (await exchange(sdk, lambda c: c.api.get_report(), Reply(*reply))).value


async def test_the_media_type_of_the_answer_decides_its_type(sdk):
    assert await given(sdk, 200, {"title": "t"}) == sdk.models.Short(title="t")
    long = await given(sdk, 200, {"pages": ["p"]}, "application/vnd.report+json; version=2")
    assert long == sdk.models.Long(pages=["p"])
    assert await given(sdk, 200, b"a,b", "text/csv") == "a,b"


async def test_the_status_decides_too(sdk):
    assert await given(sdk, 203, {"of": "t"}) == sdk.models.Copy(of="t")
    assert await given(sdk, 204) is None


async def test_every_declared_media_type_is_accepted(sdk):
    request = (await exchange(sdk, lambda c: c.api.get_report(), Reply(204))).request
    accepted = [entry.partition(";")[0].strip() for entry in request.headers["Accept"].split(",")]
    assert accepted[:3] == ["application/json", "application/vnd.report+json", "text/csv"]


async def test_one_may_be_asked_for(sdk):
    call = {"extra_headers": {"Accept": "text/csv"}}
    done = await exchange(sdk, lambda c: c.api.get_report(**call), Reply(200, b"a", "text/csv"))
    assert done.request.headers["Accept"] == "text/csv"


async def test_a_media_type_that_is_not_declared_is_no_answer(sdk):
    found = await refusal(sdk, lambda c: c.api.get_report(), Reply(200, b"<html>", "text/html"))
    assert isinstance(found.error, runtime_of(sdk).DecodeError)


async def test_errors_have_media_types_too(sdk):
    found = await refusal(sdk, lambda c: c.api.get_report(), Reply(500, {"title": "t"}, "application/problem+json"))
    assert found.error.body == sdk.models.Problem(title="t")
    found = await refusal(sdk, lambda c: c.api.get_report(), Reply(500, b"broken", "text/plain"))
    assert found.error.body == "broken"


@pytest.mark.parametrize(
    ("make", "media", "content"),
    [
        (lambda models: models.Short(title="t"), "application/json", b'{"title":"t"}'),
        (lambda models: models.Long(pages=["p"]), "application/vnd.report+json", b'{"pages":["p"]}'),
        (lambda _: "a,b", "text/csv; charset=utf-8", b"a,b"),
    ],
)
async def test_the_value_of_a_body_decides_its_media_type(sdk, make, media, content):
    request = (await exchange(sdk, lambda c: c.api.send_report(body=make(sdk.models)), Reply(204))).request
    assert (request.headers["Content-Type"], request.content) == (media, content)


async def test_a_range_that_takes_everything_is_json_where_a_type_is_declared(sdk):
    done = await exchange(sdk, lambda c: c.api.get_vague(), Reply(200, {"title": "t"}, "application/json"))
    assert done.value == sdk.models.Short(title="t")


async def test_xml_is_text(sdk, said):
    assert "SB404 #/paths/~1xml/get/responses/200" in said
    done = await exchange(sdk, lambda c: c.api.get_xml(), Reply(200, b"<a/>", "application/xml"))
    assert done.value == "<a/>"


def test_lists_and_scalars_that_come_as_text_are_said_too(said):
    assert "SB404 #/paths/~1xml-rows/get/responses/200" in said
    assert "SB404 #/paths/~1xml-count/get/responses/200" in said
    assert "~1xml-text" not in said


async def test_a_server_writes_what_the_client_wants(sdk):
    class Reports(sdk.Server):
        async def get_report(self):
            return sdk.models.Long(pages=["p"])

        async def send_report(self, *, body):
            assert body == sdk.models.Long(pages=["q"])

    async with runtime_module(sdk, "server").serve(Reports().application()) as url, sdk.Client(url) as client:
        assert await client.api.get_report() == sdk.models.Long(pages=["p"])
        await client.api.send_report(body=sdk.models.Long(pages=["q"]))
        async with aiohttp.ClientSession() as session, session.get(f"{url}/report") as answer:
            assert answer.content_type == "application/vnd.report+json"
