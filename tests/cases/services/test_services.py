"""Operations by tag, operations without tag or id, and fixed queries."""

from __future__ import annotations

from tests.support.exchange import BASE_URL, Reply, exchange


async def test_the_first_tag_is_the_resource(sdk):
    done = await exchange(sdk, lambda c: c.pets_and_people.list_pets(), Reply(204))
    assert (done.request.method, done.request.target) == ("GET", "/pets")
    assert not hasattr(sdk.Client(BASE_URL), "extra")


def test_a_tags_text_describes_the_resource(sdk):
    assert "Who is there." in type(sdk.Client(BASE_URL).pets_and_people).__doc__


async def test_operations_without_a_tag_are_together(sdk):
    assert (await exchange(sdk, lambda c: c.api.ping(), Reply(204))).request.target == "/ping"


async def test_an_operation_without_an_id_is_called_by_method_and_path(sdk):
    done = await exchange(sdk, lambda c: c.api.delete_unnamed_by_id("x"), Reply(204))
    assert (done.request.method, done.request.target) == ("DELETE", "/unnamed/x")


async def test_a_query_in_the_path_is_always_sent(sdk):
    done = await exchange(sdk, lambda c: c.api.search(q="c d"), Reply(204))
    assert done.request.target == "/search?mode=fast&sort=a%20b&q=c%20d"
    assert (await exchange(sdk, lambda c: c.api.search(), Reply(204))).request.target == "/search?mode=fast&sort=a%20b"


async def test_head_gives_nothing(sdk):
    done = await exchange(sdk, lambda c: c.api.look(), Reply(200))
    assert (done.request.method, done.value) == ("HEAD", None)


async def test_head_gives_nothing_where_content_is_declared(sdk):
    done = await exchange(sdk, lambda c: c.api.peek(), Reply(200, b"", "application/json"))
    assert done.value is None


async def test_default_alone_takes_every_success(sdk):
    assert (await exchange(sdk, lambda c: c.api.anything(), Reply(201, {"a": 1}))).value == {"a": 1}
