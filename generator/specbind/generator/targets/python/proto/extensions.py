"""Plans the modules of extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import Symbol
from specbind.generator.emit.text import SpecText, code, identifier
from specbind.generator.ir.model import Object
from specbind.generator.targets.python.imports import import_lines
from specbind.generator.targets.python.literals import docstring, literal
from specbind.generator.targets.python.scope import ModuleScope

from .kinds import KindWriter
from .plan import ExtensionPlan, ExtensionsPlan
from .rows import row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Extension

    from .context import ProtoContext

__all__ = ["plan_extensions"]

_VALUE = identifier("value")  # the attribute of every extension's row


def plan_extensions(context: ProtoContext, package: str, extensions: Sequence[Extension]) -> ExtensionsPlan | None:
    """The plan of the extensions that one package defines; None where there are none."""
    if not extensions:
        return None
    scope = ModuleScope(taken=[context.extension_names[item.id] for item in extensions])

    def named(id_: str) -> Identifier:
        where = context.module_from(package, *context.modules[id_])
        return scope.use(Symbol(where, context.names[id_]))

    kinds = KindWriter(context, package, scope, named)
    planned = tuple(
        ExtensionPlan(
            context.extension_names[item.id],
            kinds.annotation(item.field),
            literal(item.id),
            literal(item.extendee),
            row_of(context, kinds, _VALUE, item.field, item=_is_set(context, item.extendee)),
            docstring(
                [
                    SpecText(item.field.doc.strip() or f"Extension {item.id}."),
                    *([code("Deprecated.")] if item.field.deprecated else []),
                    SpecText(f"Extends {item.extendee}."),
                ],
                0,
            ),
        )
        for item in extensions
    )
    base = scope.use(context.runtime_symbol(package, "proto.extensions", "Extension"))
    exports = literal(sorted(str(item.name) for item in planned))
    return ExtensionsPlan(identifier("extensions"), import_lines(scope), exports, base, planned)


def _is_set(context: ProtoContext, id_: str) -> bool:
    """Whether a message is a message set."""
    found = context.definitions.get(id_)
    return isinstance(found, Object) and found.traits is not None and found.traits.message_set
