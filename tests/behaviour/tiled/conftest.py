from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens, caches and profiles of the test, not of whoever runs it."""
    monkeypatch.setenv("TILED_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TILED_PROFILES", str(tmp_path / "profiles"))
    monkeypatch.setenv("TILED_SITE_PROFILES", str(tmp_path / "site-profiles"))
    for name in ("TILED_API_KEY", "TILED_RETRY_ATTEMPTS", "TILED_RETRY_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)
