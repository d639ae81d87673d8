"""Modules under the official names, whose content stands elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["names_of"]


def names_of(module: ModuleType) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """Give `__all__`, `__getattr__` and `__dir__` of a module with the names of another one, loaded on first use."""
    names: list[str] = list(module.__all__)
    known = frozenset(names)

    def __getattr__(name: str) -> object:  # noqa: N807 - it becomes the module's own
        if name not in known:
            raise AttributeError(f"there is no {name} of {module.__name__} here", name=name)
        found: object = getattr(module, name)
        return found

    return names, __getattr__, lambda: sorted(known)
