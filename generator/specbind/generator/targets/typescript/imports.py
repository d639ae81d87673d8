"""The import lines of a module, from the symbols that it uses. Types are all that modules take from each other."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, written

if TYPE_CHECKING:
    from specbind.generator.emit.scope import ModuleScope

__all__ = ["WHOLE", "import_lines"]

WHOLE = "*"
"""The name of a symbol that is a module as a whole."""


def import_lines(scope: ModuleScope) -> Code:
    """All imports of a module, sorted by file."""
    lines: list[str] = []
    for module, names in groupby(scope.imports(), key=lambda item: item.module):
        members: list[str] = []
        for item in names:
            if item.name == WHOLE:
                lines.append(f'import type * as {item.local} from "{module}";')
            else:
                members.append(item.name if item.local == item.name else f"{item.name} as {item.local}")
        if members:
            lines.append(f'import type {{ {", ".join(members)} }} from "{module}";')
    return written("\n".join(lines))
