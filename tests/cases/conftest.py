"""Each case: a folder with `spec.yaml`, generated once for the tests beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cases.cases import api_of, command_options, findings
from tests.support.import_package import make_decoders
from tests.support.packages import generated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from specbind.generator.ir.model import Api


@pytest.fixture(scope="module")
def sdk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package of the spec beside the test, imported, with every decoder made."""
    folder = request.path.parent
    options = ("--without-core", *command_options(folder))
    with generated(tmp_path_factory.mktemp("case"), folder / "spec.yaml", *options) as package:
        make_decoders(package)
        yield package


@pytest.fixture(scope="module")
def api(request: pytest.FixtureRequest) -> Api:
    """The model of the spec beside the test."""
    return api_of(request.path.parent.name)


@pytest.fixture(scope="module")
def said(request: pytest.FixtureRequest) -> list[str]:
    """What the generator says of the spec beside the test: "SB208 #/paths/..."."""
    return findings(request.path.parent.name)
