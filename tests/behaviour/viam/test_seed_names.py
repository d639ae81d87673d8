"""The surface of the official data client is all there: modules, names, signatures, defaults."""

from __future__ import annotations

import importlib
import inspect

import pytest
from tests.support.seed import Seed

SEED = Seed("viam")
BOTH = {"DataClient", "ViamClient"}


@pytest.mark.parametrize(("module", "name"), SEED.names)
def test_every_module_has_its_names(module: str, name: str) -> None:
    assert getattr(importlib.import_module(f"specbind.viam.{module}"), name) is not None


@pytest.mark.parametrize(("owner", "name"), SEED.methods)
def test_signatures_begin_as_in_the_seed(owner: str, name: str) -> None:
    SEED.check_signature(SEED.find(owner), owner, name)
    if owner in BOTH:
        SEED.check_signature(SEED.find(owner, "sync"), owner, name)


@pytest.mark.parametrize(("owner", "name"), SEED.methods)
def test_calls_are_async_and_block_in_the_face(owner: str, name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(SEED.find(owner), name)) is SEED.waits(owner, name)
    if owner in BOTH:
        assert not inspect.iscoroutinefunction(getattr(SEED.find(owner, "sync"), name))


def test_the_seed_has_22_calls_and_two_of_later_versions_under_another_name() -> None:
    calls = {name for owner, name in SEED.methods if owner == "DataClient" and SEED.waits(owner, name)}
    assert len({name for name in calls if not name.endswith("_page")}) == 22
    assert len(calls) == 24


@pytest.mark.parametrize("module", ["app.data_client", "sync"])
@pytest.mark.parametrize("name", ["TabularData", "BinaryData"])
def test_results_have_their_attributes(name: str, module: str) -> None:
    cls = getattr(SEED.find("DataClient", module), name)
    expected = SEED.classes["DataClient"]["nested"][name]
    assert list(inspect.signature(cls).parameters) == expected
    found = cls(*expected)
    assert [getattr(found, attribute) for attribute in expected] == expected
    assert found == cls(*expected)
    assert found != cls(*expected[:-1], "another")


def test_options_of_connecting_have_their_defaults() -> None:
    options = inspect.signature(SEED.find("DialOptions")).parameters
    assert {name: option.default for name, option in options.items()} == SEED.classes["DialOptions"]["options"]


def test_the_root_has_the_names_that_programs_begin_with() -> None:
    root = importlib.import_module("specbind.viam")
    for name in root.__all__:
        assert getattr(root, name) is not None
    assert root.DataClient is SEED.find("DataClient")
