"""A type for the headers that the answers of an operation declare: all statuses together, every member optional."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.ir.answers import answer_headers
from specbind.generator.ir.model import Object

if TYPE_CHECKING:
    from specbind.generator.ir.model import Api

__all__ = ["with_header_types"]


def with_header_types(api: Api) -> tuple[Api, dict[str, str]]:
    """The Api with such a type for each operation that needs one, and the id of that type by operation id."""
    taken = {definition.id for definition in api.definitions}
    made: dict[str, Object] = {}
    for service in api.services:
        for operation in service.operations:
            fields = answer_headers(operation)
            if not fields:
                continue
            name = f"{operation.id}.headers"
            while name in taken:
                name += "_"
            taken.add(name)
            doc = f"Headers of the answers of {operation.id}: all statuses together."
            made[operation.id] = Object(name, fields, doc=doc, source=operation.source)
    ids = {operation: definition.id for operation, definition in made.items()}
    return replace(api, definitions=(*api.definitions, *made.values())), ids
