"""Packages generated from protos, imported."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from specbind.generator.diagnostics import Diagnostics, Severity
from specbind.generator.pipeline import Reading, make_standalone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType


class Generated:
    """A package in a folder. `modules` are those outside of its runtime."""

    def __init__(self, folder: Path, package: str, files: Sequence[Path], roots: Sequence[Path]) -> None:
        self.package = package
        self.diagnostics = Diagnostics()
        self._files, self._reading = list(files), Reading(proto_roots=tuple(roots))
        output, self.manifest = make_standalone(self._files, self.diagnostics, self._reading, package=package)
        assert not [str(found) for found in self.diagnostics if found.severity is Severity.ERROR]
        output.write(folder)
        self.folder = folder
        self.paths = list(output)
        sys.path.insert(0, str(folder))
        try:
            importlib.invalidate_caches()
            self.root = importlib.import_module(package)
            self.modules = [importlib.import_module(name) for name in self._names()]
            self.message = self.runtime("proto.message")
        finally:
            sys.path.remove(str(folder))

    def _names(self) -> Iterator[str]:
        for path in self.paths:
            if path.endswith(".py") and path.startswith(self.package) and "/_runtime/" not in path:
                yield path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def runtime(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.package}._runtime.{name}")

    def find(self, full_name: str) -> Any:
        """A message class by its full name."""
        return self.root.REGISTRY.find(full_name)

    def at(self, place: str) -> Any:
        """What stands at `package.module.Name` below the root."""
        module, _, name = place.rpartition(".")
        return getattr(importlib.import_module(f"{self.package}.{module}" if module else self.package), name)

    def again(self, folder: Path) -> dict[str, bytes]:
        """The bytes of every file of a second run."""
        output, _ = make_standalone(self._files, Diagnostics(), self._reading, package=self.package)
        output.write(folder)
        return {path: (folder / path).read_bytes() for path in output}

    def messages(self) -> list[Any]:
        """Every message class that the package defines."""
        return [
            value
            for module in self.modules
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, self.message.Message)
            and value.__module__ == module.__name__
        ]
