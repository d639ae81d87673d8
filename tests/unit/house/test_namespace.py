"""`specbind` is one namespace over several roots, typed everywhere, and public names are true."""

from __future__ import annotations

import ast

import pytest
from tests.unit.house.sources import IMPORT_ROOTS, ROOT, parsed, python_modules, relative


def packages() -> list[str]:
    """Folders of packages: the outermost ones with an `__init__.py`, and those of modules that have none above them."""
    found: set[str] = set()
    for path in python_modules().values():
        folder = path.parent
        while (folder.parent / "__init__.py").exists():
            folder = folder.parent
        found.add(relative(folder))
    return sorted(found)


def test_the_namespace_has_no_init():
    assert [name for name in IMPORT_ROOTS if (ROOT / name / "specbind" / "__init__.py").exists()] == []


@pytest.mark.parametrize("package", packages())
def test_every_package_says_that_it_is_typed(package: str):
    assert (ROOT / package / "py.typed").is_file()


def declared(tree: ast.Module) -> list[str] | None:
    """`__all__` of a module; None if it has none or computes it."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            case _:
                pass
    return None


def defined(body: list[ast.stmt]) -> set[str]:
    """Names that statements bind at the top of a module, in branches too."""
    names: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update((alias.asname or alias.name).partition(".")[0] for alias in aliases)
            case ast.Assign() | ast.AnnAssign():
                names.update(
                    part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
                )
            case ast.If() | ast.Try():
                names |= defined([*node.body, *node.orelse])
            case _:
                pass
    return names


def test_all_names_what_is_there_and_nothing_twice():
    wrong: list[str] = []
    for name, path in sorted(python_modules().items()):
        public = declared(parsed(path))
        if public is None:
            continue
        children = {module.rpartition(".")[2] for module in python_modules() if module.rpartition(".")[0] == name}
        wrong.extend(f"{relative(path)}: {item}" for item in set(public) - defined(parsed(path).body) - children)
        wrong.extend(f"{relative(path)}: {item} twice" for item in set(public) if public.count(item) > 1)
    assert not wrong, "\n".join(sorted(wrong))


def test_every_public_module_says_what_is_public():
    silent = [
        relative(path)
        for name, path in sorted(python_modules().items())
        if not any(part.startswith("_") for part in name.split("."))
        and declared(parsed(path)) is None
        and any(isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) for node in parsed(path).body)
    ]
    assert not silent, "\n".join(silent)
