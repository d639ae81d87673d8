"""Who may import whom. The rules stand in CONTRIBUTING.md; this keeps them."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

import pytest
from tests.unit.house.imports import Import, cycle, imports_of
from tests.unit.house.sources import hand_written, parsed, python_modules, relative

if TYPE_CHECKING:
    from pathlib import Path

# who (pattern) -> what of specbind and of other projects it may import; the first pattern that fits holds
RULES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    # who, modules of specbind, third parties ("*": any)
    (
        r"specbind\.generator\.(ir|config|diagnostics|codes)\b",
        (r"specbind\.generator\.(ir|diagnostics|config|codes)\b",),
        ("msgspec",),
    ),
    (r"specbind\.generator\.source\b", (r"specbind\.generator\.(source|ir|diagnostics|codes)\b",), ("msgspec", "yaml")),
    (
        r"specbind\.generator\.openapi\b",
        (r"specbind\.generator\.(openapi|source|ir|diagnostics|codes)\b",),
        ("msgspec",),
    ),
    (r"specbind\.generator\.proto\b", (r"specbind\.generator\.(proto|source|ir|diagnostics|codes)\b",), ("*",)),
    (r"specbind\.generator\.passes\b", (r"specbind\.generator\.(passes|ir|diagnostics|codes)\b",), ("msgspec",)),
    (r"specbind\.generator\.compat\b", (r"specbind\.generator\.(compat|ir|diagnostics|codes)\b",), ("msgspec",)),
    (r"specbind\.generator\.emit\b", (r"specbind\.generator\.(emit|diagnostics|codes)\b",), ("msgspec", "jinja2")),
    (
        r"specbind\.generator\.targets\.(\w+)\._runtime\.grpc\b",
        (r"specbind\.generator\.targets\.\1\._runtime\b",),
        ("msgspec", "grpclib", "h2", "hpack", "hyperframe", "multidict"),
    ),
    (
        r"specbind\.generator\.targets\.(\w+)\._runtime\.proto\b",
        (r"specbind\.generator\.targets\.\1\._runtime\b",),
        ("msgspec",),
    ),
    (
        r"specbind\.generator\.targets\.(\w+)\._runtime\b",
        (r"specbind\.generator\.targets\.\1\._runtime\b",),
        ("msgspec", "aiohttp", "multidict", "yarl", "typing_extensions"),
    ),
    (
        r"specbind\.generator\.targets\.(\w+)\b",
        (r"specbind\.generator\.targets\.\1\b", r"specbind\.generator\.(emit|ir|diagnostics|codes)\b"),
        ("msgspec", "jinja2"),
    ),
    (r"specbind\.generator\.targets$", (), ()),
    (
        r"specbind\.generator\.faces\b",
        (r"specbind\.generator\.(faces|emit|diagnostics|codes)\b",),
        ("msgspec", "jinja2"),
    ),
    (r"specbind\.generator\b", (r"specbind\b",), ("*",)),
    (r"specbind\.bindings\._runtime\.proto\b", (r"specbind\.bindings\._runtime\b",), ("msgspec",)),
    (
        r"specbind\.bindings\._runtime\.grpc\b",
        (r"specbind\.bindings\._runtime\b",),
        ("msgspec", "grpclib", "h2", "hpack", "hyperframe", "multidict"),
    ),
    (
        r"specbind\.bindings\._runtime\b",
        (r"specbind\.bindings\._runtime\b",),
        ("msgspec", "aiohttp", "multidict", "yarl", "typing_extensions"),
    ),
    (r"specbind\.bindings\.(\w+)\b", (r"specbind\.bindings\.\1\b", r"specbind\.bindings\._runtime\b"), ("msgspec",)),
    (r"specbind\.core\b", (r"specbind\.core\b", r"specbind\.bindings\._runtime\b"), ("msgspec", "rich")),
    (
        r"specbind\.faces\.(\w+)\b",
        (r"specbind\.\1\b", r"specbind\.bindings\b", r"specbind\.core\b"),  # types that signatures name
        ("msgspec", "grpclib"),
    ),
    (
        r"specbind\.emulators\b",
        (r"specbind\.emulators\b", r"specbind\.bindings\b", r"specbind\.core\b"),
        ("msgspec", "aiohttp", "grpclib"),
    ),
    (
        r"specbind\.(\w+)\b",
        (r"specbind\.\1\b", r"specbind\.bindings\b", r"specbind\.core\b", r"specbind\.faces\.\1\b"),
        ("*",),
    ),
)

# where every import inside a function is the point; anywhere else a comment beside or just above it says why
LAZY_PLACES = (
    r"specbind\.generator\.cli$",  # a command loads only what it needs
    r"specbind\.bindings\.\w+\.(sync_)?client$",  # a resource is loaded on first use
)
REASON = re.compile(r"#.*\w+ \w+ \w+")
REACH = 4  # lines: a comment may stand above a group of imports


def allowed(name: str, imported: str) -> bool:
    """Whether module `name` may import `imported`. Raises LookupError if no rule speaks of `name`."""
    root = imported.partition(".")[0]
    if root in sys.stdlib_module_names:
        return True
    for who, ours, others in RULES:
        if match := re.match(who, name):
            if root != "specbind":
                return "*" in others or root in others
            return any(re.match(match.expand(pattern.replace(r"\b", "")) + r"\b", imported) for pattern in ours)
    raise LookupError(name)


def all_imports() -> list[tuple[str, Import]]:
    modules = python_modules()
    return [
        (name, found)
        for name, path in sorted(modules.items())
        for found in imports_of(name, parsed(path), modules, is_package=path.name == "__init__.py")
    ]


def test_every_module_imports_only_what_its_room_may():
    wrong = [
        f"{relative(python_modules()[name])}:{found.line} imports {found.module}"
        for name, found in all_imports()
        if not allowed(name, found.module)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_import_cycle():
    modules = python_modules()
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for name, found in all_imports():
        if found.when == "now" and found.module in modules:
            graph[name].add(found.module)
    assert cycle(graph) == []


def lines_above(path: Path, line: int) -> str:
    return "\n".join(path.read_text(encoding="utf-8").splitlines()[max(0, line - REACH) : line])


def test_imports_stand_at_the_top_except_where_laziness_is_the_point():
    modules = python_modules()
    wrong = [
        f"{relative(modules[name])}:{found.line} imports {found.module} in a function and does not say why"
        for name, found in all_imports()
        if found.when == "function"
        and not any(re.match(place, name) for place in LAZY_PLACES)
        and not REASON.search(lines_above(modules[name], found.line))
    ]
    assert not wrong, "\n".join(wrong)


def test_lazy_attributes_are_hidden_from_checkers():
    """One that checkers see would make them accept every misspelt name."""
    seen = [
        relative(path)
        for path in python_modules().values()
        if hand_written(path)
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
    ]
    assert seen == []


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("specbind.generator.ir.model", "jinja2"),
        ("specbind.generator.openapi.lower", "specbind.generator.targets.python"),
        ("specbind.generator.targets.go.plan", "specbind.generator.targets.python.names"),
        ("specbind.generator.targets.python._runtime.http", "specbind.generator.emit.text"),
        ("specbind.generator.targets.python._runtime.proto.wire", "aiohttp"),
        ("specbind.generator.targets.typescript.plan", "specbind.generator.targets.python.names"),
        ("specbind.generator.targets.typescript.plan", "specbind.generator.openapi.document"),
        ("specbind.core.retry", "specbind.bindings.nodeodx"),
        ("specbind.nodeodx.aio", "specbind.tiled"),
        ("specbind.bindings.nodeodx.client", "specbind.bindings.tiled"),
    ],
)
def test_the_rules_refuse_what_they_are_for(name: str, imported: str):
    assert not allowed(name, imported)


def test_the_search_finds_cycles_and_the_kind_of_an_import():
    assert set(cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
    assert cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    tree = ast.parse(
        "import os\nif TYPE_CHECKING:\n    from . import b\nelse:\n    from .c import x\n"
        "def f():\n    from ..d import y\n"
    )
    assert list(imports_of("p.q.a", tree, {"p.q.b"}, is_package=False)) == [
        Import("os", 1, "now"),
        Import("p.q.b", 3, "typing"),
        Import("p.q.c", 5, "now"),
        Import("p.d", 7, "function"),
    ]
