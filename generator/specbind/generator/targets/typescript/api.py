"""Plans what is true of the API as a whole: servers and security schemes, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import SpecText, code, identifier
from specbind.generator.ir.model import (
    ApiKeyScheme,
    HttpScheme,
    MutualTlsScheme,
    OAuth2Scheme,
    OpenIdScheme,
    OtherScheme,
)

from .literals import comment, literal
from .plan import ApiPlan

if TYPE_CHECKING:
    from specbind.generator.ir.model import Api, OAuthFlow, SecurityScheme, Server

    from .literals import Writable

__all__ = ["plan_api", "server_facts"]

_OPTIONAL = {
    *("doc", "bearerFormat", "metadataUrl"),
    *("authorizationUrl", "deviceAuthorizationUrl", "tokenUrl", "refreshUrl"),
}
_ABOUT = code("Where it is served, and how callers prove who they are.")


def plan_api(api: Api) -> ApiPlan:
    """The plan of the constant `api`."""
    facts: dict[str, Writable] = {"name": api.name, "title": api.title, "version": api.version}
    return ApiPlan(
        doc=comment([SpecText(f"{api.title or api.name} {api.version}".strip()), SpecText(api.doc), _ABOUT], 0),
        members=tuple((identifier(name), literal(value)) for name, value in facts.items()),
        lists=(
            (identifier("servers"), tuple(literal(server_facts(server)) for server in api.servers)),
            (
                identifier("securitySchemes"),
                tuple(literal(_stated(_scheme(scheme))) for scheme in api.security_schemes),
            ),
        ),
    )


def _stated(facts: dict[str, Writable]) -> dict[str, Writable]:
    """Without what the spec may leave out, and does."""
    return {name: value for name, value in facts.items() if value != "" or name not in _OPTIONAL}


def server_facts(server: Server) -> Writable:
    """A base URL with its variables, as data."""
    facts: dict[str, Writable] = {"url": server.url, "doc": server.doc}
    if server.variables:
        facts["variables"] = [
            _stated({"name": name, "default": default, "values": list(values), "doc": doc})
            for name, default, values, doc in server.variables
        ]
    return _stated(facts)


def _scheme(scheme: SecurityScheme) -> dict[str, Writable]:
    facts: dict[str, Writable] = {"id": scheme.id, "doc": scheme.doc}
    match scheme:
        case ApiKeyScheme(wire=wire, location=location):
            return {"kind": "apiKey", **facts, "name": wire, "in": location}
        case HttpScheme(scheme=name, bearer_format=form):
            return {"kind": "http", **facts, "scheme": name, "bearerFormat": form}
        case OAuth2Scheme(flows=flows, metadata_url=url):
            return {"kind": "oauth2", **facts, "flows": [_flow(flow) for flow in flows], "metadataUrl": url}
        case OpenIdScheme(url=url):
            return {"kind": "openIdConnect", **facts, "url": url}
        case MutualTlsScheme():
            return {"kind": "mutualTLS", **facts}
        case OtherScheme(type=type_):
            return {"kind": "other", **facts, "type": type_}


def _flow(flow: OAuthFlow) -> Writable:
    facts: dict[str, Writable] = {
        "flow": flow.flow,
        "authorizationUrl": flow.authorization_url,
        "deviceAuthorizationUrl": flow.device_authorization_url,
        "tokenUrl": flow.token_url,
        "refreshUrl": flow.refresh_url,
        "scopes": [{"name": name, "doc": doc} for name, doc in flow.scopes],
    }
    return _stated(facts)
