"""What the official client (0.2.20) does wrong, and the tests which see to it that it does not happen here.

`DEFECTS` says which test guards against which. Tests of one subject stand beside its others.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.tiled_script import Tree, context_over, entry

from specbind.bindings._runtime import answer
from specbind.tiled import UnauthorizedError, aio

if TYPE_CHECKING:
    from specbind.bindings._runtime import Request, Response

HERE = Path(__file__).parent

DEFECTS = {
    "len() is 101 within a second of a page": "test_listing::test_the_count_of_a_page_is_never_taken_for_the_length",
    "a reverse slice is answered 400": "test_data_arrays::test_a_reverse_slice_is_asked_for_forwards",
    "fields of a structured type are lost": "test_data_arrays::test_fields_keep_their_names_and_gaps_are_closed",
    "keys()[:301] is answered 422": "test_listing::test_no_page_is_larger_than_the_server_allows",
    "a sparse block has the shape of the whole": "test_data_nested::test_a_block_has_its_own_shape_and_coordinates",
    "raw_export of a folder gives nothing": "test_listing::test_files_of_a_folder_are_asked_for_below_it",
    "a 500 is tried for 45 s": "test_safe_retries::test_what_will_fail_again_is_sent_once",
    "pages of principals have no effect": "test_official_defects::test_principals_are_asked_for_in_pages",
    "a missing scope is taken for a login that ended": "test_official_defects::test_a_missing_scope_begins_no_login",
    "the root has a key, and links have //": "test_official_defects::test_the_root_has_no_key_of_its_own",
    "the probe sends the key": "test_credentials::test_the_probe_for_https_has_no_secret_in_it",
    "JSON and MessagePack collide": "test_cache::test_an_answer_is_kept_under_its_url_and_what_was_asked_for",
    "a repr takes 100 keys, or a request": "test_listing::test_repr_asks_for_ten_keys_in_at_most_two_requests",
    "values of a view import dask": "test_listing::test_values_of_a_view_import_no_library_of_numbers",
    "metadata_copy() fails without tags": "test_official_defects::test_metadata_are_copied_where_a_server_has_no_tags",
    "revisions go by position only": "test_official_defects::test_a_revision_is_had_by_position_and_by_number",
    "versions of specs are not compared": "test_addresses_and_patches::test_specs_are_compared_with_their_versions",
}


@pytest.mark.parametrize("place", DEFECTS.values())
def test_every_defect_has_its_test(place: str):
    module, _, name = place.partition("::")
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_are_seventeen_defects_each_with_a_test_of_its_own():
    assert len(DEFECTS) == len(set(DEFECTS.values())) == 17


async def test_principals_are_asked_for_in_pages():
    tree = Tree([])
    tree.special["GET auth/principal"] = lambda _: answer(200, [])
    context = context_over(tree, api_key="secret")
    assert await context.admin.list_principals(offset=5, limit=7) == []
    asked = tree.requests[-1].url.replace("%5B", "[").replace("%5D", "]")
    assert "page[offset]=5" in asked
    assert "page[limit]=7" in asked


async def test_a_missing_scope_begins_no_login():
    tree = Tree([])
    tree.special["GET metadata/"] = lambda _: answer(401, {"detail": "Not enough permissions"})
    context = context_over(tree, api_key="secret")
    asked: list[str] = []

    def ask(text: str, _secret: bool) -> str:
        asked.append(text)
        return ""

    with pytest.raises(UnauthorizedError, match="without the scope"):
        await aio.from_context(context, ask=ask)
    assert asked == []
    assert len(tree.requests) == 1


async def test_the_root_has_no_key_of_its_own():
    context = context_over(Tree(["a"]), api_key="secret")
    root = await aio.from_context(context)
    assert isinstance(root, aio.Container)
    node = await root.lookup("a")
    assert root.path_parts == []
    assert node.path_parts == ["a"]
    assert "//" not in node.uri.partition("://")[2]


async def test_metadata_are_copied_where_a_server_has_no_tags():
    item = entry("a", metadata={"x": {"y": 1}}, specs=[{"name": "run", "version": "1"}], access_tags=None)
    node = aio.Container(context_over(Tree([])), item=item)
    metadata, specs, tags = node.metadata_copy()
    assert tags is None
    assert specs == list(node.specs)
    metadata["x"]["y"] = 2
    assert node.metadata["x"]["y"] == 1


async def test_a_revision_is_had_by_position_and_by_number():
    numbers = [3, 5, 8]

    def page(_request: Request) -> Response:
        data = [{"revision_number": number, "attributes": {"metadata": {}}} for number in numbers]
        return answer(200, {"data": data, "links": {"next": None}, "meta": {"count": len(data)}})

    tree = Tree(["a"])
    tree.special["GET revisions/a"] = page
    node = aio.Container(context_over(tree), item=entry("a"))
    revisions = node.metadata_revisions
    assert (await revisions.revision(5))["revision_number"] == 5
    assert (await revisions.lookup(2))["revision_number"] == 8
    with pytest.raises(KeyError):
        await revisions.revision(0)
