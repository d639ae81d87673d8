"""Types that contain themselves."""

from __future__ import annotations

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, runtime_of


async def test_a_tree_goes_out_nested(sdk):
    node, link = sdk.models.Node, sdk.models.Link
    tree = node(name="a", parent=None, children=[node(name="b")], links={"x": link(to=node(name="c"))})
    done = await exchange(sdk, lambda c: c.api.plant(body=tree), Reply(200, 1))
    content = {"name": "a", "parent": None, "children": [{"name": "b"}], "links": {"x": {"to": {"name": "c"}}}}
    assert msgspec.json.decode(done.request.content) == content
    assert msgspec.json.decode(done.request.content, type=node) == tree


@pytest.mark.parametrize("value", [None, "a", 1.5, True, [1.0, [None]], {"a": {"b": [True]}}])
async def test_any_json_value_through_an_alias_of_itself(sdk, value):
    assert (await exchange(sdk, lambda c: c.api.plant(), Reply(200, value))).value == value


def test_unions_may_contain_themselves(sdk):
    hooks = __import__(runtime_of(sdk).__name__ + ".hooks", fromlist=["decode_hook"])
    value = msgspec.json.decode(b'{"not":{"not":{"term":"x"}}}', type=sdk.models.Expression, dec_hook=hooks.decode_hook)
    assert value == sdk.models.Not(not_=sdk.models.Not(not_=sdk.models.Term(term="x")))


async def test_an_answer_nested_too_deep_is_an_error_of_the_answer(sdk):
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with pytest.raises(runtime_of(sdk).DecodeError, match="too deep"):
        await exchange(sdk, lambda c: c.api.plant(), Reply(200, deep, "application/json"))
