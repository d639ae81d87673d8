"""Unions whose variants are unions by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.ir.model import Alias, AnyType, NullableType, Ref, UnionType, Variant

from .rewrite import rewrite_api

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Type

__all__ = ["flatten_unions"]


def flatten_unions(api: Api, _diagnostics: Diagnostics) -> Api:
    """Put the variants of a union that a variant names in its place.

    A union with a discriminator of its own stays a variant where the outer one has none or another.
    """
    aliases = {found.id: found.type for found in api.definitions if isinstance(found, Alias)}
    unions = _named_unions(aliases)
    if not unions:
        return api

    def change(found: Type) -> Type:
        if not isinstance(found, UnionType) or not any(_names(variant, unions) for variant in found.variants):
            return found
        return _flat(found, unions)

    return rewrite_api(api, change)


def _names(variant: Variant, unions: dict[str, UnionType]) -> bool:
    return isinstance(variant.type, Ref) and variant.type.id in unions


def _named_unions(aliases: dict[str, Type]) -> dict[str, UnionType]:
    """The aliases that mean a union, also through aliases of aliases."""
    users: dict[str, list[str]] = {}
    for name, found in aliases.items():
        if isinstance(found, Ref):
            users.setdefault(found.id, []).append(name)
    unions = {name: found for name, found in aliases.items() if isinstance(found, UnionType)}
    pending = list(unions)
    while pending:
        name = pending.pop()
        for user in users.get(name, ()):
            if user not in unions:
                unions[user] = unions[name]
                pending.append(user)
    return unions


def _flat(union: UnionType, unions: dict[str, UnionType]) -> Type:
    flat: dict[Type, tuple[str, ...]] = {}
    nullable = False
    seen: set[str] = set()
    pending = list(reversed(union.variants))
    while pending:
        variant = pending.pop()
        inner = unions.get(variant.type.id) if isinstance(variant.type, Ref) else None
        if inner is not None and isinstance(variant.type, Ref) and inner.discriminator in ("", union.discriminator):
            if variant.type.id not in seen:
                seen.add(variant.type.id)
                pending.extend(replace(v, tags=v.tags or variant.tags) for v in reversed(inner.variants))
            continue
        found = variant.type
        if isinstance(found, NullableType):
            nullable, found = True, found.item
        if isinstance(found, AnyType):
            return found
        flat[found] = tuple(dict.fromkeys((*flat.get(found, ()), *variant.tags)))
    variants = tuple(Variant(found, tags) for found, tags in flat.items())
    result: Type = variants[0].type if len(variants) == 1 else replace(union, variants=variants)
    return NullableType(result) if nullable else result
