"""Takes failure variants out of the types of good answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from specbind.generator.ir.model import Alias, NeverType, NullableType, Object, Ref, UnionType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Operation, Payload, Type

__all__ = ["split_failures"]


def split_failures(api: Api, _diagnostics: Diagnostics) -> Api:
    """Payloads of good answers: `Result | Failure` becomes Result, with the failure beside it; Failure alone, never."""
    definitions = {definition.id: definition for definition in api.definitions}
    failures = {name for name, found in definitions.items() if isinstance(found, Object) and found.failure}
    if not failures:
        return api
    services = tuple(
        msgspec.structs.replace(
            service, operations=tuple(_operation(found, definitions, failures) for found in service.operations)
        )
        for service in api.services
    )
    return msgspec.structs.replace(api, services=services)


def _operation(operation: Operation, definitions: Mapping[str, Definition], failures: set[str]) -> Operation:
    responses = tuple(
        response
        if response.error
        else msgspec.structs.replace(
            response, payloads=tuple(_payload(payload, definitions, failures) for payload in response.payloads)
        )
        for response in operation.responses
    )
    return msgspec.structs.replace(operation, responses=responses)


def _payload(payload: Payload, definitions: Mapping[str, Definition], failures: set[str]) -> Payload:
    if isinstance(payload.type, Ref) and payload.type.id in failures:
        return msgspec.structs.replace(payload, type=NeverType(), failure=payload.type)
    union = _union(payload.type, definitions)
    if union is None:
        return payload
    found = [
        variant.type for variant in union.variants if isinstance(variant.type, Ref) and variant.type.id in failures
    ]
    kept = tuple(variant for variant in union.variants if variant.type not in found)
    if not found or not kept:
        return payload
    rest: Type = kept[0].type if len(kept) == 1 else msgspec.structs.replace(union, variants=kept)
    if isinstance(payload.type, NullableType):
        rest = NullableType(rest)
    return msgspec.structs.replace(payload, type=rest, failure=found[0])


def _union(type_: Type, definitions: Mapping[str, Definition]) -> UnionType | None:
    """The union that a payload is, also behind aliases and null."""
    for _ in range(len(definitions) + 2):
        if isinstance(type_, NullableType):
            type_ = type_.item
        elif isinstance(type_, Ref):
            target = definitions.get(type_.id)
            if not isinstance(target, Alias):
                return None
            type_ = target.type
        else:
            break
    return type_ if isinstance(type_, UnionType) else None
