"""The Python target: an Api in, the files of a package out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.emit.environment import make_environment
from specbind.generator.emit.fileset import FileSet
from specbind.generator.emit.text import Code, Identifier, code

from .literals import docstring
from .package import plan_package

if TYPE_CHECKING:
    from jinja2 import Environment

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api

    from .plan import PackagePlan

__all__ = ["core_files", "generate_package", "generate_standalone", "runtime_files"]

_HERE = Path(__file__).parent
_CORE_LINK = "_link.py"
_PROTOS = ("proto", "grpc")


def generate_package(api: Api, package: Identifier, diagnostics: Diagnostics, *, runtime_levels: int) -> FileSet:
    """The modules of one package, without its runtime (which stands `runtime_levels` packages above its root)."""
    plan = plan_package(api, package, diagnostics, runtime_levels=runtime_levels, with_core=False)
    return _render(plan, _environment())


def generate_standalone(api: Api, package: Identifier, diagnostics: Diagnostics, *, core: Path | None) -> FileSet:
    """A project that stands alone: the package with runtime and core inside, pyproject.toml and README.md.

    `core` is the folder of specbind.core, or None to leave it out.
    """
    plan = plan_package(api, package, diagnostics, runtime_levels=0, with_core=core is not None)
    environment = _environment()
    files = FileSet()
    files.update(_render(plan, environment), under=package)
    files.update(runtime_files(), under=f"{package}/_runtime")
    if core is not None:
        files.update(core_files(core), under=f"{package}/_core")
    for name, template in (("README.md", "readme.jinja"), ("pyproject.toml", "pyproject.jinja")):
        files.add(name, environment.get_template(template).render(plan=plan, readme=plan.readme))
    return files


def runtime_files(*, messages: bool = False) -> FileSet:
    """The runtime, byte for byte; its parts for protos only for packages that have messages."""
    folder = _HERE / "_runtime"
    return _copied(folder, without=() if messages else tuple(folder / part for part in _PROTOS))


def core_files(core: Path) -> FileSet:
    """A copy of specbind.core, byte for byte but for the one module that names the runtime."""
    files = FileSet()
    for path in _sources(core):
        text = path.read_bytes()
        if path.name == _CORE_LINK:
            text = text.replace(b"from specbind.bindings._runtime", b"from .._runtime")
        files.add(path.relative_to(core).as_posix(), text, verbatim=True)
    return files


def _copied(folder: Path, *, without: tuple[Path, ...]) -> FileSet:
    files = FileSet()
    for path in _sources(folder):
        if not any(path.is_relative_to(left_out) for left_out in without):
            files.add(path.relative_to(folder).as_posix(), path.read_bytes(), verbatim=True)
    return files


def _sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix == ".py" or path.name == "py.typed")


def _environment() -> Environment:
    return make_environment(_HERE / "templates", {})


def _render(plan: PackagePlan, environment: Environment) -> FileSet:
    files = FileSet()

    def add(path: str, template: str, **values: object) -> None:
        files.add(path, environment.get_template(template).render(plan=plan, **values))

    add("__init__.py", "package.jinja")
    add("client.py", "client.jinja")
    add("sync_client.py", "sync_client.jinja")
    skeleton = docstring([code("Server skeleton.")], 0)
    add("server.py", "server.jinja", server=plan.server, doc=plan.server_doc, name=code("Server"), module_doc=skeleton)
    if plan.webhooks is not None:
        receiver = docstring([code("A server that receives the webhooks and callbacks of the API.")], 0)
        about = docstring([code("Webhooks and callbacks. Subclass it, write the methods, serve `application()`.")], 4)
        name = code("Webhooks")
        add("webhooks.py", "server.jinja", server=plan.webhooks, doc=about, name=name, module_doc=receiver)
        add("webhook_bodies.py", "webhook_bodies.jinja", bodies=plan.webhook_bodies)
    if plan.credentials:
        add("auth.py", "auth.jinja")
    files.add("py.typed", "")
    add("models/__init__.py", "models.jinja", models_runtime=_below(plan.runtime))
    if plan.model_exports:
        add("models/exports.py", "exports.jinja")
    for group in plan.groups:
        add(f"models/{group.module}.py", "group.jinja", group=group)
    add("operations/__init__.py", "empty.jinja", doc=docstring([code("Operations as data, by resource.")], 0))
    for module in plan.operations:
        add(f"operations/{module.module}.py", "operations.jinja", module=module)
    add("resources/__init__.py", "empty.jinja", doc=docstring([code("Resources, by tag.")], 0))
    for resource in plan.resources:
        add(f"resources/{resource.module}.py", "resource.jinja", resource=resource)
    return files


def _below(runtime: Code) -> Code:
    """The runtime as seen from one package further down."""
    return code("..._runtime") if runtime.startswith("..") else code(".._runtime")
