"""Generate a package from an inline spec, import it, and let it go again."""

from __future__ import annotations

import importlib
import itertools
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from specbind.generator.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["document", "generated"]

_numbers = itertools.count(1)


def document(paths: dict | None = None, schemas: dict | None = None, **more: object) -> dict:
    """An OpenAPI 3.1 document with the given paths and component schemas; `more` are further members."""
    components = {"schemas": schemas or {}, **more.pop("components", {})}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sample", "version": "1.0"},
        "paths": paths or {},
        "components": components,
        **more,
    }


@contextmanager
def generated(folder: Path, spec: dict | str | Path, *options: str) -> Iterator[ModuleType]:
    """The package of a spec, imported under a name of its own, as `specbind generate` makes it."""
    number = next(_numbers)
    name = f"sample_{number}"
    source = spec if isinstance(spec, Path) else folder / f"spec_{number}.yaml"
    if not isinstance(spec, Path):
        source.write_text(spec if isinstance(spec, str) else yaml.safe_dump(spec, sort_keys=False, allow_unicode=True))
    out = folder / f"sdk_{number}"
    status = main(["generate", str(source), "--out", str(out), "--package", name, *options])
    assert status == 0, f"specbind generate ended with {status}"
    sys.path.insert(0, str(out))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(out))
        for module in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
            del sys.modules[module]
