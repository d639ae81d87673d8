"""Imports of a module, read from its text: what, and whether at once, in a function, or for checkers only."""

from __future__ import annotations

import ast
import graphlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator


class Import(NamedTuple):
    """One imported module. `when` is `now`, `function` or `typing`."""

    module: str
    line: int
    when: str


def imports_of(name: str, tree: ast.Module, modules: Container[str], *, is_package: bool) -> Iterator[Import]:
    """Every import of a module. `from a import b` counts as `a.b` where that is a module, else as `a`."""
    package = name if is_package else name.rpartition(".")[0]
    for statement, when in _import_statements(tree.body, "now"):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield Import(alias.name, statement.lineno, when)
            continue
        base = _absolute(statement, package)
        for alias in statement.names:
            full = f"{base}.{alias.name}"
            yield Import(full if full in modules else base, statement.lineno, when)


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    if not statement.level:
        return statement.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - statement.level + 1]
    return ".".join([*parts, statement.module] if statement.module else parts)


def _import_statements(body: Iterable[ast.AST], when: str) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, when
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _import_statements(ast.iter_child_nodes(node), "function" if when == "now" else when)
        elif isinstance(node, ast.If) and ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            yield from _import_statements(node.body, "typing")
            yield from _import_statements(node.orelse, when)
        else:
            yield from _import_statements(ast.iter_child_nodes(node), when)


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a ring, the first one found; empty if there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []
