"""A node to talk to, and files to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.behaviour.nodeodx.faulty import FaultyNode

from specbind.emulators.nodeodx import serve
from specbind.nodeodx.aio import Node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def emulator() -> AsyncIterator[FaultyNode]:
    node = FaultyNode()
    async with serve(node) as url:
        node.url = url
        yield node


@pytest.fixture
async def node(emulator: FaultyNode) -> AsyncIterator[Node]:
    async with Node.from_url(emulator.url, timeout=10) as found:
        yield found


@pytest.fixture
def images(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"image_{number}.jpg" for number in range(1, 5)]
    for number, path in enumerate(paths):
        path.write_bytes(b"\xff\xd8\xff" + bytes(1000 * number) + b"\xff\xd9")
    return [str(path) for path in paths]
