"""Our own specs are read by an independent reader too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from openapi_python_client.schema import OpenAPI
from tests.unit.house.sources import relative, tracked_files

if TYPE_CHECKING:
    from pathlib import Path

SPECS = [path for path in tracked_files() if relative(path).startswith("specs/") and path.name == "openapi.yaml"]


def test_there_are_specs():
    assert SPECS


@pytest.mark.parametrize("path", SPECS, ids=relative)
def test_openapi_python_client_accepts_the_document(path: Path):
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    document = OpenAPI.model_validate(content)
    assert len(document.paths) == len(content["paths"])
