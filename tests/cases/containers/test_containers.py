"""Maps, tuples, free values and constants."""

from __future__ import annotations

import json

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal

FULL = {
    "counts": {"a": 1},
    "grid": [[1.0, 2.0], []],
    "pair": ["a", 1],
    "tail": ["a", 1, 2],
    "anything": {"x": [None]},
    "free": {"y": 1},
    "list": [1, "a"],
    "version": 2,
    "kind": "box",
    "nothing": None,
    "set": ["a", "b"],
}


async def test_every_kind_comes_back_as_it_was_sent(sdk):
    first = await exchange(sdk, lambda c: c.api.pack(body=sdk.models.Box()), Reply(200, FULL))
    again = await exchange(sdk, lambda c: c.api.pack(body=first.value), Reply(200, FULL))
    assert msgspec.json.decode(again.request.content) == FULL
    assert first.value.pair == ("a", 1)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"counts": {"a": "x"}}, "$.counts[...]"),
        ({"grid": [[1], ["x"]]}, "$.grid[1][0]"),
        ({"pair": ["a"]}, "$.pair"),
        ({"pair": ["a", 1, 2]}, "$.pair"),
        ({"version": 3}, "$.version"),
        ({"kind": "crate"}, "$.kind"),
        ({"nothing": 1}, "$.nothing"),
    ],
)
async def test_a_value_that_does_not_fit_says_where(sdk, content, path):
    found = await refusal(sdk, lambda c: c.api.pack(body=sdk.models.Box()), Reply(200, content))
    assert found.error.path == path


async def test_members_beside_the_fields_are_kept(sdk):
    reply = Reply(200, {"open": {"id": "a", "more": 1}, "extra": {"id": "a", "n": 2}})
    box = sdk.models.Box(open=sdk.models.Open(id="b", additional_properties={"sent": True}))
    done = await exchange(sdk, lambda c: c.api.pack(body=box), reply)
    assert json.loads(done.request.content) == {"open": {"id": "b", "sent": True}}
    assert done.value.open.additional_properties == {"more": 1}
    assert done.value.extra.additional_properties == {"n": 2}
