"""Plans the descriptors: each operation as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import Symbol
from specbind.generator.emit.text import Code, Identifier, SpecText, code, compose, join
from specbind.generator.ir.answers import answer_kind, body_kind, is_untyped_text, result_of
from specbind.generator.ir.media import VALUES, MediaKind
from specbind.generator.ir.model import HttpBinding, Presence, Ref
from specbind.generator.ir.services import ordered_parameters

from .answers import AnswerCodecs, result_annotation
from .decimals import are_numbers
from .imports import import_lines
from .literals import docstring, literal
from .plan import OperationPlan, OperationsPlan
from .scope import ModuleScope
from .servers import own_servers, server_literal
from .types import TypeWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Body, Operation, Parameter, Part, Payload, Type

    from .context import Context

__all__ = ["ModuleTypes", "OperationsPlanner"]

_DEPTH = 1
_DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form", "querystring": "form"}
_CLASSES = {"path": "Path", "query": "Query", "header": "Header", "cookie": "Cookie", "querystring": "QueryString"}


class ModuleTypes:
    """Annotations for a module `depth` packages below the root, where types are `models.X`."""

    def __init__(self, context: Context, scope: ModuleScope, depth: int, *, typing_only: bool) -> None:
        self.scope = scope
        self.depth = depth
        self.context = context
        self._models = Symbol("." * (depth + 1), "models", typing_only=typing_only)
        self._file = context.runtime_symbol(depth, "File", "files", typing_only=typing_only)
        definitions = context.definitions
        duration = context.runtime_symbol(depth, "DurationText", "duration_text", typing_only=typing_only)
        self._plain = TypeWriter(scope, definitions, self.named, duration)
        self._with_files = TypeWriter(scope, definitions, self.named, duration, self._file)
        meta = Symbol("msgspec", "Meta", typing_only=typing_only)
        self._checked = TypeWriter(
            scope, definitions, self.named, duration, meta=meta, int_text=context.runtime(depth, "int_text")
        )

    def named(self, id_: str) -> Code:
        """A definition as this module writes it."""
        return compose("{}.{}", self.scope.use(self._models), self.context.names[id_])

    def annotation(self, *types: Type, also: tuple[Code, ...] = (), files: bool = False) -> Code:
        """The annotation of one of the types."""
        return (self._with_files if files else self._plain).annotation(*types, also=also)

    def checked(self, type_: Type) -> Code:
        """The annotation with the limits that a server checks."""
        return self._checked.annotation(type_)

    def body(self, payloads: Sequence[Payload], also: tuple[Code, ...] = ()) -> Code:
        """The annotation of a request body: one of its payloads, or of `also`."""
        kinds = {body_kind(payload) for payload in payloads}
        plain: list[Code] = []
        if MediaKind.TEXT in kinds:
            plain.append(self.scope.builtin("str"))
        if MediaKind.BINARY in kinds:
            plain += [self.scope.builtin("bytes"), self.scope.use(self._file)]
        for payload in payloads:
            if body_kind(payload) is MediaKind.LINES:
                items = self.scope.use(self.context.runtime_symbol(self.depth, "Items", typing_only=True))
                plain.append(compose("{}[{}]", items, self.annotation(payload.item or payload.type)))
        untyped = {MediaKind.TEXT, MediaKind.BINARY, MediaKind.LINES}
        typed = [payload.type for payload in payloads if body_kind(payload) not in untyped]
        return self.annotation(*typed, also=(*plain, *also), files=True)


class OperationsPlanner:
    """Plans the module of descriptors of one service."""

    def __init__(self, context: Context, module: Identifier, constants: dict[str, Identifier]) -> None:
        self._context = context
        self._module = module
        self._constants = constants
        self._scope = ModuleScope(taken=constants.values())
        self._types = ModuleTypes(context, self._scope, _DEPTH, typing_only=False)

    def plan(self, operations: Sequence[Operation], doc: Code) -> OperationsPlan:
        """The plan of the module."""
        planned = tuple(map(self._operation, operations))
        operation = self._use("Operation")
        body = self._use("Body") if any(plan.body for plan in planned) else None
        exports = literal(sorted(str(plan.constant) for plan in planned))
        return OperationsPlan(self._module, import_lines(self._scope), exports, planned, operation, body, doc)

    def _use(self, name: str) -> Identifier:
        return self._scope.use(self._context.runtime_symbol(_DEPTH, name, "operation"))

    def _use_from(self, module: str, name: str) -> Identifier:
        return self._scope.use(self._context.runtime_symbol(_DEPTH, name, module))

    def _operation(self, operation: Operation) -> OperationPlan:
        binding = operation.binding
        if not isinstance(binding, HttpBinding):
            raise TypeError(f"not an HTTP operation: {operation.id!r}")
        parameters = ordered_parameters(operation)
        self._report_texts(operation)
        by_location = {
            location: tuple(self._parameter(item) for item in parameters if item.location == location)
            for location in ("query", "querystring", "header", "cookie")
        }
        result = result_of(operation)
        codecs = AnswerCodecs(self._context, self._types, self._use_from, self._parameter)
        return OperationPlan(
            constant=self._constants[operation.id],
            id=literal(operation.id),
            method=literal(binding.method),
            pieces=self._pieces(binding, operation),
            fixed_query=literal(binding.query) if binding.query else None,
            query=by_location["query"] + by_location["querystring"],
            headers=by_location["header"],
            cookies=by_location["cookie"],
            body=self._requests(operation.body) if operation.body else (),
            body_required=operation.body is not None and operation.body.required,
            replies=tuple(codecs.reply(response, result) for response in operation.responses),
            deprecated=operation.deprecated,
            security=self._security(operation),
            servers=self._servers(operation),
            idempotent=operation.idempotent,
            safe=operation.safe,
            returns=result_annotation(result, self._types),
            doc=docstring([SpecText(f"{binding.method} {binding.path}")], 0),
        )

    def _report_texts(self, operation: Operation) -> None:
        """Say which answers are given as text although a type is declared, and come in no format that is read."""
        for response in operation.responses:
            if any(answer_kind(payload) in VALUES for payload in response.payloads):
                continue
            for payload in response.payloads:
                if is_untyped_text(payload, self._context.definitions):
                    declared = repr(payload.type.id) if isinstance(payload.type, Ref) else "the declared type"
                    text = f"answers of {payload.media} are given as text, not as {declared}"
                    pointer = response.source or operation.source
                    hint = "read it with a parser of that format"
                    self._context.findings.report(Finding.TEXT_ANSWER, text, pointer, hint)

    # --- the request

    def _pieces(self, binding: HttpBinding, operation: Operation) -> Code:
        parameters = {item.wire: item for item in operation.parameters if item.location == "path"}
        parts = [
            self._parameter(parameters[piece.parameter]) if piece.parameter in parameters else literal(piece.text)
            for piece in binding.pieces
        ]
        return _tuple(parts) if parts else code('("/",)')

    def _parameter(self, parameter: Parameter) -> Code:
        parts = [literal(parameter.wire), compose("lambda: {}", self._types.checked(parameter.type))]
        if parameter.media:
            parts.append(compose("media={}", literal(parameter.media)))
        else:
            if parameter.style != _DEFAULT_STYLES[parameter.location]:
                parts.append(compose("style={}", literal(parameter.style)))
            if parameter.explode != (parameter.location in {"query", "cookie"}):
                parts.append(compose("explode={}", literal(parameter.explode)))
        if parameter.allow_reserved and parameter.location in {"path", "query"}:
            parts.append(code("allow_reserved=True"))
        if parameter.presence is Presence.REQUIRED and parameter.location != "path":
            parts.append(code("required=True"))
        return compose("{}({})", self._use(_CLASSES[parameter.location]), join(", ", parts))

    def _requests(self, body: Body) -> tuple[Code, ...]:
        return tuple(self._request(payload, body.source) for payload in body.payloads)

    def _request(self, payload: Payload, source: str) -> Code:
        media = literal(payload.media)
        kind = body_kind(payload)
        if kind in {MediaKind.TEXT, MediaKind.BINARY}:
            return compose("{}({})", self._use("Text" if kind is MediaKind.TEXT else "Binary"), media)
        if kind is MediaKind.LINES:
            item = self._types.annotation(payload.item or payload.type)
            return compose("{}({}, lambda: {})", self._use_from("line_stream", "Lines"), media, item)
        parts = [media, compose("lambda: {}", self._types.body([payload]))]
        if payload.parts and kind in {MediaKind.FORM, MediaKind.MULTIPART}:
            parts.append(compose("parts={}", _tuple([self._part(part) for part in payload.parts])))
        if kind in VALUES and are_numbers(self._context, payload, source):
            parts.append(code("decimal_numbers=True"))
        named = {MediaKind.JSON: "Json", MediaKind.FORM: "Form"}.get(kind, "Multipart")
        codec = self._use_from("msgpack", "Msgpack") if kind is MediaKind.MSGPACK else self._use(named)
        return compose("{}({})", codec, join(", ", parts))

    def _part(self, part: Part) -> Code:
        parts = [literal(part.wire)]
        if part.media:
            parts.append(compose("media={}", literal(part.media)))
        if part.style != "form":
            parts.append(compose("style={}", literal(part.style)))
        if not part.explode:
            parts.append(code("explode=False"))
        if part.allow_reserved:
            parts.append(code("allow_reserved=True"))
        if part.headers:
            parts.append(compose("headers={}", _tuple([self._parameter(header) for header in part.headers])))
        return compose("{}({})", self._use("Part"), join(", ", parts))

    def _servers(self, operation: Operation) -> tuple[Code, ...]:
        servers = own_servers(self._context, operation)
        return tuple(server_literal(found, self._use_from("servers", "ServerUrl")) for found in servers)

    def _security(self, operation: Operation) -> Code | None:
        if not operation.security:
            return None
        return literal(tuple(tuple(scheme for scheme, _ in alternative) for alternative in operation.security))


def _tuple(parts: list[Code]) -> Code:
    return compose("({},)", parts[0]) if len(parts) == 1 else compose("({})", join(", ", parts))
