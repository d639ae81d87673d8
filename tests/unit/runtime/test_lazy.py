"""Packages load what is asked for, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import petstore
import pytest
from petstore import _runtime

FOLDER = petstore.__path__[0].removesuffix("/petstore")


def modules_after(statement: str) -> set[str]:
    code = f"import sys; sys.path.insert(0, {FOLDER!r}); {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import petstore",
        "import petstore._runtime",
        "import petstore._runtime.model",
        "from petstore.models import Pet",
    ],
)
def test_types_do_not_load_the_network_side(statement):
    loaded = modules_after(statement)
    assert not loaded & {"aiohttp", "multidict", "yarl", "asyncio", "ssl"}


def test_the_client_does_not_load_the_server():
    assert not modules_after("from petstore import Client") & {"aiohttp", "aiohttp.web", "petstore._runtime.server"}


def test_every_public_name_is_there():
    assert sorted(_runtime.__all__, key=str.lower) == sorted(set(_runtime.__all__), key=str.lower)
    for name in _runtime.__all__:
        assert getattr(_runtime, name) is not None
        assert name in dir(_runtime)


def test_a_misspelt_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Cleint'"):
        _ = petstore.Cleint


def test_types_are_listed_and_loaded_from_the_group_that_has_them():
    names = petstore.models.__all__
    assert "Pet" in names
    assert names == sorted(set(names))
    assert set(names) <= set(dir(petstore.models))
    assert {getattr(petstore.models, name).__module__ for name in ("Cat", "Problem")} <= {
        f"petstore.models.group_{number}" for number in range(1, 10)
    }


@pytest.mark.parametrize("name", ["Pe", "et", "group_1:", "", "\n", "Pet\n Cat", "__path_"])
def test_a_type_that_is_not_there_is_an_attribute_error(name: str):
    with pytest.raises(AttributeError, match="has no attribute"):
        getattr(petstore.models, name)
