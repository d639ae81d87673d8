"""A platform for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.behaviour.viam_emulator.platform import Platform, platform_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with platform_of() as found:
        yield found
