"""`nullable` of OpenAPI 3.0, and the limits that 3.0 writes as true and false."""

from __future__ import annotations

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of

NULLS = {"text": None, "color": None, "place": None, "maybe": None, "tags": None}


async def answered(sdk, content):
    return (await exchange(sdk, lambda c: c.api.add_note(body=sdk.models.Note(text="a")), Reply(200, content))).value


async def test_null_is_none_wherever_it_may_be(sdk):
    found = await answered(sdk, NULLS)
    assert [found.text, found.color, found.place, found.maybe, found.tags] == [None] * 5


async def test_null_and_absent_go_back_as_they_came(sdk):
    note = await answered(sdk, {"text": None, "place": None, "tags": ["a", None]})
    done = await exchange(sdk, lambda c: c.api.add_note(body=note), Reply(200, {"text": "a"}))
    assert msgspec.json.decode(done.request.content) == {"text": None, "place": None, "tags": ["a", None]}
    assert note.maybe is runtime_of(sdk).UNSET


async def test_values_are_of_the_type_that_null_stands_beside(sdk):
    note = await answered(sdk, {"text": "a", "color": "red", "place": {"city": "b"}, "maybe": {"x": 1}})
    assert (note.color, note.place, note.maybe) == (
        sdk.models.NoteColor.RED,
        sdk.models.Place(city="b"),
        sdk.models.Maybe(x=1),
    )


@pytest.mark.parametrize("content", [{"text": "a", "firm": None}, {"text": "a", "size": None}, {}])
async def test_null_is_refused_where_it_may_not_be(sdk, content):
    found = await refusal(sdk, lambda c: c.api.add_note(body=sdk.models.Note(text="a")), Reply(200, content))
    assert isinstance(found.error, runtime_of(sdk).DecodeError)
