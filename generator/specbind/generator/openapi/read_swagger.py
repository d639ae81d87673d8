"""Swagger 2.0 documents, read to the same form as OpenAPI 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source.pointer import child

from .cursor import Cursor
from .document import Document, Flow, PathItem, SecurityScheme, Server
from .read_parts import methods_of, path_items, read_security, read_tags
from .read_swagger_operation import SwaggerOperationReader

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .document import Operation
    from .read_schema import SchemaReader

__all__ = ["SwaggerReader"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}


class SwaggerReader:
    """Reads everything outside schemas and operations, and puts the document together."""

    def __init__(self, scope: Scope, schemas: SchemaReader) -> None:
        self._scope = scope
        self._schemas = schemas

    def read(self, members: dict[str, Json], version: str) -> Document:
        """The document whose root object has these members."""
        root = Cursor(self._scope, members, "#")
        root.known(
            "swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions",
            "parameters", "responses", "securityDefinitions", "security", "tags", "externalDocs",
        )  # fmt: skip
        info = root.mapping("info")
        schemas = {
            name: self._schemas.read(value, place)
            for name, value, place in root.mapping("definitions").items_with_extensions()
        }
        for schema in schemas.values():
            self._schemas.keep(schema)
        operations = SwaggerOperationReader(self._scope, self._schemas, root)
        items = [
            self._item(operations, root, path, value, place) for path, value, place in path_items(root, "paths").items()
        ]
        return Document(
            version=version,
            title=info.text("title"),
            api_version=info.text("version"),
            description=info.text("description"),
            servers=self._servers(root, root),
            tags=read_tags(root),
            paths=tuple(item for item in items if item is not None),
            schemas=schemas,
            security_schemes=self._schemes(root.mapping("securityDefinitions")),
            security=read_security(root) or (),
        )

    def _item(
        self, operations: SwaggerOperationReader, root: Cursor, path: str, value: Json, place: str
    ) -> PathItem | None:
        if value is None:
            return None  # a path without anything
        cursor = self._scope.cursor(value, place, f"the path {path!r}", code=Code.LEFT_OUT)
        if cursor is None:
            return None
        cursor.known("$ref", "parameters", *(key for key in cursor.members if key.lower() in _METHODS))
        shared = operations.parameters(cursor)
        found: list[Operation] = []
        stated = methods_of(cursor, _METHODS)
        if cursor.place != place and isinstance(value, dict):  # members beside $ref count too
            stated += methods_of(Cursor(self._scope, value, place), _METHODS)
        for method, at, member in stated:
            inner = self._scope.cursor(member, at, f"the operation {method.upper()}", code=Code.LEFT_OUT)
            if inner is not None:
                servers = self._servers(root, inner) if inner.members.get("schemes") else None
                found.append(operations.read(method.upper(), inner, shared, servers))
        return PathItem(place=cursor.place, path=path, operations=tuple(found))

    def _servers(self, root: Cursor, owner: Cursor) -> tuple[Server, ...]:
        """A server for each scheme that the document or an operation names, those that encrypt first."""
        host, base = root.text("host").strip(), root.text("basePath").strip()
        if base and not base.startswith("/"):
            base = f"/{base}"
        if not host:
            return (Server(child(root.place, "basePath"), base),) if base else ()
        place = child(owner.place, "schemes") if owner.members.get("schemes") else child(root.place, "host")
        schemes = [scheme.lower() for scheme in owner.texts("schemes")]
        if not schemes:
            message = "the document names a host without a scheme; https is taken"
            self._scope.report.add(Code.MISSING, message, place)
            schemes = ["https"]
        schemes.sort(key=lambda scheme: scheme not in ("https", "wss"))
        return tuple(Server(place, f"{scheme}://{host}{base.rstrip('/')}") for scheme in dict.fromkeys(schemes))

    def _schemes(self, schemes: Cursor) -> tuple[SecurityScheme, ...]:
        found: list[SecurityScheme] = []
        for name, value, place in schemes.items_with_extensions():
            cursor = self._scope.cursor(value, place, f"the security scheme {name!r}")
            if cursor is None:
                continue
            cursor.known("type", "description", "name", "in", "flow", "authorizationUrl", "tokenUrl", "scopes")
            kind, scheme = cursor.text("type"), ""
            if kind == "basic":
                kind = scheme = "basic"
            found.append(
                SecurityScheme(
                    place=cursor.place,
                    id=name,
                    type="http" if kind == "basic" else kind,
                    description=cursor.text("description"),
                    wire=cursor.text("name"),
                    location=cursor.text("in"),
                    scheme=scheme,
                    flows=(self._flow(cursor),) if kind == "oauth2" else (),
                )
            )
        return tuple(found)

    def _flow(self, cursor: Cursor) -> Flow:
        flow = cursor.text("flow")
        scopes = cursor.mapping("scopes")
        return Flow(
            place=cursor.place,
            name=_FLOWS.get(flow, flow),
            authorization_url=cursor.text("authorizationUrl"),
            token_url=cursor.text("tokenUrl"),
            scopes=tuple((scope, scopes.text(scope)) for scope, _, _ in scopes.items()),
        )
