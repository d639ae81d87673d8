"""Nothing grows past what one reads in a sitting."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.unit.house.sources import hand_written, parsed, relative, tracked_files

if TYPE_CHECKING:
    from pathlib import Path

MODULE_LINES = 500
FUNCTION_LINES = 60

# file or file:function -> why it may be longer
EXCEPTIONS: dict[str, str] = {}


def modules() -> list[Path]:
    return [path for path in tracked_files() if hand_written(path)]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(parsed(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: text that explains is not what is limited."""
    own = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        own -= (first.end_lineno or first.lineno) - first.lineno + 1
    return own


def test_no_module_is_too_long():
    long = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: lines for name, lines in long.items() if lines > MODULE_LINES and name not in EXCEPTIONS} == {}


def test_no_function_is_too_long():
    long = {f"{relative(path)}:{node.name}": length(node) for path in modules() for node in functions(path)}
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES and name not in EXCEPTIONS} == {}


def test_exceptions_are_still_needed():
    sizes = {f"{relative(path)}:{node.name}": length(node) for path in modules() for node in functions(path)}
    sizes |= {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert [
        name for name in EXCEPTIONS if sizes.get(name, 0) <= (FUNCTION_LINES if ":" in name else MODULE_LINES)
    ] == []
