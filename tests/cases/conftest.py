"""Each case: a folder with `spec.yaml`, generated once for the tests beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.packages import generated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.fixture(scope="module")
def sdk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package of the spec beside the test, imported."""
    spec = (request.path.parent / "spec.yaml").read_text(encoding="utf-8")
    with generated(tmp_path_factory.mktemp("case"), spec, "--without-core") as package:
        yield package
