"""The arguments of an operation in Python: names, annotations, samples, what their docstrings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import Code, Identifier, SpecText, code, identifier, join
from specbind.generator.ir.model import HttpBinding, Presence, Scalar, ScalarKind

from .docs import argument_entries, short_line
from .literals import docstring
from .names import value_name
from .operations import ModuleTypes, ordered_parameters
from .plan import ArgumentPlan
from .reserved import METHOD_ARGUMENTS

if TYPE_CHECKING:
    from specbind.generator.ir.model import Body, Operation, Parameter, Type

    from .context import Context

__all__ = ["Arguments", "method_doc"]

_ERRORS = {
    "400": "BadRequestError",
    "401": "UnauthorizedError",
    "403": "ForbiddenError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "422": "UnprocessableError",
    "429": "RateLimitError",
}


class Arguments:
    """The arguments of one operation, named once for the client's method and the server's."""

    def __init__(self, operation: Operation, context: Context) -> None:
        self.parameters = ordered_parameters(operation)
        self.body = operation.body

        def collided(wanted: str, given: str) -> None:
            text = f"an argument of {operation.id!r} is called {given}: {wanted} is taken"
            context.report(Finding.ARGUMENT_NAME, text, operation.source)

        scope = NameScope(METHOD_ARGUMENTS, collided)
        self.names = [scope.take(value_name(item.wire, "parameter_")) for item in self.parameters]
        self.body_name = scope.take(identifier("body")) if operation.body else None
        several = operation.body is not None and len(operation.body.payloads) > 1
        self.content_type_name = scope.take(identifier("content_type")) if several else None

    def all_names(self) -> list[Identifier]:
        """The names in the order of the argument tuple."""
        return self.names + [name for name in (self.body_name, self.content_type_name) if name]

    def keyword_names(self) -> list[Identifier]:
        """The names of the arguments that a server's method takes by keyword, in the same order."""
        found = [name for name, item in zip(self.names, self.parameters, strict=True) if item.location != "path"]
        return [*found, self.body_name] if self.body_name else found

    def plans(self, types: ModuleTypes, unset_type: Symbol) -> list[ArgumentPlan]:
        """Arguments with annotations: positional ones first, then required, then optional."""
        found = [
            self._parameter(name, item, types, unset_type)
            for name, item in zip(self.names, self.parameters, strict=True)
        ]
        if self.body is not None and self.body_name is not None:
            found.append(self._body(self.body_name, self.body, types, unset_type))
        if self.content_type_name is not None:
            text = types.scope.builtin("str")
            found.append(
                ArgumentPlan(
                    self.content_type_name,
                    join(" | ", [text, types.scope.use(unset_type)]),
                    required=False,
                    positional=False,
                    sample=code("..."),
                )
            )
        return sorted(found, key=lambda item: (not item.positional, not item.required))

    def _parameter(self, name: Identifier, item: Parameter, types: ModuleTypes, unset_type: Symbol) -> ArgumentPlan:
        positional = item.location == "path"
        required = positional or item.presence is Presence.REQUIRED
        annotation = types.annotation(item.type, also=() if required else (types.scope.use(unset_type),))
        return ArgumentPlan(name, annotation, required=required, positional=positional, sample=_sample(item.type))

    def _body(self, name: Identifier, body: Body, types: ModuleTypes, unset_type: Symbol) -> ArgumentPlan:
        annotation = types.body(body.payloads, also=() if body.required else (types.scope.use(unset_type),))
        return ArgumentPlan(name, annotation, required=body.required, positional=False, sample=code("..."))


def _sample(type_: Type) -> Code:
    """A value for the example in a README."""
    match type_:
        case Scalar(scalar=ScalarKind.STRING, format=""):
            return code('"text"')
        case Scalar(scalar=ScalarKind.BOOLEAN):
            return code("True")
        case Scalar(scalar=ScalarKind.INTEGER | ScalarKind.INT32 | ScalarKind.INT64):
            return code("1")
        case _:
            return code("...")


def method_doc(operation: Operation, arguments: Arguments, *, server: bool = False) -> Code:
    """The docstring of a method: what it does, its arguments, the errors that the spec declares."""
    binding = operation.binding
    line = f"{binding.method} {binding.path}" if isinstance(binding, HttpBinding) else binding.path
    head = operation.summary.strip() or short_line(operation.doc) or f"Call {operation.id}."
    sections: list[SpecText | Code] = [SpecText(head)]
    if operation.doc.strip() and operation.doc.strip() != head:
        sections.append(SpecText(operation.doc))
    sections.append(SpecText(f"{line}  (operation {operation.id})"))
    described: list[tuple[Code, Parameter | str]] = [
        (name, item) for name, item in zip(arguments.names, arguments.parameters, strict=True)
    ]
    if arguments.body is not None and arguments.body_name is not None:
        media = " or ".join(payload.media for payload in arguments.body.payloads)
        described.append((arguments.body_name, f"{arguments.body.doc.strip()}\nSent as {media}.".strip()))
    if arguments.content_type_name is not None and not server:
        described.append(
            (arguments.content_type_name, "Which of the media types to send. Default: the first that fits.")
        )
    if operation.servers and not server:
        sections.append(SpecText(f"Goes to {operation.servers[0].url} unless the client was given a base URL."))
    arguments_section = argument_entries("Args", described)
    if arguments_section:
        sections.append(arguments_section)
    errors = [] if server else _errors(operation)
    if errors:
        raised = argument_entries("Raises", errors)
        if raised:
            sections.append(raised)
    if operation.deprecated:
        sections.append(code("Deprecated."))
    return docstring(sections, 8)


def _errors(operation: Operation) -> list[tuple[Code, Parameter | str]]:
    found: list[tuple[Code, Parameter | str]] = []
    for response in operation.responses:
        if not response.error:
            continue
        name = _ERRORS.get(response.status, "ServerError" if response.status.startswith("5") else "StatusError")
        status = "any other status" if response.status == "default" else f"status {response.status}"
        found.append((identifier(name), f"{status}. {short_line(response.doc)}".strip()))
    return found
