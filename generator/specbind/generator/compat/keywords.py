"""Keywords of schemas that only validate, which no model carries, compared as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from specbind.generator.codes import Code

from .findings import Site
from .rules import Flow, Rule
from .scalars import same_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Json

    from .findings import Node
    from .types import TypeComparison

__all__ = ["compare_keywords"]

_SILENT = frozenset(("xml",))  # it says how a value is written, and XML is text


def compare_keywords(types: TypeComparison, old: Diagnostics, new: Diagnostics) -> None:
    """Compare the keywords that the readers of two documents have passed over (SB208), where their schemas are in both.

    They are paired by their location; nobody can tell whether a changed one is tighter, so it counts as that.
    """
    before, after = _keywords(old), _keywords(new)
    if not before and not after:
        return
    owners = _owners(types)
    for pointer in dict.fromkeys((*before, *after)):
        schema, _, name = pointer.rpartition("/")
        was, is_ = pointer in before, pointer in after
        if was and is_ and same_value(before[pointer], after[pointer]):
            continue
        if not (old.holds(schema) and new.holds(schema)):
            continue  # the schema itself came or went, which is said where it stands
        rule = Rule.VALIDATION_CHANGED if is_ else Rule.VALIDATION_DROPPED
        change = "is new" if not was else "has changed" if is_ else "is gone"
        for node in _nodes(owners, pointer):
            label = node[1] if node[0] else ""
            types.log.add(rule, Site(node, label, pointer, pointer), f"the keyword {name!r} {change}", removed=not is_)


def _keywords(found: Diagnostics) -> dict[str, Json]:
    """What stands at every keyword that was passed over, by location in the document itself."""
    pointers = [
        item.place.pointer
        for item in found
        if item.code == str(Code.NOT_CARRIED)
        and item.place.file == found.file
        and item.message.startswith("the keyword ")
    ]
    return {
        pointer: cast("Json", found.value(pointer))  # the document is JSON or YAML
        for pointer in pointers
        if pointer.rpartition("/")[2] not in _SILENT and found.holds(pointer)
    }


def _owners(types: TypeComparison) -> Mapping[str, list[Node]]:
    """The compared types and operations by where they stand in the new document."""
    owners: dict[str, list[Node]] = {}
    for node in types.nodes:
        owners.setdefault(types.new.by_id[node[1]].source, []).append(node)
    for operation in types.new.operations:
        owners.setdefault(operation.source, []).append(("", operation.id, Flow.SENT))
        owners.setdefault(f"{operation.source}/responses", []).append(("", operation.id, Flow.RECEIVED))
    return owners


def _nodes(owners: Mapping[str, list[Node]], pointer: str) -> Iterator[Node]:
    """The innermost owners of a location; one that no operation leads to, where there are none."""
    place = pointer
    while place and place not in owners:
        place = place.rpartition("/")[0]
    yield from owners.get(place, [("", "", Flow.UNUSED)])
