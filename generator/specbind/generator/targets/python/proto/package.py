"""Plans everything that an Api of protos becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import SpecText, identifier, written
from specbind.generator.ir.model import Object
from specbind.generator.targets.python.literals import docstring, literal
from specbind.generator.targets.python.plan import ExportPlan

from .context import ProtoContext
from .extensions import plan_extensions
from .messages import plan_group
from .plan import ProtoPackagePlan, ProtoPlan
from .services import plan_services
from .wellknown import RUNTIME

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.emit.text import Code
    from specbind.generator.ir.model import Api

__all__ = ["plan_protos"]


def plan_protos(api: Api, diagnostics: Diagnostics, *, runtime_levels: int) -> ProtoPlan:
    """Decide everything about the packages. `runtime_levels` is as for packages of OpenAPI documents."""
    context = ProtoContext(api, diagnostics, runtime_levels)
    return ProtoPlan(
        tuple(_package(context, name) for name in context.paths), _places(context), _extension_places(context)
    )


def _places(context: ProtoContext) -> Code:
    """Where each message stands, for the registry."""
    found: dict[str, str] = {}
    for item in context.emitted:
        if isinstance(item, Object):
            module = context.module_from("", *context.modules[item.id])
            found[item.id] = f"{module}:{context.names[item.id]}"
    return literal(found)


def _extension_places(context: ProtoContext) -> Code | None:
    """Where the extensions of each message stand, for the registry; None where there are none."""
    found: dict[str, dict[str, str]] = {}
    for item in context.api.extensions:
        module = context.module_from("", item.package, "extensions")
        found.setdefault(item.extendee, {})[item.id] = f"{module}:{context.extension_names[item.id]}"
    return literal(found) if found else None


def _package(context: ProtoContext, name: str) -> ProtoPackagePlan:
    groups = tuple(plan_group(context, group) for group in context.groups if group.package == name)
    own = [service for service in context.api.services if service.package == name]
    services = plan_services(context, name, own)
    docs = [file.doc for file in context.api.files if file.package == name and file.doc] if name else []
    title = f"Package {name}." if name else f"Protos: {context.api.name}."
    return ProtoPackagePlan(
        folder="".join(f"{part}/" for part in context.paths[name]),
        runtime=written(context.runtime(name)),
        doc=docstring([SpecText(title), *map(SpecText, dict.fromkeys(docs))], 0),
        exports=_exports(context, name),
        groups=groups,
        services=services,
        extensions=plan_extensions(context, name, [item for item in context.api.extensions if item.package == name]),
    )


def _exports(context: ProtoContext, name: str) -> tuple[ExportPlan, ...]:
    found = [ExportPlan(child, None) for child in context.children(name)]
    found += [
        ExportPlan(context.names[item.id], identifier(context.modules[item.id][1]))
        for item in context.emitted
        if getattr(item, "package", "") == name
    ]
    if not name:
        found.append(ExportPlan(identifier("REGISTRY"), identifier("registry")))
    for service in context.api.services:
        if service.package == name:
            found += [ExportPlan(class_, identifier("services")) for class_ in context.service_names[service.id]]
    found += [
        ExportPlan(context.extension_names[item.id], identifier("extensions"))
        for item in context.api.extensions
        if item.package == name
    ]
    if name == "google.protobuf":
        # the runtime's own, where their proto was asked for
        where = written(context.runtime(name).removeprefix(".") + ".proto.wellknown")
        found += [
            ExportPlan(identifier(RUNTIME[item.id]), where) for item in context.api.definitions if item.id in RUNTIME
        ]
    return tuple(sorted(found, key=lambda export: export.name))
