"""The import block of a face module: each name once, under a local name of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .source import Origin

__all__ = ["Imports"]


class Imports:
    """Names that the face module imports. `own` is the top package of its imports that stand last."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._locals: set[str] = set()
        self._names: dict[Origin, str] = {}
        self._runtime: set[Origin] = set()

    def take(self, names: Iterable[str]) -> None:
        """Keep more names for what the module defines itself."""
        self._locals.update(names)

    def use(self, origin: Origin, local: str = "", *, typing_only: bool = True) -> str:
        """The local name of something imported; a name that means something else already gets a number."""
        if origin not in self._names:
            wanted = local or origin.name or origin.module
            name, number = wanted, 2
            while name in self._locals:
                name, number = f"{wanted}_{number}", number + 1
            self._locals.add(name)
            self._names[origin] = name
        if not typing_only:
            self._runtime.add(origin)
        return self._names[origin]

    def lines(self, *, typing_only: bool) -> list[str]:
        """Import statements, standard library first, then others, then our own, each group sorted."""
        groups: tuple[list[str], list[str], list[str]] = ([], [], [])
        modules: dict[str, list[str]] = {}
        for origin, local in self._names.items():
            if (origin in self._runtime) is typing_only:
                continue
            if origin.name:
                shown = origin.name if local == origin.name else f"{origin.name} as {local}"
                modules.setdefault(origin.module, []).append(shown)
            else:
                self._group(groups, origin.module).append(
                    f"import {origin.module}" if local == origin.module else f"import {origin.module} as {local}"
                )
        for module, names in modules.items():
            self._group(groups, module).append(f"from {module} import {', '.join(sorted(names, key=_as_ruff_sorts))}")
        blocks = ["\n".join(sorted(group, key=_statement_order)) for group in groups if group]
        return "\n\n".join(blocks).split("\n") if blocks else []

    def _group(self, groups: tuple[list[str], list[str], list[str]], module: str) -> list[str]:
        root = module.partition(".")[0]
        if root in sys.stdlib_module_names:
            return groups[0]
        return groups[2] if root == self._own else groups[1]


def _statement_order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line.split(maxsplit=2)[1]


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order that ruff's isort rule wants."""
    bare = name.split(maxsplit=1)[0]
    return (0 if bare.isupper() else 1 if bare[:1].isupper() else 2), bare
