"""The document as an Api: definitions, operations grouped into services, everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.ir.model import SCHEMA_VERSION, Api, OtherScheme, Service
from specbind.generator.source.pointer import split

from .ids import Ids
from .lower_operation import OperationLowering
from .lower_path import read_template, skeleton
from .lower_schema import SchemaLowering
from .lower_security import lower_scheme, lower_servers
from .operation_ids import OperationIds
from .records import has_own_members

if TYPE_CHECKING:
    from specbind.generator.ir.model import Operation
    from specbind.generator.source import Report, Workspace

    from .document import Document, Schema
    from .read_schema import SchemaReader

__all__ = ["lower"]


def lower(document: Document, reader: SchemaReader, workspace: Workspace, report: Report, *, name: str) -> Api:
    """The Api of a document, still without the hash of what was read."""
    ids = Ids(workspace, report)
    calls = OperationIds(document, ids, report)
    schemas = SchemaLowering(document, reader, ids, report)
    for schema in document.schemas.values():
        ids.of(schema.place)
    for schema in document.schemas.values():
        for target in _elsewhere(schema, reader):
            ids.share(schema.place, target)
    for schema in document.schemas.values():
        schemas.target(schema.place)
    schemas.definitions()
    known: dict[str, None] = dict.fromkeys(scheme.id for scheme in document.security_schemes)
    operations = OperationLowering(schemas, calls, known, document.security)
    _report_twins(document, report)
    lowered = [operations.lower(operation, item) for item in document.paths for operation in item.operations]
    webhooks = tuple(
        operations.lower(operation, item, webhook=True) for item in document.webhooks for operation in item.operations
    )
    schemes = tuple(lower_scheme(scheme, report) for scheme in document.security_schemes)
    undeclared = list(known)[len(schemes) :]
    return Api(
        schema=SCHEMA_VERSION,
        name=name,
        version=document.api_version,
        title=document.title,
        doc=document.description,
        definitions=schemas.definitions(),
        services=_services(lowered, document.tags),
        webhooks=webhooks,
        security_schemes=(*schemes, *(OtherScheme(scheme, "undeclared") for scheme in undeclared)),
        servers=lower_servers(document.servers, report),
    )


def _elsewhere(schema: Schema, reader: SchemaReader) -> list[str]:
    """The places in other files to which a named schema leads and adds nothing: they go by its name."""
    found: list[str] = []
    file = split(schema.place)[0]
    while schema.ref and not has_own_members(schema) and split(schema.ref)[0] != file:
        if schema.ref in found:
            return []  # a circle, which is said where it is lowered
        found.append(schema.ref)
        schema = reader.at(schema.ref)
    return found


def _services(operations: list[Operation], tags: dict[str, str]) -> tuple[Service, ...]:
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.tags[0] if operation.tags else "", []).append(operation)
    return tuple(Service(tag, tuple(members), tags.get(tag, "")) for tag, members in groups.items())


def _report_twins(document: Document, report: Report) -> None:
    seen: dict[str, str] = {}
    for item in document.paths:
        if "{" not in item.path:
            continue
        key = skeleton(read_template(item.path, item.place, report))
        methods = {operation.method for operation in item.operations}
        for method in methods:
            other = seen.setdefault(f"{method} {key}", item.path)
            if other != item.path:
                message = f"{method} {item.path} and {method} {other} lead to the same path"
                report.add(Code.PATH_REPEATED, message, item.place)
