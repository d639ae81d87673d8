"""Members beside the declared ones: typed, kept, and sent again."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of


async def given(sdk, content):
    return (await exchange(sdk, lambda c: c.api.put_thing(body=sdk.models.Thing(id="a")), Reply(200, content))).value


async def sent(sdk, thing):
    done = await exchange(sdk, lambda c: c.api.put_thing(body=thing), Reply(200, {"id": "a"}))
    return msgspec.json.decode(done.request.content)


async def test_members_beside_the_fields_have_their_type(sdk):
    found = await given(sdk, {"id": "a", "wing": {"size": 3}, "tail": {"size": 1}})
    assert found.additional_properties == {"wing": sdk.models.Part(size=3), "tail": sdk.models.Part(size=1)}


async def test_they_go_back_beside_the_fields(sdk):
    content = {"id": "a", "wing": {"size": 3}, "free": {"id": "b", "x": [1, None]}}
    assert await sent(sdk, await given(sdk, content)) == content


async def test_one_that_does_not_fit_says_where(sdk):
    body = sdk.models.Thing(id="a")
    found = await refusal(sdk, lambda c: c.api.put_thing(body=body), Reply(200, {"id": "a", "wing": {"size": "x"}}))
    assert isinstance(found.error, runtime_of(sdk).DecodeError)
    assert "wing" in str(found.error)


async def test_a_member_called_as_the_map_is_one_of_its_own(sdk):
    free = sdk.models.Free(id="b", additional_properties_=7, additional_properties={"more": True})
    assert await sent(sdk, sdk.models.Thing(id="a", free=free)) == {
        "id": "a",
        "free": {"id": "b", "additionalProperties": 7, "more": True},
    }


async def test_members_by_pattern_are_checked_and_others_are_free(sdk):
    found = await given(sdk, {"id": "a", "labelled": {"id": "b", "x-age": 3, "other": "y"}})
    assert found.labelled.additional_properties == {"x-age": 3, "other": "y"}
    body = sdk.models.Thing(id="a")
    reply = Reply(200, {"id": "a", "labelled": {"x-age": "old"}})
    assert "x-age" in str((await refusal(sdk, lambda c: c.api.put_thing(body=body), reply)).error)


async def test_a_closed_object_lets_later_members_of_the_server_through(sdk):
    found = await given(sdk, {"id": "a", "closed": {"id": "b", "later": 1}})
    assert found.closed == sdk.models.Closed(id="b")
    with pytest.raises(TypeError, match="later"):
        sdk.models.Closed(later=1)


async def test_an_object_of_such_members_alone_is_a_dict(sdk):
    days = {"first": datetime.date(2024, 2, 29)}
    done = await exchange(sdk, lambda c: c.api.put_days(body=days), Reply(200, {"last": "2024-03-01"}))
    assert done.request.content == b'{"first":"2024-02-29"}'
    assert done.value == {"last": datetime.date(2024, 3, 1)}
