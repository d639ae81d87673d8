"""The members of an async class, its own and those of bases that get no face."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from .source import FaceError, is_overload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .source import FaceSource, Module, Origin

__all__ = ["Function", "Member", "all_members", "class_members", "decorator_names", "yields"]

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_KNOWN_DECORATORS = frozenset(
    {
        "abstractmethod",
        "cached_property",
        "classmethod",
        "deprecated",
        "final",
        "overload",
        "override",
        "property",
        "staticmethod",
    }
)


class Member(Struct):
    """One name in a class body. `function` or `attribute` is set; an attribute may have documentation below it."""

    name: str
    module: Module
    function: Function | None = None
    attribute: ast.AnnAssign | ast.Assign | ast.ClassDef | None = None
    setter: Function | None = None
    overloads: list[Function] = field(default_factory=list["Function"])
    doc: str = ""

    @property
    def kind(self) -> str:
        """`property`, `classmethod`, `staticmethod`, `method` or `attribute`."""
        if self.function is None:
            return "attribute"
        names = decorator_names(self.function)
        if "cached_property" in names:
            return "property"
        return next((name for name in ("property", "classmethod", "staticmethod") if name in names), "method")

    @property
    def public(self) -> bool:
        """Whether the name is public. Dunder names are, and those that notebooks look for (`_repr_html_`)."""
        return not self.name.startswith("_") or (self.name.endswith("_") and len(self.name) > 2)


def decorator_names(function: Function) -> list[str]:
    """Bare names of the decorators (`typing.overload` and `overload` are the same)."""
    return [
        ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2]
        for decorator in function.decorator_list
    ]


def class_members(module: Module, node: ast.ClassDef) -> dict[str, Member]:
    """What a class body defines, in order."""
    members: dict[str, Member] = {}
    overloads: dict[str, list[Function]] = {}
    previous: Member | None = None
    for statement in node.body:
        current: Member | None = None
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if is_overload(statement):
                overloads.setdefault(statement.name, []).append(statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _add_function(module, members, statement)
            case ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)]):
                current = members[name] = Member(name, module, attribute=statement)
            case ast.ClassDef(name=name):
                members[name] = Member(name, module, attribute=statement)
            case ast.Expr(ast.Constant(str() as text)) if previous:
                previous.doc = text
            case _:
                pass
        previous = current
    for name, forms in overloads.items():
        if name in members:
            members[name].overloads = forms
    return members


def _add_function(module: Module, members: dict[str, Member], function: Function) -> None:
    names = decorator_names(function)
    if "setter" in names and function.name in members:
        members[function.name].setter = function
        return
    member = Member(function.name, module, function=function)
    unknown = [name for name in names if name not in _KNOWN_DECORATORS]
    if unknown and member.public:
        raise FaceError(
            f"{module.place(function)}: {function.name} has the decorator @{unknown[0]}, whose effect is not known"
        )
    members[function.name] = member


def all_members(source: FaceSource, module: Module, node: ast.ClassDef, stop: frozenset[Origin]) -> dict[str, Member]:
    """Members of a class and of its bases that can be read, the nearest first; bases in `stop` are left out."""
    members = class_members(module, node)
    for _, origin in source.bases(module, node):
        found = source.definition(origin) if origin and origin not in stop else None
        if found and isinstance(found[1], ast.ClassDef):
            for name, member in all_members(source, found[0], found[1], stop).items():
                members.setdefault(name, member)
    return members


def assigned_attributes(members: dict[str, Member]) -> Iterator[tuple[str, Member, ast.AST]]:
    """Public attributes that methods assign on their first parameter."""
    for member in members.values():
        if member.function is None or member.kind != "method" or not member.function.args.args:
            continue
        receiver = member.function.args.args[0].arg
        for part in ast.walk(member.function):
            match part:
                case ast.Attribute(value=ast.Name(holder), attr=name, ctx=ast.Store()) if holder == receiver:
                    if not name.startswith("_"):
                        yield name, member, part
                case _:
                    pass


def yields(function: Function) -> bool:
    """Whether a function is a generator (a `yield` of its own, not of a function inside it)."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(part))
    return False
