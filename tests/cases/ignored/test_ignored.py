"""Keywords of JSON Schema that no type can say: named, and nothing else is lost by them."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange

THING = "#/components/schemas/Thing"


@pytest.mark.parametrize(
    "place",
    [
        "properties/id/not",
        "properties/size/if",
        "properties/size/then",
        "properties/tags/contains",
        "properties/name/xml",
        "dependentRequired",
        "unevaluatedProperties",
    ],
)
def test_each_is_named_with_its_place(said, place):
    assert f"SB208 {THING}/{place}" in said


def test_what_takes_no_value_and_what_lists_no_type_is_said(said):
    assert f"SB238 {THING}/properties/never" in said
    assert f"SB209 {THING}/properties/untyped/type" in said


async def test_a_value_where_none_is_allowed_does_not_cost_the_answer(sdk):
    thing = {"id": "a", "never": [1], "untyped": {"a": 1}}
    done = await exchange(sdk, lambda c: c.api.add_thing(body=sdk.models.Thing(id="a")), Reply(200, thing))
    assert (done.value.never, done.value.untyped) == ([1], {"a": 1})


async def test_the_rest_of_the_schema_counts(sdk):
    thing = {"id": "", "size": 6, "tags": ["b"]}
    body = sdk.models.Thing(id="", size=6)
    done = await exchange(sdk, lambda c: c.api.add_thing(body=body), Reply(200, thing))
    assert done.request.content == b'{"id":"","size":6}'
    assert done.value == sdk.models.Thing(id="", size=6, tags=["b"])
