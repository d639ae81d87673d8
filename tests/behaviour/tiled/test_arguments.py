"""Wrong arguments are told by their name before anything is sent, wrong addresses with what stands there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.tiled_script import Tree, context_over, entry

from specbind.bindings._runtime import Timeout, answer
from specbind.tiled import AccessTagsFilter, Context, DecodeError, NotFoundError, aio, from_uri
from specbind.tiled.aio._api_keys import api_key_request
from specbind.tiled.aio._options import header_pairs, time_limits

HOME = "http://127.0.0.1:8000"


async def root_over(tree: Any) -> Any:
    return await aio.from_context(context_over(tree, api_key="secret"))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"uri": "not a url"}, ValueError, "begins with http"),
        ({"uri": "http://host:99999"}, ValueError, "port"),
        ({"uri": "http://[::1"}, ValueError, "brackets"),
        ({"uri": f"{HOME}/some/api/v1/other"}, ValueError, "no site"),
        ({"uri": None}, ValueError, "begins with http"),
        ({"timeout": "x"}, TypeError, "timeout"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": 0}, ValueError, "timeout"),
        ({"timeout": True}, TypeError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"timeout": {"read": "x"}}, TypeError, "read of timeout"),
        ({"timeout": {"read": -1}}, ValueError, "read of timeout"),
        ({"timeout": {"total": 3}}, ValueError, "knows connect"),
        ({"max_connections": 0}, ValueError, "max_connections"),
        ({"max_connections": "4"}, TypeError, "max_connections"),
        ({"headers": ["a"]}, TypeError, "headers"),
        ({"headers": {"a": 1}}, TypeError, "'a'"),
        ({"headers": {"a": "b\r\nc: d"}}, ValueError, "control"),
        ({"api_key": ""}, ValueError, "api_key"),
        ({"api_key": 5}, TypeError, "api_key"),
        ({"api_key": "a\nb"}, ValueError, "api_key"),
        ({"structure_clients": "foo"}, ValueError, "'numpy', 'dask'"),
        ({"structure_clients": 3}, TypeError, "'numpy', 'dask'"),
        ({"include_data_sources": "yes"}, TypeError, "include_data_sources"),
        ({"verify": 3}, TypeError, "verify"),
        ({"verify": "no-such-file.pem"}, ValueError, "verify"),
        ({"auth": object()}, TypeError, "api_key="),
    ],
)
def test_a_wrong_argument_is_told_by_its_name(arguments: dict[str, Any], error: type[Exception], match: str):
    with pytest.raises(error, match=match):
        from_uri(**{"uri": HOME, **arguments})


@pytest.mark.parametrize("name", ["username", "auth_provider", "prompt_for_reauthentication"])
async def test_arguments_of_older_versions_warn_and_say_what_to_do(name: str):
    with (
        pytest.warns(UserWarning, match=f"{name} has no effect: ") as caught,
        pytest.raises(ValueError, match="begins with http"),
    ):
        await aio.from_uri("no address", **{name: "alice"})
    assert len(caught) == 1


def test_time_limits_that_are_none_or_a_number():
    assert time_limits(None) == Timeout(total=None, connect=5, read=30, pool=None)
    assert time_limits(7) == Timeout(total=None, connect=7, read=7, pool=None)
    assert time_limits({"read": None}).read is None


def test_a_header_that_is_refused_is_not_shown():
    with pytest.raises(ValueError, match="X-Own") as caught:
        header_pairs({"X-Own": "secret\n"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["inf", "garbage", "0", "-1", "2.5", "nan", "1e3"])
def test_a_number_of_tries_that_is_none_names_the_variable(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TILED_RETRY_ATTEMPTS", text)
    with pytest.raises(ValueError, match="TILED_RETRY_ATTEMPTS"):
        Context(HOME)


@pytest.mark.parametrize("text", ["inf", "garbage", "-1", "nan"])
def test_a_time_of_tries_that_is_none_names_the_variable(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TILED_RETRY_TIMEOUT", text)
    with pytest.raises(ValueError, match="TILED_RETRY_TIMEOUT"):
        Context(HOME)


@pytest.mark.parametrize("uri", [f"{HOME}/lab/ui/browse/a/b%20c/", f"{HOME}/lab/api/v1/metadata/a/b%20c"])
async def test_an_address_of_the_pages_for_browsers_is_that_of_its_node(uri: str):
    context, keys = await aio.Context.from_any_uri(uri)
    assert context.base_url == f"{HOME}/lab"
    assert keys == ["a", "b c"]


@pytest.mark.parametrize("path", ["/ui", "/ui/", "/ui/browse"])
async def test_the_first_page_for_browsers_is_the_root(path: str):
    context, keys = await aio.Context.from_any_uri(HOME + path)
    assert (context.base_url, keys) == (HOME, [])


@pytest.mark.parametrize("api_key", ["secret", None])
@pytest.mark.parametrize(
    "other",
    [
        lambda _: answer(200, b"<html></html>", media="text/html"),
        lambda _: answer(200, {"hello": "world"}),
        lambda _: answer(200, ["x"]),
        lambda _: answer(404, b"<html></html>", media="text/html"),
    ],
)
async def test_a_site_that_is_no_tiled_server_is_told_with_its_address(api_key: str | None, other: Any):
    with pytest.raises(DecodeError, match=rf"{HOME}/api/v1/ is no Tiled server"):
        await aio.from_context(context_over(other, api_key=api_key))


async def test_a_missing_node_of_a_tiled_server_is_not_taken_for_another_site():
    with pytest.raises(NotFoundError, match="No such entry"):
        await aio.from_context(context_over(Tree([]), api_key="secret"), node_path_parts=["nothing"])


async def test_a_path_is_a_list_of_keys():
    with pytest.raises(TypeError, match=r"\['abc'\]"):
        await aio.from_context(context_over(Tree([])), node_path_parts="abc")


@pytest.mark.parametrize("name", ["scopes", "access_tags"])
def test_one_text_is_no_list_of_scopes_or_tags(name: str):
    arguments: dict[str, Any] = {"scopes": None, "expires_in": None, "note": None, "access_tags": None}
    with pytest.raises(TypeError, match=rf"{name} is a list of texts; for one, write \['read:data'\]"):
        api_key_request(**{**arguments, name: "read:data"})
    with pytest.raises(TypeError, match=name):
        api_key_request(**{**arguments, name: [3]})
    assert api_key_request(**{**arguments, name: ("read:data",)})[name] == ["read:data"]


@pytest.mark.parametrize(("expires_in", "error"), [(-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_a_key_that_ends_in_the_past_is_not_made(expires_in: Any, error: type[Exception]):
    with pytest.raises(error, match="expires_in"):
        api_key_request(None, expires_in, None, None)


@pytest.mark.parametrize("pair", ["n", "-n", ("n",), ("n", 1, 2), (1, 1), 3])
async def test_a_sort_takes_pairs(pair: Any):
    root = await root_over(Tree([]))
    with pytest.raises(TypeError, match=r"\('color', 1\)"):
        root.sort(pair)


async def test_a_sort_has_two_directions():
    root = await root_over(Tree([]))
    with pytest.raises(ValueError, match="up"):
        root.sort(("n", 2))


async def test_a_text_is_no_query_and_the_error_names_the_one_for_words():
    root = await root_over(Tree([]))
    with pytest.raises(TypeError, match=r"FullText\('red'\)"):
        root.search("red")


async def test_numbers_of_tags_are_not_sent():
    assert AccessTagsFilter(["a"], tag_ids=None).encode() == {"tags": '["a"]'}
    given: Any = [3]
    with pytest.raises(TypeError, match="give the names"):
        AccessTagsFilter(["a"], tag_ids=given)


@pytest.mark.parametrize("view", ["keys", "values", "items"])
async def test_a_position_is_a_whole_number(view: str):
    root = await root_over(Tree(["a"]))
    with pytest.raises(TypeError, match="position"):
        await getattr(root, view)().lookup("a")


@pytest.mark.parametrize("key", [1, None, ("a", 1), b"a"])
async def test_a_key_is_a_text(key: Any):
    root = await root_over(Tree(["a"]))
    with pytest.raises(TypeError, match="a key is a text"):
        await root.lookup(key)


@pytest.mark.parametrize("key", ["", "/", (), "..", "a/../b", "."])
async def test_a_key_that_leads_elsewhere_is_not_there(key: Any):
    tree = Tree(["a", "b"])
    root = await root_over(tree)
    asked = len(tree.requests)
    with pytest.raises(KeyError):
        await root.lookup(key)
    assert len(tree.requests) == asked


async def test_only_a_key_of_metadata_has_distinct_values():
    tree = Tree([])
    tree.special["GET distinct/"] = lambda _: answer(200, {"metadata": {}})
    root = await root_over(tree)
    with pytest.raises(TypeError, match="key of metadata"):
        await root.distinct(3)
    assert await root.distinct() == {"metadata": {}}


@pytest.mark.parametrize(("source", "dest"), [("array", "container"), ("container", "array"), (None, "container")])
async def test_copies_are_from_and_to_containers(source: str | None, dest: str):
    root = await root_over(Tree([]))
    array = aio.BaseClient(root.context, item=entry("a", family="array"))
    nodes: dict[str | None, Any] = {"array": array, "container": root, None: None}
    with pytest.raises(TypeError, match="copy"):
        await aio.copy(nodes[source], nodes[dest])


async def test_a_part_of_a_block_is_not_written():
    node = aio.ArrayClient(context_over(Tree([])), item=entry("a", family="array"))
    with pytest.raises(ValueError, match="patch"):
        await node.write_block([1], (0,), slice(0, 1))
    not_a_slice: Any = False
    with pytest.raises(TypeError, match="persist=False"):
        await node.write_block([1], (0,), not_a_slice)


async def test_a_node_closes_what_its_context_opened(monkeypatch: pytest.MonkeyPatch):
    closed: list[str] = []

    async def close(context: aio.Context) -> None:
        closed.append(context.base_url)

    root = await root_over(Tree(["a"]))
    monkeypatch.setattr(aio.Context, "close", close)
    async with root as same:
        assert same is root
    assert closed == [HOME]
    await root.close()
    assert closed == [HOME, HOME]


async def test_a_revision_is_deleted_by_its_number():
    tree = Tree(["a"])
    tree.special["DELETE revisions/a"] = lambda _: answer(200, {})
    node = aio.Container(context_over(tree), item=entry("a"))
    number: Any = "1"
    with pytest.raises(TypeError, match="whole number"):
        await node.metadata_revisions.delete_revision(number)
    assert tree.requests == []
    await node.metadata_revisions.delete_revision(3)
    assert tree.requests[-1].url.endswith("number=3")
