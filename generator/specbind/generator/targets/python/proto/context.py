"""What all planners of protos share: packages, modules, names, and where findings go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.codes import Weight
from specbind.generator.diagnostics import Diagnostic, Place, Severity
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.ir.graph import components, references, types_of
from specbind.generator.ir.groups import GROUP_SIZE
from specbind.generator.ir.model import Enum

from .names import ENUM_RESERVED, is_module_name, proto_name
from .wellknown import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Api, Definition

__all__ = ["Group", "ProtoContext"]

_ROOT_TAKEN = ("REGISTRY", "_core", "_runtime", "registry")


class Group:
    """One module of definitions, all of one package."""

    def __init__(self, package: str, module: str) -> None:
        self.package = package
        self.module = module
        self.definitions: list[Definition] = []


class ProtoContext:
    """The shared facts of one output. `runtime_levels` is how many packages above its root the runtime stands."""

    def __init__(self, api: Api, diagnostics: Diagnostics, runtime_levels: int) -> None:
        self.api = api
        self.definitions = {definition.id: definition for definition in api.definitions}
        self._diagnostics = diagnostics
        self._runtime_levels = runtime_levels
        self.emitted = [found for found in api.definitions if found.id not in RUNTIME]
        self.paths = self._package_paths()
        self.names, self.service_names, self.extension_names = self._name_all()
        self.groups = self._cut_groups()
        self.modules = {item.id: (group.package, group.module) for group in self.groups for item in group.definitions}
        self.members = {item.id: self._members(item) for item in api.definitions if isinstance(item, Enum)}

    def packages(self) -> list[str]:
        """Every proto package that has something, in the order of the files."""
        found = dict.fromkeys(self._package(item) for item in self.emitted)
        found.update(dict.fromkeys(service.package for service in self.api.services))
        found.update(dict.fromkeys(extension.package for extension in self.api.extensions))
        found.update(dict.fromkeys(file.package for file in self.api.files if file.asked))
        return list(found)

    def _package_paths(self) -> dict[str, tuple[Identifier, ...]]:
        """Proto packages, and the ones on the way to them, as Python packages."""
        scopes: dict[str, NameScope] = {"": NameScope(_ROOT_TAKEN, fold=True)}
        paths: dict[str, tuple[Identifier, ...]] = {"": ()}
        for package in self.packages():
            parts = package.split(".") if package else []
            for length in range(1, len(parts) + 1):
                here, above = ".".join(parts[:length]), ".".join(parts[: length - 1])
                if here not in paths:
                    wanted = proto_name(parts[length - 1], "package_")
                    if is_module_name(wanted):
                        wanted = proto_name(f"{wanted}_", "package_")
                    paths[here] = (*paths[above], scopes[above].take(wanted))
                    scopes[here] = NameScope((), fold=True)
        return paths

    def children(self, package: str) -> list[Identifier]:
        """The packages directly below one."""
        above = self.paths[package]
        return [path[-1] for path in self.paths.values() if path and path[:-1] == above]

    @staticmethod
    def _package(item: Definition) -> str:
        return getattr(item, "package", "")

    def _name_all(
        self,
    ) -> tuple[dict[str, Identifier], dict[str, tuple[Identifier, Identifier]], dict[str, Identifier]]:
        """Names of messages and enums, of clients and servers, of extensions, by their ids."""
        scopes = {
            package: NameScope({*self.children(package), *(_ROOT_TAKEN if not package else ())})
            for package in self.paths
        }
        names: dict[str, Identifier] = {}
        for item in self.emitted:
            package = self._package(item)
            local = item.id.removeprefix(f"{package}.") if package else item.id
            names[item.id] = self._take(scopes[package], local, item.id, item.source)
        services: dict[str, tuple[Identifier, Identifier]] = {}
        for service in self.api.services:
            local = service.id.rpartition(".")[2]
            client, server = (
                self._take(scopes[service.package], f"{local}{word}", service.id, service.source)
                for word in ("Client", "Server")
            )
            services[service.id] = (client, server)
        extensions: dict[str, Identifier] = {}
        for extension in self.api.extensions:
            local = extension.id.removeprefix(f"{extension.package}.") if extension.package else extension.id
            source = extension.field.source
            extensions[extension.id] = self._take(scopes[extension.package], local, extension.id, source)
        return names, services, extensions

    def _take(self, scope: NameScope, local: str, id_: str, source: str) -> Identifier:
        """Nested names are joined by `_`; one that is taken then gets a number."""
        wanted = proto_name(local.replace(".", "_"), "Type")
        given = scope.take(proto_name(f"{wanted}_", "Type") if is_module_name(wanted) else wanted)
        if given != local.replace(".", "_"):
            self.report(Finding.TYPE_NAME, f"{id_} is called {given}: its own name is taken or reserved", source)
        return given

    def _members(self, item: Enum) -> list[Identifier]:
        """Names for the values of an enum."""

        scope = NameScope(ENUM_RESERVED)
        names = [scope.take(proto_name(value.name, "VALUE_")) for value in item.values]
        for name, value in zip(names, item.values, strict=True):
            if name != value.name:
                text = f"a value of {item.id} is called {name}: {value.name} is taken or reserved"
                self.report(Finding.VALUE_NAME, text, item.source)
        return names

    def report(self, code: Finding, message: str, source: str) -> None:
        """Add a finding about what stands at a source (`file:line:column`)."""
        file, _, position = source.partition(":")
        line, _, column = position.partition(":")
        place = Place(file, int(line) if line.isdecimal() else 0, int(column) if column.isdecimal() else 0)
        severity = Severity.WARNING if code.weight is Weight.WARNING else Severity.NOTE
        self._diagnostics.add(Diagnostic(str(code), severity, message, place))

    def _cut_groups(self) -> list[Group]:
        """Modules of about fifty definitions; each imports earlier ones only.

        Files never import each other in a circle, so a file's definitions come in one run, a circle of messages never
        leaves its file, and a module holds runs that follow each other.
        """
        by_file: dict[str, list[Definition]] = {file.path: [] for file in self.api.files}
        for item in self.emitted:
            by_file.setdefault(item.source.partition(":")[0], []).append(item)
        groups: list[Group] = []
        counts: dict[str, int] = {}
        for items in by_file.values():
            for run in self._components(items):
                package = self._package(run[0])
                last = groups[-1] if groups else None
                if last is None or last.package != package or len(last.definitions) >= GROUP_SIZE:
                    counts[package] = counts.get(package, 0) + 1
                    groups.append(Group(package, f"group_{counts[package]}"))
                groups[-1].definitions.extend(run)
        return groups

    def _components(self, items: Sequence[Definition]) -> Iterable[list[Definition]]:
        by_id = {item.id: item for item in items}
        edges = {item.id: tuple(dict.fromkeys(references(types_of(item)))) for item in items}
        return ([by_id[name] for name in run] for run in components(edges))

    def module_from(self, here: str, package: str, module: str) -> str:
        """A module of another package as modules of package `here` import it."""
        source, target = self.paths[here], self.paths[package]
        shared = 0
        while shared < min(len(source), len(target)) and source[shared] == target[shared]:
            shared += 1
        dots = "." * (len(source) - shared + 1)
        return dots + ".".join([*target[shared:], module])

    def runtime(self, here: str, module: str = "") -> str:
        """The runtime as modules of a package import it."""
        dots = "." * (len(self.paths[here]) + 1 + self._runtime_levels)
        return f"{dots}_runtime" + (f".{module}" if module else "")

    def runtime_symbol(self, here: str, module: str, name: str, *, typing_only: bool = False) -> Symbol:
        """A name of the runtime."""
        return Symbol(self.runtime(here, module), name, typing_only=typing_only)
