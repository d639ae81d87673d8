"""OAI Overlay documents change the document before anything is made of it."""

from __future__ import annotations

import shutil

import pytest
from tests.cases.cases import FOLDER
from tests.support.exchange import Reply, exchange

from specbind.generator.cli import main


async def test_what_overlays_say_is_what_is_generated(sdk):
    done = await exchange(sdk, lambda c: c.pets.all_pets(limit=2), Reply(200, [{"name": "Tom", "age": 3}]))
    assert done.request.target == "/pets?limit=2"
    assert done.value == [sdk.models.Pet(name="Tom", age=3)]


def test_what_an_overlay_removes_is_not_there(sdk):
    assert not hasattr(sdk.Client, "api")
    assert [endpoint.name for endpoint in sdk.Server.endpoints] == ["all_pets"]


def test_they_are_applied_in_order(api):
    (pet,) = api.definitions
    assert [(field.wire, field.type.scalar.value) for field in pet.fields] == [("name", "string"), ("age", "integer")]


@pytest.mark.parametrize(("options", "status"), [([], 1), (["--allow-partial"], 0)])
def test_a_target_that_matches_nothing_is_said(tmp_path, capsys, options, status):
    spec = shutil.copy(FOLDER / "overlays" / "spec.yaml", tmp_path)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\n"
        "actions: [{target: \"$.paths['/cats']\", update: {get: {deprecated: true}}}]\n"
    )
    out = tmp_path / "sdk"
    assert main(["generate", str(spec), "--out", str(out), "--overlay", str(wrong), *options]) == status
    shown = capsys.readouterr().err
    assert "SB118" in shown
    assert "wrong.yaml:3" in shown
    assert out.exists() == (status == 0)
