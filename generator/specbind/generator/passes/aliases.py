"""Aliases that lead in a circle, each opened at one place.

A circle through unions and null alone means nothing in any language. One through a list or map is a type that some
languages can write and others cannot; for these alone it is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Diagnostic, Place, Severity
from specbind.generator.ir.graph import alternatives, references
from specbind.generator.ir.model import Alias, AnyType, MapType, Object, Ref, UnionType, Variant

from .rewrite import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Type

__all__ = ["break_alias_cycles", "open_recursive_aliases"]


def break_alias_cycles(api: Api, diagnostics: Diagnostics) -> Api:
    """Open every circle of aliases in which a value would have to be itself.

    A union that lists itself loses that variant, which says nothing. Otherwise the link becomes any JSON value, with a
    warning.
    """

    def direct(type_: Type) -> list[str]:
        return [found.type.id for found in alternatives(type_) if isinstance(found.type, Ref)]

    return _opened(api, diagnostics, direct)


def open_recursive_aliases(api: Api, diagnostics: Diagnostics) -> Api:
    """Open also circles through lists and maps: for languages whose aliases cannot mention themselves.

    A map in the circle becomes an object without fields, which may contain itself, so that nothing is lost. Otherwise
    as `break_alias_cycles`.
    """
    return _opened(api, diagnostics, lambda type_: list(references([type_])))


def _opened(api: Api, diagnostics: Diagnostics, leads_to: Callable[[Type], list[str]]) -> Api:
    definitions: dict[str, Definition] = {definition.id: definition for definition in api.definitions}
    aliases = {found.id: found for found in api.definitions if isinstance(found, Alias)}
    links = {name: [link for link in leads_to(found.type) if link in aliases] for name, found in aliases.items()}
    done: set[str] = set()
    while circle := _circle(links, done):
        opened = _open(circle, aliases, diagnostics)
        definitions[opened.id] = opened
        if isinstance(opened, Alias):
            aliases[opened.id] = opened
            links[opened.id] = [link for link in leads_to(opened.type) if link in aliases]
        else:
            del aliases[opened.id]
            del links[opened.id]
            for name, found in links.items():
                links[name] = [link for link in found if link != opened.id]
    return replace(api, definitions=tuple(definitions.values()))


def _open(circle: list[str], aliases: dict[str, Alias], diagnostics: Diagnostics) -> Definition:
    """One definition of the circle, changed so that the circle is open."""
    for name in circle:
        alias = aliases[name]
        if isinstance(alias.type, MapType):
            return Object(
                alias.id,
                (),
                alias.doc,
                alias.source,
                additional=alias.type.value,
                additional_declared=True,
                constraints=alias.type.constraints,
                deprecated=alias.deprecated,
            )
    alias = aliases[circle[0]]
    if len(circle) == 1 and isinstance(alias.type, UnionType):
        kept = tuple(variant for variant in alias.type.variants if variant.type != Ref(alias.id))
        if kept and len(kept) < len(alias.type.variants):
            return replace(alias, type=_union(alias.type, kept))
    following = circle[1 % len(circle)]

    def change(found: Type) -> Type:
        return AnyType(degraded=True) if found == Ref(following) else found

    diagnostics.add(
        Diagnostic(
            str(Code.ALIAS_CYCLE),
            Severity.WARNING,
            f"{' -> '.join([*circle[:5], circle[0]])} refers to itself through no object; one link is any JSON value",
            Place(pointer=alias.source),
        )
    )
    return replace(alias, type=rewrite(alias.type, change))


def _union(union: UnionType, kept: tuple[Variant, ...]) -> Type:
    return kept[0].type if len(kept) == 1 else replace(union, variants=kept)


def _circle(links: dict[str, list[str]], done: set[str]) -> list[str]:
    """The ids along one circle, none if there is no circle. `done` keeps what is known to lead to none."""
    for start, first in links.items():
        if start in done:
            continue
        path: list[str] = [start]
        on_path = {start}
        pending = [iter(first)]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                left = path.pop()
                on_path.discard(left)
                done.add(left)
            elif following in on_path:
                return path[path.index(following) :]
            elif following not in done and following in links:
                path.append(following)
                on_path.add(following)
                pending.append(iter(links[following]))
    return []
