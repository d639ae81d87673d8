"""Unions compared: which variant of one is which of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.ir.model import ListType, MapType, Ref, Scalar, ScalarKind, TupleType

from .rules import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.model import Type, Variant

    from .findings import Site
    from .shapes import Shape
    from .types import TypeComparison

__all__ = ["compare_unions"]


def compare_unions(types: TypeComparison, old: Shape, new: Shape, site: Site) -> None:
    """Compare two shapes of which one is a union at least; a single type counts as a union of one."""
    log = types.log
    if old.union is not None and new.union is not None:
        if old.union.discriminator != new.union.discriminator:
            words = f"was {old.union.discriminator or 'none'}, is {new.union.discriminator or 'none'}"
            log.add(Rule.DISCRIMINATOR, site, f"the discriminator {words}")
        if old.union.exclusive != new.union.exclusive:
            rule = Rule.UNION_EXCLUSIVE if new.union.exclusive else Rule.UNION_KIND
            log.add(rule, site, f"is {'oneOf' if new.union.exclusive else 'anyOf'} now")
    former = {tag: variant for variant in old.variants for tag in variant.tags}
    latter = {tag: variant for variant in new.variants for tag in variant.tags}
    pairs, gone, added = _matched(list(old.variants), list(new.variants))
    for variant in gone:
        log.add(Rule.VARIANT_REMOVED, site, f"no longer {types.words(variant.type, 'old')}", removed=True)
    tagged = old.union is not None and bool(old.union.discriminator)
    for variant in added:
        rule = Rule.VARIANT_ADDED_OPEN if tagged else Rule.VARIANT_ADDED
        log.add(rule, site, f"also {types.words(variant.type, 'new')}")
    together = {(id(before), id(after)) for before, after in pairs}
    moved = {tag for tag in former.keys() & latter if (id(former[tag]), id(latter[tag])) not in together}
    for tag in sorted(moved):
        words = f"{types.words(former[tag].type, 'old')}, selects {types.words(latter[tag].type, 'new')}"
        log.add(Rule.TAG_MOVED, site, f"{tag!r} selected {words}")
    for before, after in pairs:
        _compare_tags(types, before, after, moved, site)
        types.compare(before.type, after.type, site)


def _compare_tags(types: TypeComparison, old: Variant, new: Variant, moved: set[str], site: Site) -> None:
    if not old.tags or not new.tags:
        return  # a change between none and some is one of the discriminator
    for tag in sorted({*old.tags} - {*new.tags} - moved):
        types.log.add(Rule.TAG_REMOVED, site, f"{tag!r} no longer selects {types.words(old.type, 'old')}", removed=True)
    for tag in sorted({*new.tags} - {*old.tags} - moved):
        types.log.add(Rule.TAG_ADDED, site, f"{tag!r} selects {types.words(new.type, 'new')}")


def _matched(
    old: list[Variant], new: list[Variant]
) -> tuple[list[tuple[Variant, Variant]], list[Variant], list[Variant]]:
    """Pairs by equal type, then by a tag in both, then by kind where one of a kind is left; and what has no partner."""
    pairs: list[tuple[Variant, Variant]] = []

    def match(fits: Callable[[Variant, Variant], bool], *, alone: bool = False) -> None:
        for before in list(old):
            partners = [after for after in new if fits(before, after)]
            rivals = [other for other in old if partners and fits(other, partners[0])]
            if partners and (not alone or len(partners) == len(rivals) == 1):
                pairs.append((before, partners[0]))
                old.remove(before)
                new.remove(partners[0])

    match(lambda before, after: before.type == after.type)
    match(lambda before, after: bool({*before.tags} & {*after.tags}))
    match(lambda before, after: _kind(before.type) == _kind(after.type), alone=True)
    return pairs, old, new


def _kind(type_: Type) -> str:
    match type_:
        case ListType() | TupleType():
            return "array"
        case MapType() | Ref():
            return "named"
        case Scalar(scalar=ScalarKind.STRING | ScalarKind.BINARY):
            return "string"
        case Scalar(scalar=ScalarKind.BOOLEAN):
            return "boolean"
        case Scalar():
            return "number"
        case _:
            return type(type_).__name__
