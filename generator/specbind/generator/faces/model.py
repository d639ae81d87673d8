"""The plan of a face: frozen, all text decided."""

from __future__ import annotations

from msgspec import Struct

from specbind.generator.emit.text import Code

__all__ = ["FaceClass", "FaceFunction", "FacePlan"]


class FaceFunction(Struct, frozen=True):
    """One `def` (or `async def`), indented as a method or not at all. `doc` may be empty."""

    name: Code
    parameters: Code
    returns: Code
    body: list[Code]
    decorators: list[Code]
    doc: Code
    indent: Code = Code("    ")
    is_async: bool = False


class FaceClass(Struct, frozen=True):
    """One face. `held` is the type of the async object behind it; `derived` says that it has another face as base.

    `mapping` is the Mapping of the standard library where the face is one, else it is empty.
    """

    name: Code
    bases: Code
    held: Code
    doc: Code
    constants: list[Code]
    functions: list[FaceFunction]
    derived: bool
    mapping: Code


class FacePlan(Struct, frozen=True):
    """One face module."""

    module: Code
    doc: Code
    imports: list[Code]
    typing_imports: list[Code]
    exports: Code
    functions: list[FaceFunction]
    classes: list[FaceClass]
    hierarchy: bool
