"""Plans the resources (methods over descriptors) and the server skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ModuleScope, NameScope, Symbol
from specbind.generator.emit.text import Code, Identifier, SpecText, code, identifier, join
from specbind.generator.ir.model import HttpBinding, Presence, Scalar, ScalarKind

from .docs import argument_entries, short_line
from .imports import import_lines, typing_symbol
from .literals import docstring, literal
from .names import value_name
from .operations import ModuleTypes, OperationsPlanner, ordered_parameters
from .plan import ArgumentPlan, EndpointPlan, MethodPlan, ResourcePlan, ServerPlan
from .reserved import METHOD_ARGUMENTS, SERVER_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Body, Operation, Parameter, Type

    from .context import Context
    from .service import ServiceNames

__all__ = ["plan_resource", "plan_server"]

_ERRORS = {
    "400": "BadRequestError",
    "401": "UnauthorizedError",
    "403": "ForbiddenError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "422": "UnprocessableError",
    "429": "RateLimitError",
}


class _Arguments:
    """The arguments of one operation, named once for the client's method and the server's."""

    def __init__(self, operation: Operation) -> None:
        self.parameters = ordered_parameters(operation)
        self.body = operation.body
        scope = NameScope(METHOD_ARGUMENTS)
        self.names = [scope.take(value_name(item.wire, "parameter_")) for item in self.parameters]
        self.body_name = scope.take(identifier("body")) if operation.body else None
        several = operation.body is not None and len(operation.body.payloads) > 1
        self.content_type_name = scope.take(identifier("content_type")) if several else None

    def all_names(self) -> list[Identifier]:
        """The names in the order of the argument tuple."""
        return self.names + [name for name in (self.body_name, self.content_type_name) if name]

    def keyword_names(self) -> list[Identifier]:
        """The names of the arguments that a server's method takes by keyword, in the same order."""
        found = [name for name, item in zip(self.names, self.parameters, strict=True) if item.location != "path"]
        return [*found, self.body_name] if self.body_name else found

    def plans(self, types: ModuleTypes, unset_type: Identifier) -> list[ArgumentPlan]:
        """Arguments with annotations: positional ones first, then required, then optional."""
        found = [
            self._parameter(name, item, types, unset_type)
            for name, item in zip(self.names, self.parameters, strict=True)
        ]
        if self.body is not None and self.body_name is not None:
            found.append(self._body(self.body_name, self.body, types, unset_type))
        if self.content_type_name is not None:
            text = types.scope.builtin("str")
            found.append(
                ArgumentPlan(
                    self.content_type_name,
                    join(" | ", [text, unset_type]),
                    required=False,
                    positional=False,
                    sample=code("..."),
                )
            )
        return sorted(found, key=lambda item: (not item.positional, not item.required))

    def _parameter(self, name: Identifier, item: Parameter, types: ModuleTypes, unset_type: Identifier) -> ArgumentPlan:
        positional = item.location == "path"
        required = positional or item.presence is Presence.REQUIRED
        annotation = types.annotation(item.type, also=() if required else (unset_type,))
        return ArgumentPlan(name, annotation, required=required, positional=positional, sample=_sample(item.type))

    def _body(self, name: Identifier, body: Body, types: ModuleTypes, unset_type: Identifier) -> ArgumentPlan:
        annotation = types.body(body.payloads, also=() if body.required else (unset_type,))
        return ArgumentPlan(name, annotation, required=body.required, positional=False, sample=code("..."))


def _sample(type_: Type) -> Code:
    """A value for the example in a README."""
    match type_:
        case Scalar(scalar=ScalarKind.STRING, format=""):
            return code('"text"')
        case Scalar(scalar=ScalarKind.BOOLEAN):
            return code("True")
        case Scalar(scalar=ScalarKind.INTEGER | ScalarKind.INT32 | ScalarKind.INT64):
            return code("1")
        case _:
            return code("...")


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
    stream = context.runtime_symbol(1, "ByteStream", typing_only=True)
    sync_stream = context.runtime_symbol(1, "SyncByteStream", typing_only=True)
    methods: list[MethodPlan] = []
    for operation in operations:
        arguments = _Arguments(operation)
        result = planner.result(operation)
        deprecated = None
        if operation.deprecated:
            deprecated = literal(f"{operation.id} is deprecated by the API.")
        methods.append(
            MethodPlan(
                name=names.methods[operation.id],
                constant=names.constants[operation.id],
                arguments=tuple(arguments.plans(types, unset_type)),
                call=tuple(arguments.all_names()),
                returns=planner.returns(result, types, stream),
                sync_returns=planner.returns(result, types, sync_stream),
                streams=result.streams,
                doc=method_doc(operation, arguments),
                deprecated=deprecated,
            )
        )
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
        raw_resource=runtime("raw_resource"),
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


def method_doc(operation: Operation, arguments: _Arguments, *, server: bool = False) -> Code:
    """The docstring of a method: what it does, its arguments, the errors that the spec declares."""
    binding = operation.binding
    line = f"{binding.method} {binding.path}" if isinstance(binding, HttpBinding) else binding.path
    head = operation.summary.strip() or short_line(operation.doc) or f"Call {operation.id}."
    sections: list[SpecText | Code] = [SpecText(head)]
    if operation.doc.strip() and operation.doc.strip() != head:
        sections.append(SpecText(operation.doc))
    sections.append(SpecText(f"{line}  (operation {operation.id})"))
    described: list[tuple[Code, Parameter | str]] = [
        (name, item) for name, item in zip(arguments.names, arguments.parameters, strict=True)
    ]
    if arguments.body is not None and arguments.body_name is not None:
        media = " or ".join(payload.media for payload in arguments.body.payloads)
        described.append((arguments.body_name, f"{arguments.body.doc.strip()}\nSent as {media}.".strip()))
    if arguments.content_type_name is not None and not server:
        described.append(
            (arguments.content_type_name, "Which of the media types to send. Default: the first that fits.")
        )
    arguments_section = argument_entries("Args", described)
    if arguments_section:
        sections.append(arguments_section)
    errors = [] if server else _errors(operation)
    if errors:
        raised = argument_entries("Raises", errors)
        if raised:
            sections.append(raised)
    if operation.deprecated:
        sections.append(code("Deprecated."))
    return docstring(sections, 8)


def _errors(operation: Operation) -> list[tuple[Code, Parameter | str]]:
    found: list[tuple[Code, Parameter | str]] = []
    for response in operation.responses:
        if not response.error:
            continue
        name = _ERRORS.get(response.status, "ServerError" if response.status.startswith("5") else "StatusError")
        status = "any other status" if response.status == "default" else f"status {response.status}"
        found.append((identifier(name), f"{status}. {short_line(response.doc)}".strip()))
    return found


def plan_server(context: Context, services: Sequence[tuple[ServiceNames, Sequence[Operation]]]) -> ServerPlan:
    """The plan of the server skeleton: one method per operation."""
    names = NameScope(SERVER_MEMBERS)
    methods = {
        operation.id: names.take(value_name(operation.id, "operation_"))
        for _, operations in services
        for operation in operations
    }
    scope = ModuleScope(taken=["Server"], shadowed=list(methods.values()))
    types = ModuleTypes(context, scope, 0, typing_only=True)
    base = scope.use(context.runtime_symbol(0, "BaseServer", "server"))
    endpoint = scope.use(context.runtime_symbol(0, "Endpoint", "server"))
    class_var = scope.use(typing_symbol("ClassVar"))
    unset = scope.use(context.runtime_symbol(0, "UNSET"))
    unset_type = scope.use(context.runtime_symbol(0, "UnsetType", typing_only=True))
    content = context.runtime_symbol(0, "Content", "server", typing_only=True)
    endpoints: list[EndpointPlan] = []
    for found, operations in services:
        planner = OperationsPlanner(context, found.module, found.constants)
        module = scope.use(Symbol(".operations", found.module, f"{found.module}_operations"))
        for operation in operations:
            arguments = _Arguments(operation)
            plans = [item for item in arguments.plans(types, unset_type) if item.name != arguments.content_type_name]
            endpoints.append(
                EndpointPlan(
                    name=methods[operation.id],
                    module=module,
                    constant=found.constants[operation.id],
                    arguments=tuple(plans),
                    keywords=literal(tuple(map(str, arguments.keyword_names()))),
                    has_keywords=any(not item.positional for item in plans),
                    returns=planner.returns(planner.result(operation), types, content),
                    doc=method_doc(operation, arguments, server=True),
                    id=literal(operation.id),
                )
            )
    return ServerPlan(
        imports=import_lines(scope),
        base=base,
        endpoint=endpoint,
        class_var=class_var,
        unset=unset,
        endpoints=tuple(endpoints),
    )
