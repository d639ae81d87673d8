"""The constructor that a dataclass gets."""

from __future__ import annotations

import ast

from .members import Member
from .source import FaceError, Module

__all__ = ["dataclass_constructor"]

_HARMLESS = frozenset("eq frozen match_args order repr slots unsafe_hash weakref_slot".split())


def dataclass_constructor(module: Module, node: ast.ClassDef, members: dict[str, Member]) -> Member | None:
    """The `__init__` that a dataclass gets from its fields; None for a class that has its own, or is none.

    Raises:
        FaceError: a field or option has an effect that is not known here.
    """
    found = next((each for each in node.decorator_list if _bare(each) == "dataclass"), None)
    if found is None or "__init__" in members:
        return None
    options = found.keywords if isinstance(found, ast.Call) else []
    unknown = [option.arg for option in options if option.arg not in _HARMLESS]
    if unknown or any(_bare(base) not in {"Generic", "Protocol"} for base in node.bases):
        raise FaceError(f"{module.place(node)}: the constructor of this dataclass is not known; write its __init__")
    parameters = [ast.arg("self")]
    defaults: list[ast.expr] = []
    for member in members.values():
        field = member.attribute
        if not isinstance(field, ast.AnnAssign) or _bare(field.annotation) == "ClassVar":
            continue
        if isinstance(field.value, ast.Call):
            raise FaceError(f"{module.place(field)}: this field has no plain default; write an __init__")
        parameters.append(ast.arg(member.name, field.annotation))
        if field.value is not None:
            defaults.append(field.value)
    arguments = ast.arguments(
        posonlyargs=[], args=parameters, vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=defaults
    )
    function = ast.FunctionDef(
        name="__init__", args=arguments, body=[ast.Pass()], decorator_list=[], returns=ast.Constant(None)
    )
    return Member("__init__", module, function=ast.copy_location(function, node))


def _bare(node: ast.expr) -> str:
    """The last part of a name, without what is called or indexed."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return ast.unparse(node).rpartition(".")[2]
