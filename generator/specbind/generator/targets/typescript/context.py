"""What all planners of one package share: definitions, their names and places, and where findings go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.findings import Findings
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import Identifier, identifier
from specbind.generator.ir.groups import cut_groups
from specbind.generator.ir.usage import Usage

from .names import type_name

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api

__all__ = ["Context"]


class Context:
    """The shared facts of one package.

    Services after the first `own` are called by the server.
    `runtime_levels` is how many folders above the package's root the runtime stands: 0 inside it, 1 beside it.
    """

    def __init__(self, api: Api, diagnostics: Diagnostics, runtime_levels: int, own: int) -> None:
        self.api = api
        self.findings = Findings(diagnostics)
        self.definitions = {definition.id: definition for definition in api.definitions}
        self.usage = Usage(api, self.definitions, own)
        self.groups = {
            identifier(f"group_{number}"): group for number, group in enumerate(cut_groups(api.definitions), 1)
        }
        self.modules = {found.id: module for module, group in self.groups.items() for found in group}
        self.names = self._name_types()
        self._runtime_levels = runtime_levels

    def _name_types(self) -> dict[str, Identifier]:
        """A name for every definition, in the order of the spec."""
        names: dict[str, Identifier] = {}
        scope = NameScope()
        for definition in self.api.definitions:
            wanted = type_name(definition.id)
            given = names[definition.id] = scope.take(wanted)
            if given != wanted:
                subject = f"type {definition.id!r}"
                self.findings.collision(Finding.TYPE_NAME, subject, definition.source)(wanted, given)
        return names

    def runtime(self, depth: int) -> str:
        """The folder of the runtime as a module `depth` folders below the root imports from it."""
        return ("../" * (depth + self._runtime_levels) or "./") + "_runtime"

    def runtime_symbol(self, depth: int, name: str, module: str = "values") -> Symbol:
        """A type of the runtime."""
        return Symbol(f"{self.runtime(depth)}/{module}.js", name, typing_only=True)
