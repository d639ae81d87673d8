"""Plans a whole package: its modules, the API as a whole, its front page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.paragraphs import markdown
from specbind.generator.emit.scope import NameScope
from specbind.generator.emit.text import SpecText, written
from specbind.generator.emit.words import RESERVED_FILES
from specbind.generator.ir.prose import short_line
from specbind.generator.ir.services import webhook_service

from .api import plan_api
from .context import Context
from .literals import json_string, literal
from .models import plan_group
from .names import package_name, value_name
from .operations import plan_operations
from .plan import PackagePlan, ProjectPlan
from .reserved import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Api

    from .plan import OperationsPlan

__all__ = ["plan_package"]

_UNTAGGED = "api"  # the module of operations without a tag


def plan_package(api: Api, name: str, diagnostics: Diagnostics, *, runtime_levels: int) -> PackagePlan:
    """Decide everything about a package. `runtime_levels`: 0 for a runtime inside the package, 1 for one beside it."""
    own = len(api.services)
    webhooks = webhook_service(api)
    if webhooks is not None:
        api = replace(api, services=(*api.services, webhooks))
    context = Context(api, diagnostics, runtime_levels, own)
    operations = tuple(_services(context))
    title = f"{api.title or api.name} {api.version}".strip()
    return PackagePlan(
        runtime=written(context.runtime(0)),
        api=plan_api(api),
        groups=tuple(plan_group(context, module, group) for module, group in context.groups.items()),
        operations=operations,
        project=_project(name, title, operations),
    )


def _services(context: Context) -> Iterator[OperationsPlan]:
    places = {service.id: service.operations[0].source for service in context.api.services if service.operations}
    modules = NameScope(MODULES | RESERVED_FILES, fold=True)
    for service in context.api.services:
        title = service.id or _UNTAGGED
        wanted = value_name(title, "module")
        module = modules.take(wanted)
        if module != wanted:
            place = places.get(service.id, "#")
            context.findings.collision(Finding.RESOURCE_NAME, f"the module of {title!r}", place)(wanted, module)
        constants = NameScope()
        names: dict[str, Identifier] = {}
        for operation in service.operations:
            wanted = value_name(operation.id, "call")
            given = names[operation.id] = constants.take(wanted)
            if given != wanted:
                subject = f"the operation {operation.id!r}"
                context.findings.collision(Finding.METHOD_NAME, subject, operation.source)(wanted, given)
        yield plan_operations(context, module, title, names, service.operations)


def _project(name: str, title: str, operations: Sequence[OperationsPlan]) -> ProjectPlan:
    first = next((found for found in operations if found.operations), None)
    return ProjectPlan(
        name=json_string(SpecText(package_name(name))),
        description=json_string(SpecText(short_line(f"Types and operations of {title}"))),
        title=markdown(SpecText(title)),
        operation_count=literal(sum(len(found.operations) for found in operations)),
        module=first.module if first else None,
        constant=first.operations[0].constant if first else None,
    )
