from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.tiled_server import KEY, catalog, in_memory, with_users

from specbind.tiled import aio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["catalog", "in_memory", "with_users"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens and profiles of the test, not of whoever runs it."""
    monkeypatch.setenv("TILED_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TILED_PROFILES", str(tmp_path / "profiles"))
    monkeypatch.setenv("TILED_SITE_PROFILES", str(tmp_path / "site-profiles"))
    monkeypatch.delenv("TILED_API_KEY", raising=False)


@pytest.fixture
async def place(catalog: str, request: pytest.FixtureRequest) -> AsyncIterator[aio.Container]:
    """An empty container of the catalog for one test."""
    root = await aio.from_uri(catalog, api_key=KEY)
    assert isinstance(root, aio.Container)
    name = request.node.name.replace("/", "-").replace("[", "-").replace("]", "")
    found = await root.create_container(name)
    yield found
    await found.delete(recursive=True, external_only=False)
    await root.context.close()
