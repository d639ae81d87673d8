"""What a call gives, and how its answers are read: results as annotations, replies as codecs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from specbind.generator.emit.scope import Symbol
from specbind.generator.emit.text import Code, Identifier, code, compose, join
from specbind.generator.ir.answers import answer_kind, failure_members
from specbind.generator.ir.media import VALUES, MediaKind
from specbind.generator.ir.model import NeverType

from .decimals import are_numbers
from .literals import literal
from .types import NONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.answers import Result
    from specbind.generator.ir.model import Parameter, Payload, Response, Type

    from .context import Context
    from .scope import ModuleScope

__all__ = ["AnswerCodecs", "call_mode", "result_annotation", "served_annotation"]

_STREAMS = {MediaKind.EVENTS: "EventStream", MediaKind.LINES: "LineStream", MediaKind.BINARY: "ByteStream"}


class Types(Protocol):
    """The part of a module's annotations that results need."""

    scope: ModuleScope
    depth: int
    context: Context

    def annotation(self, *types: Type, also: tuple[Code, ...] = (), files: bool = False) -> Code: ...

    def named(self, id_: str) -> Code: ...


def call_mode(result: Result) -> str:
    """How a synchronous method calls: `_call`, `_call_stream`, or `_call_mixed` where both may come."""
    if not result.streams:
        return "_call"
    others = result.types or result.text or result.content or result.empty
    return "_call_mixed" if others or len(result.streams) > 1 else "_call_stream"


def result_annotation(result: Result, types: Types, *, synchronous: bool = False) -> Code:
    """The annotation of a result."""
    prefix = "Sync" if synchronous else ""
    streams: list[Code] = []
    for kind, item in result.streams:
        stream = types.scope.use(types.context.runtime_symbol(types.depth, prefix + _STREAMS[kind], typing_only=True))
        binary = kind is MediaKind.BINARY
        streams.append(stream if binary else compose("{}[{}]", stream, types.annotation(item)))
    return types.annotation(*result.types, also=(*_plain(result, types), *streams))


def served_annotation(result: Result, types: Types) -> Code:
    """The annotation of what a server's method returns."""
    served: list[Code] = []
    for kind, item in result.streams:
        if kind is MediaKind.BINARY:
            served.append(
                types.scope.use(types.context.runtime_symbol(types.depth, "Content", "server", typing_only=True))
            )
            continue
        given = types.annotation(item)
        if kind is MediaKind.EVENTS:
            event = types.context.runtime_symbol(types.depth, "ServerSentEvent", "event_stream", typing_only=True)
            given = types.annotation(item, also=(compose("{}[{}]", types.scope.use(event), given),))
        iterable = types.scope.use(Symbol("collections.abc", "AsyncIterable", typing_only=True))
        served.append(compose("{}[{}]", iterable, given))
    return types.annotation(*result.types, also=(*_plain(result, types), *served))


def _plain(result: Result, types: Types) -> tuple[Code, ...]:
    given = ((result.text, "str"), (result.content, "bytes"))
    plain = [types.scope.builtin(name) for wanted, name in given if wanted]
    return (*plain, NONE) if result.empty else tuple(plain)


class AnswerCodecs:
    """Writes the replies of a descriptor. `use` imports a name of a runtime module, `header` writes a header."""

    def __init__(
        self,
        context: Context,
        types: Types,
        use: Callable[[str, str], Identifier],
        header: Callable[[Parameter], Code],
    ) -> None:
        self._context = context
        self._types = types
        self._use = use
        self._header = header

    def reply(self, response: Response, result: Result) -> Code:
        """One declared answer."""
        parts = [
            literal(response.status),
            *(self._codec(payload, result, response.source) for payload in response.payloads),
        ]
        if response.error:
            parts.append(code("error=True"))
        if response.headers:
            headers = [self._header(header) for header in response.headers]
            parts.append(compose("headers=({},)", join(", ", headers)))
        return compose("{}({})", self._use("operation", "Reply"), join(", ", parts))

    def _codec(self, payload: Payload, result: Result, source: str) -> Code:
        kind = answer_kind(payload)
        media = literal(payload.media)
        if kind in VALUES:
            return self._typed(payload, media, source)
        if kind is MediaKind.TEXT:
            return compose("{}({})", self._use("operation", "Text"), media)
        if kind in {MediaKind.EVENTS, MediaKind.LINES}:
            module, name = ("event_stream", "Events") if kind is MediaKind.EVENTS else ("line_stream", "Lines")
            item = self._types.annotation(payload.item or payload.type)
            return compose("{}({}, lambda: {})", self._use(module, name), media, item)
        whole = [] if result.streams else [code("stream=False")]
        return compose("{}({})", self._use("operation", "Binary"), join(", ", [media, *whole]))

    def _typed(self, payload: Payload, media: Code, source: str) -> Code:
        type_ = payload.failure if isinstance(payload.type, NeverType) and payload.failure else payload.type
        parts = [media, compose("lambda: {}", self._types.annotation(type_))]
        members = failure_members(payload, self._context.definitions)
        if payload.failure is not None and members is not None:
            parts.append(compose("failure=lambda: {}", self._types.named(payload.failure.id)))
            parts.append(compose("failure_members={}", literal(members)))
        if are_numbers(self._context, payload, source):
            parts.append(code("decimal_numbers=True"))
        packed = answer_kind(payload) is MediaKind.MSGPACK
        codec = self._use("msgpack", "Msgpack") if packed else self._use("operation", "Json")
        return compose("{}({})", codec, join(", ", parts))
