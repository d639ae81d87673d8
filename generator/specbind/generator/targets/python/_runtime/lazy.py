"""Packages that load their modules on first use (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["REGISTERED", "lazy", "lazy_groups"]

REGISTERED: dict[str, None] = {}
"""Packages of protos on this runtime that were imported, each with a `REGISTRY`, in the order of their import."""


def lazy(
    module: str, names: Mapping[str, str], *, registry: bool = False
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Give `__getattr__` and `__dir__` for the package `module`.

    `names` maps each public name to the submodule that defines it; "" says that the name is itself a submodule.
    `registry` says that it is a whole package of protos, whose `REGISTRY` `google.protobuf.Any` is to know.
    """
    namespace = vars(sys.modules[module])
    if registry:
        REGISTERED[module] = None

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


def lazy_groups(module: str, table: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Give `__getattr__` and `__dir__` for a package of thousands of names.

    `table` is text, since a dict of so many names takes longer to load than msgspec does: below `submodule:` the names
    that it defines, each in a line of its own behind a space.
    """
    namespace = vars(sys.modules[module])

    def listed() -> list[str]:
        return sorted(line[1:] for line in table.splitlines() if line.startswith(" "))

    def __getattr__(name: str) -> object:  # noqa: N807 - it becomes the package's own
        if name == "__all__":
            return listed()
        at = table.find(f"\n {name}\n")
        if at < 0:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module])
        end = table.rfind(":\n", 0, at + 1)
        where = table[table.rfind("\n", 0, end) + 1 : end]
        value: object = getattr(import_module(f".{where}", module), name)
        namespace[name] = value
        return value

    def __dir__() -> list[str]:  # noqa: N807 - it becomes the package's own
        return sorted({*namespace, *listed()})

    return __getattr__, __dir__
