"""Reading Python source by `ast`: modules, their names, and where a name comes from. Nothing is imported or run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Definition", "FaceError", "FaceSource", "Module", "Origin"]

Definition: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


class FaceError(Exception):
    """An async module has a part that cannot be made synchronous; says which, where, and what to change."""


class Origin(Struct, frozen=True, order=True):
    """Where a name comes from: `name` of `module`; without a name, the module itself."""

    module: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


class Module:
    """One parsed file: its definitions, its imports, its public names."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        self.imports: dict[str, Origin] = {}
        self.definitions: dict[str, Definition] = {}
        self.overloads: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self._package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        self._read(self.tree.body)

    def _read(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Import():
                    self._read_import(statement)
                case ast.ImportFrom():
                    module = self._absolute(statement)
                    for alias in statement.names:
                        self.imports[alias.asname or alias.name] = Origin(module, alias.name)
                case ast.FunctionDef() | ast.AsyncFunctionDef() if is_overload(statement):
                    self.overloads.setdefault(statement.name, []).append(statement)
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.definitions[statement.name] = statement
                case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                    self.definitions[name] = statement
                case ast.If() | ast.Try():  # `if TYPE_CHECKING:` first: what checkers see is what a face declares
                    self._read([*statement.orelse, *statement.body])
                case _:
                    pass

    def _read_import(self, statement: ast.Import) -> None:
        for alias in statement.names:
            if alias.asname:
                self.imports[alias.asname] = Origin(alias.name)
            else:
                root = alias.name.partition(".")[0]
                self.imports[root] = Origin(root)

    def _absolute(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        parts = self._package.split(".")
        parts = parts[: len(parts) - statement.level + 1]
        return ".".join([*parts, statement.module] if statement.module else parts)

    def public_names(self) -> list[str]:
        """`__all__`, or else every public definition, sorted."""
        match self.definitions.get("__all__"):
            case ast.Assign(value=ast.List(elts=elements) | ast.Tuple(elts=elements)):
                return sorted(str(element.value) for element in elements if isinstance(element, ast.Constant))
            case None:
                return sorted(name for name in self.definitions if not name.startswith("_"))
            case other:
                raise FaceError(f"{self.path}:{other.lineno}: __all__ must be a plain list of names")

    def place(self, node: ast.AST) -> str:
        """`file:line` of a node of this module."""
        return f"{self.path}:{getattr(node, 'lineno', 0)}"


class FaceSource:
    """An async module and whatever of its neighbours below the same root it names."""

    def __init__(self, path: Path, module: str) -> None:
        self.name = module
        self._modules: dict[str, Module | None] = {}
        self.module = self._modules[module] = Module(module, path / "__init__.py" if path.is_dir() else path)
        self._root = _root_of(path, module)

    def load(self, name: str) -> Module | None:
        """A module by its dotted name; None if it does not stand below the root."""
        if name not in self._modules:
            self._modules[name] = self._parse(name)
        return self._modules[name]

    def _parse(self, name: str) -> Module | None:
        if self._root is None or not name:
            return None
        base = self._root.joinpath(*name.split("."))
        for path in (base.with_name(base.name + ".py"), base / "__init__.py"):
            if path.is_file():
                return Module(name, path)
        return None

    def origin(self, module: Module, name: str) -> Origin | None:
        """Where `name`, as `module` uses it, is defined, as far as files can be read. None: a builtin."""
        if name in module.definitions:
            return Origin(module.name, name)
        found = module.imports.get(name)
        if found is None or not found.name:
            return found
        return self.follow(found)

    def follow(self, origin: Origin) -> Origin:
        """The place where an imported name is defined."""
        seen: set[Origin] = set()
        while origin not in seen:
            seen.add(origin)
            module = self.load(origin.module)
            if module is None or origin.name in module.definitions:
                return origin
            if (found := module.imports.get(origin.name)) is None:
                return origin
            if not found.name:
                return found
            origin = found
        return origin

    def definition(self, origin: Origin) -> tuple[Module, Definition] | None:
        """The defining statement of a name; None if its module cannot be read."""
        module = self.load(origin.module)
        if module is None or origin.name not in module.definitions:
            return None
        return module, module.definitions[origin.name]

    def bases(self, module: Module, node: ast.ClassDef) -> Iterator[tuple[ast.expr, Origin | None]]:
        """The bases of a class with their origins; a subscripted base gives the origin of what is subscripted."""
        for base in node.bases:
            yield base, self.expression_origin(module, base.value if isinstance(base, ast.Subscript) else base)

    def expression_origin(self, module: Module, node: ast.expr) -> Origin | None:
        """The origin of a name or of an attribute of an imported module."""
        match node:
            case ast.Name(name):
                return self.origin(module, name)
            case ast.Attribute(value, attribute):
                holder = self.expression_origin(module, value)
                if holder is None or (holder.name and self.load(str(holder)) is None):
                    return holder
                return self.follow(Origin(str(holder), attribute))
            case _:
                return None


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is one of the declared forms of an overloaded one."""
    return any(ast.unparse(decorator).rpartition(".")[2] == "overload" for decorator in node.decorator_list)


def _root_of(path: Path, module: str) -> Path | None:
    """The folder that imports start from; None if the path does not spell the module."""
    parts = module.split(".")
    bare = path if path.is_dir() else path.with_suffix("")
    if bare.name == "__init__":
        bare = bare.parent
    if list(bare.resolve().parts[-len(parts) :]) != parts:
        return None
    root = bare.resolve()
    for _ in parts:
        root = root.parent
    return root
