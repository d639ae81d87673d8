"""What holds for every Api, whatever document it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.ir.graph import alternatives, components, inner_types, operation_types, types_of
from specbind.generator.ir.model import Alias, HttpBinding, LiteralType, NullableType, Ref, UnionType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specbind.generator.ir.model import Api, Operation, Type

__all__ = ["violations"]


def violations(api: Api) -> list[str]:
    """Every rule of the model that the Api breaks, in words."""
    found: list[str] = []
    ids = [definition.id for definition in api.definitions]
    found += [f"two definitions are called {name!r}" for name in set(ids) if ids.count(name) > 1]
    operations = [operation for service in api.services for operation in service.operations]
    names = [operation.id for operation in (*operations, *api.webhooks)]
    found += [f"two operations are called {name!r}" for name in set(names) if names.count(name) > 1]
    known = set(ids)
    for where, expression in _expressions(api, operations):
        found += [f"{where}: {problem}" for problem in _problems(expression, known)]
    found += [f"{name} has no end" for name in _endless(api)]
    schemes = {scheme.id for scheme in api.security_schemes}
    for operation in operations:
        found += [f"{operation.id}: {problem}" for problem in _operation(operation, schemes)]
    return found


def _expressions(api: Api, operations: list[Operation]) -> Iterator[tuple[str, Type]]:
    for definition in api.definitions:
        for expression in types_of(definition):
            yield definition.id, expression
    for operation in (*operations, *api.webhooks):
        for expression in operation_types(operation):
            yield operation.id, expression


def _problems(expression: Type, known: set[str]) -> Iterator[str]:
    if isinstance(expression, Ref) and expression.id not in known:
        yield f"a reference leads to {expression.id!r}, which does not exist"
    if isinstance(expression, NullableType) and isinstance(expression.item, NullableType):
        yield "null stands in null"
    if isinstance(expression, UnionType):
        if len(expression.variants) < 2:
            yield "a union has one variant"
        for variant in expression.variants:
            if isinstance(variant.type, UnionType | NullableType) or variant.type == LiteralType(None):
                yield "a union or null stands inside a union"
        types = [variant.type for variant in expression.variants]
        if len(set(types)) != len(types):
            yield "a union lists a variant twice"
    for inner in inner_types(expression):
        yield from _problems(inner, known)


def _endless(api: Api) -> Iterator[str]:
    """Aliases that mean themselves, through aliases, null and unions."""
    aliases = {definition.id: definition.type for definition in api.definitions if isinstance(definition, Alias)}
    links = {
        name: [part.type.id for part in alternatives(found) if isinstance(part.type, Ref) and part.type.id in aliases]
        for name, found in aliases.items()
    }
    for component in components(links):
        if len(component) > 1 or component[0] in links[component[0]]:
            yield component[0]


def _operation(operation: Operation, schemes: set[str]) -> Iterator[str]:
    keys = [(parameter.location, parameter.wire) for parameter in operation.parameters]
    if len(set(keys)) != len(keys):
        yield "a parameter stands twice"
    if isinstance(operation.binding, HttpBinding):
        pieces = operation.binding.pieces
        in_path = {piece.parameter for piece in pieces if piece.parameter}
        if in_path != {wire for location, wire in keys if location == "path"}:
            yield "path and path parameters differ"
        if not pieces or not pieces[0].text.startswith("/") or pieces[0].text.startswith("//"):
            yield "the path does not begin with one slash"
    for requirement in operation.security:
        if not {scheme for scheme, _ in requirement} <= schemes:
            yield "a security scheme is missing"
