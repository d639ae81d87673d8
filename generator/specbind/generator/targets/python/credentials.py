"""Plans the credential classes: one for a scheme, and one more for each OAuth flow or way of OpenID Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import NameScope
from specbind.generator.emit.text import Code, Identifier, SpecText, identifier
from specbind.generator.ir.model import ApiKeyScheme, HttpScheme, MutualTlsScheme, OAuth2Scheme, OpenIdScheme

from .imports import import_lines
from .literals import Writable, docstring, literal
from .names import class_name
from .plan import CredentialPlan
from .reserved import PACKAGE_NAMES
from .scope import ModuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specbind.generator.ir.model import OAuthFlow, SecurityScheme

    from .context import Context

__all__ = ["plan_credentials"]

_FLOWS = {
    "clientCredentials": "ClientCredentials",
    "password": "Password",
    "authorizationCode": "AuthorizationCode",
    "deviceAuthorization": "DeviceCode",
}


class _Credential(Struct, frozen=True):
    scheme: SecurityScheme
    wanted: str
    base: str
    doc: str
    values: tuple[tuple[str, Writable], ...] = ()


def plan_credentials(context: Context) -> tuple[tuple[CredentialPlan, ...], Code]:
    """The credential classes of a package, and what their module imports."""
    found = [item for scheme in context.api.security_schemes for item in _of_scheme(context, scheme)]
    scope = NameScope(PACKAGE_NAMES)
    names = [scope.take(class_name(item.wanted, "Credential")) for item in found]
    imports = ModuleScope(taken=names)
    plans = tuple(
        _plan(item, name, imports.use(context.runtime_symbol(0, item.base)))
        for item, name in zip(found, names, strict=True)
    )
    return plans, import_lines(imports)


def _plan(item: _Credential, name: Identifier, base: Identifier) -> CredentialPlan:
    return CredentialPlan(
        name=name,
        base=base,
        doc=docstring([SpecText(item.doc)], 4),
        basic=item.base == "Basic",
        scheme=literal(item.scheme.id),
        values=tuple((identifier(key), literal(value)) for key, value in item.values),
    )


def _of_scheme(context: Context, scheme: SecurityScheme) -> Iterator[_Credential]:
    doc = scheme.doc or f"Credential of the security scheme {scheme.id}."
    match scheme:
        case ApiKeyScheme(wire=wire, location=location):
            yield _Credential(scheme, scheme.id, "ApiKey", doc, (("wire", wire), ("location", location)))
        case HttpScheme(scheme="basic"):
            yield _Credential(scheme, scheme.id, "Basic", doc)
        case HttpScheme(scheme="bearer"):
            yield _Credential(scheme, scheme.id, "Bearer", doc)
        case OAuth2Scheme(flows=flows):
            yield _Credential(scheme, scheme.id, "Bearer", f"{doc}\n\nTakes a token that you have.")
            for flow in flows:
                yield from _of_flow(scheme, flow, doc)
        case OpenIdScheme(url=url):
            yield _Credential(scheme, scheme.id, "Bearer", f"{doc}\n\nTakes a token that you have.")
            if _absolute(url):
                for base in ("ClientCredentials", "AuthorizationCode"):
                    yield _Credential(scheme, f"{scheme.id} {base}", base, doc, (("discovery_url", url),))
        case _:
            hint = "give its header by a middleware"
            if isinstance(scheme, MutualTlsScheme):
                hint = "give an SSLContext with the client certificate as the client's `ssl`"
            text = f"security scheme {scheme.id!r} gets no credential class"
            context.findings.report(Finding.CREDENTIAL, text, f"#/components/securitySchemes/{scheme.id}", hint)


def _of_flow(scheme: OAuth2Scheme, flow: OAuthFlow, doc: str) -> Iterator[_Credential]:
    """The class of a flow whose endpoints are addresses; relative ones are given by hand to the runtime's classes."""
    base = _FLOWS.get(flow.flow)
    urls = {
        "authorization_url": flow.authorization_url,
        "device_authorization_url": flow.device_authorization_url,
        "token_url": flow.token_url,
        "refresh_url": flow.refresh_url,
    }
    known: dict[str, Writable] = {name: url for name, url in urls.items() if url}
    if base is None or not flow.token_url or not all(_absolute(url) for url in urls.values() if url):
        return
    if flow.scopes:
        known["scopes"] = tuple(name for name, _ in flow.scopes)
    scopes = "".join(f"\n- {name}: {about}" for name, about in flow.scopes)
    text = f"{doc}\n\nFlow {flow.flow}." + (f" Scopes:\n{scopes}" if scopes else "")
    yield _Credential(scheme, f"{scheme.id} {base}", base, text, tuple(known.items()))


def _absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
