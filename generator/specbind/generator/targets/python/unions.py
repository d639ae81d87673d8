"""Which unions msgspec can decode by itself, and a name for each that it cannot.

msgspec takes a union whose members differ by JSON kind. Any other becomes a `ShapedUnion`, a class with a decode hook,
and needs a name: inline ones are hoisted into an alias named after their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from specbind.generator.ir.model import (
    Alias,
    Enum,
    ListType,
    LiteralType,
    MapType,
    NullableType,
    Object,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
    UnionType,
    Variant,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.generator.ir.model import Api, Definition, Operation, Payload, Response, Type

__all__ = ["UnionRules", "hoist_unions"]

_INTEGERS = {ScalarKind.INTEGER, ScalarKind.INT32, ScalarKind.INT64, ScalarKind.UINT32, ScalarKind.UINT64}
_FLOATS = {ScalarKind.NUMBER, ScalarKind.FLOAT, ScalarKind.DOUBLE}


class UnionRules:
    """Answers by msgspec's rules, over the definitions of one Api."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions

    def is_native(self, union: UnionType) -> bool:
        """Whether msgspec decodes the union without help."""
        kinds = [kind for variant in union.variants for kind in self.kinds(variant.type)]
        if "any" in kinds:
            return True
        if "shaped" in kinds:
            return False
        return all(kinds.count(kind) <= 1 for kind in ("object", "array", "text", "integer", "number"))

    def kinds(self, type_: Type, seen: frozenset[str] = frozenset()) -> list[str]:
        """The JSON kinds that a type accepts, as msgspec counts them; "any" and "shaped" for what excludes others."""
        match type_:
            case Scalar(scalar=kind):
                return [_scalar_kind(kind)]
            case LiteralType(value=value):
                return [_literal_kind(value)]
            case ListType() | TupleType():
                return ["array"]
            case MapType():
                return ["object"]
            case NullableType(item=item):
                return ["null", *self.kinds(item, seen)]
            case UnionType(variants=variants):
                if not self.is_native(type_):
                    return ["shaped"]
                return [kind for variant in variants for kind in self.kinds(variant.type, seen)]
            case Ref(id=name):
                return self._named_kinds(name, seen)
            case _:
                return ["any"]

    def _named_kinds(self, name: str, seen: frozenset[str]) -> list[str]:
        match self._definitions.get(name):
            case Object():
                return ["object"]
            case Enum(scalar=scalar, values=values):
                if scalar is not None:
                    return [_scalar_kind(scalar)]
                return sorted({_literal_kind(value.value) for value in values}) or ["any"]
            case Alias(type=type_) if name not in seen:
                return self.kinds(type_, seen | {name})
            case _:
                return ["any"]


def _scalar_kind(kind: ScalarKind) -> str:
    if kind in _INTEGERS:
        return "integer"
    if kind in _FLOATS:
        return "number"
    return "boolean" if kind is ScalarKind.BOOLEAN else "text"


def _literal_kind(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "text"
        case None:
            return "null"
        case _:
            return "any"


def hoist_unions(api: Api) -> Api:
    """The Api with an alias for every union that needs a class of its own."""
    return _Hoist(api).run()


class _Hoist:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._definitions: dict[str, Definition] = {definition.id: definition for definition in api.definitions}
        self._rules = UnionRules(self._definitions)
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
            msgspec.structs.replace(service, operations=tuple(map(self._operation, service.operations)))
            for service in self._api.services
        )
        definitions.extend(self._made.pop("", ()))
        return msgspec.structs.replace(self._api, definitions=tuple(definitions), services=services)

    def _definition(self, definition: Definition) -> Definition:
        match definition:
            case Alias(id=name, type=UnionType() as union):
                variants = tuple(self._variant(variant, f"{name}.{n}") for n, variant in enumerate(union.variants, 1))
                return msgspec.structs.replace(definition, type=msgspec.structs.replace(union, variants=variants))
            case Alias(id=name, type=type_):
                return msgspec.structs.replace(definition, type=self._type(type_, f"{name}.value"))
            case Object(id=name):
                fields = tuple(
                    msgspec.structs.replace(field, type=self._type(field.type, f"{name}.{field.wire}"))
                    for field in definition.fields
                )
                additional = definition.additional
                if additional is not None:
                    additional = self._type(additional, f"{name}.additional")
                return msgspec.structs.replace(definition, fields=fields, additional=additional)
            case Enum():
                return definition

    def _variant(self, variant: Variant, place: str) -> Variant:
        return msgspec.structs.replace(variant, type=self._type(variant.type, place))

    def _type(self, type_: Type, place: str) -> Type:
        match type_:
            case UnionType():
                variants = tuple(self._variant(variant, f"{place}.{n}") for n, variant in enumerate(type_.variants, 1))
                union = msgspec.structs.replace(type_, variants=variants)
                return union if self._rules.is_native(union) else self._alias(union, place)
            case ListType(item=item):
                return msgspec.structs.replace(type_, item=self._type(item, f"{place}.item"))
            case TupleType(items=items, rest=rest):
                return msgspec.structs.replace(
                    type_,
                    items=tuple(self._type(item, f"{place}.{n}") for n, item in enumerate(items, 1)),
                    rest=None if rest is None else self._type(rest, f"{place}.rest"),
                )
            case MapType(value=value):
                return msgspec.structs.replace(type_, value=self._type(value, f"{place}.value"))
            case NullableType(item=item):
                return msgspec.structs.replace(type_, item=self._type(item, place))
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
            msgspec.structs.replace(parameter, type=self._type(parameter.type, f"{place}.{parameter.wire}"))
            for parameter in operation.parameters
        )
        body = operation.body
        if body is not None:
            body = msgspec.structs.replace(body, payloads=self._payloads(body.payloads, f"{place}.body"))
        responses = tuple(self._response(response, place) for response in operation.responses)
        return msgspec.structs.replace(operation, parameters=parameters, body=body, responses=responses)

    def _response(self, response: Response, place: str) -> Response:
        return msgspec.structs.replace(
            response, payloads=self._payloads(response.payloads, f"{place}.{response.status}")
        )

    def _payloads(self, payloads: tuple[Payload, ...], place: str) -> tuple[Payload, ...]:
        return tuple(msgspec.structs.replace(payload, type=self._type(payload.type, place)) for payload in payloads)
