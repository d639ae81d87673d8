"""Walks over the model: which types stand where, and which definitions depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .model import (
    Alias,
    ListType,
    MapType,
    NullableType,
    Object,
    Ref,
    Scalar,
    TupleType,
    UnionType,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .model import Api, Definition, Operation, Payload, Type

__all__ = [
    "Alternative",
    "all_operations",
    "alternatives",
    "components",
    "inner_types",
    "operation_types",
    "payload_types",
    "payloads",
    "reachable",
    "references",
    "types_of",
]


def inner_types(type_: Type) -> tuple[Type, ...]:
    """The types directly inside a type expression."""
    match type_:
        case ListType(item=item) | NullableType(item=item):
            return (item,)
        case MapType(value=value):
            return (value,)
        case TupleType(items=items, rest=rest):
            return items if rest is None else (*items, rest)
        case UnionType(variants=variants):
            return tuple(variant.type for variant in variants)
        case _:
            return ()


def types_of(definition: Definition) -> Iterator[Type]:
    """The type expressions that a definition is made of."""
    if isinstance(definition, Alias):
        yield definition.type
    elif isinstance(definition, Object):
        for field in definition.fields:
            yield field.type
        if definition.additional is not None:
            yield definition.additional
        for _, type_ in definition.patterns:
            yield type_


def references(types: Iterable[Type]) -> Iterator[str]:
    """Ids of the definitions that the types name, in order, repeated as they stand."""
    stack = list(types)[::-1]
    while stack:
        type_ = stack.pop()
        if isinstance(type_, Ref):
            yield type_.id
        elif not isinstance(type_, Scalar):  # most types are one of the two, and large documents have many
            stack.extend(reversed(inner_types(type_)))


def reachable(roots: Iterable[Type], definitions: Mapping[str, Definition]) -> set[str]:
    """Ids of all definitions that the types lead to."""
    found: set[str] = set()
    stack = list(references(roots))
    while stack:
        name = stack.pop()
        if name in definitions and name not in found:
            found.add(name)
            stack.extend(references(types_of(definitions[name])))
    return found


class Alternative(NamedTuple):
    """One thing that a value may be: a type, or null where it is None.

    `tags` are the values of `discriminator` (a wire name) that select it, none where shapes tell.
    """

    type: Type | None
    discriminator: str = ""
    tags: tuple[str, ...] = ()


def alternatives(*types: Type) -> Iterator[Alternative]:
    """What a value of one of the types may be, unions and nullable types opened. Aliases stay as they are."""
    for type_ in types:
        match type_:
            case NullableType(item=item):
                yield from alternatives(item)
                yield Alternative(None)
            case UnionType(variants=variants, discriminator=discriminator):
                for variant in variants:
                    for found in alternatives(variant.type):
                        own = found.type is not None and not found.discriminator
                        yield Alternative(found.type, discriminator, variant.tags) if own else found
            case _:
                yield Alternative(type_)


def all_operations(api: Api) -> Iterator[Operation]:
    """Every operation: those of the services and webhooks, each followed by those of its callbacks; no id twice."""
    seen: set[str] = set()
    for group in (*(service.operations for service in api.services), api.webhooks):
        for operation in group:
            inner = [found for callback in operation.callbacks for found in callback.operations]
            for found in (operation, *inner):
                if found.id not in seen:
                    seen.add(found.id)
                    yield found


def payloads(operation: Operation) -> Iterator[Payload]:
    """Every payload of an operation: request, then responses."""
    if operation.body is not None:
        yield from operation.body.payloads
    for response in operation.responses:
        yield from response.payloads


def payload_types(payload: Payload) -> Iterator[Type]:
    """The type expressions that a payload is made of."""
    yield payload.type
    if payload.item is not None:
        yield payload.item
    for event in payload.events:
        yield event.type
    for part in payload.parts:
        for header in part.headers:
            yield header.type


def operation_types(operation: Operation) -> Iterator[Type]:
    """The type expressions that an operation is made of, without those of its callbacks."""
    for parameter in operation.parameters:
        yield parameter.type
    for payload in payloads(operation):
        yield from payload_types(payload)
    for response in operation.responses:
        for header in response.headers:
            yield header.type


def components(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Strongly connected components, each after all that it points to (Tarjan, without recursion).

    Within a component the order of `edges` is kept. Targets that are no key of `edges` are ignored.
    """
    position = {name: number for number, name in enumerate(edges)}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in edges:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(()))]
        while work:
            name, rest = work[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                stack.append(name)
                on_stack.add(name)
                rest = iter([other for other in edges[name] if other in position])
                work[-1] = (name, rest)
            for other in rest:
                if other not in index:
                    work.append((other, iter(())))
                    break
                if other in on_stack:
                    low[name] = min(low[name], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    cut = stack.index(name)
                    component = stack[cut:]
                    del stack[cut:]
                    on_stack.difference_update(component)
                    found.append(sorted(component, key=position.__getitem__))
    return found
