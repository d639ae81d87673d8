"""What a call gives, and how its answers are read: results as annotations, replies as codecs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import Symbol
from specbind.generator.emit.text import Code, Identifier, code, compose, join
from specbind.generator.ir.model import NeverType, NullableType, Object, Presence, Ref, Scalar, ScalarKind

from .decimals import are_numbers
from .literals import literal
from .media import MediaKind, media_kind
from .types import NONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.emit.scope import ModuleScope
    from specbind.generator.ir.model import Operation, Parameter, Payload, Response, Type

    from .context import Context

__all__ = [
    "AnswerCodecs",
    "Result",
    "body_kind",
    "report_text_answers",
    "result_annotation",
    "result_of",
    "served_annotation",
]

_STREAMS = {MediaKind.EVENTS: "EventStream", MediaKind.LINES: "LineStream", MediaKind.BINARY: "ByteStream"}


class Types(Protocol):
    """The part of a module's annotations that results need."""

    scope: ModuleScope
    depth: int
    context: Context

    def annotation(self, *types: Type, also: tuple[Code, ...] = (), files: bool = False) -> Code: ...

    def named(self, id_: str) -> Code: ...


class Result(Struct, frozen=True):
    """What a good answer gives: values of `types`, plain Python types, streams of a kind with their items' type."""

    types: tuple[Type, ...]
    plain: tuple[str, ...]
    streams: tuple[tuple[MediaKind, Type], ...]

    @property
    def mode(self) -> str:
        """How a synchronous method calls: `_call`, `_call_stream`, or `_call_mixed` where both may come."""
        if not self.streams:
            return "_call"
        return "_call_mixed" if self.types or self.plain or len(self.streams) > 1 else "_call_stream"


def result_of(operation: Operation) -> Result:
    """The result of an operation. Bytes are a stream where nothing else may come, else they are read whole."""
    good = [response for response in operation.responses if not response.error]
    payloads = [
        payload for response in good for payload in response.payloads if not isinstance(payload.type, NeverType)
    ]
    empty = not payloads or any(not response.payloads for response in good)
    kinds = {answer_kind(payload) for payload in payloads}
    if kinds == {MediaKind.BINARY} and not empty:
        return Result((), (), ((MediaKind.BINARY, payloads[0].type),))
    types = tuple(payload.type for payload in payloads if answer_kind(payload) is MediaKind.JSON)
    streams = dict.fromkeys(
        (kind, payload.item or payload.type)
        for payload in payloads
        if (kind := answer_kind(payload)) in {MediaKind.EVENTS, MediaKind.LINES}
    )
    plain = [name for kind, name in ((MediaKind.TEXT, "str"), (MediaKind.BINARY, "bytes")) if kind in kinds]
    return Result(types, (*plain, "None") if empty else tuple(plain), tuple(streams))


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
    return tuple(NONE if name == "None" else types.scope.builtin(name) for name in result.plain)


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
        if kind is MediaKind.JSON:
            return self._json(payload, media, source)
        if kind is MediaKind.TEXT:
            return compose("{}({})", self._use("operation", "Text"), media)
        if kind in {MediaKind.EVENTS, MediaKind.LINES}:
            module, name = ("event_stream", "Events") if kind is MediaKind.EVENTS else ("line_stream", "Lines")
            item = self._types.annotation(payload.item or payload.type)
            return compose("{}({}, lambda: {})", self._use(module, name), media, item)
        whole = [] if result.streams else [code("stream=False")]
        return compose("{}({})", self._use("operation", "Binary"), join(", ", [media, *whole]))

    def _json(self, payload: Payload, media: Code, source: str) -> Code:
        type_ = payload.failure if isinstance(payload.type, NeverType) and payload.failure else payload.type
        parts = [media, compose("lambda: {}", self._types.annotation(type_))]
        failure = self._context.definitions.get(payload.failure.id) if payload.failure else None
        if isinstance(failure, Object):
            members = tuple(field.wire for field in failure.fields if field.presence is Presence.REQUIRED)
            parts.append(compose("failure=lambda: {}", self._types.named(failure.id)))
            parts.append(compose("failure_members={}", literal(members)))
        if are_numbers(self._context, payload, source):
            parts.append(code("decimal_numbers=True"))
        return compose("{}({})", self._use("operation", "Json"), join(", ", parts))


def body_kind(payload: Payload) -> MediaKind:
    """How a body is written: by its media type, but raw bytes are raw bytes under any."""
    kind = media_kind(payload.media)
    type_ = payload.type
    while isinstance(type_, NullableType):
        type_ = type_.item
    if isinstance(type_, Scalar) and type_.scalar is ScalarKind.BINARY:
        return MediaKind.BINARY
    if kind is MediaKind.EVENTS:
        return MediaKind.BINARY  # nobody sends events
    return MediaKind.JSON if kind is MediaKind.ANY else kind


def report_text_answers(context: Context, operation: Operation) -> None:
    """Say which answers of an operation are given as text although their members are known.

    Those that may as well come as JSON are not named: the caller can have them typed.
    """
    for response in operation.responses:
        if any(answer_kind(payload) is MediaKind.JSON for payload in response.payloads):
            continue
        for payload in response.payloads:
            type_ = payload.type
            if not isinstance(type_, Ref) or answer_kind(payload) is not MediaKind.TEXT:
                continue
            if isinstance(context.definitions.get(type_.id), Object):
                text = f"answers of {payload.media} are given as text, not as {type_.id!r}"
                pointer = response.source or operation.source
                context.report(Finding.TEXT_ANSWER, text, pointer, hint="read it with a parser of that format")


def answer_kind(payload: Payload) -> MediaKind:
    """How an answer is read: as it would be written, but events are a stream, and forms are left to the caller."""
    kind = body_kind(payload)
    if kind is MediaKind.BINARY and media_kind(payload.media) is MediaKind.EVENTS:
        return MediaKind.EVENTS
    if kind in {MediaKind.FORM, MediaKind.MULTIPART}:
        return MediaKind.BINARY
    return kind
