"""Parameters: every style, in the path, the query, headers and cookies."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of

PATH = ("1", ["a", "b"], {"x": 1}, [1, 2])


async def sent(sdk, path=PATH, **arguments):
    return (await exchange(sdk, lambda c: c.api.find(*path, **{"needed": 0, **arguments}), Reply(204))).request


async def test_styles_of_the_path(sdk):
    request = await sent(sdk)
    assert request.path == "/items/1/.a.b/;matrix=x,1/1,2"
    assert request.query == "needed=0"


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({"exploded": ["a", "b c"]}, "exploded=a&exploded=b%20c"),
        ({"joined": ["a", "b,c"]}, "joined=a,b%2Cc"),
        ({"spaced": ["a", "b"]}, "spaced=a%20b"),
        ({"piped": ["a", "b"]}, "piped=a%7Cb"),
        ({"reserved": "a/b?c=d&e"}, "reserved=a/b?c=d%26e"),
        ({"page_size": 5}, "page%5Bsize%5D=5"),
        ({"flag": True}, "flag=true"),
        ({"flag": False}, "flag=false"),
        ({"exploded": []}, ""),
        ({"exploded": ["é", "日"]}, "exploded=%C3%A9&exploded=%E6%97%A5"),
    ],
)
async def test_styles_of_the_query(sdk, arguments, query):
    assert (await sent(sdk, **arguments)).query == "&".join(filter(None, [query, "needed=0"]))


async def test_objects_in_the_query(sdk):
    where = sdk.models.Filter(min_size=3, color="a b")
    assert (await sent(sdk, deep=where)).query == "deep%5BminSize%5D=3&deep%5Bcolor%5D=a%20b&needed=0"
    assert (await sent(sdk, form=where)).query == "minSize=3&color=a%20b&needed=0"
    assert (await sent(sdk, where=where)).query == "where=%7B%22minSize%22%3A3%2C%22color%22%3A%22a%20b%22%7D&needed=0"


async def test_headers_and_cookies(sdk):
    request = await sent(sdk, x_trace=["a", "b"], session="1;2")
    assert request.headers["X-Trace"] == "a,b"
    assert request.headers["Cookie"] == "session=1%3B2"


async def test_defaults_of_the_spec_are_never_sent(sdk):
    assert "page" not in (await sent(sdk)).query


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("../x", "..%2Fx"),
        ("%2e%2e", "%252e%252e"),
        ("a?b#c", "a%3Fb%23c"),
        ("a;b", "a%3Bb"),
        ("é", "%C3%A9"),
    ],
)
async def test_a_value_never_leaves_its_segment(sdk, value, segment):
    assert (await sent(sdk, (value, *PATH[1:]))).path == f"/items/{segment}/.a.b/;matrix=x,1/1,2"


@pytest.mark.parametrize("value", ["", ".", ".."])
async def test_a_value_that_would_name_another_resource_is_refused(sdk, value):
    found = await refusal(sdk, lambda c: c.api.find(value, *PATH[1:], needed=0))
    assert isinstance(found.error, runtime_of(sdk).RequestError)
    assert "'id'" in str(found.error)
    assert found.sent == []


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "a\0b"])
async def test_a_line_break_in_a_header_is_refused(sdk, text):
    found = await refusal(sdk, lambda c: c.api.find(*PATH, needed=0, x_trace=[text]))
    assert isinstance(found.error, runtime_of(sdk).RequestError)
    assert found.sent == []


def test_path_parameters_are_positional_and_the_rest_by_keyword(sdk):
    client = sdk.SyncClient("https://api.test")
    with pytest.raises(TypeError, match="needed"):
        client.api.find(*PATH)
    with pytest.raises(TypeError, match="positional"):
        client.api.find(*PATH, 0)


async def test_extra_query_and_headers_replace(sdk):
    request = await sent(sdk, extra_query={"needed": 7, "new": ["a", "b"]}, extra_headers={"x-own": "1"})
    assert request.query == "needed=7&new=a&new=b"
    assert request.headers["X-Own"] == "1"
