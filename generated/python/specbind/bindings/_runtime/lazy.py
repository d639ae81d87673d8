"""Packages that load their modules on first use (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["lazy"]


def lazy(module: str, names: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Give `__getattr__` and `__dir__` for the package `module`.

    `names` maps each public name to the submodule that defines it; "" says that the name is itself a submodule.
    """
    namespace = vars(sys.modules[module])

    def __getattr__(name: str) -> object:  # noqa: N807 - it becomes the package's own
        where = names.get(name)
        if where is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module])
        if not where:
            return import_module(f".{name}", module)
        value: object = getattr(import_module(f".{where}", module), name)
        namespace[name] = value
        return value

    def __dir__() -> list[str]:  # noqa: N807 - it becomes the package's own
        return sorted({*namespace, *names})

    return __getattr__, __dir__
