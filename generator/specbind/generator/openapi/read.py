"""The document from raw values, for OpenAPI 3.0, 3.1 and 3.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code

from .cursor import Cursor
from .document import Document, Flow, SecurityScheme
from .read_parts import path_items, read_security, read_servers, read_tags
from .read_path import PathReader

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope
    from .read_schema import SchemaReader

__all__ = ["DocumentReader"]


class DocumentReader:
    """Reads everything outside schemas and operations, and puts the document together."""

    def __init__(self, scope: Scope, schemas: SchemaReader) -> None:
        self._scope = scope
        self._schemas = schemas
        self._paths = PathReader(scope, schemas)

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
            servers=read_servers(root) or (),
            tags=read_tags(root),
            paths=self._paths.items(path_items(root, "paths")),
            webhooks=self._paths.named_items(path_items(root, "webhooks")),
            schemas=schemas,
            security_schemes=self._schemes(components.mapping("securitySchemes")),
            security=read_security(root) or (),
        )

    def _schemes(self, schemes: Cursor) -> tuple[SecurityScheme, ...]:
        found: list[SecurityScheme] = []
        for name, value, place in schemes.items_with_extensions():
            cursor = self._scope.cursor(value, place, f"the security scheme {name!r}")
            if cursor is None:
                continue
            cursor.known(
                "type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl",
                "oauth2MetadataUrl", "deprecated",
            )  # fmt: skip
            if cursor.flag("deprecated"):
                message = "that a security scheme is deprecated is not carried"
                self._scope.report.add(Code.NOT_CARRIED, message, f"{cursor.place}/deprecated")
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
                    metadata_url=cursor.text("oauth2MetadataUrl"),
                )
            )
        return tuple(found)

    def _flows(self, flows: Cursor) -> tuple[Flow, ...]:
        found: list[Flow] = []
        for name, value, place in flows.items():
            flow = self._scope.cursor(value, place, "an OAuth flow")
            if flow is None:
                continue
            flow.known("authorizationUrl", "deviceAuthorizationUrl", "tokenUrl", "refreshUrl", "scopes")
            scopes = flow.mapping("scopes")
            found.append(
                Flow(
                    place=flow.place,
                    name=name,
                    authorization_url=flow.text("authorizationUrl"),
                    device_url=flow.text("deviceAuthorizationUrl"),
                    token_url=flow.text("tokenUrl"),
                    refresh_url=flow.text("refreshUrl"),
                    scopes=tuple((scope, scopes.text(scope)) for scope in scopes.members),
                )
            )
        return tuple(found)
