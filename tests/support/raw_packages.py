"""Packages that stand beside one runtime and are not formatted: made and imported in a fraction of a second."""

from __future__ import annotations

import importlib
import itertools
import shutil
import sys
from typing import TYPE_CHECKING

import msgspec

from specbind.generator.emit.text import identifier
from specbind.generator.targets.python.generate import generate_package, runtime_files

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api

__all__ = ["RawPackages"]

_numbers = itertools.count(1)


class RawPackages:
    """A folder of packages. `close` takes it off the path and forgets its modules."""

    def __init__(self, folder: Path) -> None:
        self._name = f"raw_{next(_numbers)}"
        self._root = folder / self._name
        self._folder = folder
        runtime = runtime_files()
        for path in runtime:
            self._write(f"_runtime/{path}", runtime[path])
        self._write("__init__.py", b"")
        sys.path.insert(0, str(folder))

    def try_out(self, api: Api, diagnostics: Diagnostics) -> set[str]:
        """Make a package, import every module, make every decoder, and let it go again; gives its modules' names."""
        name = f"p{next(_numbers)}"
        files = generate_package(api, identifier(name), diagnostics, runtime_levels=1)
        modules = set()
        for path in files:
            self._write(f"{name}/{path}", files[path])
            if path.endswith(".py"):
                parts = f"{self._name}/{name}/{path}".removesuffix(".py").removesuffix("/__init__").split("/")
                modules.add(".".join(parts))
        importlib.invalidate_caches()
        try:
            for module in sorted(modules):
                importlib.import_module(module)
            hook = importlib.import_module(f"{self._name}._runtime.hooks").decode_hook
            models = importlib.import_module(f"{self._name}.{name}.models")
            for each in models.__all__:
                msgspec.json.Decoder(getattr(models, each), dec_hook=hook)
        finally:
            self._forget(f"{self._name}.{name}")
            shutil.rmtree(self._root / name)
        return modules

    def close(self) -> None:
        sys.path.remove(str(self._folder))
        self._forget(self._name)

    def _write(self, path: str, content: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    @staticmethod
    def _forget(name: str) -> None:
        for module in [found for found in sys.modules if found == name or found.startswith(f"{name}.")]:
            del sys.modules[module]
