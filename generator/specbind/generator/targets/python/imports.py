"""The import lines of a module, from the symbols that it uses."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ImportedName, Symbol
from specbind.generator.emit.text import Code, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .scope import ModuleScope

__all__ = ["import_lines", "typing_symbol"]

_TYPE_CHECKING = Symbol("typing", "TYPE_CHECKING")


def typing_symbol(name: str) -> Symbol:
    """A name of `typing`."""
    return Symbol("typing", name)


def import_lines(scope: ModuleScope) -> Code:
    """All imports of a module in isort's order; those for annotations only under TYPE_CHECKING."""
    if any(found.typing_only for found in scope.imports()):
        scope.use(_TYPE_CHECKING)
    found = scope.imports()
    lines = _sections(item for item in found if not item.typing_only)
    guarded = _sections(item for item in found if item.typing_only)
    if guarded:
        lines += ["", "if TYPE_CHECKING:", *(f"    {line}" if line else "" for line in guarded)]
    return written("\n".join(lines))


def _sections(found: Iterable[ImportedName]) -> list[str]:
    """Standard library, msgspec and our own modules, an empty line between them."""
    sections: dict[int, list[str]] = {}
    for module, names in groupby(sorted(found, key=_module_key), key=lambda item: item.module):
        # isort's order: CONSTANTS, Classes, functions
        ordered = sorted(names, key=lambda item: (not item.name.isupper(), not item.name[0].isupper(), item.name))
        plain = [item for item in ordered if item.local == item.name]
        renamed = [item for item in ordered if item.local != item.name]
        lines = sections.setdefault(2 if module.startswith(".") else int(module == "msgspec"), [])
        lines += [f"from {module} import {item.name} as {item.local}" for item in renamed]
        if plain:
            lines.append(f"from {module} import ({', '.join(item.name for item in plain)})")
    return "\n\n".join("\n".join(lines) for _, lines in sorted(sections.items())).split("\n") if sections else []


def _module_key(item: ImportedName) -> tuple[bool, int, str]:
    dots = len(item.module) - len(item.module.lstrip("."))
    return bool(dots), -dots, item.module
