"""What all planners of one package share: definitions, their names and places, and where findings go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.codes import Weight
from specbind.generator.diagnostics import Diagnostic, Place, Severity
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import Identifier, identifier
from specbind.generator.ir.graph import payload_types, references, types_of

from .names import class_name
from .reserved import TYPE_NAMES
from .unions import UnionRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Operation, Payload, Type

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
        self.diagnostics = diagnostics
        self.definitions = {definition.id: definition for definition in api.definitions}
        self.rules = UnionRules(self.definitions)
        self.modules = {
            definition.id: identifier(f"group_{number}")
            for number, group in enumerate(groups, 1)
            for definition in group
        }
        self.names = self._name_models()
        self._runtime_levels = runtime_levels
        called = [operation for service in api.services[:own] for operation in service.operations]
        served = [operation for service in api.services[own:] for operation in service.operations]
        bodies = [*_bodies(called), *_bodies(served)]
        self.multipart = self.reachable(body.type for body in bodies if body.media.startswith("multipart/"))
        self.sent = self._types(_bodies(called), _answers(served))
        self.received = self._types(_answers(called), _bodies(served))

    def _types(self, *groups: Iterable[Payload]) -> frozenset[str]:
        return self.reachable(type_ for group in groups for payload in group for type_ in payload_types(payload))

    def _name_models(self) -> dict[str, Identifier]:
        """A class name for every definition, in the order of the spec."""
        names: dict[str, Identifier] = {}
        scope = NameScope(TYPE_NAMES)
        for definition in self.api.definitions:
            wanted = class_name(definition.id)
            given = names[definition.id] = scope.take(wanted)
            if given != wanted:
                self.report(
                    Finding.TYPE_NAME,
                    f"type {definition.id!r} is called {given}: {wanted} is taken",
                    definition.source,
                )
        return names

    def report(self, code: Finding, message: str, pointer: str = "#", hint: str = "") -> None:
        """Add a finding of the Python target."""
        severity = Severity.WARNING if code.weight is Weight.WARNING else Severity.NOTE
        self.diagnostics.add(Diagnostic(str(code), severity, message, Place(pointer=pointer), hint))

    def runtime(self, depth: int, module: str = "") -> str:
        """The runtime as a module `depth` packages below the root imports it."""
        return "." * (depth + 1 + self._runtime_levels) + "_runtime" + (f".{module}" if module else "")

    def runtime_symbol(self, depth: int, name: str, module: str = "", *, typing_only: bool = False) -> Symbol:
        """A name of the runtime."""
        return Symbol(self.runtime(depth, module), name, typing_only=typing_only)

    def reachable(self, roots: Iterable[Type]) -> frozenset[str]:
        """Ids of all definitions that the types lead to."""
        found: set[str] = set()
        stack = list(references(roots))
        while stack:
            name = stack.pop()
            if name in self.definitions and name not in found:
                found.add(name)
                stack.extend(references(types_of(self.definitions[name])))
        return frozenset(found)


def _bodies(operations: Iterable[Operation]) -> Iterator[Payload]:
    return (payload for operation in operations if operation.body for payload in operation.body.payloads)


def _answers(operations: Iterable[Operation]) -> Iterator[Payload]:
    return (payload for found in operations for response in found.responses for payload in response.payloads)
