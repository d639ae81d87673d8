"""A zoo with a generated face, imported from a temporary folder."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specbind.generator.faces import PORTAL, generate_face

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="module", params=["zoo.portal", PORTAL], ids=["plain", "real"])
def zoo_root(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder that has the package `zoo` with its generated face `zoo.sync`, over a plain and over the real portal."""
    root = tmp_path_factory.mktemp("faces")
    shutil.copytree(SAMPLE / "zoo", root / "zoo", ignore=shutil.ignore_patterns("__pycache__"))
    generate_face(root / "zoo" / "aio.py", "zoo.aio", root / "zoo" / "sync.py", portal=request.param)
    return root


@pytest.fixture(scope="module")
def zoo(zoo_root: Path) -> Iterator[ModuleType]:
    """The face module."""
    sys.path.insert(0, str(zoo_root))
    try:
        yield importlib.import_module("zoo.sync")
    finally:
        sys.path.remove(str(zoo_root))
        for name in [name for name in sys.modules if name.partition(".")[0] == "zoo"]:
            del sys.modules[name]
