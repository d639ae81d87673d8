"""The document from raw values, for OpenAPI 3.0, 3.1 and 3.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source.pointer import child

from .cursor import Cursor, kind
from .document import Document, Flow, PathItem, Requirement, SecurityScheme, Server, ServerVariable
from .read_operation import OperationReader

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .read_schema import SchemaReader

__all__ = ["DocumentReader"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class DocumentReader:
    """Reads everything outside schemas and operations, and puts the document together."""

    def __init__(self, scope: Scope, schemas: SchemaReader) -> None:
        self._scope = scope
        self._schemas = schemas
        self._operations = OperationReader(scope, schemas, self)

    def read(self, members: dict[str, Json], version: str) -> Document:
        """The document whose root object has these members."""
        root = Cursor(self._scope, members, "#")
        root.known(
            "openapi", "info", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs",
            "jsonSchemaDialect", "$self", "$schema",
        )  # fmt: skip
        info = root.mapping("info")
        components = root.mapping("components")
        schemas = {
            name: self._schemas.read(value, place)
            for name, value, place in components.mapping("schemas").items_with_extensions()
        }
        for schema in schemas.values():
            self._schemas.keep(schema)
        return Document(
            version=version,
            title=info.text("title"),
            api_version=info.text("version"),
            description=info.text("description") or info.text("summary"),
            servers=self.servers(root) or (),
            tags=self._tags(root),
            paths=self._items(root.mapping("paths")),
            webhooks=self._items(root.mapping("webhooks")),
            schemas=schemas,
            security_schemes=self._schemes(components.mapping("securitySchemes")),
            security=self.security(root) or (),
        )

    def servers(self, cursor: Cursor) -> tuple[Server, ...] | None:
        """The servers that an object names, None where it names none."""
        if not cursor.members.get("servers"):
            return None
        found: list[Server] = []
        for value, place in cursor.sequence("servers"):
            server = self._scope.cursor(value, place, "a server")
            if server is None:
                continue
            server.known("url", "description", "variables", "name")
            variables = [
                ServerVariable(
                    name, inner.text("default"), inner.texts("enum"), inner.text("description")
                )
                for name, member, at in server.mapping("variables").items()
                if (inner := self._scope.cursor(member, at, "a server variable")) is not None
            ]  # fmt: skip
            found.append(Server(server.place, server.text("url"), server.text("description"), tuple(variables)))
        return tuple(found)

    def security(self, cursor: Cursor) -> tuple[Requirement, ...] | None:
        """The security alternatives of an object, None where it says nothing."""
        if cursor.members.get("security") is None:
            return None
        alternatives: list[Requirement] = []
        for value, place in cursor.sequence("security"):
            if not isinstance(value, dict):
                message = f"a security requirement must be an object, not {kind(value)}"
                self._scope.report.add(Code.LEFT_OUT, message, place)
                continue
            requirement = Cursor(self._scope, value, place)
            alternatives.append(tuple((name, requirement.texts(name)) for name, _, _ in requirement.items()))
        return tuple(alternatives)

    def _tags(self, root: Cursor) -> dict[str, str]:
        tags: dict[str, str] = {}
        for value, place in root.sequence("tags"):
            tag = self._scope.cursor(value, place, "a tag")
            if tag is not None:
                tags.setdefault(tag.text("name"), tag.text("description") or tag.text("summary"))
        return tags

    def _items(self, paths: Cursor) -> tuple[PathItem, ...]:
        found: list[PathItem] = []
        for path, value, place in paths.items():
            item = self._path_item(path, value, place)
            if item is not None:
                found.append(item)
        return tuple(found)

    def _path_item(self, path: str, value: Json, place: str) -> PathItem | None:
        cursor = self._scope.cursor(value, place, f"the path {path!r}")
        if cursor is None:
            return None
        operations = [
            (method, child(cursor.place, method), cursor.members[method])
            for method in cursor.members
            if method in METHODS
        ]
        if cursor.place != place and isinstance(value, dict):  # members beside $ref count too
            operations += [(method, child(place, method), value[method]) for method in value if method in METHODS]
        more = cursor.mapping("additionalOperations")
        operations += [(method, at, member) for method, member, at in more.items()]
        cursor.known("$ref", "summary", "description", "servers", "parameters", "additionalOperations", *METHODS)
        read = [self._operations.read(method.upper(), member, at) for method, at, member in operations]
        return PathItem(
            place=cursor.place,
            path=path,
            summary=cursor.text("summary"),
            description=cursor.text("description"),
            operations=tuple(operation for operation in read if operation is not None),
            parameters=self._operations.parameters(cursor),
            servers=self.servers(cursor),
        )

    def _schemes(self, schemes: Cursor) -> tuple[SecurityScheme, ...]:
        found: list[SecurityScheme] = []
        for name, value, place in schemes.items():
            cursor = self._scope.cursor(value, place, f"the security scheme {name!r}")
            if cursor is None:
                continue
            cursor.known(
                "type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl",
                "oauth2MetadataUrl", "deprecated",
            )  # fmt: skip
            found.append(
                SecurityScheme(
                    place=cursor.place,
                    id=name,
                    type=cursor.text("type"),
                    description=cursor.text("description"),
                    wire=cursor.text("name"),
                    location=cursor.text("in"),
                    scheme=cursor.text("scheme"),
                    bearer_format=cursor.text("bearerFormat"),
                    flows=self._flows(cursor.mapping("flows")),
                    open_id_url=cursor.text("openIdConnectUrl"),
                )
            )
        return tuple(found)

    def _flows(self, flows: Cursor) -> tuple[Flow, ...]:
        found: list[Flow] = []
        for name, value, place in flows.items():
            flow = self._scope.cursor(value, place, "an OAuth flow")
            if flow is None:
                continue
            scopes = flow.mapping("scopes")
            found.append(
                Flow(
                    name=name,
                    authorization_url=flow.text("authorizationUrl") or flow.text("deviceAuthorizationUrl"),
                    token_url=flow.text("tokenUrl"),
                    refresh_url=flow.text("refreshUrl"),
                    scopes=tuple((scope, scopes.text(scope)) for scope in scopes.members),
                )
            )
        return tuple(found)
