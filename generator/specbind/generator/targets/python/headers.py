"""A type for the headers that the answers of an operation declare: all statuses together, every member optional."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.ir.model import Field, Object, Presence

if TYPE_CHECKING:
    from specbind.generator.ir.model import Api, Operation

__all__ = ["with_header_types"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")


def with_header_types(api: Api) -> tuple[Api, dict[str, str]]:
    """The Api with such a type for each operation that needs one, and the id of that type by operation id."""
    taken = {definition.id for definition in api.definitions}
    made: dict[str, Object] = {}
    for service in api.services:
        for operation in service.operations:
            fields = _fields(operation)
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


def _fields(operation: Operation) -> tuple[Field, ...]:
    fields: dict[str, Field] = {}
    for response in operation.responses:
        for header in response.headers:
            if _TOKEN.match(header.wire):
                field = Field(header.wire, header.type, Presence.OPTIONAL, header.doc, deprecated=header.deprecated)
                fields.setdefault(header.wire.lower(), field)
    return tuple(fields.values())
