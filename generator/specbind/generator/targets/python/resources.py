"""Plans the resources: typed methods over descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ModuleScope, Symbol
from specbind.generator.emit.text import Identifier, SpecText

from .arguments import Arguments, method_doc
from .docs import short_line
from .imports import import_lines
from .literals import docstring, literal
from .operations import ModuleTypes, OperationsPlanner
from .plan import MethodPlan, ResourcePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Operation

    from .context import Context
    from .service import ServiceNames

__all__ = ["plan_resource"]


def plan_resource(
    context: Context, names: ServiceNames, operations: Sequence[Operation], planner: OperationsPlanner
) -> ResourcePlan:
    """The plan of one resource module."""
    scope = ModuleScope(
        taken=[
            names.class_,
            f"Sync{names.class_}",
            f"{names.class_}WithRawResponse",
            f"Sync{names.class_}WithRawResponse",
            "operations",
        ],
        shadowed=list(names.methods.values()),
    )
    types = ModuleTypes(context, scope, 1, typing_only=True)

    def runtime(name: str, *, typing_only: bool = False) -> Identifier:
        return scope.use(context.runtime_symbol(1, name, typing_only=typing_only))

    unset_type = runtime("UnsetType", typing_only=True)
    methods = [_method(context, operation, names, planner, types) for operation in operations]
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
    planner: OperationsPlanner,
    types: ModuleTypes,
) -> MethodPlan:
    arguments = Arguments(operation, context)
    result = planner.result(operation)
    return MethodPlan(
        name=names.methods[operation.id],
        constant=names.constants[operation.id],
        arguments=tuple(arguments.plans(types, context.runtime_symbol(1, "UnsetType", typing_only=True))),
        call=tuple(arguments.all_names()),
        returns=planner.returns(result, types, context.runtime_symbol(1, "ByteStream", typing_only=True)),
        sync_returns=planner.returns(result, types, context.runtime_symbol(1, "SyncByteStream", typing_only=True)),
        streams=result.streams,
        doc=method_doc(operation, arguments),
        deprecated=literal(f"{operation.id} is deprecated by the API.") if operation.deprecated else None,
    )
