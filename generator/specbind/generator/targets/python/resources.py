"""Plans the resources: typed methods over descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ModuleScope, Symbol
from specbind.generator.emit.text import Identifier, SpecText, identifier

from .answers import result_annotation, result_of
from .arguments import Arguments, method_doc
from .docs import short_line
from .imports import import_lines, typing_symbol
from .literals import docstring, literal
from .operations import ModuleTypes
from .plan import MethodPlan, ResourcePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Operation

    from .context import Context
    from .service import ServiceNames

__all__ = ["plan_resource"]


def plan_resource(context: Context, names: ServiceNames, operations: Sequence[Operation]) -> ResourcePlan:
    """The plan of one resource module."""
    scope = ModuleScope(
        taken=[
            names.class_,
            f"Sync{names.class_}",
            f"{names.class_}WithRawResponse",
            f"Sync{names.class_}WithRawResponse",
        ],
        shadowed=list(names.methods.values()),
    )
    typed = any(operation.id in context.header_types for operation in operations)
    types = ModuleTypes(context, scope, 1, typing_only=not typed)

    def runtime(name: str, *, typing_only: bool = False) -> Identifier:
        return scope.use(context.runtime_symbol(1, name, typing_only=typing_only))

    unset_type = runtime("UnsetType", typing_only=True)
    methods = [_method(context, operation, names, types) for operation in operations]
    return ResourcePlan(
        module=names.module,
        attribute=names.attribute,
        name=names.class_,
        operations=scope.use(Symbol("..operations", names.module, "operations")),
        exports=literal(sorted([str(names.class_), f"Sync{names.class_}"])),
        base=runtime("Resource"),
        sync_base=runtime("SyncResource"),
        as_raw=runtime("as_raw"),
        as_raw_sync=runtime("as_raw_sync"),
        as_raw_with_headers=runtime("as_raw_with_headers") if typed else None,
        as_raw_sync_with_headers=runtime("as_raw_sync_with_headers") if typed else None,
        unset=runtime("UNSET"),
        unset_type=unset_type,
        headers_like=runtime("HeadersLike", typing_only=True),
        query_like=runtime("QueryLike", typing_only=True),
        timeout=runtime("Timeout", typing_only=True),
        float=scope.builtin("float"),
        deprecated=runtime("deprecated") if any(method.deprecated for method in methods) else None,
        imports=import_lines(scope),  # last: by now every symbol was used
        methods=tuple(methods),
        doc=docstring([SpecText(names.doc or f"Operations of {names.title}.")], 4),
        line=docstring([SpecText(short_line(names.doc) or f"Operations of {names.title}.")], 8),
        module_doc=docstring([SpecText(f"Resource {names.title}, asynchronous and synchronous.")], 0),
    )


def _method(
    context: Context,
    operation: Operation,
    names: ServiceNames,
    types: ModuleTypes,
) -> MethodPlan:
    arguments = Arguments(operation, context)
    result = result_of(operation)
    return MethodPlan(
        name=names.methods[operation.id],
        constant=names.constants[operation.id],
        arguments=tuple(arguments.plans(types, context.runtime_symbol(1, "UnsetType", typing_only=True))),
        call=tuple(arguments.all_names()),
        returns=result_annotation(result, types),
        sync_returns=result_annotation(result, types, synchronous=True),
        call_name=identifier(result.mode),
        cast=types.scope.use(typing_symbol("cast")) if result.mode == "_call_mixed" else None,
        doc=method_doc(operation, arguments),
        headers=types.named(context.header_types[operation.id]) if operation.id in context.header_types else None,
        deprecated=literal(f"{operation.id} is deprecated by the API.") if operation.deprecated else None,
    )
