"""Gives types with read-only or write-only members a form for requests and one for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.ir.graph import references, types_of
from specbind.generator.ir.model import Object, Ref

from .rewrite import rewrite, rewrite_definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Operation, Type

__all__ = ["split_directions"]


def split_directions(api: Api, _diagnostics: Diagnostics) -> Api:
    """Types that go both ways and hold such members are split: `Pet` as it is received, `Pet.input` as it is sent.

    A member that one direction must leave out is then absent from that form, and may be required in the other.
    """
    definitions = {definition.id: definition for definition in api.definitions}
    operations = [operation for service in api.services for operation in service.operations]
    sent = _reachable(
        (payload.type for operation in operations if operation.body for payload in operation.body.payloads), definitions
    )
    received = _reachable(
        (payload.type for operation in operations for answer in operation.responses for payload in answer.payloads),
        definitions,
    )
    split = _affected(sent & received, definitions)
    if not split:
        return api
    inputs = _input_ids(split, definitions)

    def as_input(type_: Type) -> Type:
        return Ref(inputs[type_.id]) if isinstance(type_, Ref) and type_.id in inputs else type_

    made: list[Definition] = []
    for definition in api.definitions:
        if definition.id not in inputs:
            made.append(definition)
            continue
        made.append(_without(definition, write_only=True))
        sent_form = rewrite_definition(_without(definition, read_only=True), as_input)
        made.append(replace(sent_form, id=inputs[definition.id]))

    def changed(operation: Operation) -> Operation:
        if operation.body is None:
            return operation
        payloads = tuple(replace(found, type=rewrite(found.type, as_input)) for found in operation.body.payloads)
        return replace(operation, body=replace(operation.body, payloads=payloads))

    services = tuple(replace(found, operations=tuple(map(changed, found.operations))) for found in api.services)
    return replace(api, definitions=tuple(made), services=services)


def _reachable(roots: Iterable[Type], definitions: Mapping[str, Definition]) -> set[str]:
    found: set[str] = set()
    stack = list(references(roots))
    while stack:
        name = stack.pop()
        if name in definitions and name not in found:
            found.add(name)
            stack.extend(references(types_of(definitions[name])))
    return found


def _affected(both: set[str], definitions: Mapping[str, Definition]) -> set[str]:
    """Those of `both` that have a directed member, or lead to one that has."""
    users: dict[str, list[str]] = {}
    for name in both:
        for used in references(types_of(definitions[name])):
            users.setdefault(used, []).append(name)
    found: set[str] = set()
    stack = [name for name in both if _is_directed(definitions[name])]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(users.get(name, ()))
    return found


def _is_directed(definition: Definition) -> bool:
    return isinstance(definition, Object) and any(field.read_only or field.write_only for field in definition.fields)


def _input_ids(split: set[str], definitions: Mapping[str, Definition]) -> dict[str, str]:
    taken = set(definitions)
    inputs: dict[str, str] = {}
    for name in definitions:
        if name in split:
            wanted = f"{name}.input"
            while wanted in taken:
                wanted += ".input"
            taken.add(wanted)
            inputs[name] = wanted
    return inputs


def _without(definition: Definition, *, read_only: bool = False, write_only: bool = False) -> Definition:
    if not isinstance(definition, Object):
        return definition
    kept = tuple(
        field
        for field in definition.fields
        if not (read_only and field.read_only) and not (write_only and field.write_only)
    )
    return replace(definition, fields=kept)
