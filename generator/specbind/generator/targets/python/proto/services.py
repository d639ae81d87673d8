"""Plans the modules of services: descriptors, clients, servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import Code, SpecText, code, identifier
from specbind.generator.ir.model import GrpcBinding, Ref, StreamKind
from specbind.generator.ir.prose import short_line
from specbind.generator.targets.python.imports import import_lines
from specbind.generator.targets.python.literals import docstring, literal
from specbind.generator.targets.python.scope import ModuleScope

from .names import METHOD_RESERVED, constant_of, method_of
from .plan import RpcPlan, ServicePlan, ServicesPlan
from .wellknown import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Operation, Payload, Service

    from .context import ProtoContext

__all__ = ["plan_services"]

_CALLS = {
    StreamKind.NONE: code("unary"),
    StreamKind.CLIENT: code("client_stream"),
    StreamKind.SERVER: code("server_stream"),
    StreamKind.BOTH: code("both_streams"),
}
_RUNTIME = ("Metadata", "Requests", "Rpc", "ServerCall", "ServiceClient", "ServiceServer")


def plan_services(context: ProtoContext, package: str, services: Sequence[Service]) -> ServicesPlan | None:
    """The plan of the services of one package; None where it has none."""
    return _Planner(context, package, services).plan() if services else None


class _Planner:
    def __init__(self, context: ProtoContext, package: str, services: Sequence[Service]) -> None:
        self._context = context
        self._package = package
        self._services = services
        self._constants = NameScope()
        constants = {
            operation.id: self._constants.take(constant_of([service.id.rpartition(".")[2], operation.name]))
            for service in services
            for operation in service.operations
        }
        self._constant_of = constants
        classes = [name for service in services for name in context.service_names[service.id]]
        methods = {service.id: self._methods(service) for service in services}
        self._method_of = methods
        self._scope = ModuleScope(
            taken=[*classes, *constants.values()],
            shadowed=[name for names in methods.values() for name in names.values()],
        )

    def _methods(self, service: Service) -> dict[str, Identifier]:
        current = ""

        def collided(wanted: str, given: str) -> None:
            text = f"the rpc {current} is called {given}: {wanted} is taken or reserved"
            self._context.report(Finding.METHOD_NAME, text, service.source)

        scope = NameScope(METHOD_RESERVED, collided)
        found: dict[str, Identifier] = {}
        for operation in service.operations:
            current = operation.id
            found[operation.id] = scope.take(method_of(operation.name))
        return found

    def plan(self) -> ServicesPlan:
        planned = tuple(map(self._service, self._services))
        streams_out = any(rpc.streams_out for service in planned for rpc in service.rpcs)
        streams_in = any(rpc.streams_in for service in planned for rpc in service.rpcs)
        names = {name: self._use(name) for name in _RUNTIME if name != "Requests" or streams_in}
        if streams_in or streams_out:
            names["AsyncIterator"] = self._scope.use(Symbol("collections.abc", "AsyncIterator", typing_only=True))
        names["str"], names["bytes"], names["float"] = map(self._scope.builtin, ("str", "bytes", "float"))
        classes = [name for service in planned for name in (service.client, service.server)]
        constants = [rpc.constant for service in planned for rpc in service.rpcs]
        if any(rpc.deprecated for service in planned for rpc in service.rpcs):
            symbol = Symbol(self._context.runtime(self._package, "deprecation"), "deprecated")
            names["deprecated"] = self._scope.use(symbol)
        exports = literal(sorted([*classes, *constants]))
        return ServicesPlan(identifier("services"), import_lines(self._scope), exports, planned, names)

    def _use(self, name: str) -> Identifier:
        typing_only = name in {"Metadata", "Requests", "ServerCall"}
        symbol = self._context.runtime_symbol(self._package, "grpc.rpc", name, typing_only=typing_only)
        return self._scope.use(symbol)

    def _service(self, service: Service) -> ServicePlan:
        client, server = self._context.service_names[service.id]
        text = service.doc.strip() or f"Service {service.id}."
        notes = [code("Deprecated.")] if service.deprecated else []
        return ServicePlan(
            client,
            server,
            docstring([SpecText(text), *notes, SpecText(f"Client of {service.id}; `transport` carries the calls.")], 4),
            docstring([SpecText(text), *notes, SpecText(f"Server of {service.id}: override what is answered.")], 4),
            tuple(self._rpc(service, operation) for operation in service.operations),
        )

    def _rpc(self, service: Service, operation: Operation) -> RpcPlan:
        binding = operation.binding
        if not isinstance(binding, GrpcBinding) or operation.body is None:
            raise TypeError(f"not an rpc: {operation.id!r}")
        stream = binding.stream
        sections: list[SpecText | Code] = [SpecText(operation.doc.strip() or f"Call {operation.name}.")]
        if operation.deprecated:
            sections.append(code("Deprecated."))
        sections.append(SpecText(f"Rpc {binding.path}"))
        notice = f"{operation.name} is deprecated: {short_line(operation.doc)}" if operation.doc else ""
        return RpcPlan(
            constant=self._constant_of[operation.id],
            method=self._method_of[service.id][operation.id],
            path=literal(binding.path),
            request=self._message(operation.body.payloads[0]),
            answer=self._message(operation.responses[0].payloads[0]),
            stream=literal(stream.value),
            idempotent=operation.idempotent,
            streams_in=stream in {StreamKind.CLIENT, StreamKind.BOTH},
            streams_out=stream in {StreamKind.SERVER, StreamKind.BOTH},
            prefix=code("") if stream in {StreamKind.SERVER, StreamKind.BOTH} else code("async "),
            call=identifier(_CALLS[stream]),
            doc=docstring(sections, 8),
            deprecated=literal(notice or f"{operation.name} is deprecated") if operation.deprecated else None,
        )

    def _message(self, payload: Payload) -> Code:
        type_ = payload.item or payload.type
        if not isinstance(type_, Ref):
            raise TypeError("an rpc sends messages")
        if type_.id in RUNTIME:
            return self._scope.use(self._context.runtime_symbol(self._package, "proto.wellknown", RUNTIME[type_.id]))
        package, module = self._context.modules[type_.id]
        where = self._context.module_from(self._package, package, module)
        return self._scope.use(Symbol(where, self._context.names[type_.id]))
