"""Names that generated TypeScript must not take.

The lists are part of the public surface: a name added here renames something in every package that used it, so they
change only with a major version.
"""

from __future__ import annotations

__all__ = ["KEYWORDS", "MODULES"]

# Reserved words, those of strict mode and of modules, globals that no constant may be called, names that the CommonJS
# form of a module has for itself.
KEYWORDS = frozenset(
    "arguments await break case catch class const continue debugger default delete do else enum eval export exports "
    "extends false finally for function globalThis if implements import in instanceof interface let module new null "
    "package private protected public require return static super switch this throw true try typeof undefined var void "
    "while with yield".split()
)
MODULES = frozenset({"index"})
