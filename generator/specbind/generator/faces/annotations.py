"""Annotations of the async source in their synchronous form, and how values cross between the two sides."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .source import FaceError, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .imports import Imports
    from .source import FaceSource, Module

__all__ = ["Annotations", "arguments_of", "members_of", "unquoted"]

_ITERATION = {"AsyncIterator": "Iterator", "AsyncIterable": "Iterable", "AsyncGenerator": "Iterator"}
_AWAITABLE = ("Awaitable", "Coroutine")
_ASYNC = frozenset({*_ITERATION, *_AWAITABLE})
_TYPING = frozenset({"typing", "typing_extensions", "collections.abc", "collections", "contextlib", "builtins"})


class Annotations:
    """Reads and writes annotations. `faces` maps the origin of each wrapped class to its name in the face module."""

    def __init__(self, source: FaceSource, faces: Mapping[Origin, str], imports: Imports) -> None:
        self.source = source
        self.faces = faces
        self._imports = imports

    # reading ---------------------------------------------------------------------------------------------------------

    def returned(self, module: Module, node: ast.expr) -> tuple[ast.expr, bool, bool]:
        """What a call gives in the end, whether it has to be awaited, and whether it is iterated asynchronously."""
        node = unquoted(node)
        awaited = self.special(module, node) in _AWAITABLE and isinstance(node, ast.Subscript)
        if awaited and isinstance(node, ast.Subscript):
            node = unquoted(arguments_of(node)[-1])
        return node, awaited, self.special(module, node) in _ITERATION

    def is_class_variable(self, module: Module, node: ast.expr) -> bool:
        """Whether an annotation is `ClassVar[...]`."""
        return self.special(module, unquoted(node)) == "ClassVar"

    def is_type_alias(self, module: Module, node: ast.expr) -> bool:
        """Whether an annotation is `TypeAlias`."""
        return self.special(module, unquoted(node)) == "TypeAlias"

    def is_final(self, module: Module, node: ast.expr) -> bool:
        """Whether an annotation is `Final[...]`."""
        return self.special(module, unquoted(node)) == "Final"

    def stored_type(self, module: Module, node: ast.expr) -> ast.expr:
        """The type of a declared attribute, without Final."""
        node = unquoted(node)
        return node.slice if self.is_final(module, node) and isinstance(node, ast.Subscript) else node

    def untyped_callable(self) -> str:
        """`Callable[..., Any]` as the face module names it."""
        anything = self._imports.use(Origin("typing", "Any"))
        return f"{self._imports.use(Origin('collections.abc', 'Callable'))}[..., {anything}]"

    def decorator(self, name: str) -> str:
        """A decorator by its local name."""
        return self._imports.use(Origin("typing", name), typing_only=False) if name == "overload" else name

    def special(self, module: Module, node: ast.expr) -> str:
        """The bare name of something of typing, collections.abc or the builtins (`Callable`, `list`); else empty."""
        if isinstance(node, ast.Subscript):
            node = node.value
        origin = self.source.expression_origin(module, node)
        if origin is None:
            return node.id if isinstance(node, ast.Name) else ""
        if origin.module in _TYPING:
            return origin.name or (node.attr if isinstance(node, ast.Attribute) else "")
        return ""

    def face(self, module: Module, node: ast.expr) -> str:
        """The face that an annotation names; empty if none."""
        if isinstance(node, ast.Subscript):
            node = node.value
        if self._holder(module, node):
            return ""  # a class inside of it, which is the same on both sides
        origin = self.source.expression_origin(module, node)
        return self.faces.get(origin, "") if origin else ""

    def _holder(self, module: Module, node: ast.expr) -> str:
        """The face inside of whose async class an annotation names something; empty if none."""
        return self.face(module, node.value) if isinstance(node, ast.Attribute) else ""

    def alias(self, module: Module, node: ast.expr) -> tuple[Module, ast.expr] | None:
        """What a type alias stands for, where it can be read."""
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        origin = self.source.expression_origin(module, node)
        found = self.source.definition(origin) if origin else None
        match found:
            case (where, ast.Assign(value=value)) if not isinstance(value, ast.Call):
                return where, unquoted(value)
            case (where, ast.AnnAssign(value=ast.expr() as value)):
                return where, unquoted(value)
            case _:
                return None

    def mentions(
        self,
        module: Module,
        node: ast.expr,
        wanted: frozenset[str] = frozenset(),
        _within: tuple[str, ...] = (),
    ) -> bool:
        """Whether an annotation names a face, or one of the `wanted` typing names, also through aliases."""
        node = unquoted(node)
        special = self.special(module, node)
        if self.face(module, node) or special in wanted:
            return True
        if special == "Literal":
            return False
        if alias := self.alias(module, node):
            name = ast.unparse(node)  # an alias may stand for itself inside a list
            return name not in _within and self.mentions(*alias, wanted, (*_within, name))
        return any(self.mentions(module, child, wanted, _within) for child in _children(node))

    def has_sync_form(self, module: Module, node: ast.expr) -> bool:
        """Whether a caller without an event loop can give this parameter: no alternative of it is async only."""
        node = unquoted(node)
        if self.is_callable(module, node) or not self.mentions_async(module, node):
            return True
        if alias := self.alias(module, node):
            return self.has_sync_form(*alias)
        members = members_of(node)
        kept = [member for member in members if not self.mentions_async(module, member)]
        return bool(kept) and ast.unparse(self._sync_union(module, kept)) == ast.unparse(
            self._sync_union(module, members)
        )

    def mentions_async(self, module: Module, node: ast.expr) -> bool:
        """Whether an annotation names an awaitable or an async iterator."""
        return self.special(module, unquoted(node)) in _ASYNC or any(
            self.mentions_async(module, child) for child in _children(unquoted(node))
        )

    def is_callable(self, module: Module, node: ast.expr) -> bool:
        """Whether a parameter is a callable, possibly optional."""
        node = unquoted(node)
        if self.special(module, node) == "Callable":
            return True
        if alias := self.alias(module, node):
            return self.is_callable(*alias)
        return any(self.is_callable(module, member) for member in members_of(node) if member is not node)

    def accepts_async(self, module: Module, node: ast.expr) -> bool:
        """Whether a callable annotation allows a callable whose result is awaited."""
        node = unquoted(node)
        if self.special(module, node) == "Callable":
            if not isinstance(node, ast.Subscript):
                return True
            result = arguments_of(node)[-1]
            return self.special(module, result) in {"Any", "object"} or self.mentions(
                module, result, frozenset(_AWAITABLE)
            )
        if alias := self.alias(module, node):
            return self.accepts_async(*alias)
        return any(self.accepts_async(module, member) for member in members_of(node) if member is not node)

    # writing ---------------------------------------------------------------------------------------------------------

    def text(self, module: Module, node: ast.expr, *, typing_only: bool = True) -> str:
        """The synchronous annotation; every name in it is imported by the face module."""
        if not typing_only:
            self.default(module, node)
        return ast.unparse(self._sync(module, node))

    def _sync(self, module: Module, node: ast.expr) -> ast.expr:
        node = unquoted(node)
        if (members := members_of(node)) and len(members) > 1:
            return self._sync_union(module, members)
        special = self.special(module, node)
        if special in _AWAITABLE and isinstance(node, ast.Subscript):
            return self._sync(module, arguments_of(node)[-1])
        if special in _ITERATION:
            return self._sync_iteration(module, node, _ITERATION[special])
        if alias := self.alias(module, node):
            where, value = alias
            if self.mentions(where, value, _ASYNC):
                return self._sync(where, value)
        return self._rebuilt(module, node)

    def _rebuilt(self, module: Module, node: ast.expr) -> ast.expr:
        """The same annotation of synchronous parts."""
        face = self.face(module, node)
        match node:
            case ast.Attribute(attr=inner_class) if holder := self._holder(module, node):
                return ast.Attribute(ast.Name(holder), inner_class)
            case ast.Name() | ast.Attribute():
                return ast.Name(face) if face else self._named(module, node)
            case ast.Subscript(value, inner):
                kept = self.special(module, node) in {"Literal", "Annotated"}
                return ast.Subscript(
                    ast.Name(face) if face else self._named(module, value), inner if kept else self._sync(module, inner)
                )
            case ast.Tuple(elements):
                return ast.Tuple([self._sync(module, element) for element in elements])
            case ast.List(elements):
                return ast.List([self._sync(module, element) for element in elements])
            case ast.Constant():
                return node
            case _:
                raise FaceError(f"{module.place(node)}: unreadable annotation {ast.unparse(node)}")

    def _sync_union(self, module: Module, members: list[ast.expr]) -> ast.expr:
        """A union in its synchronous form, each alternative once."""
        written: dict[str, ast.expr] = {}
        for member in members:
            sync = self._sync(module, member)
            written.setdefault(ast.unparse(sync), sync)
        first, *rest = written.values()
        for member in rest:
            first = ast.BinOp(first, ast.BitOr(), member)
        return first

    def _sync_iteration(self, module: Module, node: ast.expr, name: str) -> ast.expr:
        local = ast.Name(self._imports.use(Origin("collections.abc", name)))
        if not isinstance(node, ast.Subscript):
            return local
        return ast.Subscript(local, self._sync(module, arguments_of(node)[0]))

    def iterated(self, module: Module, node: ast.expr | None) -> str:
        """What an asynchronous generator gives, as an annotation of a function that stays one."""
        name = self._imports.use(Origin("collections.abc", "AsyncIterator"))
        inner = arguments_of(node)[0] if isinstance(node, ast.Subscript) else ast.Name("object")
        return ast.unparse(ast.Subscript(ast.Name(name), self._sync(module, inner)))

    def _named(self, module: Module, node: ast.expr, *, typing_only: bool = True) -> ast.expr:
        """A dotted name whose first part is imported by the face module under a name that is free there."""
        if isinstance(node, ast.Attribute):
            return ast.Attribute(self._named(module, node.value, typing_only=typing_only), node.attr)
        if not isinstance(node, ast.Name):
            raise FaceError(f"{module.place(node)}: unreadable annotation {ast.unparse(node)}")
        origin = self.imported_from(module, node.id)
        return ast.Name(self._imports.use(origin, node.id, typing_only=typing_only)) if origin else node

    def imported_from(self, module: Module, name: str) -> Origin | None:
        """Where the face module imports a name from: whence the async module has it. None for builtins."""
        if name in module.definitions:
            public = self.source.module
            if name in public.imports and self.source.origin(public, name) == Origin(module.name, name):
                return Origin(public.name, name)
            return Origin(module.name, name)
        return module.imports.get(name)

    def default(self, module: Module, node: ast.expr) -> str:
        """A default value as source text; its names are imported at run time."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and not self.face(module, part):
                renamed = self._named(module, part, typing_only=False)
                if isinstance(renamed, ast.Name) and renamed.id != part.id:
                    raise FaceError(f"{module.place(node)}: two modules give the name {part.id} different meanings")
        return ast.unparse(node)


def unquoted(node: ast.expr) -> ast.expr:
    """An annotation that stands in quotes, parsed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def arguments_of(node: ast.Subscript) -> list[ast.expr]:
    """What stands between the brackets."""
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def members_of(node: ast.expr) -> list[ast.expr]:
    """The members of a union written with `|`, `Union` or `Optional`; a single one otherwise."""
    match node:
        case ast.BinOp(left, ast.BitOr(), right):
            return [*members_of(left), *members_of(right)]
        case ast.Subscript(ast.Name("Optional")):
            return [*members_of(node.slice), ast.Constant(None)]
        case ast.Subscript(ast.Name("Union")):
            return [member for argument in arguments_of(node) for member in members_of(argument)]
        case _:
            return [node]


def _children(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left, _, right):
            return [left, right]
        case ast.Subscript(value, ast.Tuple(elements)):
            return [value, *elements]
        case ast.Subscript(value, inner):
            return [value, inner]
        case ast.List(elements):
            return list(elements)
        case _:
            return []
