"""Security schemes, security requirements and servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.codes import Code
from specbind.generator.ir.model import (
    ApiKeyScheme,
    HttpScheme,
    MutualTlsScheme,
    OAuth2Scheme,
    OAuthFlow,
    OpenIdScheme,
    OtherScheme,
    Server,
)
from specbind.generator.source.pointer import child

if TYPE_CHECKING:
    from specbind.generator.ir.model import SecurityScheme
    from specbind.generator.source import Report

    from . import document

__all__ = ["SchemeIds", "lower_requirements", "lower_scheme", "lower_servers"]

SchemeIds: TypeAlias = "dict[str, None]"
"""Ids of the declared schemes; undeclared ones that are required are added."""

_FLOW_URLS = {
    "implicit": ("authorization_url",),
    "password": ("token_url",),
    "clientCredentials": ("token_url",),
    "authorizationCode": ("authorization_url", "token_url"),
    "deviceAuthorization": ("device_authorization_url", "token_url"),
}
_LOCATIONS = ("header", "query", "cookie")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def lower_scheme(scheme: document.SecurityScheme, report: Report) -> SecurityScheme:
    """One security scheme."""
    kind = scheme.type
    if kind == "apiKey":
        location = scheme.location
        if location not in _LOCATIONS:
            report.add(Code.MISSING, "an apiKey scheme says no place; 'header' is taken", scheme.place)
            location = "header"
        if location != "query" and not _TOKEN.match(scheme.wire):
            message = f"the {location} name {scheme.wire!r} cannot be sent over HTTP"
            report.add(Code.HEADER_NAME, message, scheme.place)
            return OtherScheme(scheme.id, kind, scheme.description)
        return ApiKeyScheme(scheme.id, scheme.wire, location, scheme.description)
    if kind == "http":
        if not _TOKEN.match(scheme.scheme):
            report.add(Code.HEADER_NAME, f"{scheme.scheme!r} is no authorization scheme", scheme.place)
            return OtherScheme(scheme.id, kind, scheme.description)
        return HttpScheme(scheme.id, scheme.scheme.lower(), scheme.bearer_format, scheme.description)
    if kind == "oauth2":
        flows = tuple(_flow(flow, report) for flow in scheme.flows)
        return OAuth2Scheme(scheme.id, flows, scheme.description, scheme.metadata_url)
    if kind == "openIdConnect":
        return OpenIdScheme(scheme.id, scheme.open_id_url, scheme.description)
    if kind == "mutualTLS":
        return MutualTlsScheme(scheme.id, scheme.description)
    report.add(Code.NOT_CARRIED, f"the security scheme type {kind!r} is not known", scheme.place)
    return OtherScheme(scheme.id, kind, scheme.description)


def _flow(flow: document.Flow, report: Report) -> OAuthFlow:
    """A flow; that it lacks a URL which it needs is said, since nobody can use it then."""
    found = OAuthFlow(flow.name, flow.authorization_url, flow.device_url, flow.token_url, flow.refresh_url, flow.scopes)
    needed = _FLOW_URLS.get(flow.name)
    if needed is None:
        report.add(Code.NOT_CARRIED, f"the OAuth flow {flow.name!r} is not known", flow.place)
    for name in needed or ():
        if not getattr(found, name):
            report.add(Code.MISSING, f"the OAuth flow {flow.name!r} has no {name.replace('_', ' ')}", flow.place)
    return found


def lower_requirements(
    security: tuple[document.Requirement, ...], operation: document.Operation, known: SchemeIds, report: Report
) -> tuple[document.Requirement, ...]:
    """The alternatives of an operation. An operation that lifts all security has one anonymous alternative."""
    if not security:
        return ((),) if operation.security is not None else ()
    for requirement in security:
        for scheme, _ in requirement:
            if scheme not in known:
                known[scheme] = None
                message = f"the security scheme {scheme!r} is not declared"
                report.add(Code.SECURITY_UNDECLARED, message, operation.place)
    return security


def lower_servers(servers: tuple[document.Server, ...], report: Report) -> tuple[Server, ...]:
    """The servers whose URL can be a base URL: relative, or with the scheme http, https, ws or wss."""
    found: list[Server] = []
    for server in servers:
        url = server.url.strip()
        scheme = _SCHEME.match(url)
        if scheme is not None and scheme[1].lower() not in ("http", "https", "ws", "wss"):
            _refuse(server, f"the scheme {scheme[1]!r} is not http or https", report)
        elif _CONTROL.search(url):
            _refuse(server, "it holds white space, a backslash or a control character", report)
        else:
            variables = tuple((v.name, v.default, v.values, v.description) for v in server.variables)
            found.append(Server(url, server.description, variables))
    return tuple(found)


def _refuse(server: document.Server, why: str, report: Report) -> None:
    report.add(Code.SERVER_URL, f"the server URL {server.url!r} is not used: {why}", child(server.place, "url"))
