"""Gives types with read-only or write-only members a form for requests and one for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from specbind.generator.ir.graph import all_operations, payload_types, references, types_of
from specbind.generator.ir.model import Object, Ref

from .rewrite import rewrite_definition, rewrite_payload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Operation, Payload, Type

__all__ = ["Directions", "directions_of", "split_directions"]


class Directions(NamedTuple):
    """Ids of the definitions in bodies and answers that a client sends, and of those that it receives."""

    sent: set[str]
    received: set[str]


def directions_of(api: Api, definitions: Mapping[str, Definition]) -> Directions:
    """Which definitions go which way; parameters and headers do not count."""
    sent: list[Type] = []
    received: list[Type] = []
    for operation in (found for service in api.services for found in service.operations):
        sent += _types(() if operation.body is None else operation.body.payloads)
        received += _types(payload for answer in operation.responses for payload in answer.payloads)
    for operation in _calls_of_the_server(api):
        received += _types(() if operation.body is None else operation.body.payloads)
        sent += _types(payload for answer in operation.responses for payload in answer.payloads)
    return Directions(_reachable(sent, definitions), _reachable(received, definitions))


def split_directions(api: Api, _diagnostics: Diagnostics) -> Api:
    """Types that go both ways and hold such members are split: `Pet` as it is received, `Pet.input` as it is sent.

    A member that one direction must leave out is then absent from that form, and may be required in the other.
    """
    definitions = {definition.id: definition for definition in api.definitions}
    directions = directions_of(api, definitions)
    split = _affected(directions.sent & directions.received, definitions)
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

    def sent_payloads(payloads: tuple[Payload, ...]) -> tuple[Payload, ...]:
        return tuple(rewrite_payload(payload, as_input) for payload in payloads)

    def called(operation: Operation) -> Operation:
        """A call of ours: its body is sent, and what its callbacks answer."""
        body = operation.body
        return replace(
            operation,
            body=None if body is None else replace(body, payloads=sent_payloads(body.payloads)),
            callbacks=tuple(
                replace(callback, operations=tuple(map(answered, callback.operations)))
                for callback in operation.callbacks
            ),
        )

    def answered(operation: Operation) -> Operation:
        """A call of the server: its answers are sent."""
        responses = tuple(replace(found, payloads=sent_payloads(found.payloads)) for found in operation.responses)
        return replace(operation, responses=responses)

    return replace(
        api,
        definitions=tuple(made),
        services=tuple(replace(found, operations=tuple(map(called, found.operations))) for found in api.services),
        webhooks=tuple(map(answered, api.webhooks)),
    )


def _calls_of_the_server(api: Api) -> Iterator[Operation]:
    own = {operation.id for service in api.services for operation in service.operations}
    return (operation for operation in all_operations(api) if operation.id not in own)


def _types(payloads: Iterable[Payload]) -> Iterator[Type]:
    for payload in payloads:
        yield from payload_types(payload)


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
