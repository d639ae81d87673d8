"""Operations: bodies, responses, security, and the method and path that they are bound to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.ir.model import (
    AnyType,
    Body,
    Callback,
    HttpBinding,
    Link,
    ListType,
    Operation,
    Part,
    Payload,
    Response,
    Scalar,
    ScalarKind,
)
from specbind.generator.source.pointer import child

from .lower_parameter import ParameterLowering
from .lower_path import Template, read_template
from .lower_security import lower_requirements, lower_servers
from .sequences import lower_item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.generator.ir.model import Type

    from . import document
    from .lower_schema import SchemaLowering
    from .lower_security import SchemeIds
    from .operation_ids import OperationIds

__all__ = ["OperationLowering"]

_PART_STYLES = ("form", "spaceDelimited", "pipeDelimited", "deepObject", "tabDelimited")
_SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "QUERY"))
_IDEMPOTENT = _SAFE | {"PUT", "DELETE"}
_STATUS = re.compile(r"[1-5][0-9][0-9]\Z")
_RANGE = re.compile(r"[1-5][xX][xX]\Z")
_BINARY = re.compile(
    r"((image|audio|video|font)/(?!svg\+xml)|application/(octet-stream|pdf|zip|gzip|x-tar|x-gzip|vnd\.ms-excel))",
    re.IGNORECASE,
)
_TEXT = re.compile(r"text/", re.IGNORECASE)
_STRUCTURED = re.compile(
    r"(application|text)/([^;]+\+)?(json|xml|yaml|x-www-form-urlencoded|(x-|vnd\.)?msgpack)\b|multipart/", re.IGNORECASE
)


class OperationLowering:
    """Lowers operations. `schemes` are the ids of the security schemes, `security` what holds for all operations."""

    def __init__(
        self,
        schemas: SchemaLowering,
        ids: OperationIds,
        schemes: SchemeIds,
        security: tuple[document.Requirement, ...],
    ) -> None:
        self._schemas = schemas
        self._ids = ids
        self._report = schemas.report
        self._parameters = ParameterLowering(schemas)
        self._schemes = schemes
        self._security = security
        self._bodies: dict[str, Body] = {}
        self._responses: dict[tuple[str, str, bool], Response] = {}

    def lower(self, operation: document.Operation, item: document.PathItem, *, webhook: bool = False) -> Operation:
        """One operation. That of a webhook or callback has no path of its own."""
        template = Template((), "", (), {}) if webhook else read_template(item.path, item.place, self._report)
        security = self._security if operation.security is None else operation.security
        servers = operation.servers if operation.servers is not None else item.servers
        method = operation.method
        idempotent = method in _IDEMPOTENT if operation.idempotent is None else operation.idempotent
        return Operation(
            id=self._ids.of(operation),
            binding=HttpBinding(method, item.path, template.pieces, template.query),
            name=operation.name,
            summary=operation.summary or item.summary,
            doc=operation.description or item.description,
            parameters=self._parameters.of_operation(operation, item, template, webhook=webhook),
            body=None if operation.body is None else self._body(operation.body),
            responses=self._all_responses(operation.responses),
            security=lower_requirements(security, operation, self._schemes, self._report),
            servers=lower_servers(servers or (), self._report),
            safe=method in _SAFE,
            idempotent=idempotent,
            deprecated=operation.deprecated,
            tags=operation.tags,
            source=operation.place,
            callbacks=tuple(self._callback(callback) for callback in operation.callbacks),
        )

    def _callback(self, callback: document.Callback) -> Callback:
        item = callback.item
        operations = tuple(self.lower(operation, item, webhook=True) for operation in item.operations)
        return Callback(callback.name, item.path, operations, callback.place)

    def _link(self, link: document.Link) -> Link:
        target = self._ids.target(link, self._schemas.reader.scope.workspace)
        servers = () if link.server is None else lower_servers((link.server,), self._report)
        return Link(
            name=link.name,
            operation=target,
            reference="" if target else link.operation_ref or link.operation_id,
            parameters=link.parameters,
            body=link.body,
            doc=link.description,
            server=servers[0] if servers else None,
            source=link.place,
        )

    def _body(self, body: document.RequestBody) -> Body | None:
        known = self._bodies.get(body.place)
        if known is not None:
            return known
        payloads = self._payloads(body.content)
        if not payloads:
            message = "the request body has no media type; it is taken as bytes"
            self._report.add(Code.MISSING, message, body.place)
            payloads = (Payload("application/octet-stream", Scalar(ScalarKind.BINARY)),)
        found = self._bodies[body.place] = Body(payloads, body.required, body.description, body.place)
        return found

    def _all_responses(self, responses: tuple[document.Response, ...]) -> tuple[Response, ...]:
        named = any(response.status[:1] in ("2", "3") for response in responses)
        found: dict[str, Response] = {}
        for response in responses:
            status = _status(response.status)
            if not status:
                message = f"{response.status!r} is no status, no range and not 'default'"
                self._report.add(Code.STATUS, message, response.place)
                continue
            error = named if status == "default" else status[0] in "45"
            found[status] = self._response(response, status, error=error)
        return tuple(found.values())

    def _response(self, response: document.Response, status: str, *, error: bool) -> Response:
        key = (response.place, status, error)
        known = self._responses.get(key)
        if known is None:
            known = self._responses[key] = Response(
                status=status,
                payloads=self._payloads(response.content),
                headers=self._parameters.headers(response.headers),
                error=error,
                doc=response.description,
                links=tuple(self._link(link) for link in response.links),
                source=response.place,
            )
        return known

    def _payloads(self, content: Iterable[document.MediaType]) -> tuple[Payload, ...]:
        payloads: list[Payload] = []
        lowered: list[tuple[object, Payload]] = []
        for media in content:
            raw = self._raw(media)
            same = next((payload for other, payload in lowered if raw is not None and raw == other), None)
            payload = self._payload(media, same)
            lowered.append((raw, payload))
            payloads.append(payload)
        return tuple(payloads)

    def _raw(self, media: document.MediaType) -> object:
        """What the document says of a schema, to give equal schemas of several media types one definition."""
        if media.schema is None or media.item is not None or _BINARY.match(media.media):
            return None
        return self._schemas.reader.scope.workspace.value(media.schema.place)

    def _payload(self, media: document.MediaType, same: Payload | None) -> Payload:
        name = media.media.strip()
        whole: Type | None = None
        if same is not None:
            whole = same.type
        elif media.schema is not None:
            whole = self._schemas.type(media.schema)
            if whole == Scalar(ScalarKind.STRING) and _BINARY.match(name):
                whole = Scalar(ScalarKind.BINARY)
        item, events = lower_item(self._schemas, media, whole)
        if whole is None:
            whole = ListType(item) if item is not None else _untyped(name)
        parts = tuple(self._part(wire, encoding) for wire, encoding in media.encoding.items())
        return Payload(name, whole, parts, item, events=events)

    def _part(self, wire: str, encoding: document.Encoding) -> Part:
        style = encoding.style or "form"
        if style not in _PART_STYLES:
            message = f"style {style!r} does not exist for a part; 'form' is used"
            self._report.add(Code.STYLE, message, child(encoding.place, "style"))
            style = "form"
        explode = style in ("form", "deepObject") if encoding.explode is None else encoding.explode
        headers = self._parameters.headers(encoding.headers)
        return Part(wire, encoding.media, style, explode, encoding.allow_reserved, headers)


def _untyped(media: str) -> Type:
    """The type of a body whose media type is all that is known."""
    if _TEXT.match(media) and not _STRUCTURED.match(media):
        return Scalar(ScalarKind.STRING)
    return AnyType() if _STRUCTURED.match(media) else Scalar(ScalarKind.BINARY)


def _status(key: str) -> str:
    """A status key in its canonical form, "" where it is none."""
    if _STATUS.match(key) or key == "default":
        return key
    return key.upper() if _RANGE.match(key) else ""
