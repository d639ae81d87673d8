"""What all planners of one package share: definitions, their names and places, and where findings go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.findings import Findings
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import Identifier, identifier
from specbind.generator.ir.usage import Usage

from .decimals import Decimals
from .names import class_name
from .reserved import TYPE_NAMES
from .unions import UnionRules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition

__all__ = ["Context"]


class Context:
    """The shared facts of one package.

    `header_types` names the type of an operation's answer headers. The first `own` services are those that a client
    calls; the others are webhooks and callbacks, which it serves.
    `runtime_levels` is how many packages above the package's root the runtime stands: 0 inside it, 1 beside it.
    """

    def __init__(
        self,
        api: Api,
        groups: Sequence[Sequence[Definition]],
        diagnostics: Diagnostics,
        runtime_levels: int,
        header_types: Mapping[str, str],
        own: int,
    ) -> None:
        self.api = api
        self.header_types = header_types
        self.findings = Findings(diagnostics)
        self.definitions = {definition.id: definition for definition in api.definitions}
        self.rules = UnionRules(self.definitions)
        self.modules = {
            definition.id: identifier(f"group_{number}")
            for number, group in enumerate(groups, 1)
            for definition in group
        }
        self.names = self._name_models()
        self._runtime_levels = runtime_levels
        self.usage = Usage(api, self.definitions, own)
        self.decimals = Decimals(self.definitions)

    def _name_models(self) -> dict[str, Identifier]:
        """A class name for every definition, in the order of the spec."""
        names: dict[str, Identifier] = {}
        scope = NameScope(TYPE_NAMES)
        for definition in self.api.definitions:
            wanted = class_name(definition.id)
            given = names[definition.id] = scope.take(wanted)
            if given != wanted:
                subject = f"type {definition.id!r}"
                self.findings.collision(Finding.TYPE_NAME, subject, definition.source)(wanted, given)
        return names

    def runtime(self, depth: int, module: str = "") -> str:
        """The runtime as a module `depth` packages below the root imports it."""
        return "." * (depth + 1 + self._runtime_levels) + "_runtime" + (f".{module}" if module else "")

    def runtime_symbol(self, depth: int, name: str, module: str = "", *, typing_only: bool = False) -> Symbol:
        """A name of the runtime."""
        return Symbol(self.runtime(depth, module), name, typing_only=typing_only)
