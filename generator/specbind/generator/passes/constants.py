"""Turns a required enum of one value into that value, where no second value can come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.ir.graph import all_operations, inner_types, operation_types, references, types_of
from specbind.generator.ir.model import Alias, Enum, LiteralType, Object, Presence, Ref, UnionType

from .directions import directions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Field, Type

__all__ = ["fix_constants"]


def fix_constants(api: Api, _diagnostics: Diagnostics) -> Api:
    """Required members whose own enum has one value become that constant in two places.

    In variants of a union, where it tells them apart, and in types that are only sent. A type that is received keeps
    the enum, which is open: a server may add a second value. Enums of protos are numbers with names and stay.
    """
    definitions = {definition.id: definition for definition in api.definitions}
    single = {
        name: found
        for name, found in definitions.items()
        if isinstance(found, Enum) and len(found.values) == 1 and found.traits is None
    }
    if not single:
        return api
    variants = set(_variant_objects(api, definitions))
    received = directions_of(api, definitions).received
    replaced: set[str] = set()

    def fixed(field: Field) -> Field:
        enum = single.get(field.type.id) if isinstance(field.type, Ref) else None
        own = enum is not None and f"{enum.source}/".startswith(f"{field.source}/")
        if enum is None or not own or field.presence is not Presence.REQUIRED:
            return field
        replaced.add(enum.id)
        return replace(field, type=LiteralType(enum.values[0].value))

    changed = tuple(
        replace(found, fields=tuple(map(fixed, found.fields)))
        if isinstance(found, Object) and (found.id in variants or found.id not in received)
        else found
        for found in api.definitions
    )
    api = replace(api, definitions=changed)
    idle = replaced - set(references(_all_types(api)))
    return replace(api, definitions=tuple(found for found in changed if found.id not in idle))


def _all_types(api: Api) -> Iterator[Type]:
    for definition in api.definitions:
        yield from types_of(definition)
    for operation in all_operations(api):
        yield from operation_types(operation)


def _variant_objects(api: Api, definitions: Mapping[str, Definition]) -> Iterator[str]:
    """Ids of the objects that are one of several types somewhere."""
    stack = list(_all_types(api))
    while stack:
        found = stack.pop()
        stack.extend(inner_types(found))
        if isinstance(found, UnionType):
            for variant in found.variants:
                target = _target(variant.type, definitions)
                if target:
                    yield target


def _target(type_: Type, definitions: Mapping[str, Definition]) -> str:
    """The object that a reference leads to through aliases, or ""."""
    seen: set[str] = set()
    while isinstance(type_, Ref) and type_.id not in seen:
        seen.add(type_.id)
        match definitions.get(type_.id):
            case Alias(type=inner):
                type_ = inner
            case Object(id=name):
                return name
            case _:
                return ""
    return ""
