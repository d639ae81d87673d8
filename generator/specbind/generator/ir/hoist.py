"""Gives names to inline unions, for languages in which some unions need a declaration of their own.

It is no pass, since which unions need a name depends on the language: a target calls it with its own rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from .model import (
    Alias,
    Enum,
    ListType,
    MapType,
    NullableType,
    Object,
    Ref,
    TupleType,
    UnionType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .model import Api, Definition, Operation, Payload, Response, Type, Variant

__all__ = ["hoist_unions"]


def hoist_unions(api: Api, rules: Callable[[Mapping[str, Definition]], Callable[[UnionType], bool]]) -> Api:
    """The Api with an alias for every inline union that the target's language must name.

    `rules` makes, of the definitions, the question whether a union may stay where it is. The mapping grows with the
    aliases, so that an outer union is judged by what became of the inner ones.
    """
    return _Hoist(api, rules).run()


class _Hoist:
    def __init__(self, api: Api, rules: Callable[[Mapping[str, Definition]], Callable[[UnionType], bool]]) -> None:
        self._api = api
        self._definitions: dict[str, Definition] = {definition.id: definition for definition in api.definitions}
        self._may_stay = rules(self._definitions)
        self._made: dict[str, list[Alias]] = {}
        self._by_union: dict[bytes, Ref] = {}
        self._owner = ""

    def run(self) -> Api:
        definitions: list[Definition] = []
        for definition in self._api.definitions:
            self._owner = definition.id
            changed = self._definition(definition)
            definitions.append(changed)
            definitions.extend(self._made.pop(self._owner, ()))
        self._owner = ""
        services = tuple(
            replace(service, operations=tuple(map(self._operation, service.operations)))
            for service in self._api.services
        )
        definitions.extend(self._made.pop("", ()))
        return replace(self._api, definitions=tuple(definitions), services=services)

    def _definition(self, definition: Definition) -> Definition:
        match definition:
            case Alias(id=name, type=UnionType() as union):
                variants = tuple(self._variant(variant, f"{name}.{n}") for n, variant in enumerate(union.variants, 1))
                return replace(definition, type=replace(union, variants=variants))
            case Alias(id=name, type=type_):
                return replace(definition, type=self._type(type_, f"{name}.value"))
            case Object(id=name):
                fields = tuple(
                    replace(field, type=self._type(field.type, f"{name}.{field.wire}")) for field in definition.fields
                )
                additional = definition.additional
                if additional is not None:
                    additional = self._type(additional, f"{name}.additional")
                return replace(definition, fields=fields, additional=additional)
            case Enum():
                return definition

    def _variant(self, variant: Variant, place: str) -> Variant:
        return replace(variant, type=self._type(variant.type, place))

    def _type(self, type_: Type, place: str) -> Type:
        match type_:
            case UnionType():
                variants = tuple(self._variant(variant, f"{place}.{n}") for n, variant in enumerate(type_.variants, 1))
                union = replace(type_, variants=variants)
                return union if self._may_stay(union) else self._alias(union, place)
            case ListType(item=item):
                return replace(type_, item=self._type(item, f"{place}.item"))
            case TupleType(items=items, rest=rest):
                return replace(
                    type_,
                    items=tuple(self._type(item, f"{place}.{n}") for n, item in enumerate(items, 1)),
                    rest=None if rest is None else self._type(rest, f"{place}.rest"),
                )
            case MapType(value=value):
                return replace(type_, value=self._type(value, f"{place}.value"))
            case NullableType(item=item):
                return replace(type_, item=self._type(item, place))
            case _:
                return type_

    def _alias(self, union: UnionType, place: str) -> Ref:
        key = msgspec.json.encode(union)  # a union may hold unhashable literals
        if key in self._by_union:
            return self._by_union[key]
        name = place
        number = 2
        while name in self._definitions:
            name = f"{place}.{number}"
            number += 1
        alias = Alias(name, union, doc="One of several types.")
        self._definitions[name] = alias
        self._made.setdefault(self._owner, []).append(alias)
        self._by_union[key] = Ref(name)
        return self._by_union[key]

    def _operation(self, operation: Operation) -> Operation:
        place = operation.id
        parameters = tuple(
            replace(parameter, type=self._type(parameter.type, f"{place}.{parameter.wire}"))
            for parameter in operation.parameters
        )
        body = operation.body
        if body is not None:
            body = replace(body, payloads=self._payloads(body.payloads, f"{place}.body"))
        responses = tuple(self._response(response, place) for response in operation.responses)
        return replace(operation, parameters=parameters, body=body, responses=responses)

    def _response(self, response: Response, place: str) -> Response:
        return replace(response, payloads=self._payloads(response.payloads, f"{place}.{response.status}"))

    def _payloads(self, payloads: tuple[Payload, ...], place: str) -> tuple[Payload, ...]:
        return tuple(replace(payload, type=self._type(payload.type, place)) for payload in payloads)
