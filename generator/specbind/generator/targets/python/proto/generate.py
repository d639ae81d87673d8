"""An Api of protos in, the files of its packages out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.emit.environment import make_environment
from specbind.generator.emit.fileset import FileSet
from specbind.generator.emit.paragraphs import markdown
from specbind.generator.emit.text import SpecText
from specbind.generator.targets.python.literals import literal, toml

from .package import plan_protos

if TYPE_CHECKING:
    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Api

__all__ = ["generate_package", "generate_standalone"]

_TEMPLATES = Path(__file__).parent.parent / "templates"


def generate_package(api: Api, diagnostics: Diagnostics, *, runtime_levels: int) -> FileSet:
    """The packages below one folder, without the runtime (which stands `runtime_levels` packages above the folder)."""
    plan = plan_protos(api, diagnostics, runtime_levels=runtime_levels)
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
    files = FileSet()
    files.update(generate_package(api, diagnostics, runtime_levels=0), under=package)
    files.update(runtime, under=f"{package}/_runtime")
    environment = make_environment(_TEMPLATES, {})
    packages = [file.package for file in api.files if file.asked]
    values = {
        "package": package,
        "distribution": toml(SpecText(package.strip("_").replace("_", "-"))),
        "description": toml(SpecText(f"Protos: {api.name}")),
        "title": markdown(SpecText(api.name)),
        "packages": [markdown(SpecText(name or "(no package)")) for name in dict.fromkeys(packages)],
        "message_count": literal(len(api.definitions)),
        "rpc_count": literal(sum(len(service.operations) for service in api.services)),
    }
    for name, template in (("README.md", "readme.jinja"), ("pyproject.toml", "pyproject.jinja")):
        files.add(name, environment.get_template(f"proto/{template}").render(**values))
    return files
