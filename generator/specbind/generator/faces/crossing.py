"""How values cross between a face and the async object behind it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec import Struct

from .annotations import arguments_of, members_of, unquoted
from .source import FaceError

if TYPE_CHECKING:
    from .annotations import Annotations
    from .source import Module

__all__ = ["Crossing"]

_SELF = frozenset({"Self"})
_ITERATORS = ("Iterator", "AsyncIterator", "AsyncIterable", "AsyncGenerator")
_SEQUENCES = ("list", "Sequence", "MutableSequence", "Iterable", "Collection")
_SETS = ("set", "frozenset", "Set")
_MAPPINGS = ("dict", "Mapping", "MutableMapping")
_WRAPPERS = ("Optional", "ClassVar", "Final", "Annotated")


class _Way(Struct, frozen=True):
    """How one object crosses: as a face by name, as the owner's own type, and the class that tells it in a union."""

    face: str
    own: str
    kind: str

    def cross(self, face: str, value: str) -> str:
        return (self.own if face == "Self" else self.face).format(face=face, value=value)


def _has_async_methods(node: ast.ClassDef) -> bool:
    return any(isinstance(part, ast.AsyncFunctionDef) and not part.name.startswith("_") for part in node.body)


class Crossing:
    """Writes the expressions that wrap results and unwrap arguments."""

    def __init__(self, annotations: Annotations) -> None:
        self._annotations = annotations

    def outward(self, module: Module, node: ast.expr, value: str, owner: str = "self") -> str:
        """The expression that turns async `value` into what a caller of the face gets; `value` itself if the same.

        `owner` is `self` or `cls` and makes what is annotated as Self.
        """
        self._refuse_hidden(module, node)
        wrap = "self._same({value})" if owner == "self" else "cls._wrap({value})"
        return self._convert(module, node, value, _Way("{face}._wrap({value})", wrap, "_aio.{face}"))

    def _refuse_hidden(self, module: Module, node: ast.expr) -> None:
        """An async class without a face must not reach a caller."""
        known = self._annotations
        for part in ast.walk(unquoted(node)):
            if not isinstance(part, (ast.Name, ast.Attribute)):
                continue
            origin = known.source.expression_origin(module, part)
            found = known.source.definition(origin) if origin and origin not in known.faces else None
            if found and isinstance(found[1], ast.ClassDef) and _has_async_methods(found[1]):
                raise FaceError(
                    f"{module.place(node)}: {found[1].name} is async and has no face; "
                    f"make it public in {known.source.name}"
                )

    def inward(self, module: Module, node: ast.expr, value: str) -> str:
        """The expression that turns a caller's `value` into what the async side takes; `value` itself if the same."""
        return self._convert(module, node, value, _Way("{value}._async", "{value}._async", "{face}"))

    def _convert(self, module: Module, node: ast.expr, value: str, way: _Way) -> str:
        node = unquoted(node)
        if not self._annotations.mentions(module, node, _SELF):
            return value
        if alias := self._annotations.alias(module, node):
            return self._convert(*alias, value, way)
        if face := self._crossing(module, node):
            return way.cross(self._exact(module, node, face), value)
        if (members := members_of(node)) and len(members) > 1:
            return self._convert_union(module, members, value, way)
        return self._convert_container(module, node, value, way)

    def _exact(self, module: Module, node: ast.expr, face: str) -> str:
        """A face with the type arguments it was annotated with, else checkers take them for unknown."""
        return self._annotations.text(module, node, typing_only=False) if isinstance(node, ast.Subscript) else face

    def _crossing(self, module: Module, node: ast.expr) -> str:
        """The face that an annotation names, also as Self."""
        return "Self" if self._annotations.special(module, node) == "Self" else self._annotations.face(module, node)

    def _convert_union(self, module: Module, members: list[ast.expr], value: str, way: _Way) -> str:
        faces = [member for member in members if self._crossing(module, member)]
        rest = [member for member in members if not _is_none(member) and not self._crossing(module, member)]
        last = value
        if any(self._annotations.mentions(module, member, _SELF) for member in rest):
            if len(rest) == 1 and not faces:
                return f"None if {value} is None else {self._convert(module, rest[0], value, way)}"
            if len(rest) > 1 or any(_is_none(member) for member in members):
                raise FaceError(
                    f"{module.place(members[0])}: a union of containers of async objects cannot be converted"
                )
            last = self._convert(module, rest[0], value, way)  # what is none of the faces is the container
        if len(faces) == 1 and not rest:
            return f"None if {value} is None else {self._convert(module, faces[0], value, way)}"
        if any(self._crossing(module, member) == "Self" for member in faces):
            raise FaceError(f"{module.place(members[0])}: Self in a union with other types; name the class instead")
        text = last
        for member in reversed(faces):
            kind = way.kind.format(face=self._crossing(module, member))
            text = f"{self._convert(module, member, value, way)} if isinstance({value}, {kind}) else {text}"
        return text

    def _convert_container(self, module: Module, node: ast.expr, value: str, way: _Way) -> str:
        special = self._annotations.special(module, node)
        if not isinstance(node, ast.Subscript):
            raise FaceError(f"{module.place(node)}: async objects inside {ast.unparse(node)} cannot be converted")
        arguments = arguments_of(node)
        if special in _ITERATORS:
            return f"({self._convert(module, arguments[0], 'item', way)} for item in {value})"
        if special in _SEQUENCES:
            return f"[{self._convert(module, arguments[0], 'item', way)} for item in {value}]"
        if special in _SETS:
            return f"{{{self._convert(module, arguments[0], 'item', way)} for item in {value}}}"
        if special in _MAPPINGS and not self._annotations.mentions(module, arguments[0], _SELF):
            return f"{{key: {self._convert(module, arguments[1], 'item', way)} for key, item in {value}.items()}}"
        if special == "tuple":
            if len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is ...:
                return f"tuple({self._convert(module, arguments[0], 'item', way)} for item in {value})"
            items = [self._convert(module, part, f"{value}[{at}]", way) for at, part in enumerate(arguments)]
            return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
        if special in _WRAPPERS:
            return self._convert(module, arguments[0], value, way)
        raise FaceError(f"{module.place(node)}: async objects inside {ast.unparse(node)} cannot be converted")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
