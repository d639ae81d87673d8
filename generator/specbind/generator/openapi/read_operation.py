"""Operations from raw values: parameters, bodies, responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.codes import Code

from .cursor import Cursor, is_bounded, kind
from .document import Encoding, Link, MediaType, Operation, Parameter, RequestBody, Response
from .read_parts import read_members, read_security, read_server, read_servers

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .document import Callback, Schema
    from .read_schema import SchemaReader

__all__ = ["OperationReader"]

_LOCATIONS = frozenset(("path", "query", "header", "cookie", "querystring"))


class OperationReader:
    """Reads operations. What several operations refer to is read once."""

    def __init__(self, scope: Scope, schemas: SchemaReader) -> None:
        self._scope = scope
        self._schemas = schemas
        self._parameters: dict[str, Parameter | None] = {}
        self._responses: dict[tuple[str, str], Response] = {}

    def read(self, method: str, cursor: Cursor, callbacks: tuple[Callback, ...]) -> Operation:
        """One operation."""
        cursor.known(
            "operationId", "summary", "description", "tags", "parameters", "requestBody", "responses", "deprecated",
            "security", "servers", "callbacks", "externalDocs",
        )  # fmt: skip
        idempotent = cursor.members.get("x-specbind-idempotent")
        return Operation(
            place=cursor.place,
            method=method,
            id=cursor.text("operationId"),
            summary=cursor.text("summary"),
            description=cursor.text("description"),
            tags=cursor.texts("tags"),
            parameters=self.parameters(cursor),
            body=self._body(cursor),
            responses=self._all_responses(cursor),
            deprecated=cursor.flag("deprecated") or False,
            security=read_security(cursor),
            servers=read_servers(cursor),
            name=cursor.text("x-specbind-name"),
            idempotent=idempotent if isinstance(idempotent, bool) else None,
            callbacks=callbacks,
        )

    def parameters(self, cursor: Cursor) -> tuple[Parameter, ...]:
        """The parameters of an operation or a path."""
        found: list[Parameter] = []
        for value, place in read_members(cursor, "parameters"):
            if value is None:
                continue  # an empty item of a YAML list
            inner = self._scope.cursor(value, place, "a parameter", code=Code.PARAMETER)
            if inner is None:
                continue
            if inner.place not in self._parameters:
                self._parameters[inner.place] = self._parameter(inner)
            parameter = self._parameters[inner.place]
            if parameter is not None:
                found.append(parameter)
        return tuple(found)

    def _parameter(self, cursor: Cursor) -> Parameter | None:
        name, location = cursor.text("name"), cursor.text("in")
        if not name or location not in _LOCATIONS:
            missing = "has no name" if not name else f"stands in {location!r}, which is no place for one"
            self._scope.report.add(Code.PARAMETER, f"a parameter {missing}", cursor.place)
            return None
        return self._value(cursor, name, location)

    def _value(self, cursor: Cursor, name: str, location: str) -> Parameter:
        """What parameters and headers have in common."""
        cursor.known(
            "name", "in", "description", "required", "deprecated", "allowEmptyValue", "allowReserved", "style",
            "explode", "schema", "content", "example", "examples", "$ref",
        )  # fmt: skip
        return Parameter(
            place=cursor.place,
            name=name,
            location=location,
            description=cursor.text("description"),
            required=cursor.flag("required") or False,
            deprecated=cursor.flag("deprecated") or False,
            allow_empty=cursor.flag("allowEmptyValue") or False,
            allow_reserved=cursor.flag("allowReserved") or False,
            style=cursor.text("style"),
            explode=cursor.flag("explode"),
            schema=self._schema(cursor, "schema"),
            content=self._content(cursor),
        )

    def _headers(self, cursor: Cursor) -> tuple[Parameter, ...]:
        headers: list[Parameter] = []
        for name, value, place in cursor.mapping("headers").items_with_extensions():
            inner = self._scope.cursor(value, place, f"the header {name!r}")
            if inner is not None:
                headers.append(self._value(inner, name, "header"))
        return tuple(headers)

    def _body(self, cursor: Cursor) -> RequestBody | None:
        value = cursor.members.get("requestBody")
        if value is None:
            return None
        body = self._scope.cursor(value, f"{cursor.place}/requestBody", "a request body", code=Code.LEFT_OUT)
        if body is None:
            return None
        body.known("description", "content", "required")
        return RequestBody(
            place=body.place,
            description=body.text("description"),
            required=body.flag("required") or False,
            content=self._content(body),
        )

    def _all_responses(self, cursor: Cursor) -> tuple[Response, ...]:
        responses = cursor.mapping("responses")
        if not responses.members:
            self._scope.report.add(Code.RESPONSES_MISSING, "the operation declares no responses", cursor.place)
        found: list[Response] = []
        for status, value, place in responses.items():
            inner = self._scope.cursor({} if value is None else value, place, f"the response {status!r}")
            if inner is None:
                inner = Cursor(self._scope, {}, place)
            key = (inner.place, status)
            if key not in self._responses:
                self._responses[key] = self._response(inner, status)
            found.append(self._responses[key])
        return tuple(found)

    def _response(self, cursor: Cursor, status: str) -> Response:
        cursor.known("description", "summary", "headers", "content", "links")
        return Response(
            place=cursor.place,
            status=status,
            description=cursor.text("description") or cursor.text("summary"),
            content=self._content(cursor),
            headers=self._headers(cursor),
            links=self._links(cursor),
        )

    def _links(self, cursor: Cursor) -> tuple[Link, ...]:
        found: list[Link] = []
        for name, value, place in cursor.mapping("links").items_with_extensions():
            inner = self._scope.cursor(value, place, f"the link {name!r}")
            if inner is None:
                continue
            inner.known("operationRef", "operationId", "parameters", "requestBody", "description", "server")
            parameters = inner.mapping("parameters").items_with_extensions()
            body = inner.members.get("requestBody", UNSET)
            server = inner.members.get("server")
            at_server = f"{inner.place}/server"
            found.append(
                Link(
                    place=inner.place,
                    name=name,
                    operation_id=inner.text("operationId"),
                    operation_ref=inner.text("operationRef"),
                    parameters=tuple((key, member) for key, member, at in parameters if self._bounded(member, at)),
                    body=body if body is UNSET or self._bounded(body, f"{inner.place}/requestBody") else UNSET,
                    description=inner.text("description"),
                    server=None if server is None else read_server(self._scope, server, at_server),
                )
            )
        return tuple(found)

    def _bounded(self, value: Json, place: str) -> bool:
        if is_bounded(value):
            return True
        self._scope.report.add(Code.WRONG_TYPE, "the value is nested too deep; it is not used", place)
        return False

    def _content(self, cursor: Cursor) -> tuple[MediaType, ...]:
        content: list[MediaType] = []
        for media, value, place in cursor.mapping("content").items_with_extensions():
            inner = self._scope.cursor({} if value is None else value, place, f"the media type {media!r}")
            if inner is None:
                content.append(MediaType(place, media))
                continue
            inner.known("schema", "itemSchema", "encoding", "example", "examples", "prefixEncoding", "itemEncoding")
            for key in ("prefixEncoding", "itemEncoding"):
                if key in inner.members:
                    self._scope.report.add(Code.NOT_CARRIED, f"{key!r} is not carried", f"{inner.place}/{key}")
            content.append(
                MediaType(
                    place=inner.place,
                    media=media,
                    schema=self._schema(inner, "schema"),
                    item=self._schema(inner, "itemSchema"),
                    encoding=self._encoding(inner),
                )
            )
        return tuple(content)

    def _encoding(self, cursor: Cursor) -> dict[str, Encoding]:
        found: dict[str, Encoding] = {}
        for name, value, place in cursor.mapping("encoding").items_with_extensions():
            inner = self._scope.cursor(value, place, f"the encoding of {name!r}")
            if inner is None:
                continue
            inner.known("contentType", "headers", "style", "explode", "allowReserved", "encoding")
            found[name] = Encoding(
                place=inner.place,
                media=inner.text("contentType"),
                style=inner.text("style"),
                explode=inner.flag("explode"),
                allow_reserved=inner.flag("allowReserved") or False,
                headers=self._headers(inner),
            )
        return found

    def _schema(self, cursor: Cursor, key: str) -> Schema | None:
        value = cursor.members.get(key)
        if value is None:
            if key in cursor.members:
                message = f"{key!r} must be an object, not {kind(value)}"
                self._scope.report.add(Code.WRONG_TYPE, message, f"{cursor.place}/{key}")
            return None
        return self._schemas.read(value, f"{cursor.place}/{key}")
