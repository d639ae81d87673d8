"""From an async module to the plan of its face: every name, signature and line decided."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from msgspec import Struct

from .annotations import Annotations
from .functions import Functions
from .imports import Imports
from .members import all_members, assigned_attributes
from .model import FaceClass, FacePlan
from .records import dataclass_constructor
from .source import FaceError, Origin
from .text import docstring, names, source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from specbind.generator.emit.text import Code

    from .members import Function, Member
    from .model import FaceFunction
    from .source import Definition, FaceSource, Module

__all__ = ["make_plan"]

_OWN_DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "all class_getitem copy deepcopy del eq getattr getstate hash init init_subclass match_args ne new "
        "reduce reduce_ex setstate slots"
    ).split()
)
"""Never forwarded: a face has its own, made from the async object's."""

_COLLECTION = {"get": "__getitem__", "count": "__len__", "contains": "__contains__"}
"""Async methods of a class with `async for` that are also a dunder of its face; `get` unless there is `lookup`."""

_SHOWN = {"describe": "__repr__", "describe_html": "_repr_html_", "key_completions": "_ipython_key_completions_"}
_ALWAYS = {"lookup": "__getitem__"} | _SHOWN
"""Async methods of any class that are also a dunder of its face."""

_MAPPING = frozenset(("__aiter__", "lookup", "get", "count", "contains", "keys", "values", "items"))
"""Members by which a face is a Mapping."""

_NEUTRAL_BASES = frozenset(
    (
        "ABC AbstractAsyncContextManager AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator "
        "Generic Protocol object"
    ).split()
)
"""Bases that bring no members of their own."""


class _Candidate(Struct):
    """A public class of the async module."""

    name: str
    origin: Origin
    module: Module
    node: ast.ClassDef


def make_plan(found: FaceSource, portal: str) -> FacePlan:
    """The face of `found`; `portal` is the module of `get_portal`. Raises FaceError if something has no face."""
    return _Planner(found, portal).plan()


class _Planner:
    def __init__(self, found: FaceSource, portal: str) -> None:
        self._source = found
        self._portal = portal
        self._public = found.module.public_names()
        self._faces: dict[Origin, str] = {}
        self._imports = Imports(found.name.partition(".")[0])
        self._imports.take(["_Face", "_FACES", "_restored"])
        self._annotations = Annotations(found, self._faces, self._imports)
        self._functions = Functions(self._annotations, found.name)

    def plan(self) -> FacePlan:
        candidates = self._in_order(self._find_faces())
        functions: dict[str, tuple[Module, Function]] = {}
        shared: list[str] = []
        for name in self._public:
            origin = self._origin(name)
            match self._source.definition(origin):
                case (module, (ast.FunctionDef() | ast.AsyncFunctionDef()) as node) if self._crosses(module, node):
                    functions[name] = module, node
                case found if origin not in self._faces and not (found and self._crosses(*found)):
                    shared.append(name)
                case _:
                    pass
        self._import_fixed([*self._faces.values(), *functions], shared)
        classes = [self._class(candidate) for candidate in candidates]
        written = [
            part for name, (module, node) in functions.items() for part in self._module_function(name, module, node)
        ]
        return FacePlan(
            module=source(self._source.name),
            doc=source(f'"""The synchronous face of `{self._source.name}`: the same names, and calls that block."""'),
            imports=[source(line) for line in self._imports.lines(typing_only=False)],
            typing_imports=[source(line) for line in self._imports.lines(typing_only=True)],
            exports=names(self._public),
            functions=written,
            classes=classes,
            hierarchy=any(face.derived for face in classes),
        )

    def _import_fixed(self, own: list[str], shared: list[str]) -> None:
        """Names that every face has, and those of the async module that are the same on both sides."""
        self._imports.take(own)
        self._imports.use(Origin(self._source.name), "_aio", typing_only=False)
        self._imports.use(Origin(self._portal, "get_portal"), typing_only=False)
        self._imports.use(Origin("typing", "TYPE_CHECKING"), typing_only=False)
        for name in shared:
            origin = self._annotations.imported_from(self._source.module, name)
            self._imports.use(origin or Origin(self._source.name, name), name, typing_only=False)
        for name in ("Any", "ClassVar", "Self"):
            self._imports.use(Origin("typing", name))

    def _origin(self, name: str) -> Origin:
        return self._source.origin(self._source.module, name) or Origin(self._source.name, name)

    # which classes get a face ----------------------------------------------------------------------------------------

    def _find_faces(self) -> list[_Candidate]:
        """Classes that are async, derive from one, or have one in their public surface."""
        waiting: list[_Candidate] = []
        for name in self._public:
            origin = self._origin(name)
            match self._source.definition(origin):
                case (module, ast.ClassDef() as node):
                    waiting.append(_Candidate(name, origin, module, node))
                case _:
                    pass
        chosen: list[_Candidate] = []
        while fresh := [candidate for candidate in waiting if self._is_async(candidate)]:
            for candidate in fresh:
                self._refuse_foreign_bases(candidate)
                self._faces[candidate.origin] = candidate.name
            chosen.extend(fresh)
            waiting = [candidate for candidate in waiting if candidate not in fresh]
        return chosen

    def _is_async(self, candidate: _Candidate) -> bool:
        if any(True for _ in self._faced_bases(candidate.module, candidate.node, set(self._faces))):
            return True
        for member in self._members(candidate).values():
            if member.public and (isinstance(member.function, ast.AsyncFunctionDef) or self._member_crosses(member)):
                return True
        return False

    def _member_crosses(self, member: Member) -> bool:
        if member.function is not None:
            return member.name not in {"__eq__", "__ne__"} and self._crosses(member.module, member.function)
        if isinstance(member.attribute, ast.AnnAssign):
            return self._annotations.mentions(member.module, member.attribute.annotation)
        return False

    def _crosses(self, module: Module, node: Definition) -> bool:
        """Whether something needs a synchronous form: it is async, or an annotation of it names a face."""
        match node:
            case ast.AsyncFunctionDef():
                return True
            case ast.FunctionDef():
                if node.returns is not None and self._annotations.mentions_async(module, node.returns):
                    return True
                return any(self._annotations.mentions(module, annotation) for annotation in _annotations_of(node))
            case ast.AnnAssign(value=ast.expr() as value) | ast.Assign(value=value):
                is_type = isinstance(value, (ast.BinOp, ast.Subscript, ast.Name))
                if is_type and self._annotations.mentions(module, value):
                    raise FaceError(
                        f"{module.place(node)}: a public name stands for async classes; faces cannot share it"
                    )
                return False
            case _:
                return False

    def _refuse_foreign_bases(self, candidate: _Candidate) -> None:
        """A base that cannot be read could bring members that the face would lose."""
        for base, origin in self._source.bases(candidate.module, candidate.node):
            known = origin is None or self._source.definition(origin) is not None
            name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base).rpartition(".")[2]
            if name in _NEUTRAL_BASES or (known and origin is not None):
                continue
            raise FaceError(
                f"{candidate.module.place(candidate.node)}: class {candidate.name} is async or names async classes, "
                f"and its base {name} has no synchronous form"
            )

    def _in_order(self, candidates: list[_Candidate]) -> list[_Candidate]:
        """Bases before the classes that derive from them, else by name."""
        by_origin = {candidate.origin: candidate for candidate in sorted(candidates, key=lambda item: item.name)}
        ordered: dict[Origin, _Candidate] = {}

        def visit(candidate: _Candidate) -> None:
            for _, _, origin in self._faced_bases(candidate.module, candidate.node, set(by_origin)):
                if origin not in ordered:
                    visit(by_origin[origin])
            ordered[candidate.origin] = candidate

        for candidate in by_origin.values():
            visit(candidate)
        return list(ordered.values())

    def _faced_bases(
        self, module: Module, node: ast.ClassDef, faced: Collection[Origin]
    ) -> Iterator[tuple[Module, ast.expr, Origin]]:
        """The nearest bases that have a face, also behind bases that have none."""
        for base, origin in self._source.bases(module, node):
            if origin is None:
                continue
            if origin in faced:
                yield module, base, origin
                continue
            match self._source.definition(origin):
                case (where, ast.ClassDef() as found):
                    yield from self._faced_bases(where, found, faced)
                case _:
                    pass

    # one class -------------------------------------------------------------------------------------------------------

    def _members(self, candidate: _Candidate) -> dict[str, Member]:
        return all_members(self._source, candidate.module, candidate.node, frozenset(self._faces))

    def _class(self, candidate: _Candidate) -> FaceClass:
        members = self._members(candidate)
        inherited = all_members(self._source, candidate.module, candidate.node, frozenset())
        self._refuse_undeclared(inherited)
        bases, derived = self._bases(candidate)
        constants: list[Code] = []
        made = inherited.get("__init__") or dataclass_constructor(candidate.module, candidate.node, inherited)
        functions = [self._functions.constructor(candidate.name, made)]
        shown = {name for method, name in _SHOWN.items() if _is_async(members.get(method))}
        for member in members.values():
            if member.public and member.name not in _OWN_DUNDERS:
                if member.name in shown:
                    continue
                if constant := self._constant(candidate.name, member):
                    constants.append(constant)
                    if member.doc:
                        constants.append(docstring(member.doc, self._source.name, 4))
                else:
                    functions.extend(self._member(candidate.name, member, members))
        for member in inherited.values():
            if member.public and member.name not in members and member.kind in {"classmethod", "staticmethod"}:
                functions.extend(self._functions.method(member, candidate.name))
        parameters = [ast.unparse(base.slice) for base in candidate.node.bases if _is_generic(base)]
        held = f"_aio.{candidate.name}" + (f"[{parameters[0]}]" if parameters else "")
        return FaceClass(
            name=source(candidate.name),
            bases=source(", ".join(bases)),
            held=source(held),
            doc=docstring(
                ast.get_docstring(candidate.node) or f"`{candidate.name}`, synchronous.", self._source.name, 4
            ),
            constants=constants,
            functions=functions,
            derived=derived,
            mapping=self._mapping(inherited),
        )

    def _bases(self, candidate: _Candidate) -> tuple[list[str], bool]:
        faces = [
            self._annotations.text(module, base)
            for module, base, _ in self._faced_bases(candidate.module, candidate.node, set(self._faces))
        ]
        faces = list(dict.fromkeys(faces))
        others = [
            self._annotations.text(candidate.module, base, typing_only=False)
            for base, _ in self._source.bases(candidate.module, candidate.node)
            if _is_generic(base)
        ]
        return [*(faces or ["_Face"]), *others], bool(faces)

    def _refuse_undeclared(self, members: dict[str, Member]) -> None:
        for name, member, place in assigned_attributes(members):
            if name not in members:
                raise FaceError(
                    f"{member.module.place(place)}: attribute {name} is not declared in the class body; "
                    f"write `{name}: <type>` there, or give it a leading underscore"
                )

    def _constant(self, owner: str, member: Member) -> Code | None:
        """A class attribute, shared with the async class; None for anything else."""
        match member.attribute:
            case ast.AnnAssign(annotation=annotation) if self._annotations.is_type_alias(member.module, annotation):
                return self._alias(owner, member)
            case ast.ClassDef():
                return self._alias(owner, member)
            case ast.AnnAssign(annotation=annotation) if self._annotations.is_class_variable(member.module, annotation):
                text = self._annotations.text(member.module, annotation)
                return source(f"{member.name}: {text} = _aio.{owner}.{member.name}")
            case ast.AnnAssign(annotation=annotation, value=ast.expr()) if self._annotations.is_final(
                member.module, annotation
            ):
                return source(f"{member.name} = _aio.{owner}.{member.name}")
            case ast.Assign():
                return source(f"{member.name} = _aio.{owner}.{member.name}")
            case _:
                return None

    def _alias(self, owner: str, member: Member) -> Code:
        """A class inside of the class; said so, since checkers take it for a variable else."""
        kind = self._imports.use(Origin("typing", "TypeAlias"))
        return source(f"{member.name}: {kind} = _aio.{owner}.{member.name}")

    def _member(self, owner: str, member: Member, members: dict[str, Member]) -> Iterator[FaceFunction]:
        if isinstance(member.attribute, ast.AnnAssign):
            yield from self._functions.attribute(member, member.attribute)
        elif member.kind == "property":
            yield from self._functions.property(member)
        elif member.name in {"__aenter__", "__aexit__", "__aiter__", "__anext__"}:
            yield self._functions.protocol(member)
        else:
            yield from self._functions.method(member, owner)
            yield from self._dunders(member, members)

    def _dunders(self, member: Member, members: dict[str, Member]) -> Iterator[FaceFunction]:
        """The dunders that an async method is as well."""
        if not _is_async(member):
            return
        section = members.get("section")
        if member.name == "lookup" and section is not None and _is_async(section):
            yield from self._functions.subscript(member, section)
        elif member.name in _ALWAYS:
            yield self._functions.dunder(member, _ALWAYS[member.name])
        elif member.name == "get" and _is_async(members.get("lookup")):
            return
        elif "__aiter__" in members and member.name in _COLLECTION:
            yield self._functions.dunder(member, _COLLECTION[member.name])

    def _mapping(self, members: dict[str, Member]) -> Code:
        """What a class that has all members of a Mapping is registered with; else empty."""
        if not members.keys() >= _MAPPING:
            return source("")
        mapping = self._imports.use(Origin("collections.abc", "Mapping"), typing_only=False)
        cast = self._imports.use(Origin("typing", "cast"), typing_only=False)
        # checkers do not know that Mapping has `register`
        return source(f'{cast}("{self._imports.use(Origin("abc", "ABCMeta"))}", {mapping})')

    def _module_function(self, name: str, module: Module, node: Function) -> Iterator[FaceFunction]:
        return self._functions.function(name, module, node, module.overloads.get(node.name, []))


def _is_async(member: Member | None) -> bool:
    return member is not None and isinstance(member.function, ast.AsyncFunctionDef)


def _annotations_of(node: Function) -> Iterator[ast.expr]:
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns


def _is_generic(base: ast.expr) -> TypeGuard[ast.Subscript]:
    return isinstance(base, ast.Subscript) and ast.unparse(base.value).rpartition(".")[2] == "Generic"
