"""Cases derived from an Api: every operation with few and with all arguments, every declared answer."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from msgspec import Struct

from specbind.generator.ir.media import is_msgpack
from specbind.generator.ir.model import (
    ApiKeyScheme,
    HttpBinding,
    HttpScheme,
    NeverType,
    OAuth2Scheme,
    Object,
    OpenIdScheme,
    Presence,
    Scalar,
    ScalarKind,
)

from . import encode
from .model import SCHEMA_VERSION, Argument, BodyArgument, Case, Content, Failure, RequestCase, ResponseCase, Vectors
from .samples import NoSampleError, PackedSampler, Sampler, bottom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specbind.generator.ir.model import Api, Json, Operation, Parameter, Payload, Response, SecurityScheme

__all__ = ["derive", "dump"]

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_TEXTS = {
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/javascript",
    "application/sql",
    "application/graphql",
}
_LINES = {"application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines",
          "application/jsonlines", "application/x-jsonl", "application/json-seq"}  # fmt: skip
_BYTES = base64.b64encode(b"\x00\xffbytes").decode()
_VALUES = {"json", "msgpack"}
_WITHOUT_CONTENT = {204, 205, 304}
_REDIRECTS = {301, 302, 303, 307, 308}


def derive(api: Api) -> Vectors:
    """The cases of an Api. None for an operation that no value fits, that only redirects or that streams lines."""
    cases = [
        case
        for service in api.services
        for operation in service.operations
        for case in _Deriver(api, operation).cases()
    ]
    return Vectors(SCHEMA_VERSION, api.name, tuple(cases))


def dump(api: Api) -> bytes:
    """The cases as indented JSON, the same for the same Api, ending in a line break."""
    return msgspec.json.format(msgspec.json.encode(derive(api)), indent=1) + b"\n"


class _Ask(Struct, frozen=True):
    """What is given to a call, and the request that it makes."""

    request: RequestCase
    arguments: tuple[Argument, ...]
    body: BodyArgument | None
    credentials: dict[str, str]


class _Deriver:
    def __init__(self, api: Api, operation: Operation) -> None:
        if not isinstance(operation.binding, HttpBinding):
            raise TypeError(f"not an HTTP operation: {operation.id!r}")
        self._binding = operation.binding
        self._operation = operation
        self._definitions = {definition.id: definition for definition in api.definitions}
        self._schemes = {scheme.id: scheme for scheme in api.security_schemes}

    def cases(self) -> Iterator[Case]:
        """All cases, the plainest first."""
        operation = self._operation
        try:
            least = self._ask(full=False)
        except NoSampleError:
            return
        answers = list(self._answers(full=True))
        if not answers and operation.responses:
            return
        first = answers[0] if answers else (ResponseCase(204), None, None, "")
        minimal = self._case("minimal", least, next(self._answers(full=False), first))
        yield minimal
        with suppress(NoSampleError):  # the full form of a type may be endless where the least is not
            full = self._case("full", self._ask(full=True), first)
            if msgspec.structs.replace(full, case=minimal.case) != minimal:
                yield full
        for index in range(1, len(operation.body.payloads) if operation.body else 0):
            try:
                ask = self._ask(full=False, payload=index)
            except NoSampleError:
                continue
            yield self._case(f"body {ask.body.media if ask.body else ''}", ask, first)
        for answer in answers[1:]:
            yield self._case(answer[3], least, answer)

    def _case(self, name: str, ask: _Ask, answer: tuple[ResponseCase, Content | None, Failure | None, str]) -> Case:
        response, result, failure, _ = answer
        return Case(
            self._operation.id,
            name,
            ask.request,
            response,
            ask.arguments,
            ask.body,
            ask.credentials,
            result,
            failure,
        )

    # --- the request

    def _ask(self, *, full: bool, payload: int = -1) -> _Ask:
        sampler = Sampler(self._definitions, full=full, nested=False)
        plain = Sampler(self._definitions, full=full, nested=False, plain=True)
        arguments: list[Argument] = []
        path: dict[str, str] = {}
        pairs = [self._binding.query] if self._binding.query else []
        headers = {"accept": self._accept()}
        cookies: list[str] = []
        for parameter in self._parameters(full=full):
            value = (plain if _is_plain(parameter) else sampler).value(parameter.type)
            arguments.append(Argument(parameter.location, parameter.wire, value))
            if parameter.location == "path":
                path[parameter.wire] = encode.path_text(parameter, value)
            elif parameter.location == "query":
                pairs += encode.query_pairs(
                    parameter.wire,
                    value,
                    style=parameter.style,
                    explode=parameter.explode,
                    allow_reserved=parameter.allow_reserved,
                    media=parameter.media,
                )
            elif parameter.location == "querystring":
                pairs += encode.query_string(parameter.media, value)
            elif parameter.location == "header":
                headers[parameter.wire.lower()] = encode.header_text(parameter, value)
            else:
                cookies += encode.cookie_pairs(parameter, value)
        credentials = self._sign(pairs, headers, cookies)
        if cookies:
            headers["cookie"] = "; ".join(cookies)
        body, content = self._body(headers, full=full, payload=payload)
        target = "".join(piece.text or path[piece.parameter] for piece in self._binding.pieces) or "/"
        target += "?" + "&".join(pairs) if pairs else ""
        request = RequestCase(self._binding.method, target, headers, content)
        return _Ask(request, tuple(arguments), body, credentials)

    def _parameters(self, *, full: bool) -> list[Parameter]:
        """Those that are given, in the order in which they are written: as in the path, then as in the document."""
        places = {piece.parameter: index for index, piece in enumerate(self._binding.pieces) if piece.parameter}
        given = [
            item
            for item in self._operation.parameters
            if (item.location == "path" and item.wire in places)
            or (item.location != "path" and (full or item.presence is Presence.REQUIRED))
        ]
        order = ("path", "query", "querystring", "header", "cookie")
        return sorted(
            (item for item in given if item.location in order),
            key=lambda item: (order.index(item.location), places.get(item.wire, 0) if item.location == "path" else 0),
        )

    def _accept(self) -> str:
        medias = dict.fromkeys(payload.media for response in self._operation.responses for payload in response.payloads)
        return ", ".join(medias) or "*/*"

    def _sign(self, pairs: list[str], headers: dict[str, str], cookies: list[str]) -> dict[str, str]:
        """Put the first alternative's credentials into the request, and give them."""
        credentials: dict[str, str] = {}
        for alternative in self._operation.security:
            schemes = [self._schemes.get(name) for name, _ in alternative]
            if not alternative or not all(isinstance(scheme, _SIGNABLE) for scheme in schemes):
                continue
            for scheme in schemes:
                if scheme is not None:
                    credentials[scheme.id] = _signed(scheme, pairs, headers, cookies)
            break
        return credentials

    def _body(self, headers: dict[str, str], *, full: bool, payload: int) -> tuple[BodyArgument | None, Content | None]:
        body = self._operation.body
        if body is None or not (body.required or full or payload >= 0):
            return None, None
        chosen = body.payloads[max(payload, 0)]
        kind = self._kind(chosen)
        sampler = Sampler(self._definitions, full=full, files=kind in {"multipart", "binary"}, nested=kind in _VALUES)
        value: Json = {"$file": {"base64": _BYTES}} if kind == "binary" else sampler.value(chosen.type)
        parts = {part.wire: part for part in chosen.parts}
        media = _concrete(chosen.media, kind)
        headers["content-type"] = f"{media}; charset=utf-8" if kind == "text" else media
        named = chosen.media if len(body.payloads) > 1 else ""
        match kind:
            case "json":
                return BodyArgument(value, named), Content(json=value)
            case "msgpack":
                packed = PackedSampler(self._definitions, full=full).value(chosen.type)
                return BodyArgument(value, named), _packed(packed)
            case "form" | "multipart" if isinstance(value, dict):
                value = self._without_bytes(chosen, value)
                written = encode.form(value, parts) if kind == "form" else encode.multipart(value, parts)
                return BodyArgument(value, named), written
            case "text" if not isinstance(value, (dict, list)):
                text = "text" if value is None else str(value)
                return BodyArgument(text, named), Content(text=text)
            case "binary":
                return BodyArgument(value, named), Content(base64=_BYTES)
            case _:
                raise NoSampleError(f"{chosen.media} of a type that has no members")

    def _without_bytes(self, payload: Payload, value: dict[str, Json]) -> dict[str, Json]:
        """Without optional members in base64: what a form makes of them is for the server to say."""
        definition = bottom(payload.type, self._definitions)
        if not isinstance(definition, Object):
            return value
        encoded = {
            field.wire
            for field in definition.fields
            if isinstance(found := bottom(field.type, self._definitions), Scalar) and found.format == "byte"
        }
        return {name: item for name, item in value.items() if name not in encoded}

    def _kind(self, payload: Payload) -> str:
        """How a body of the payload is written: json, msgpack, form, multipart, text, binary, or lines.

        No case has lines.
        """
        type_ = bottom(payload.type, self._definitions)
        media = payload.media.partition(";")[0].strip().lower()
        if media in _LINES:
            return "lines"
        if isinstance(type_, Scalar) and type_.scalar is ScalarKind.BINARY:
            return "binary"
        if is_msgpack(media):
            return "msgpack"
        if encode.is_json(media) or media in {"*/*", "application/*", ""}:
            return "json"
        if media in _FORMS or media.startswith("multipart/"):
            return "multipart" if media.startswith("multipart/") else "form"
        if media != "text/event-stream" and (
            media.startswith("text/") or media in _TEXTS or media.endswith(("+xml", "+yaml"))
        ):
            return "text"
        return "binary"

    # --- the answers

    def _answers(self, *, full: bool) -> Iterator[tuple[ResponseCase, Content | None, Failure | None, str]]:
        """Every declared answer with each of its media types, good ones first."""
        declared = {response.status for response in self._operation.responses}
        for response in sorted(self._operation.responses, key=lambda item: item.error):
            status = _status(response, declared)
            if status is None or status in _REDIRECTS:  # a client follows those
                continue
            if not response.payloads or status in _WITHOUT_CONTENT or self._binding.method == "HEAD":
                failure = Failure("status", status) if response.error else None
                yield ResponseCase(status), None, failure, f"answer {status}"
                continue
            for payload in response.payloads:
                yield from self._contents(response, payload, status, full=full)

    def _contents(
        self, response: Response, payload: Payload, status: int, *, full: bool
    ) -> Iterator[tuple[ResponseCase, Content | None, Failure | None, str]]:
        kind = self._kind(payload)
        headers = {"content-type": _concrete(payload.media, kind)}
        try:
            if not isinstance(payload.type, NeverType):
                content = self._content(kind, payload, full=full)
                sent = content
                if kind == "msgpack":
                    sent = _packed(self._sampler(PackedSampler, full=full).value(payload.type))
                error = Failure("status", status, content) if response.error else None
                name = f"answer {status} {payload.media}"
                yield ResponseCase(status, headers, sent), None if error else content, error, name
            if payload.failure is not None and not response.error:
                content = Content(json=self._sampler(Sampler, full=True).value(payload.failure))
                sent = content
                if kind == "msgpack":
                    sent = _packed(self._sampler(PackedSampler, full=True).value(payload.failure))
                yield (
                    ResponseCase(status, headers, sent),
                    None,
                    Failure("status", status, content),
                    f"failure {status}",
                )
        except NoSampleError:
            return  # the other answers are enough

    def _content(self, kind: str, payload: Payload, *, full: bool) -> Content:
        if kind == "lines":
            raise NoSampleError(f"{payload.media} is a stream")
        if kind in _VALUES:
            return Content(json=self._sampler(Sampler, full=full).value(payload.type))
        if kind == "text":
            return Content(text="ä text")
        return Content(base64=_BYTES)

    def _sampler(self, kind: type[Sampler], *, full: bool) -> Sampler:
        """What makes answers."""
        return kind(self._definitions, full=full, sent=False, plain=True)


def _packed(value: object) -> Content:
    return Content(msgpack=base64.b64encode(msgspec.msgpack.encode(value)).decode())


_SIGNABLE = (ApiKeyScheme, HttpScheme, OAuth2Scheme, OpenIdScheme)


def _is_plain(parameter: Parameter) -> bool:
    """Whether odd letters could not be read back: a header has no encoding, and some delimiters are not encoded."""
    return (
        parameter.location == "header"
        or parameter.allow_reserved
        or parameter.style in {"spaceDelimited", "pipeDelimited"}
    )


def _signed(scheme: SecurityScheme, pairs: list[str], headers: dict[str, str], cookies: list[str]) -> str:
    if isinstance(scheme, ApiKeyScheme):
        key = "key 1" if scheme.location != "header" else "key-1"
        pair = f"{quote(scheme.wire, safe='')}={quote(key, safe='')}"
        if scheme.location == "query":
            pairs.append(pair)
        elif scheme.location == "cookie":
            cookies.append(pair)
        else:
            headers[scheme.wire.lower()] = key
        return key
    if isinstance(scheme, HttpScheme) and scheme.scheme == "basic":
        headers["authorization"] = "Basic " + base64.b64encode(b"user:password").decode()
        return "user:password"
    headers["authorization"] = "Bearer token-1"
    return "token-1"


def _status(response: Response, declared: set[str]) -> int | None:
    """A status that the response stands for, and no other one."""
    if response.status.isdecimal():
        return int(response.status)
    if response.status == "default":
        candidates = range(500, 600) if response.error else range(200, 300)
    else:
        candidates = range(int(response.status[0]) * 100, int(response.status[0]) * 100 + 100)
    usable = (code for code in candidates if code not in _WITHOUT_CONTENT and code != 401)
    shadowed = declared - {response.status}
    ranges = {f"{code[0]}XX" for code in shadowed if code.upper().endswith("XX")}
    return next(
        (code for code in usable if str(code) not in shadowed and (f"{code // 100}XX" not in ranges)),
        None,
    )


def _concrete(media: str, kind: str) -> str:
    """A media type that a range stands for."""
    if "*" not in media:
        return media
    family = media.partition("/")[0]
    if family in {"*", "application", ""}:
        return {"json": "application/json", "text": "text/plain"}.get(kind, "application/octet-stream")
    return "text/plain" if family == "text" else f"{family}/x-sample"
