"""Plans the descriptors: each operation as data, and its types beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ModuleScope, Symbol
from specbind.generator.emit.text import Code, Identifier, SpecText, compose, identifier
from specbind.generator.ir.answers import answer_kind, body_kind, failure_members
from specbind.generator.ir.model import HttpBinding, Presence

from .api import server_facts
from .docs import operation_doc
from .imports import WHOLE, import_lines
from .literals import comment, literal
from .names import shape_name
from .plan import OperationPlan, OperationsPlan
from .shapes import ShapePlanner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from specbind.generator.ir.media import MediaKind
    from specbind.generator.ir.model import Operation, Parameter, Part, Payload, Response

    from .context import Context
    from .literals import Writable

__all__ = ["plan_operations"]

_DEPTH = 1  # modules of operations stand in the folder `operations`


def plan_operations(
    context: Context,
    module: Identifier,
    title: str,
    constants: Mapping[str, Identifier],
    operations: Sequence[Operation],
) -> OperationsPlan:
    """The plan of the descriptors of one service; `constants` by operation id."""
    scope = ModuleScope(taken=[*constants.values(), *map(shape_name, constants.values())])
    models = Symbol("../models/index.js", WHOLE, "models", typing_only=True)

    def named(id_: str) -> Code:
        return compose("{}.{}", scope.use(models), context.names[id_])

    def runtime(name: str) -> Code:
        return scope.use(context.runtime_symbol(_DEPTH, name))

    shapes = ShapePlanner(context, named, runtime)
    symbol = context.runtime_symbol(_DEPTH, "Operation", "descriptor")
    operation = scope.use(symbol) if operations else None
    planned = tuple(
        OperationPlan(
            constant=constants[item.id],
            doc=operation_doc(item),
            shape=shapes.plan(item, constants[item.id]),
            members=tuple((identifier(name), literal(value)) for name, value in _facts(item).items()),
            lists=tuple(
                (identifier(name), tuple(literal(value) for value in values))
                for name, values in _lists(context, item).items()
            ),
        )
        for item in operations
    )
    doc = comment([SpecText(f"Operations of {title} as data: what is sent, and how the answer is read.")], 0)
    return OperationsPlan(module, doc, import_lines(scope), operation, planned)


def _facts(operation: Operation) -> dict[str, Writable]:
    binding = operation.binding
    if not isinstance(binding, HttpBinding):
        raise TypeError(f"not an HTTP operation: {operation.id!r}")
    pieces = [{"parameter": piece.parameter} if piece.parameter else piece.text for piece in binding.pieces]
    facts: dict[str, Writable] = {
        "id": operation.id,
        "method": binding.method,
        "path": binding.path,
        "pieces": pieces or ["/"],
        "fixedQuery": binding.query,
        "safe": operation.safe,
        "idempotent": operation.idempotent,
        "deprecated": operation.deprecated,
    }
    if operation.body is not None:
        payloads = [_payload(payload, body_kind(payload)) for payload in operation.body.payloads]
        facts["body"] = {"required": operation.body.required, "payloads": payloads}
    return {name: value for name, value in facts.items() if value or name not in {"fixedQuery", "deprecated"}}


def _lists(context: Context, operation: Operation) -> dict[str, list[Writable]]:
    security: list[Writable] = [
        [{"scheme": scheme, "scopes": list(scopes)} for scheme, scopes in alternative]
        for alternative in operation.security
    ]
    found: dict[str, list[Writable]] = {
        "parameters": [_parameter(item) for item in operation.parameters],
        "responses": [_response(context, item) for item in operation.responses],
        "security": security,
        "servers": [server_facts(item) for item in operation.servers],
    }
    return {name: values for name, values in found.items() if values or name in {"parameters", "responses"}}


def _parameter(item: Parameter) -> Writable:
    facts: dict[str, Writable] = {
        "in": item.location,
        "name": item.wire,
        "required": item.presence is Presence.REQUIRED or item.location == "path",
    }
    if item.media:
        facts["media"] = item.media
    else:
        facts |= {"style": item.style, "explode": item.explode}
    if item.allow_reserved:
        facts["allowReserved"] = True
    if item.allow_empty:
        facts["allowEmpty"] = True
    return facts


def _payload(payload: Payload, kind: MediaKind) -> dict[str, Writable]:
    facts: dict[str, Writable] = {"media": payload.media, "kind": kind.value}
    if payload.parts:
        facts["parts"] = [_part(part) for part in payload.parts]
    if payload.events:
        facts["events"] = [event.name for event in payload.events]
    return facts


def _part(part: Part) -> Writable:
    facts: dict[str, Writable] = {"name": part.wire}
    if part.media:
        facts["media"] = part.media
    else:
        facts |= {"style": part.style, "explode": part.explode}
    if part.allow_reserved:
        facts["allowReserved"] = True
    if part.headers:
        facts["headers"] = [_parameter(header) for header in part.headers]
    return facts


def _response(context: Context, response: Response) -> Writable:
    payloads: list[Writable] = []
    for payload in response.payloads:
        facts = _payload(payload, answer_kind(payload))
        members = failure_members(payload, context.definitions)
        if members is not None:
            facts["failureMembers"] = list(members)
        payloads.append(facts)
    facts = {"status": response.status, "error": response.error, "payloads": payloads}
    if response.headers:
        facts["headers"] = [_parameter(header) for header in response.headers]
    return facts
