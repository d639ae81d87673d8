"""The names of one Python module, with those that need no import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ModuleScope as NeutralScope
from specbind.generator.emit.scope import Symbol
from specbind.generator.emit.text import identifier

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier

__all__ = ["ModuleScope"]

_BUILTINS = "builtins"


class ModuleScope(NeutralScope):
    """A module's names; a name of its own or of a class member hides the builtin of that name."""

    def builtin(self, name: str) -> Identifier:
        """A builtin: bare where nothing hides it, imported under another name where something does."""
        symbol = Symbol(_BUILTINS, name)
        return identifier(name) if name not in self and symbol not in self else self.use(symbol)
