"""Synchronous functions that stand for those of an async class or module."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from msgspec import structs

from specbind.generator.emit.text import Code, code

from .annotations import unquoted
from .crossing import Crossing
from .members import decorator_names, yields
from .model import FaceFunction
from .source import FaceError
from .text import docstring, source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .annotations import Annotations
    from .members import Function, Member
    from .source import Module

__all__ = ["Functions"]

_RENAMED = {"__aenter__": "__enter__", "__aexit__": "__exit__", "__aiter__": "__iter__", "__anext__": "__next__"}
_VALUE = "<value>"  # stands for a value until its expression is known; no Python text contains it


class Functions:
    """Writes the functions of a face; `module` is the async module's name, for docstrings."""

    def __init__(self, annotations: Annotations, module: str) -> None:
        self._annotations = annotations
        self._crossing = Crossing(annotations)
        self._module = module

    # class members ---------------------------------------------------------------------------------------------------

    def constructor(self, owner: str, init: Member | None) -> FaceFunction:
        """`__init__` with the same signature, which makes the async object."""
        if init is None or init.function is None:
            return FaceFunction(
                name=code("__init__"),
                parameters=code("self"),
                returns=code("None"),
                body=[source(f"self._async = _aio.{owner}()")],
                decorators=[],
                doc=code(""),
            )
        call = self._call(init.module, init.function, f"_aio.{owner}", skip=1)
        return self._made(init.module, init.function, "__init__", [source(f"self._async = {call}")])

    def attribute(self, member: Member, node: ast.AnnAssign) -> Iterator[FaceFunction]:
        """A property, readable and (unless Final) writable, for an attribute declared in the class body."""
        annotation = self._annotations.stored_type(member.module, node.annotation)
        yield FaceFunction(
            name=source(member.name),
            parameters=code("self"),
            returns=source(self._annotations.text(member.module, annotation)),
            body=self._result(member.module, annotation, f"self._async.{member.name}", ()),
            decorators=[code("property")],
            doc=self._doc(member.doc),
        )
        if not self._annotations.is_final(member.module, node.annotation):
            yield self._setter(member.module, member.name, annotation)

    def _setter(self, module: Module, name: str, annotation: ast.expr) -> FaceFunction:
        value = self._crossing.inward(module, annotation, "value")
        return FaceFunction(
            name=source(name),
            parameters=source(f"self, value: {self._annotations.text(module, annotation)}"),
            returns=code("None"),
            body=[source(f"self._async.{name} = {value}")],
            decorators=[source(f"{name}.setter")],
            doc=code(""),
        )

    def property(self, member: Member) -> Iterator[FaceFunction]:
        """A property of the async class; one that gives an awaitable is awaited."""
        function = _function(member)
        body = self._body(member.module, function, f"self._async.{member.name}")
        yield self._made(member.module, function, member.name, body, ["property"])
        if member.setter is not None:
            parameter = member.setter.args.args[1].annotation or ast.Name("object")
            yield self._setter(member.module, member.name, parameter)

    def protocol(self, member: Member) -> FaceFunction:
        """`async with` and `async for` as `with` and `for`."""
        function = _function(member)
        body = self._body(
            member.module, function, self._call(member.module, function, f"self._async.{member.name}", skip=1)
        )
        if member.name == "__anext__":
            kept = [source(f"    {line}") for line in body]
            body = [code("try:"), *kept, code("except StopAsyncIteration:"), code("    raise StopIteration from None")]
        return self._made(member.module, function, _RENAMED[member.name], body)

    def method(self, member: Member, owner: str) -> Iterator[FaceFunction]:
        """A method of any kind, with its overloads."""
        function = _function(member)
        if stays_async(member):
            yield self._kept(member.module, function)
            return
        kind = member.kind
        decorators = [kind] if kind in {"classmethod", "staticmethod"} else []
        for form in member.overloads:
            yield self._made(member.module, form, member.name, [code("...")], ["overload", *decorators])
        holder = f"_aio.{owner}" if decorators else "self._async"
        target = f"{holder}.{member.name}"
        call = self._call(
            member.module, function, "call" if member.overloads else target, skip=0 if kind == "staticmethod" else 1
        )
        if member.overloads:
            body = self._dispatched(member.module, function, target, call)
        else:
            body = self._body(member.module, function, call, owner="cls" if kind == "classmethod" else "self")
        yield self._made(member.module, function, member.name, body, decorators)

    def _kept(self, module: Module, function: Function) -> FaceFunction:
        """A method whose name says that it is awaited on this side too; it runs in the portal, any loop may wait."""
        if self._annotations.mentions(module, function.returns or ast.Constant(None)):
            raise FaceError(f"{module.place(function)}: {function.name} stays async, and cannot give async objects")
        call = self._call(module, function, f"self._async.{function.name}", skip=1)
        made = self._made(module, function, function.name, [source(f"return await get_portal().later({call})")])
        if yields(function):
            body = [source(f"async for item in get_portal().each({call}):"), code("    yield item")]
            returns = source(self._annotations.iterated(module, function.returns))
            made = structs.replace(made, body=body, returns=returns)
        return structs.replace(made, is_async=True)

    def dunder(self, member: Member, name: str) -> FaceFunction:
        """A second name for an async method, with its required parameters only: `get` as `__getitem__`."""
        function = copy.deepcopy(_function(member))
        required = len(function.args.args) - len(function.args.defaults)
        function.args.args, function.args.defaults = function.args.args[:required], []
        function.args.kwonlyargs, function.args.kw_defaults = [], []
        call = self._call(member.module, function, f"self._async.{member.name}", skip=1)
        return self._made(member.module, function, name, self._body(member.module, function, call))

    def subscript(self, lookup: Member, section: Member) -> Iterator[FaceFunction]:
        """`x[key]` by `lookup`, and `x[a:b]` by `section`."""
        forms = [self._subscript_form(member) for member in (lookup, section)]
        overload = [source(self._annotations.decorator("overload"))]
        for parameter, returns in forms:
            yield _subscript(f"key: {parameter}", returns, [code("...")], overload)
        body = [
            code("if isinstance(key, slice):"),
            source(f"    return self.{section.name}(key)"),
            source(f"return self.{lookup.name}(key)"),
        ]
        parameters, results = (" | ".join(dict.fromkeys(texts)) for texts in zip(*forms, strict=True))
        doc = self._doc(ast.get_docstring(_function(lookup)) or "")
        yield _subscript(f"key: {parameters}", results, body, [], doc)

    def _subscript_form(self, member: Member) -> tuple[str, str]:
        """The annotation of the key, and what comes back for it."""
        function = _function(member)
        given = function.args.args[1:2]
        if not given or given[0].annotation is None:
            raise FaceError(f"{member.module.place(function)}: {member.name} takes one key with an annotation")
        return self._annotations.text(member.module, given[0].annotation), self._returns(member.module, function)

    # module functions ------------------------------------------------------------------------------------------------

    def function(self, name: str, module: Module, node: Function, overloads: list[Function]) -> Iterator[FaceFunction]:
        """A function of the async module."""
        for form in overloads:
            yield self._made(module, form, name, [code("...")], ["overload"], indent="")
        call = self._call(module, node, "call" if overloads else f"_aio.{name}", skip=0)
        body = self._dispatched(module, node, f"_aio.{name}", call) if overloads else self._body(module, node, call)
        yield self._made(module, node, name, body, indent="")

    # parts -----------------------------------------------------------------------------------------------------------

    def _made(
        self,
        module: Module,
        function: Function,
        name: str,
        body: list[Code],
        decorators: list[str] | None = None,
        indent: str = "    ",
    ) -> FaceFunction:
        written = [self._annotations.decorator(name) for name in decorators or []]
        for node, bare in zip(function.decorator_list, decorator_names(function), strict=True):
            if bare == "deprecated":
                written.append(self._annotations.default(module, node))
        is_overload = decorators is not None and "overload" in decorators
        return FaceFunction(
            name=source(name),
            parameters=source(ast.unparse(self._parameters(module, function))),
            returns=source(self._returns(module, function)),
            body=body,
            decorators=[source(text) for text in written],
            doc=code("") if is_overload else self._doc(ast.get_docstring(function) or "", len(indent) + 4),
            indent=source(indent),
        )

    def _doc(self, text: str, indent: int = 8) -> Code:
        return docstring(text, self._module, indent) if text else code("")

    def _returns(self, module: Module, function: Function) -> str:
        if function.returns is None:
            raise FaceError(f"{module.place(function)}: {function.name} has no return annotation")
        return self._annotations.text(module, function.returns)

    def _parameters(self, module: Module, function: Function) -> ast.arguments:
        """The same parameters, annotations in their synchronous form, defaults as they are."""
        parameters = copy.deepcopy(function.args)
        for argument in _arguments(parameters):
            if argument.annotation is None:
                continue
            if not self._annotations.has_sync_form(module, argument.annotation):
                raise FaceError(
                    f"{module.place(argument)}: parameter {argument.arg} of {function.name} takes async values only; "
                    "accept the plain form as well"
                )
            argument.annotation = ast.Name(self._annotations.text(module, argument.annotation))
        for default in (*parameters.defaults, *parameters.kw_defaults):
            if default is not None:
                self._annotations.default(module, default)
        return parameters

    def _call(self, module: Module, function: Function, target: str, *, skip: int) -> str:
        """The call of the async side with every argument handed on; the first `skip` parameters are the receiver."""
        parameters = function.args
        passed = [self._argument(module, item, function) for item in [*parameters.posonlyargs, *parameters.args][skip:]]
        if parameters.vararg is not None:
            passed.append("*" + self._repeated(module, parameters.vararg, "({} for item in {})"))
        passed.extend(f"{item.arg}={self._argument(module, item, function)}" for item in parameters.kwonlyargs)
        if parameters.kwarg is not None:
            passed.append("**" + self._repeated(module, parameters.kwarg, "{{key: {} for key, item in {}.items()}}"))
        return f"{target}({', '.join(passed)})"

    def _repeated(self, module: Module, argument: ast.arg, pattern: str) -> str:
        if argument.annotation is None:
            return argument.arg
        converted = self._crossing.inward(module, argument.annotation, "item")
        return argument.arg if converted == "item" else pattern.format(converted, argument.arg)

    def _argument(self, module: Module, argument: ast.arg, function: Function) -> str:
        annotation = argument.annotation
        if annotation is None:
            return argument.arg
        is_callable = self._annotations.is_callable(module, annotation)
        if not is_callable and not argument.arg.endswith("_callback"):
            return self._crossing.inward(module, annotation, argument.arg)
        if self._annotations.mentions(module, annotation):
            raise FaceError(
                f"{module.place(argument)}: callback {argument.arg} takes async objects; pass it plain values"
            )
        if is_callable and not self._annotations.accepts_async(module, annotation):
            raise FaceError(
                f"{module.place(argument)}: callback {argument.arg} of {function.name} must allow an awaitable result, "
                "so that it can run in the thread of a waiting caller"
            )
        wrapped = f"get_portal().callback({argument.arg})"
        if self._annotations.special(module, unquoted(annotation)) == "Callable":
            return wrapped  # never None, which a checker would be told by a question
        return f"None if {argument.arg} is None else {wrapped}"

    def _body(self, module: Module, function: Function, call: str, owner: str = "self") -> list[Code]:
        if function.returns is None:
            raise FaceError(f"{module.place(function)}: {function.name} has no return annotation")
        returns, awaited, iterated = self._annotations.returned(module, function.returns)
        if isinstance(function, ast.AsyncFunctionDef) and not yields(function):
            awaited = True
        if awaited:
            call = f"get_portal().run({call})"
        if iterated:
            call = f"get_portal().iterate({call})"
        taken = [argument.arg for argument in _arguments(function.args)]
        return self._result(module, returns, call, taken, owner)

    def _dispatched(self, module: Module, function: Function, target: str, call: str) -> list[Code]:
        """The body of an overloaded function. No one form takes what the implementation takes: the call is untyped."""
        if "call" in {argument.arg for argument in _arguments(function.args)}:
            raise FaceError(
                f"{module.place(function)}: the parameter call of overloaded {function.name} needs another name"
            )
        signature = self._annotations.untyped_callable()
        body = self._body(module, function, call)
        if len(body) == 1 and body[0].startswith("return get_portal()"):
            typed = f"result: {self._returns(module, function)} = {body[0].removeprefix('return ')}"
            body = [source(typed), code("return result")]
        return [source(f"call: {signature} = {target}"), *body]

    def _result(
        self, module: Module, returns: ast.expr, expression: str, taken: Collection[str], owner: str = "self"
    ) -> list[Code]:
        """Statements that give the value of `expression` back, wrapped where it is an async object."""
        converted = self._crossing.outward(module, returns, _VALUE, owner)
        if converted == _VALUE:
            gives_none = isinstance(returns, ast.Constant) and returns.value is None
            return [source(expression if gives_none else f"return {expression}")]
        if converted.count(_VALUE) == 1:
            return [source(f"return {converted.replace(_VALUE, expression)}")]
        local = "result"
        while local in taken:
            local += "_"
        return [source(f"{local} = {expression}"), source(f"return {converted.replace(_VALUE, local)}")]


def stays_async(member: Member) -> bool:
    """Whether a method is async in the face as well: official sync clients have such beside their blocking ones."""
    named = member.name.endswith("_async") and member.kind == "method"
    return named and isinstance(member.function, ast.AsyncFunctionDef)


def _subscript(
    parameter: str,
    returns: str,
    body: list[Code],
    decorators: list[Code],
    doc: Code = Code(""),  # noqa: B008 - frozen
) -> FaceFunction:
    return FaceFunction(
        name=code("__getitem__"),
        parameters=source(f"self, {parameter}, /"),
        returns=source(returns),
        body=body,
        decorators=decorators,
        doc=doc,
    )


def _function(member: Member) -> Function:
    if member.function is None:
        raise TypeError(f"{member.name} is not a function")
    return member.function


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*named, *(item for item in (arguments.vararg, arguments.kwarg) if item is not None)]
