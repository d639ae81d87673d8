"""How the decimals of a JSON body are written: as numbers or as text, which one encoder cannot mix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.ir.graph import inner_types, references, types_of
from specbind.generator.ir.model import Scalar, ScalarKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from specbind.generator.ir.model import Definition, Payload, Type

    from .context import Context

__all__ = ["Decimals", "are_numbers"]


class Decimals:
    """The decimals of an Api: to which kinds each definition leads, found once for all bodies."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        users: dict[str, list[str]] = {}
        for name, definition in definitions.items():
            for used in references(types_of(definition)):
                users.setdefault(used, []).append(name)
        self._kinds: dict[str, set[bool]] = {}
        pending = [(name, kind) for name, found in definitions.items() for kind in _decimals(types_of(found))]
        while pending:
            name, kind = pending.pop()
            known = self._kinds.setdefault(name, set())
            if kind not in known:
                known.add(kind)
                pending += [(user, kind) for user in users.get(name, ())]

    def of(self, type_: Type) -> set[bool]:
        """Whether it is a number, for the decimals that a type leads to."""
        named = (self._kinds.get(name, set[bool]()) for name in references([type_]))
        return set(_decimals([type_])).union(*named)


def are_numbers(context: Context, payload: Payload, pointer: str) -> bool:
    """Whether the decimals of a payload are JSON numbers; where some are text, all are, with a finding."""
    found = context.decimals.of(payload.type)
    if len(found) > 1:
        text = f"a {payload.media} body has decimals that are numbers and decimals that are text; all are sent as text"
        context.findings.report(Finding.MIXED_DECIMALS, text, pointer)
    return found == {True}


def _decimals(types: Iterable[Type]) -> Iterator[bool]:
    stack = list(types)
    while stack:
        item = stack.pop()
        if isinstance(item, Scalar) and item.format == "decimal" and item.scalar is not ScalarKind.BOOLEAN:
            yield item.scalar is not ScalarKind.STRING
        stack.extend(inner_types(item))
