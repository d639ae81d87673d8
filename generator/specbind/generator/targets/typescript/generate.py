"""The TypeScript target: an Api in, the files of a package out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.emit.environment import make_environment
from specbind.generator.emit.fileset import FileSet

from .package import plan_package

if TYPE_CHECKING:
    from jinja2 import Environment

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api

    from .plan import PackagePlan

__all__ = ["generate_package", "generate_standalone", "runtime_files", "shared_files"]

_HERE = Path(__file__).parent


def generate_package(api: Api, name: str, diagnostics: Diagnostics) -> FileSet:
    """The modules of one package, without its runtime, which stands beside it."""
    return _render(plan_package(api, name, diagnostics, runtime_levels=1), _environment())


def generate_standalone(api: Api, name: str, diagnostics: Diagnostics) -> FileSet:
    """A project that stands alone: the package with the runtime inside, package.json, tsconfig.json and README.md."""
    plan = plan_package(api, name, diagnostics, runtime_levels=0)
    environment = _environment()
    files = FileSet()
    files.update(_render(plan, environment), under="src")
    files.update(runtime_files(), under="src/_runtime")
    for path, template in (("README.md", "readme.jinja"), ("package.json", "package.json.jinja")):
        files.add(path, environment.get_template(template).render(project=plan.project))
    files.add("tsconfig.json", environment.get_template("tsconfig.json.jinja").render(alone=True))
    return files


def shared_files() -> FileSet:
    """What the packages of several APIs share that stand beside each other: runtime, package.json, tsconfig.json."""
    environment = _environment()
    files = FileSet()
    files.update(runtime_files(), under="_runtime")
    files.add("package.json", environment.get_template("package.json.jinja").render(project=None))
    files.add("tsconfig.json", environment.get_template("tsconfig.json.jinja").render(alone=False))
    return files


def runtime_files() -> FileSet:
    """The runtime, byte for byte."""
    files = FileSet()
    for path in sorted((_HERE / "_runtime").glob("*.ts")):
        files.add(path.name, path.read_bytes(), verbatim=True)
    return files


def _environment() -> Environment:
    return make_environment(_HERE / "templates", {})


def _render(plan: PackagePlan, environment: Environment) -> FileSet:
    files = FileSet()

    def add(path: str, template: str, **values: object) -> None:
        files.add(path, environment.get_template(template).render(plan=plan, **values))

    add("index.ts", "index.jinja")
    add("api.ts", "api.jinja")
    add("models/index.ts", "models.jinja")
    for group in plan.groups:
        add(f"models/{group.module}.ts", "group.jinja", group=group)
    add("operations/index.ts", "all_operations.jinja")
    for module in plan.operations:
        add(f"operations/{module.module}.ts", "operations.jinja", module=module)
    return files
