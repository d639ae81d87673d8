"""A document in several files, by `$ref`."""

from __future__ import annotations

import pytest
from tests.cases.cases import FOLDER
from tests.support.exchange import Reply, exchange, refusal, runtime_of

from specbind.generator.cli import main
from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.pipeline import Reading, lower

SPEC = FOLDER / "files" / "spec.yaml"


async def test_calls_of_all_files_are_methods(sdk):
    tree = {"name": "oak", "leaves": [{"color": "green", "tree": {"name": "elm"}}], "below": [{"name": "ash"}]}
    body = sdk.models.Tree(name="oak", leaves=[sdk.models.Leaf(color="green")])
    done = await exchange(sdk, lambda c: c.api.plant(body=body, dry=True), Reply(200, tree))
    assert done.request.target == "/trees?dry=true"
    assert done.request.content == b'{"name":"oak","leaves":[{"color":"green"}]}'
    assert done.value.leaves[0].tree == sdk.models.Tree(name="elm")
    assert done.value.below == [sdk.models.Tree(name="ash")]


async def test_a_schema_that_two_files_name_is_one_type(sdk):
    done = await exchange(sdk, lambda c: c.api.get_leaf(4), Reply(200, {"color": "red"}))
    assert done.value == sdk.models.Leaf(color="red")


def test_a_schema_in_a_file_of_its_own_has_the_name_that_the_document_gives_it(sdk, said):
    assert set(sdk.models.__all__) == {"Leaf", "RefusedContent", "Tree"}
    assert said == []


async def test_a_response_of_another_file_is_an_error(sdk):
    body = sdk.models.Tree(name="oak")
    found = await refusal(sdk, lambda c: c.api.plant(body=body), Reply(400, {"why": "winter"}))
    assert isinstance(found.error, runtime_of(sdk).BadRequestError)
    assert found.error.body.why == "winter"


def test_without_the_option_no_other_file_is_read(tmp_path, capsys):
    assert main(["generate", str(SPEC), "--out", str(tmp_path / "sdk")]) == 1
    assert "SB112" in capsys.readouterr().err
    assert not (tmp_path / "sdk").exists()


@pytest.mark.parametrize(
    "target", ["../secret.yaml", "/etc/hostname", "https://other.test/a.yaml", "file:///etc/hostname"]
)
def test_what_is_not_below_the_folder_is_never_read(tmp_path, target):
    (tmp_path / "secret.yaml").write_text("type: string")
    folder = tmp_path / "spec"
    folder.mkdir()
    spec = folder / "spec.yaml"
    spec.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n"
        f"components: {{schemas: {{A: {{$ref: '{target}'}}}}}}\n"
    )
    with pytest.raises(SpecError, match="SB112"):
        lower(spec, Diagnostics(), Reading(allow_files=True))
