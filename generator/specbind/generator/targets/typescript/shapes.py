"""Plans the types of an operation: its arguments by place, its body, its answers by status, what a call gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, SpecText, code, compose, join
from specbind.generator.ir.answers import answer_headers, answer_kind, body_kind, result_of
from specbind.generator.ir.media import VALUES, MediaKind
from specbind.generator.ir.model import NeverType, Presence
from specbind.generator.ir.services import ordered_parameters

from .docs import member_doc
from .literals import comment, literal_type, property_name
from .names import shape_name
from .plan import MemberPlan, SectionPlan, ShapePlan
from .types import STRING, UNDEFINED, UNKNOWN, TypeWriter, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.answers import Result
    from specbind.generator.ir.model import Body, Field, Operation, Parameter, Payload, Response, Type

    from .context import Context

__all__ = ["ShapePlanner"]

_SECTIONS = {"path": code("path"), "query": code("query"), "header": code("header"), "cookie": code("cookie")}
_STREAMS = {MediaKind.EVENTS: "EventStream", MediaKind.LINES: "LineStream", MediaKind.BINARY: "ByteStream"}
_CONTENT = code("Uint8Array")


class ShapePlanner:
    """Plans the types of the operations of one module.

    `named` prints a definition's name, `runtime` that of a type of the runtime; both import what they print.
    """

    def __init__(self, context: Context, named: Callable[[str], Code], runtime: Callable[[str], Code]) -> None:
        self._definitions = context.definitions
        self._runtime = runtime
        self._plain = TypeWriter(context.definitions, named)
        self._with_files = TypeWriter(context.definitions, named, lambda: runtime("Bytes"))

    def plan(self, operation: Operation, constant: Identifier) -> ShapePlan:
        """The types of one operation, whose descriptor is called `constant`."""
        result = result_of(operation)
        members = [
            *self._query_string(operation),
            *(self._body(operation.body) if operation.body else ()),
            MemberPlan(code("result"), self._result(result), optional=False),
            MemberPlan(code("error"), self._error(operation), optional=False),
        ]
        doc = comment([compose("Types of `{}`: its arguments, its answers by status, what a call gives.", constant)], 0)
        responses = tuple(
            MemberPlan(
                property_name(response.status),
                self._answer(response, result),
                optional=False,
                doc=_doc(response.doc, 4),
            )
            for response in operation.responses
        )
        return ShapePlan(shape_name(constant), doc, tuple(self._sections(operation)), tuple(members), responses)

    # --- arguments

    def _sections(self, operation: Operation) -> Iterable[SectionPlan]:
        parameters = ordered_parameters(operation)
        for location, name in _SECTIONS.items():
            members = tuple(self._member(item) for item in parameters if item.location == location)
            if members:
                yield SectionPlan(name, members, optional=all(member.optional for member in members))
        headers = tuple(self._member(field) for field in answer_headers(operation))
        if headers:
            yield SectionPlan(code("answerHeaders"), headers, optional=False)

    def _member(self, item: Parameter | Field) -> MemberPlan:
        required = item.presence is Presence.REQUIRED or getattr(item, "location", "") == "path"
        type_ = self._plain.annotation(item.type)
        return MemberPlan(property_name(item.wire), type_, optional=not required, doc=member_doc(item, 4))

    def _query_string(self, operation: Operation) -> Iterable[MemberPlan]:
        for item in operation.parameters:
            if item.location == "querystring":
                optional = item.presence is not Presence.REQUIRED
                yield MemberPlan(
                    code("queryString"), self._plain.annotation(item.type), optional, doc=member_doc(item, 2)
                )

    def _body(self, body: Body) -> Iterable[MemberPlan]:
        sent = join(" | ", union([member for payload in body.payloads for member in self._sent(payload)]))
        doc = _doc(body.doc, 2)
        yield MemberPlan(code("body"), sent, optional=not body.required, doc=doc)
        if len(body.payloads) > 1:
            medias = join(" | ", [literal_type(payload.media) for payload in body.payloads])
            yield MemberPlan(code("contentType"), medias, optional=True)

    def _sent(self, payload: Payload) -> list[Code]:
        match body_kind(payload):
            case MediaKind.TEXT:
                return [STRING]
            case MediaKind.BINARY:
                return [self._runtime("Bytes")]
            case MediaKind.LINES:
                item = self._with_files.annotation(payload.item or payload.type)
                return [compose("{}<{}>", self._runtime("Items"), item)]
            case _:
                return self._with_files.members(payload.type)

    # --- answers

    def _answer(self, response: Response, result: Result) -> Code:
        kinds = [(answer_kind(payload), payload) for payload in response.payloads]
        types = [_type(payload) for kind, payload in kinds if kind in VALUES]
        others = (self._other(kind, payload, result) for kind, payload in kinds if kind not in VALUES)
        return self._one_of(types, others) if kinds else UNDEFINED

    def _one_of(self, types: Sequence[Type], others: Iterable[Code]) -> Code:
        """A union of types and what `others` prints, which is not asked where any value may come."""
        found = self._plain.members(*types) if types else []
        return join(" | ", found if UNKNOWN in found else union([*found, *others]))

    def _other(self, kind: MediaKind, payload: Payload, result: Result) -> Code:
        """An answer that is no value of a declared type."""
        if kind is MediaKind.TEXT:
            return STRING
        if kind is MediaKind.BINARY and not result.streams:
            return _CONTENT
        return self._stream(kind, payload.item or payload.type)

    def _stream(self, kind: MediaKind, item: Type) -> Code:
        stream = self._runtime(_STREAMS[kind])
        return stream if kind is MediaKind.BINARY else compose("{}<{}>", stream, self._plain.annotation(item))

    def _result(self, result: Result) -> Code:
        given = ((result.text, STRING), (result.content, _CONTENT), (result.empty, UNDEFINED))
        plain = [type_ for wanted, type_ in given if wanted]
        streams = (self._stream(kind, item) for kind, item in result.streams)
        return self._one_of(result.types, (part for parts in (plain, streams) for part in parts))

    def _error(self, operation: Operation) -> Code:
        """The bodies of answers that a call raises; nothing is known of those that are not declared."""
        result = result_of(operation)
        failed = [(answer_kind(found), found) for item in operation.responses if item.error for found in item.payloads]
        types = [_type(payload) for kind, payload in failed if kind in VALUES]
        types += [
            payload.failure for item in operation.responses for payload in item.payloads if payload.failure is not None
        ]
        others = [self._other(kind, payload, result) for kind, payload in failed if kind not in VALUES]
        empty = any(item.error and not item.payloads for item in operation.responses)
        return self._one_of(types, [*others, UNDEFINED] if empty else others) if types or others or empty else UNKNOWN


def _type(payload: Payload) -> Type:
    """The type of an answer; of one that is never good, that of its failure."""
    return payload.failure if isinstance(payload.type, NeverType) and payload.failure else payload.type


def _doc(text: str, indent: int) -> Code | None:
    return comment([SpecText(text)], indent) if text.strip() else None
