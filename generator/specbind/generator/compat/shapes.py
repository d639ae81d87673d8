"""Type expressions without the names that make no difference on the wire: aliases are followed, null is set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from specbind.generator.ir.model import Alias, AnyType, NullableType, Ref, UnionType, Variant

if TYPE_CHECKING:
    from specbind.generator.ir.model import Api, Definition, Type

__all__ = ["Definitions", "Shape"]


class Shape(NamedTuple):
    """What a type expression comes to. `union` is None for a type that is none; `variants` is then that type alone."""

    nullable: bool
    variants: tuple[Variant, ...]
    union: UnionType | None = None

    @property
    def only(self) -> Type | None:
        """The type, if there is one alone."""
        return self.variants[0].type if self.union is None else None


class Definitions:
    """The definitions of an Api by id, its operations, and the servers that hold for all of them."""

    def __init__(self, api: Api) -> None:
        self.servers = api.servers
        self.operations = tuple(operation for service in api.services for operation in service.operations)
        self.by_id: dict[str, Definition] = {definition.id: definition for definition in api.definitions}

    def opens(self, type_: Type) -> bool:
        """Whether a type expression comes to another through an alias."""
        while isinstance(type_, NullableType):
            type_ = type_.item
        return isinstance(type_, Ref) and isinstance(self.by_id.get(type_.id), Alias)

    def alias_sources(self, type_: Type) -> list[str]:
        """Where the aliases stand that a type expression leads through."""
        found: list[str] = []
        while True:
            if isinstance(type_, NullableType):
                type_ = type_.item
                continue
            definition = self.by_id.get(type_.id) if isinstance(type_, Ref) else None
            if not isinstance(definition, Alias) or definition.source in found:
                return found
            found.append(definition.source)
            type_ = definition.type

    def shape(self, type_: Type) -> Shape:
        """Follow aliases and take null away. A reference to nothing, or in a circle, is any value."""
        nullable = False
        seen: set[str] = set()
        while True:
            if isinstance(type_, NullableType):
                nullable = True
                type_ = type_.item
            elif isinstance(type_, Ref):
                definition = self.by_id.get(type_.id)
                if definition is None or type_.id in seen:
                    return Shape(nullable, (Variant(AnyType()),))
                if not isinstance(definition, Alias):
                    return Shape(nullable, (Variant(type_),))
                seen.add(type_.id)
                type_ = definition.type
            elif isinstance(type_, UnionType):
                return Shape(nullable, type_.variants, type_)
            else:
                return Shape(nullable, (Variant(type_),))
