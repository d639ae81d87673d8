"""Plans the server skeleton: one method per operation."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from specbind.generator.emit.scope import ModuleScope, NameScope, Symbol
from specbind.generator.ir.graph import all_operations
from specbind.generator.ir.model import HttpBinding, PathPiece, Service

from .answers import result_of, served_annotation
from .arguments import Arguments, method_doc
from .imports import import_lines, typing_symbol
from .literals import literal
from .names import value_name
from .operations import ModuleTypes
from .plan import EndpointPlan, ServerPlan, WebhookBodiesPlan
from .reserved import SERVER_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Api, Operation

    from .context import Context
    from .plan import CredentialPlan
    from .service import ServiceNames

__all__ = ["plan_server", "plan_webhook_bodies", "plan_webhooks", "webhook_service"]


def plan_server(
    context: Context,
    services: Sequence[tuple[ServiceNames, Sequence[Operation]]],
    credentials: Sequence[CredentialPlan],
    base_path: str,
    base: tuple[str, str] = ("BaseServer", "server"),
) -> ServerPlan:
    """The plan of a skeleton; `base_path` is the path of the API below its host, `base` the runtime's class."""
    names = NameScope(SERVER_MEMBERS)
    methods = {
        operation.id: names.take(value_name(operation.id, "operation_"))
        for _, operations in services
        for operation in operations
    }
    scope = ModuleScope(taken=["Server"], shadowed=list(methods.values()))
    types = ModuleTypes(context, scope, 0, typing_only=True)
    endpoints = tuple(
        _endpoint(context, operation, found, methods[operation.id], types)
        for found, operations in services
        for operation in operations
    )
    return ServerPlan(
        base=scope.use(context.runtime_symbol(0, *base)),
        endpoint=scope.use(context.runtime_symbol(0, "Endpoint", "server")),
        class_var=scope.use(typing_symbol("ClassVar")),
        unset=_unset(scope, context, endpoints),
        endpoints=endpoints,
        schemes=tuple(scope.use(Symbol(".auth", item.name)) for item in credentials),
        base_path=literal(base_path) if base_path else None,
        imports=import_lines(scope),  # last: by now every symbol was used
    )


def webhook_service(api: Api) -> Service | None:
    """Webhooks and callbacks as one more service, each at the path of its name; None if there are none."""
    received = [(operation.name or operation.id, operation) for operation in api.webhooks]
    for operation in all_operations(api):
        received += [(callback.name, found) for callback in operation.callbacks for found in callback.operations]
    operations: dict[str, Operation] = {}
    for name, operation in received:
        if isinstance(operation.binding, HttpBinding):
            path = "/" + quote(name, safe="")
            binding = replace(operation.binding, path=path, pieces=(PathPiece(text=path),))
            parameters = tuple(item for item in operation.parameters if item.location != "path")
            operations.setdefault(
                operation.id, replace(operation, binding=binding, parameters=parameters, callbacks=())
            )
    return Service("webhooks", tuple(operations.values())) if operations else None


def plan_webhooks(context: Context, hooks: tuple[ServiceNames, Sequence[Operation]]) -> ServerPlan:
    """The plan of the server that receives webhooks and callbacks."""
    return plan_server(context, [hooks], (), "", ("BaseWebhooks", "webhook_server"))


def plan_webhook_bodies(context: Context, hooks: tuple[ServiceNames, Sequence[Operation]]) -> WebhookBodiesPlan:
    """The plan of what received bodies are parsed by."""
    names, operations = hooks
    scope = ModuleScope(taken=names.constants.values())
    types = ModuleTypes(context, scope, 0, typing_only=True)
    bodies = [
        (names.constants[operation.id], types.body(operation.body.payloads))
        for operation in operations
        if operation.body
    ]
    webhook = scope.use(context.runtime_symbol(0, "Webhook", "webhooks"))
    module = scope.use(Symbol(".operations", names.module, "operations"))
    return WebhookBodiesPlan(import_lines(scope), webhook, module, tuple(bodies))


def _unset(scope: ModuleScope, context: Context, endpoints: Sequence[EndpointPlan]) -> Identifier | None:
    """UNSET, imported where an argument has it as its default."""
    if all(item.required for endpoint in endpoints for item in endpoint.arguments):
        return None
    return scope.use(context.runtime_symbol(0, "UNSET"))


def _endpoint(
    context: Context, operation: Operation, names: ServiceNames, method: Identifier, types: ModuleTypes
) -> EndpointPlan:
    arguments = Arguments(operation, context)
    unset_type = context.runtime_symbol(0, "UnsetType", typing_only=True)
    plans = tuple(item for item in arguments.plans(types, unset_type) if item.name != arguments.content_type_name)
    return EndpointPlan(
        name=method,
        module=types.scope.use(Symbol(".operations", names.module, f"{names.module}_operations")),
        constant=names.constants[operation.id],
        arguments=plans,
        keywords=literal(tuple(map(str, arguments.keyword_names()))),
        has_keywords=any(not item.positional for item in plans),
        returns=served_annotation(result_of(operation), types),
        doc=method_doc(operation, arguments, server=True),
        id=literal(operation.id),
    )
