"""An Api of protos in, the files of its packages out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.emit.environment import make_environment
from specbind.generator.emit.fileset import FileSet
from specbind.generator.emit.paragraphs import markdown
from specbind.generator.emit.text import SpecText, written
from specbind.generator.targets.python.literals import literal, toml

from .package import plan_protos

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.emit.text import Code, Identifier
    from specbind.generator.ir.model import Api

    from .plan import ProtoPlan

__all__ = ["generate_package", "generate_standalone"]

_TEMPLATES = Path(__file__).parent.parent / "templates"
_NAMED = 3  # proto packages that the description names


def generate_package(api: Api, diagnostics: Diagnostics, *, runtime_levels: int) -> FileSet:
    """The packages below one folder, without the runtime (which stands `runtime_levels` packages above the folder)."""
    return _render(plan_protos(api, diagnostics, runtime_levels=runtime_levels))


def _render(plan: ProtoPlan) -> FileSet:
    environment = make_environment(_TEMPLATES, {})
    files = FileSet()
    for package in plan.packages:

        def add(name: str, template: str, *, folder: str = package.folder, **values: object) -> None:
            files.add(f"{folder}{name}", environment.get_template(f"proto/{template}").render(**values))

        add("__init__.py", "package.jinja", package=package)
        for group in package.groups:
            add(f"{group.module}.py", "group.jinja", group=group)
        if package.services is not None:
            add(f"{package.services.module}.py", "services.jinja", services=package.services)
        if package.extensions is not None:
            add(f"{package.extensions.module}.py", "extensions.jinja", plan=package.extensions)
    registry = environment.get_template("proto/registry.jinja")
    files.add("registry.py", registry.render(plan=plan, runtime=plan.packages[0].runtime))
    files.add("py.typed", "")
    return files


def generate_standalone(api: Api, package: Identifier, diagnostics: Diagnostics, runtime: FileSet) -> FileSet:
    """A project that stands alone: the packages with the runtime inside, pyproject.toml and README.md."""
    plan = plan_protos(api, diagnostics, runtime_levels=0)
    files = FileSet()
    files.update(_render(plan), under=package)
    files.update(runtime, under=f"{package}/_runtime")
    environment = make_environment(_TEMPLATES, {})
    names = list(dict.fromkeys(file.package or "(no package)" for file in api.files if file.asked))
    some = names if len(names) <= _NAMED else [*names[:_NAMED], "..."]
    values = {
        "package": package,
        "distribution": toml(SpecText(package.strip("_").replace("_", "-"))),
        "description": toml(SpecText(f"Protos: {', '.join(some)}")),
        "packages": [markdown(SpecText(name)) for name in names],
        "message_count": literal(len(api.definitions)),
        "rpc_count": literal(sum(len(service.operations) for service in api.services)),
        "example": _example(plan),
        "has_services": any(package.services for package in plan.packages),
    }
    for name, template in (("README.md", "readme.jinja"), ("pyproject.toml", "pyproject.jinja")):
        files.add(name, environment.get_template(f"proto/{template}").render(**values))
    return files


def _example(plan: ProtoPlan) -> dict[str, Identifier | Code] | None:
    """Names for the first call that a README shows: of one message for one, both of the same package. None without."""
    for package in plan.packages:
        exported = {str(export.name) for export in package.exports}
        module = written("".join(f".{part}" for part in package.folder.split("/") if part))
        for service in package.services.services if package.services else ():
            for rpc in service.rpcs:
                if not rpc.streams_in and not rpc.streams_out and str(rpc.request) in exported:
                    return {"module": module, "client": service.client, "method": rpc.method, "request": rpc.request}
    return None
