"""The compiler, started once for each file of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.typescript import Compiler

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    started = Compiler()
    yield started
    started.close()
