"""Type expressions rebuilt: the one place that knows where types stand inside types and definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.ir.model import Alias, Enum, ListType, MapType, NullableType, TupleType, UnionType

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.model import Api, Definition, Operation, Parameter, Payload, Type

__all__ = ["rewrite", "rewrite_api", "rewrite_definition", "rewrite_payload"]


def rewrite(expression: Type, change: Callable[[Type], Type]) -> Type:
    """The expression with every type in it changed, from the inside out. Unchanged parts stay the same objects."""
    if isinstance(expression, ListType | NullableType):
        item = rewrite(expression.item, change)
        expression = expression if item is expression.item else replace(expression, item=item)
    elif isinstance(expression, MapType):
        value = rewrite(expression.value, change)
        expression = expression if value is expression.value else replace(expression, value=value)
    elif isinstance(expression, TupleType):
        items = tuple(rewrite(item, change) for item in expression.items)
        rest = None if expression.rest is None else rewrite(expression.rest, change)
        expression = replace(expression, items=items, rest=rest)
    elif isinstance(expression, UnionType):
        variants = tuple(replace(v, type=rewrite(v.type, change)) for v in expression.variants)
        expression = expression if variants == expression.variants else replace(expression, variants=variants)
    return change(expression)


def rewrite_api(api: Api, change: Callable[[Type], Type]) -> Api:
    """The Api with every type in it changed."""
    return replace(
        api,
        definitions=tuple(rewrite_definition(definition, change) for definition in api.definitions),
        services=tuple(
            replace(service, operations=tuple(_operation(found, change) for found in service.operations))
            for service in api.services
        ),
        webhooks=tuple(_operation(found, change) for found in api.webhooks),
    )


def _operation(operation: Operation, change: Callable[[Type], Type]) -> Operation:
    body = operation.body
    return replace(
        operation,
        parameters=_parameters(operation.parameters, change),
        body=None if body is None else replace(body, payloads=_payloads(body.payloads, change)),
        responses=tuple(
            replace(
                response,
                payloads=_payloads(response.payloads, change),
                headers=_parameters(response.headers, change),
            )
            for response in operation.responses
        ),
        callbacks=tuple(
            replace(callback, operations=tuple(_operation(found, change) for found in callback.operations))
            for callback in operation.callbacks
        ),
    )


def _parameters(parameters: tuple[Parameter, ...], change: Callable[[Type], Type]) -> tuple[Parameter, ...]:
    return tuple(replace(parameter, type=rewrite(parameter.type, change)) for parameter in parameters)


def _payloads(payloads: tuple[Payload, ...], change: Callable[[Type], Type]) -> tuple[Payload, ...]:
    return tuple(rewrite_payload(payload, change) for payload in payloads)


def rewrite_payload(payload: Payload, change: Callable[[Type], Type]) -> Payload:
    """The payload with every type in it changed."""
    return replace(
        payload,
        type=rewrite(payload.type, change),
        item=None if payload.item is None else rewrite(payload.item, change),
        events=tuple(replace(event, type=rewrite(event.type, change)) for event in payload.events),
        parts=tuple(replace(part, headers=_parameters(part.headers, change)) for part in payload.parts),
    )


def rewrite_definition(definition: Definition, change: Callable[[Type], Type]) -> Definition:
    """The definition with every type in it changed."""
    if isinstance(definition, Enum):
        return definition
    if isinstance(definition, Alias):
        found = rewrite(definition.type, change)
        return definition if found is definition.type else replace(definition, type=found)
    fields = tuple(
        field if (found := rewrite(field.type, change)) is field.type else replace(field, type=found)
        for field in definition.fields
    )
    additional = None if definition.additional is None else rewrite(definition.additional, change)
    patterns = tuple((pattern, rewrite(found, change)) for pattern, found in definition.patterns)
    same = additional is definition.additional and patterns == definition.patterns
    if same and all(new is old for new, old in zip(fields, definition.fields, strict=True)):
        return definition
    return replace(definition, fields=fields, additional=additional, patterns=patterns)
