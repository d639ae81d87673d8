"""Operations of Swagger 2.0: bodies out of parameters, media types out of `consumes` and `produces`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.source.pointer import child

from .cursor import Cursor
from .document import Encoding, MediaType, Operation, Parameter, RequestBody, Response, Schema
from .read_parts import read_members, read_security

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cursor import Scope
    from .document import Server
    from .read_schema import SchemaReader

__all__ = ["SwaggerOperationReader"]

_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_FORM = "application/x-www-form-urlencoded"
_BYTES = "application/octet-stream"
_BINARY = re.compile(r"(image|audio|video|font)/(?!svg\+xml)|application/(octet-stream|pdf|zip|gzip|x-)", re.IGNORECASE)
_LOCATIONS = frozenset(("path", "query", "header", "formData", "body"))
_STYLES = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_SCALARS = frozenset(("string", "number", "integer", "boolean"))
_MANY = frozenset(("query", "formData"))
# Members of a parameter that is no body which do not describe its values.
_NOT_SCHEMA = frozenset(
    (
        "name",
        "in",
        "description",
        "required",
        "collectionFormat",
        "allowEmptyValue",
        "schema",
        "x-example",
        "x-examples",
    )
)
_VALUE = (
    "name", "in", "description", "required", "type", "format", "items", "collectionFormat", "allowEmptyValue",
    "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
    "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "example", "deprecated", "title", "schema",
)  # fmt: skip


class _Given(NamedTuple):
    """A parameter as 2.0 has it; `file` marks one whose value is a file."""

    parameter: Parameter
    location: str
    file: bool


class SwaggerOperationReader:
    """Reads operations. What several operations refer to is read once."""

    def __init__(self, scope: Scope, schemas: SchemaReader, root: Cursor) -> None:
        self._scope = scope
        self._schemas = schemas
        self._root = root
        self._parameters: dict[str, _Given | None] = {}
        self._responses: dict[tuple[str, str, tuple[str, ...]], Response] = {}
        self._consumes = root.texts("consumes")
        self._produces = root.texts("produces")

    def read(
        self, method: str, cursor: Cursor, shared: Sequence[_Given], servers: tuple[Server, ...] | None
    ) -> Operation:
        """One operation. `shared` are the parameters of its path."""
        cursor.known(
            "operationId", "summary", "description", "tags", "parameters", "responses", "deprecated", "security",
            "schemes", "consumes", "produces", "externalDocs",
        )  # fmt: skip
        own = self.parameters(cursor)
        named = {(given.parameter.name, given.location) for given in own}
        every = [given for given in shared if (given.parameter.name, given.location) not in named] + own
        idempotent = cursor.members.get("x-specbind-idempotent")
        return Operation(
            place=cursor.place,
            method=method,
            id=cursor.text("operationId"),
            summary=cursor.text("summary"),
            description=cursor.text("description"),
            tags=cursor.texts("tags"),
            parameters=tuple(g.parameter for g in every if g.location not in ("body", "formData")),
            body=self._body(cursor, every),
            responses=self._all_responses(cursor),
            deprecated=cursor.flag("deprecated") or False,
            security=read_security(cursor),
            servers=servers,
            name=cursor.text("x-specbind-name"),
            idempotent=idempotent if isinstance(idempotent, bool) else None,
        )

    def parameters(self, cursor: Cursor) -> list[_Given]:
        """The parameters of an operation or a path, bodies and form fields among them."""
        found: list[_Given] = []
        for value, place in read_members(cursor, "parameters"):
            if value is None:
                continue  # an empty item of a YAML list
            inner = self._scope.cursor(value, place, "a parameter", code=Code.PARAMETER)
            if inner is None:
                continue
            if inner.place not in self._parameters:
                self._parameters[inner.place] = self._parameter(inner)
            given = self._parameters[inner.place]
            if given is not None:
                found.append(given)
        return found

    def _parameter(self, cursor: Cursor) -> _Given | None:
        name, location = cursor.text("name"), cursor.text("in")
        if location not in _LOCATIONS or not (name or location == "body"):
            missing = "has no name" if not name else f"stands in {location!r}, which is no place for one"
            self._scope.report.add(Code.PARAMETER, f"a parameter {missing}", cursor.place)
            return None
        if location == "body":
            stated = cursor.members.get("schema")
            if stated is None:
                cursor.known(*_VALUE)
                message = "a body parameter has no schema; what stands beside it is taken"
                self._scope.report.add(Code.MISSING, message, cursor.place)
                schema = self._schema(cursor)
            else:
                cursor.known("name", "in", "description", "required", "schema")
                schema = self._schemas.read(stated, child(cursor.place, "schema"))
            return _Given(self._value(cursor, name, "body", schema), location, file=False)
        cursor.known(*_VALUE)
        if "type" not in cursor.members and isinstance(stated := cursor.members.get("schema"), dict):
            message = "a parameter that is no body has a schema; it is read as in OpenAPI 3"
            self._scope.report.add(Code.WRONG_TYPE, message, child(cursor.place, "schema"))
            schema = self._schemas.read(stated, child(cursor.place, "schema"))
        else:
            schema = self._schema(cursor)
        file = cursor.members.get("type") == "file" or (location == "formData" and schema.format == "binary")
        return _Given(self._value(cursor, name, location, schema), location, file)

    def _schema(self, cursor: Cursor) -> Schema:
        """A parameter or header read as the schema of its values."""
        members = {key: value for key, value in cursor.members.items() if key not in _NOT_SCHEMA}
        return self._schemas.read(members, cursor.place)

    def _value(self, cursor: Cursor, name: str, location: str, schema: Schema) -> Parameter:
        """What parameters and headers have in common. A form field has the style that its Encoding will have."""
        style, explode = "", None
        if "array" in schema.types:
            style, explode = self._style(cursor, location)
        return Parameter(
            place=cursor.place,
            name=name,
            location=location,
            description=cursor.text("description"),
            required=cursor.flag("required") or False,
            deprecated=cursor.flag("deprecated") or schema.deprecated,
            allow_empty=cursor.flag("allowEmptyValue") or False,
            style=style,
            explode=explode,
            schema=schema,
        )

    def _style(self, cursor: Cursor, location: str) -> tuple[str, bool | None]:
        word = cursor.text("collectionFormat") or "csv"
        items = cursor.members.get("items")
        if isinstance(items, dict) and "collectionFormat" in items:
            place = child(child(cursor.place, "items"), "collectionFormat")
            message = "the collectionFormat of arrays inside arrays is not carried"
            self._scope.report.add(Code.NOT_CARRIED, message, place)
        if word not in _STYLES or (word != "csv" and location not in _MANY):
            message = f"the collectionFormat {word!r} does not exist for {location}; 'csv' is used"
            self._scope.report.add(Code.STYLE, message, child(cursor.place, "collectionFormat"))
            word = "csv"
        return _STYLES[word] if location in _MANY else ("", None)

    def _body(self, cursor: Cursor, given: Sequence[_Given]) -> RequestBody | None:
        bodies = [found.parameter for found in given if found.location == "body"]
        fields = [found for found in given if found.location == "formData"]
        if bodies and fields:
            message = "an operation has a body or form fields, not both; the form fields are used"
            self._scope.report.add(Code.BODY_PARAMETERS, message, bodies[0].place)
        if fields:
            return self._form(cursor, fields)
        if not bodies:
            return None
        body = bodies[0]
        if len(bodies) > 1:
            body = self._joined(cursor, bodies)
        elif (
            body.schema is not None
            and body.name != "body"
            and body.schema.types
            and _SCALARS.issuperset(body.schema.types)
        ):
            message = f"the body is one plain value; its name {body.name!r} is not sent"
            self._scope.report.add(Code.NOT_CARRIED, message, body.place)
        medias = self._medias(cursor, "consumes")
        content = [MediaType(body.place, media, body.schema) for media in medias]
        return RequestBody(body.place, body.description, body.required, tuple(content))

    def _joined(self, cursor: Cursor, bodies: list[Parameter]) -> Parameter:
        """Several body parameters, which 2.0 forbids: one object with a member for each."""
        names = " and ".join(repr(body.name) for body in bodies)
        message = f"an operation has one body, not {len(bodies)}; {names} are taken as members of one object"
        self._scope.report.add(Code.BODY_PARAMETERS, message, bodies[1].place)
        place = child(cursor.place, "parameters")
        return Parameter(
            place, "body", "body", required=any(body.required for body in bodies), schema=_object(place, bodies)
        )

    def _form(self, cursor: Cursor, fields: list[_Given]) -> RequestBody:
        place = child(cursor.place, "parameters")
        schema = _object(place, [field.parameter for field in fields])
        has_file = any(field.file for field in fields)
        medias = [
            media for media in self._medias(cursor, "consumes", stated=True) if _essence(media) in (_MULTIPART, _FORM)
        ]
        if has_file:
            medias = [media for media in medias if _essence(media) == _MULTIPART]
        if not medias:
            medias = [_MULTIPART if has_file else _FORM]
            message = f"an operation with form fields consumes no form; {medias[0]} is taken"
            self._scope.report.add(Code.MISSING, message, cursor.place)
        encoding = {
            field.parameter.name: Encoding(
                field.parameter.place, style=field.parameter.style, explode=field.parameter.explode
            )
            for field in fields
            if field.parameter.style
        }
        content = tuple(MediaType(place, media, schema, encoding=encoding) for media in medias)
        return RequestBody(place, "", any(field.parameter.required for field in fields), content)

    def _medias(self, cursor: Cursor, key: str, *, stated: bool = False) -> tuple[str, ...]:
        """What an operation consumes or produces; JSON where neither it nor the document says so."""
        found = cursor.texts(key) if key in cursor.members else ()
        found = found or (self._consumes if key == "consumes" else self._produces)
        if not found and not stated:
            message = f"the document does not say what its operations {key[:-1]}; {_JSON} is taken"
            self._scope.report.add(Code.MISSING, message, self._root.place)
            return (_JSON,)
        return tuple(dict.fromkeys(found))

    def _all_responses(self, cursor: Cursor) -> tuple[Response, ...]:
        responses = cursor.mapping("responses")
        if not responses.members:
            self._scope.report.add(Code.RESPONSES_MISSING, "the operation declares no responses", cursor.place)
        found: list[Response] = []
        for status, value, place in responses.items():
            inner = self._scope.cursor({} if value is None else value, place, f"the response {status!r}")
            if inner is None:
                inner = Cursor(self._scope, {}, place)
            medias = self._medias(cursor, "produces") if inner.members.get("schema") is not None else ()
            key = (inner.place, status, medias)
            if key not in self._responses:
                self._responses[key] = self._response(inner, status, medias)
            found.append(self._responses[key])
        return tuple(found)

    def _response(self, cursor: Cursor, status: str, medias: tuple[str, ...]) -> Response:
        cursor.known("description", "schema", "headers", "examples")
        content: tuple[MediaType, ...] = ()
        stated = cursor.members.get("schema")
        if stated is not None:
            place = child(cursor.place, "schema")
            schema = self._schemas.read(stated, place)
            kept = self._fitting(medias, schema)
            content = tuple(MediaType(place, media, schema) for media in kept)
        headers: list[Parameter] = []
        for name, value, place in cursor.mapping("headers").items_with_extensions():
            inner = self._scope.cursor(value, place, f"the header {name!r}")
            if inner is not None:
                headers.append(self._value(inner, name, "header", self._schema(inner)))
        return Response(cursor.place, status, cursor.text("description"), content, tuple(headers))

    def _fitting(self, medias: tuple[str, ...], schema: Schema) -> tuple[str, ...]:
        """The media types that values of the schema can have: `produces` speaks of all answers together."""
        binary = tuple(media for media in medias if _BINARY.match(media))
        text = "string" in schema.types
        file = text and (schema.format == "binary" or (not schema.format and len(binary) == len(medias) > 0))
        if file:
            return binary or (tuple(media for media in medias if _essence(media) != _JSON) or (_BYTES,))
        kept = tuple(media for media in medias if media not in binary)
        if binary and not schema.format:
            kept = kept or (_JSON,)
            message = f"{', '.join(binary)} cannot carry this schema; {', '.join(kept)} is taken"
            self._scope.report.add(Code.MEDIA_MISFIT, message, schema.place)
            return kept
        return medias


def _object(place: str, members: list[Parameter]) -> Schema:
    """An object of form fields or body parameters."""
    return Schema(
        place,
        types=("object",),
        properties={member.name: _described(member) for member in members},
        required=tuple(member.name for member in members if member.required),
    )


def _described(member: Parameter) -> Schema:
    schema = member.schema if member.schema is not None else Schema(member.place)
    return schema if schema.description or not member.description else replace(schema, description=member.description)


def _essence(media: str) -> str:
    return media.partition(";")[0].strip().lower()
