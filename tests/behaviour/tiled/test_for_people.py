"""What people see: the text and HTML of clients, completion, trees; few requests, bounded, no markup of others."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.tiled_script import HOME, Tree, context_over, entry

from specbind.bindings._runtime import answer
from specbind.tiled import DictView, FullText, Key, aio

HOSTILE = "<script>alert(1)</script>\x1b[2J"
ARRAY = {
    "data_type": {"endianness": "little", "kind": "f", "itemsize": 8},
    "chunks": [[3]],
    "shape": [3],
    "dims": None,
    "resizable": False,
}


def inlined(**contents: Any) -> dict[str, Any]:
    """A container that the server sent along with all that is in it."""
    found = {"contents": contents, "count": len(contents)}
    return entry("x", structure=found)


def container(item: dict[str, Any], script: Any = None) -> aio.Container:
    return aio.Container(context_over(script or Tree([])), item=item)


async def test_a_hostile_key_is_no_markup_and_no_control_character():
    node = container(inlined(**{HOSTILE: entry("x", HOSTILE)}))
    found = await node.describe_html()
    assert "<script>" not in found
    assert "&lt;script&gt;" in found
    assert "\x1b" not in await node.describe()


def test_an_async_container_in_a_notebook_asks_for_nothing_and_leaves_nothing_unawaited():
    tree = Tree(["a"])
    metadata = {HOSTILE: 1} | {f"{number}{'y' * 5000}": number for number in range(50)}
    found = container(entry("x", metadata=metadata), tree)._repr_html_()
    assert "<script>" not in found
    assert "&lt;script&gt;" in found
    assert "await node.describe()" in found
    assert len(found) < 4000
    assert tree.requests == []
    assert not hasattr(aio.Container, "_ipython_key_completions_")


async def test_what_is_shown_is_bounded():
    keys = {f"{number}{'x' * 5000}": entry("x", f"{number}{'x' * 5000}") for number in range(500)}
    node = container(inlined(**keys))
    assert len(await node.describe()) < 2000
    assert len(await node.describe_html()) < 4000


async def test_html_takes_as_many_requests_as_the_text():
    tree = Tree([f"k{number:04}" for number in range(5000)])
    node = container(entry(), tree)
    found = await node.describe_html()
    assert len(tree.requests) == 2
    assert "k0009" in found
    assert "and 4990 more" in found


def test_html_has_the_name_of_the_class():
    class Scan(aio.Container):
        pass

    node = Scan(context_over(Tree([])), item=inlined())
    assert repr(node) == "<Scan 'x'>"


def test_a_synchronous_container_is_what_notebooks_ask_for():
    from specbind.tiled import Container  # noqa: PLC0415 - the others are asynchronous

    for name in ("_repr_html_", "_ipython_key_completions_", "search", "close"):
        assert name in dir(Container)
    assert not hasattr(Container, "_repr_mimebundle_")


async def test_showing_a_node_or_a_view_asks_for_nothing():
    tree = Tree(["a"])
    node = container(entry(), tree)
    shown = [repr(each) for each in (node, node.context, node.keys(), node.values(), node.items(), node.search_deep())]
    assert shown[1] == f"<Context '{HOME}/api/v1/' (unauthenticated)>"
    assert shown[2:5] == ["<KeysView>", "<ValuesView>", "<ItemsView>"]
    assert tree.requests == []


def test_queries_read_like_the_program_that_made_them():
    assert repr(Key("a.b")) == "Key('a.b')"
    assert repr(Key("a") == 1) == "Eq(key='a', value=1)"
    assert repr(FullText("red")) == "FullText(text='red')"


def test_metadata_complete_their_keys():
    assert DictView({"a": 1, "b": {}})._ipython_key_completions_() == ["a", "b"]


@pytest.fixture
def nested() -> aio.Container:
    array = entry("x", "a", "n", family="array", structure=ARRAY)
    inner = entry("x", "a", structure={"contents": {"n": array, HOSTILE: array | {"id": HOSTILE}}, "count": 2})
    return container(inlined(a=inner, b=entry("x", "b", family="array", structure=ARRAY)))


async def test_a_tree_is_printed_with_what_is_in_it(nested: aio.Container, capsys: pytest.CaptureFixture[str]):
    await aio.tree(nested)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["├── a", "│   ├── n"]
    assert lines[2].startswith("│   └── '<script>")
    assert lines[3:] == ["└── b"]
    assert "\x1b" not in "".join(lines)


async def test_a_tree_is_cut_where_the_caller_says(nested: aio.Container, capsys: pytest.CaptureFixture[str]):
    await aio.tree(nested, max_lines=2)
    assert capsys.readouterr().out.splitlines()[2:] == ["<Only 2 lines are shown; give a larger max_lines to see more>"]
    await aio.tree(nested, 4)
    assert len(capsys.readouterr().out.splitlines()) == 4


async def test_a_tree_asks_for_no_more_than_it_prints(capsys: pytest.CaptureFixture[str]):
    tree = Tree([f"k{number:04}" for number in range(5000)])
    await aio.tree(container(entry(), tree), max_lines=3)
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert len(tree.requests) <= 4
    assert all("page[limit]=4" in request.url.replace("%5B", "[").replace("%5D", "]") for request in tree.requests[:1])


async def test_a_tree_without_end_is_left_at_some_depth(capsys: pytest.CaptureFixture[str]):
    tree = Tree([])
    for depth in range(100):
        tree.special[f"GET search/{'/'.join(['d'] * depth)}"] = lambda _, depth=depth: answer(
            200, {"data": [entry(*(["d"] * (depth + 1)))], "links": {"next": None}, "meta": {"count": 1}}
        )
    await aio.tree(container(entry(), tree), max_lines=None)
    assert len(capsys.readouterr().out.splitlines()) == 64


async def test_an_empty_tree_says_so(capsys: pytest.CaptureFixture[str]):
    await aio.tree(container(inlined()))
    assert capsys.readouterr().out == "<Empty>\n"
    not_a_container: Any = "x"
    with pytest.raises(TypeError, match="Container"):
        await aio.tree(not_a_container)
