"""Names of a service in Python: its modules, its class, its methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import NameScope
from specbind.generator.emit.words import RESERVED_FILES

from .names import class_name, constant_name, module_name, value_name
from .reserved import CLIENT_MEMBERS, RESOURCE_MEMBERS

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Service

    from .context import Context

__all__ = ["ServiceNames", "name_services"]

_UNTAGGED = "api"  # the resource of operations without a tag


class ServiceNames(Struct, frozen=True):
    """The names of one service; `methods` and `constants` by operation id."""

    title: str
    doc: str
    module: Identifier
    attribute: Identifier
    class_: Identifier
    methods: dict[str, Identifier]
    constants: dict[str, Identifier]


def name_services(context: Context) -> list[ServiceNames]:
    """Names for every service of the Api, in its order."""

    current: Service | None = None

    def collided(wanted: str, given: str) -> None:
        place = current.operations[0].source if current and current.operations else "#"
        context.findings.collision(Finding.RESOURCE_NAME, "a resource", place)(wanted, given)

    modules = NameScope(RESERVED_FILES, fold=True)
    attributes = NameScope(CLIENT_MEMBERS, collided)
    classes = NameScope({"Resource", "SyncResource", "Client", "SyncClient"})
    named: dict[str, ServiceNames] = {}
    for current in context.api.services:
        named[current.id] = _name(context, current, modules, attributes, classes)
    return list(named.values())


def _name(
    context: Context, service: Service, modules: NameScope, attributes: NameScope, classes: NameScope
) -> ServiceNames:
    title = service.id or _UNTAGGED

    current = service.operations[0] if service.operations else None

    def collided(wanted: str, given: str) -> None:
        place = current.source if current else "#"
        context.findings.collision(Finding.METHOD_NAME, f"a method of {title!r}", place)(wanted, given)

    methods = NameScope(RESOURCE_MEMBERS, collided)
    constants = NameScope()
    named: dict[str, Identifier] = {}
    for current in service.operations:
        named[current.id] = methods.take(value_name(current.name or current.id, "call_"))
    return ServiceNames(
        title,
        service.doc,
        modules.take(module_name(title)),
        attributes.take(value_name(title, "resource_")),
        classes.take(class_name(title, "Resource")),
        named,
        {item.id: constants.take(constant_name(item.id)) for item in service.operations},
    )
